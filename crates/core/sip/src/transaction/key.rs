//! How messages find their transaction: RFC 3261 §17.1.3 and §17.2.3.

use crate::header::{TypedHeader, Via};
use crate::message::{Method, Request, Response};

/// Which server transaction a request belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ServerKey {
    /// RFC 3261: the branch, who sent it, and the method (ACK counts as INVITE).
    Branch {
        branch: String,
        sent_by: String,
        method: Method,
    },
    /// RFC 2543 peers send no usable branch: Request-URI, From tag, Call-ID, CSeq number and the
    /// topmost Via tell their requests apart. The To tag is left out, because an ACK has the one of
    /// our answer (§17.2.3), which only one transaction gave.
    Fields {
        uri: String,
        from_tag: String,
        call_id: String,
        cseq: u32,
        via: String,
        method: Method,
    },
}

impl ServerKey {
    /// The key of `request`, as it stands before its Via is stamped.
    pub(crate) fn of(request: &Request) -> Self {
        Self::with_method(request, request.method().clone())
    }

    /// The key of the INVITE a CANCEL wants to stop (RFC 3261 §9.2).
    pub(crate) fn of_cancelled(cancel: &Request) -> Self {
        Self::with_method(cancel, Method::Invite)
    }

    fn with_method(request: &Request, method: Method) -> Self {
        let method = match method {
            Method::Ack => Method::Invite,
            other => other,
        };
        let via = request.via();
        if via.has_cookie() {
            return Self::Branch {
                branch: via.branch().to_owned(),
                sent_by: via.sent_by.to_string().to_ascii_lowercase(),
                method,
            };
        }
        Self::Fields {
            uri: request.uri().to_string(),
            from_tag: request.from().tag().unwrap_or_default().to_owned(),
            call_id: request.call_id().to_owned(),
            cseq: request.cseq().number,
            via: unstamped(via),
            method,
        }
    }
}

/// What tells a request apart that arrived twice by different paths (RFC 3261 §8.2.2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MergeKey {
    from_tag: String,
    call_id: String,
    cseq: u32,
    method: Method,
}

impl MergeKey {
    /// The key of a request outside any dialog; `None` inside one, where nothing merges.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        if request.to().tag().is_some() || *request.method() == Method::Ack {
            return None;
        }
        Some(Self {
            from_tag: request.from().tag()?.to_owned(),
            call_id: request.call_id().to_owned(),
            cseq: request.cseq().number,
            method: request.method().clone(),
        })
    }
}

/// Which client transaction a response belongs to: our branch and the method of the CSeq, which
/// tells the answer of a CANCEL from that of its INVITE (RFC 3261 §17.1.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClientKey {
    branch: String,
    method: Method,
}

impl ClientKey {
    /// The key of a request of ours.
    pub(crate) fn of_request(request: &Request) -> Self {
        Self {
            branch: request.via().branch().to_owned(),
            method: request.method().clone(),
        }
    }

    /// The key a response asks for.
    pub(crate) fn of_response(response: &Response) -> Self {
        Self {
            branch: response.via().branch().to_owned(),
            method: response.cseq().method.clone(),
        }
    }
}

/// The Via as its sender wrote it, whether or not it was stamped since.
fn unstamped(via: &Via) -> String {
    let mut via = via.clone();
    via.params.remove("received");
    via.params.remove("rport");
    debug_assert!(Via::read(&via.to_string()).is_ok(), "a Via reads back");
    via.to_string()
}
