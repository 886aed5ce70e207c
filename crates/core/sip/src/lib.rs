//! SIP signalling: RFC 3261 and family. Bodies are opaque bytes here.
//!
//! The lower half reads and writes messages. [`wire`] turns bytes into a [`message::Message`] and
//! back, over one `Bytes` per message; what we do not know survives the round trip. [`header`] has
//! one typed header per file, [`uri`] the addresses, [`auth`] digest authentication on both sides,
//! [`guard`] says who may speak at all, [`exchange`] puts methods and status codes into `rsip`'s words.
//!
//! The upper half decides. [`Endpoint`] is the machine: [`Input`] and its methods go in, [`Output`]
//! comes out. Behind it lie `transaction` (RFC 3261 §17, RFC 6026), `dialog` (§12 to §15), `registrar`
//! (§10), `subscribe` (RFC 3842) and `next_hop`. Who may call whom is the house's business: an
//! INVITE is reported with the user it proves, if any, and `challenge` is one of its answers.

pub mod auth;
pub mod exchange;
pub mod guard;
pub mod header;
pub mod input;
pub mod message;
pub mod output;
pub mod uri;
pub mod wire;

mod agenda;
mod dialog;
mod endpoint;
mod listeners;
mod locate;
mod next_hop;
mod overload;
mod oversize;
mod probe;
mod records;
mod register;
mod registrar;
mod settings;
mod subscribe;
mod transaction;
mod users;
mod way;

pub use endpoint::{Endpoint, Invite, Live, Patience};
pub use input::{ConnectionId, Flow, Input, Transport};
pub use listeners::{BadNetwork, Listener, Listeners, Network};
pub use output::{DialogEnd, DialogId, DialogNews, Incoming, Output, Refer, UserId};
pub use overload::Overload;
pub use probe::{Probe, ProbeId, ProbeOutcome};
pub use records::{Answer, LookupId, Naptr, RecordKind, Records, Srv};
pub use register::{Registration, RegistrationId, RegistrationState};
pub use registrar::Binding;
pub use settings::{Limits, Settings};
pub use subscribe::MessageSummary;
pub use users::Credentials;
pub use way::{Host, Way};
