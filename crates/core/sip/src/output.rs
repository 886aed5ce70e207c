//! What leaves the signalling room: bytes to send, and news about dialogs and registrations.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use rappel_model::record::RegistrationRecord;
use rappel_model::{TenantId, UserName};

use crate::guard::Report;
use crate::header::{Headers, NameAddr};
use crate::input::Flow;
use crate::probe::{ProbeId, ProbeOutcome};
use crate::records::{LookupId, RecordKind};
use crate::register::{RegistrationId, RegistrationState};
use crate::uri::Uri;

/// One thing the endpoint wants done or wants known.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send these bytes.
    Send {
        /// One whole message.
        bytes: Bytes,
        /// Where to.
        flow: Flow,
        /// The name that the peer must prove to have, where the flow is secure and its connection
        /// must be opened first (RFC 5922 §4); without, its address.
        host: Option<Arc<str>>,
    },
    /// Ask the domain name system; [`Input::Found`](crate::Input::Found) brings the answer.
    Lookup {
        /// The number of the answer.
        lookup: LookupId,
        /// The name.
        name: String,
        /// What is asked of it.
        kind: RecordKind,
    },
    /// A new INVITE outside any dialog; `100 Trying` is already on its way. Answer it with
    /// `ring`, `accept`, `reject` or `challenge`.
    Incoming(Box<Incoming>),
    /// News about one dialog, incoming or ours.
    Dialog {
        /// Which.
        dialog: DialogId,
        /// What.
        news: DialogNews,
        /// The host whose message brought it, and the body in it; `None` for what no message brought: a
        /// deadline that passed, a connection that broke, an order of ours.
        from: Option<IpAddr>,
    },
    /// A phone registered, refreshed its registration, or left.
    Registered {
        /// Whose phone.
        user: UserId,
        /// How many devices the user has now.
        devices: usize,
    },
    /// Where a user's devices are reached has changed: the store keeps it over a restart
    /// ([`Endpoint::restore`](crate::Endpoint::restore)).
    Keep(Box<RegistrationRecord>),
    /// News of a registration of ours ([`Endpoint::register_at`](crate::Endpoint::register_at)).
    Registration {
        /// Which.
        registration: RegistrationId,
        /// How it stands now.
        state: RegistrationState,
    },
    /// A probe is over ([`Endpoint::probe`](crate::Endpoint::probe)).
    Probed {
        /// Which.
        probe: ProbeId,
        /// What came of it.
        outcome: ProbeOutcome,
    },
    /// What the guard of the listeners must know of a source.
    Source(Report),
    /// A request was refused here: wrong password, garbage, an unknown method. Told once per source
    /// and second.
    Refused {
        /// Where it came from.
        flow: Flow,
        /// Why, in a few words.
        why: &'static str,
    },
}

/// One INVITE usage (RFC 5057 §4.1) as the rest of the house sees it: from the INVITE to the end
/// of the dialog, however many early dialogs a forking proxy makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialogId(pub u64);

/// A user of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserId {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub user: UserName,
}

/// A new INVITE.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Handle for everything that follows.
    pub dialog: DialogId,
    /// The Request-URI: what was dialled.
    pub uri: Uri,
    /// From, as it arrived.
    pub from: NameAddr,
    /// To, as it arrived.
    pub to: NameAddr,
    /// Who proved to be the sender by digest, if anybody did.
    pub user: Option<UserId>,
    /// How it came.
    pub flow: Flow,
    /// The offer; empty when it comes with the ACK (RFC 3261 §13.2.1).
    pub body: Bytes,
    /// Everything it says besides: identity, diversions, alerts. What passes to another leg is
    /// chosen there, header by header (RFC 7092).
    pub headers: Headers,
    /// The dialog of ours that it is to take the place of (RFC 3891): one that is up, or an INVITE
    /// of ours that rings where the sender wants to answer it. Whether the sender may is for whoever
    /// is told to judge (RFC 3891 §5).
    pub replaces: Option<DialogId>,
}

/// What can happen to a dialog.
#[derive(Clone, Debug)]
pub enum DialogNews {
    /// Our INVITE: a provisional answer above 100.
    Progress {
        /// 180, 183 …
        status: u16,
        /// Early answer, or empty.
        body: Bytes,
    },
    /// Our INVITE: the first 2xx; ACK is already on its way, any further 2xx is ended by the
    /// endpoint itself (RFC 3261 §13.2.2.4).
    Answered {
        /// The answer.
        body: Bytes,
    },
    /// Our INVITE: refused, timed out (408) or unreachable (503). The dialog is over.
    Failed {
        /// Final status.
        status: u16,
        /// Q.850 cause of a Reason header (RFC 3326), when one came.
        q850: Option<u8>,
        /// Where else to try, best first, when the status is from 300 to 399 (RFC 3261 §8.1.3.4).
        contacts: Vec<Uri>,
    },
    /// Their INVITE is over before an answer, and its refusal is already sent: 487 when it was
    /// cancelled, when its Expires or our limit for ringing passed, or when they hung up early; 504
    /// when a reliable provisional answer of ours was never acknowledged (RFC 3262 §3).
    Cancelled,
    /// Their INVITE: our 2xx was acknowledged.
    Acknowledged {
        /// The answer to an offer made in our 2xx, or empty.
        body: Bytes,
    },
    /// A re-INVITE of the peer; reply with `answer_offer` or `refuse_offer`.
    Offer {
        /// The offer; empty when they want ours.
        body: Bytes,
    },
    /// Our offer in a re-INVITE or UPDATE was answered; or a refresh of ours that repeated the last
    /// one brought another answer than before (RFC 4028 §7.4).
    OfferAnswered {
        /// The answer.
        body: Bytes,
    },
    /// Our offer was refused, or could not be made; the session goes on as it was.
    OfferRefused {
        /// Final status: 491 when offers met too often, or when none may be made before the call is
        /// answered, 488 when the ACK of our 2xx to a re-INVITE brought no answer.
        status: u16,
    },
    /// A REFER of the peer (RFC 3515); reply with `accept_refer` or `refuse_refer`.
    Refer(Box<Refer>),
    /// An INFO of the peer, already answered 200 (RFC 6086).
    Info {
        /// Its Content-Type.
        content_type: String,
        /// Its body.
        body: Bytes,
    },
    /// The dialog is over; nothing follows.
    Ended {
        /// Why.
        why: DialogEnd,
        /// Q.850 cause of a Reason header, when one came.
        q850: Option<u8>,
    },
}

/// Why an established dialog is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogEnd {
    /// The peer sent BYE, already answered.
    Bye,
    /// We sent BYE and the transaction is over.
    ByeSent,
    /// Our 2xx was never acknowledged (64·T1); BYE was sent (RFC 3261 §13.3.1.4).
    NoAck,
    /// The peer answered 481 or 408 inside the dialog (RFC 3261 §12.2.1.2).
    Gone,
    /// Its connection broke and cannot be made again.
    Transport,
    /// Nobody refreshed the session in time (RFC 4028 §10); BYE was sent.
    Expired,
}

/// Whom a peer wants its call handed to (RFC 3515).
#[derive(Clone, Debug)]
pub struct Refer {
    /// Whom to call.
    pub to: Uri,
    /// Our dialog with whomever the peer has asked already: an attended transfer (RFC 3891). A
    /// dialog named there that is none of ours stays in [`Refer::to`]. It may be up, or still early
    /// on either side.
    pub replaces: Option<DialogId>,
    /// Who asks, as it says (RFC 3892).
    pub referred_by: Option<NameAddr>,
}
