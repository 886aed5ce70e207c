//! What a caller was told or asked, and what they answered: kept as proof.

use crate::ids::{CallUid, Language, TenantId};
use crate::privacy::Redacted;
use crate::time::Timestamp;

/// One consent, or refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRecord {
    /// Whose line.
    pub tenant: TenantId,
    /// In which call.
    pub call: CallUid,
    /// Number or user shown by the caller; `None` when hidden.
    pub caller: Option<Redacted<String>>,
    /// To what: `recording`, `contact`, `data`.
    pub kind: String,
    /// The words that were said.
    pub wording: String,
    /// In which language.
    pub language: Language,
    /// `informed`, `yes`, `no`, `silence`.
    pub answer: String,
    /// When.
    pub at: Timestamp,
}
