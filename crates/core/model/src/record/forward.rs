//! A forward as its owner set it by phone.

use crate::ids::TenantId;
use crate::office::{Forward, Owner, When};
use crate::time::Timestamp;

/// A forward that was set or cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardRecord {
    /// Whose company.
    pub tenant: TenantId,
    /// Whose calls.
    pub owner: Owner,
    /// Which calls.
    pub when: When,
    /// Where they go; `None` when it was cleared.
    pub forward: Option<Forward>,
    /// When this was said.
    pub at: Timestamp,
}
