//! What is known of callers from before.

use crate::ids::{Language, TenantId};
use crate::number::PhoneNumber;
use crate::time::Timestamp;

/// A call of the last days, as far as the next call of the same number must know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCall {
    /// Whose line.
    pub tenant: TenantId,
    /// Who called.
    pub caller: PhoneNumber,
    /// When.
    pub started: Timestamp,
    /// Whether they talked to somebody.
    pub reached: bool,
}

/// An answered call to a number outside, of the days before a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideCall {
    /// Whose.
    pub tenant: TenantId,
    /// The number that was called.
    pub number: PhoneNumber,
    /// When it was answered.
    pub answered: Timestamp,
    /// When it was over.
    pub ended: Timestamp,
}

/// The language a caller chose last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerLanguage {
    /// Whose line.
    pub tenant: TenantId,
    /// Who.
    pub caller: PhoneNumber,
    /// The language.
    pub language: Language,
    /// When they chose it.
    pub chosen: Timestamp,
}
