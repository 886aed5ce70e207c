//! Why a number outside is not called.

/// Why a number outside is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// No trunk leads there, or none that this company may use.
    NoTrunk,
    /// Trunks lead there, and all that are in use do not answer.
    Down,
    /// Trunks lead there, and every one was taken out of use.
    Drained,
    /// The company does not allow this destination, or it means nothing.
    Destination,
    /// What the company allows for a day is used up.
    Spent,
    /// The trunk carries as many calls as it may, or takes no more in this second.
    Full,
    /// The company has as many calls outside as it may have at a time.
    CompanyFull,
}
