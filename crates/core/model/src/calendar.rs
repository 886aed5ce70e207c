//! Opening hours, lunch, exceptions and time zones (FLOWS §7.1).

use jiff::civil::Time;

/// A stretch of a day, `from` included, `to` excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First moment inside.
    pub from: Time,
    /// First moment outside again.
    pub to: Time,
}
