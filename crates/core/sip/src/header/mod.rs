//! Headers: the list a message carries, and one typed reading per header, one per file.
//!
//! Reading is lenient (what a peer meant), writing is strict (what the RFC wants).

mod alert_info;
mod authentication_info;
mod authorization;
mod call_info;
mod contact;
mod content_type;
mod counts;
mod cseq;
mod digest;
mod diversion;
mod event;
mod field;
mod history_info;
mod identity;
mod list;
mod min_se;
mod name;
mod name_addr;
pub(crate) mod params;
pub(crate) mod plain;
mod privacy;
mod product;
mod rack;
mod reason;
mod refer_sub;
mod refer_to;
mod referred_by;
mod replaces;
mod route;
mod rseq;
pub(crate) mod scan;
mod session_expires;
mod tokens;
mod via;
mod warning;
mod www_authenticate;

pub use alert_info::AlertInfo;
pub use authentication_info::AuthenticationInfo;
pub use authorization::{Authorization, Credentials, DigestCredentials, ProxyAuthorization};
pub use call_info::CallInfo;
pub use contact::Contact;
pub use content_type::{Accept, ContentType};
pub use counts::{ContentLength, Expires, MaxForwards, MinExpires, RetryAfter};
pub use cseq::CSeq;
pub use diversion::Diversion;
pub use event::{Event, SubscriptionState};
pub use field::{Field, Line};
pub use history_info::HistoryInfo;
pub use identity::{PAssertedIdentity, PPreferredIdentity};
pub use list::Headers;
pub use min_se::MinSe;
pub use name::Name;
pub(crate) use name::{NAMED, Number};
pub use name_addr::{From, NameAddr, To};
pub use params::{Param, Params};
pub use privacy::Privacy;
pub use product::{Server, UserAgent};
pub use rack::RAck;
pub use reason::Reason;
pub use refer_sub::ReferSub;
pub use refer_to::ReferTo;
pub use referred_by::ReferredBy;
pub use replaces::Replaces;
pub use route::{RecordRoute, Route};
pub use rseq::RSeq;
pub use session_expires::{Refresher, SessionExpires};
pub use tokens::{
    Allow, AllowEvents, InfoPackage, ProxyRequire, RecvInfo, Require, Supported, Unsupported,
};
pub use via::Via;
pub(crate) use via::ViaText;
pub use warning::Warning;
pub use www_authenticate::{Challenge, DigestChallenge, ProxyAuthenticate, WwwAuthenticate};

use std::fmt;

/// A header that this room reads into a type. `Display` writes its value back, without the name.
pub trait TypedHeader: fmt::Display + Sized {
    /// Under which name it travels.
    const NAME: Name;
    /// Whether several values may share a line, separated by commas (RFC 3261 §7.3.1).
    const LIST: bool = false;

    /// Reads one value: a whole line, or one element of a comma list.
    ///
    /// # Errors
    /// [`BadValue`] says in a few words what is wrong.
    fn read(text: &str) -> Result<Self, BadValue>;

    /// Reads one value through and keeps nothing.
    ///
    /// # Errors
    /// Those of [`TypedHeader::read`], and no others.
    fn check(text: &str) -> Result<(), BadValue> {
        Self::read(text).map(drop)
    }
}

/// A header value, or a URI, that cannot be read: why, in a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadValue(pub &'static str);
