//! What an operator decides about signalling.

use crate::auth::Policy;
use crate::guard::TrySettings;
use crate::listeners::Listeners;

/// Settings of one endpoint.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name in Server and User-Agent headers (RFC 3261 §20.35, §20.41).
    pub product: String,
    /// Realm of challenges to senders that name no user of ours (RFC 3261 §22.1).
    pub realm: String,
    /// Shortest registration or subscription in seconds; a shorter wish is answered 423
    /// (RFC 3261 §10.3 step 7, RFC 6665 §4.2.1.1).
    pub min_expires: u32,
    /// Longest registration or subscription in seconds; a longer wish is cut.
    pub max_expires: u32,
    /// How long a session lives without refresh, in seconds (RFC 4028 §4): the most we grant and what
    /// we ask for; 0 leaves timers to peers that ask for them.
    pub session_expires: u32,
    /// The shortest life of a session that is granted, in seconds. RFC 4028 §5 wants 90 at least; less
    /// is for tests. A shorter wish is answered 422.
    pub min_session_expires: u32,
    /// Where this engine is reachable; which address each peer is shown.
    pub listeners: Listeners,
    /// What clients may do when they prove who they are.
    pub digest: Policy,
    /// How many wrong passwords are borne.
    pub tries: TrySettings,
    /// Whether who watches a colleague's line sees the number of the other party. Off by default:
    /// a lamp says that somebody is talking, not with whom.
    pub lamps_show_numbers: bool,
    /// Every bound of the room.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            product: "rappel".to_owned(),
            realm: "rappel".to_owned(),
            min_expires: 60,
            max_expires: 3600,
            session_expires: 1800,
            min_session_expires: 90,
            listeners: Listeners::default(),
            digest: Policy::default(),
            tries: TrySettings::default(),
            lamps_show_numbers: false,
            limits: Limits::default(),
        }
    }
}

/// Most things kept at once. What comes beyond is answered 503 with Retry-After
/// (RFC 3261 §21.5.4).
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Transactions of both kinds; requests of ours always find room, and strangers take none. A
    /// transaction stays for 32 s after its end (RFC 3261 §17.2.2), about a kilobyte each: a call
    /// over UDP makes two, so that the usual bound is 6,000 calls a second.
    pub transactions: usize,
    /// INVITE usages, theirs and ours.
    pub dialogs: usize,
    /// Subscriptions of all users.
    pub subscriptions: usize,
    /// Subscriptions of one user: several phones with fifty lamps each.
    pub subscriptions_per_user: usize,
    /// INVITEs of one source that wait for their final answer.
    pub half_open_per_source: usize,
    /// Devices of one user.
    pub bindings_per_user: usize,
    /// Early dialogs that a forking proxy may make of one INVITE of ours (RFC 3261 §12.1.2).
    pub forks: usize,
    /// Registrations of ours at somebody else's registrar.
    pub registrations: usize,
    /// Probes that wait for their answer.
    pub probes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            transactions: 400_000,
            dialogs: 5_000,
            subscriptions: 10_000,
            subscriptions_per_user: 200,
            half_open_per_source: 1_000,
            bindings_per_user: 10,
            forks: 12,
            registrations: 500,
            probes: 500,
        }
    }
}

/// Seconds a refused sender is asked to wait (RFC 3261 §20.33).
pub(crate) const RETRY_AFTER: u32 = 5;
