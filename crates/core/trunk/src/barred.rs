//! Why a number outside is not called.

/// Why a number outside is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// No trunk leads there, or none that works.
    NoTrunk,
    /// The company does not allow this destination, or it means nothing.
    Destination,
    /// What the company allows for a day is used up.
    Spent,
    /// The trunks, or the company's allowance, carry as many calls as they may.
    Full,
}
