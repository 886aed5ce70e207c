//! How much is going on.

use rappel_call::InUse;

/// Counts of what is kept at this moment. When no call is in progress and no phone registered, all
/// but `ledger.free` are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// Calls in progress.
    pub calls: usize,
    /// Tenants served no more whose last calls go on.
    pub leaving: usize,
    /// Deadlines of calls.
    pub alarms: usize,
    /// Questions without an answer.
    pub questions: usize,
    /// Ports and dialogs of calls.
    pub ledger: InUse,
    /// Calls that are counted at trunks.
    pub outside: usize,
    /// Signalling's own.
    pub sip: rappel_sip::Live,
}
