//! The nouns: a request, a response, their methods and status codes.
//!
//! A message made here or read by [`crate::wire`] always has the five headers everything rests on
//! (Via, From, To, Call-ID, CSeq) and a Request-URI that can be read, so nobody above has to ask
//! whether they are there. They are made into values when they are first asked for, and kept.

mod method;
mod parts;
mod status;

pub use method::Method;
pub use parts::Essentials;
pub use status::StatusCode;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

use bytes::Bytes;

use crate::header::{CSeq, Field, Headers, Line, MaxForwards, Name, NameAddr, TypedHeader, Via};
use crate::uri::Uri;
pub(crate) use parts::Parts;

/// A SIP message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Somebody asks.
    Request(Request),
    /// Somebody answers.
    Response(Response),
}

/// A request (RFC 3261 §7.1).
#[derive(Clone, Debug)]
pub struct Request {
    method: Method,
    uri: OnceCell<Uri>,
    /// Where the Request-URI stands in what was received, until it is made into a value.
    place: Range<usize>,
    // Boxed, so that a message is cheap to move.
    parts: Box<Parts>,
}

/// A response (RFC 3261 §7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    status: StatusCode,
    reason: Cow<'static, str>,
    parts: Box<Parts>,
}

impl Request {
    /// A request with its five headers and `Max-Forwards: 70` (RFC 3261 §8.1.1). The method is that
    /// of the CSeq.
    pub fn new(uri: Uri, essentials: Essentials) -> Self {
        let mut parts = Parts::new(essentials);
        parts.push(&MaxForwards(70));
        Self {
            method: parts.cseq().method.clone(),
            uri: uri.into(),
            place: 0..0,
            parts: Box::new(parts),
        }
    }

    /// A request that was read through; its Request-URI stands at `place` and can be read.
    pub(crate) fn from_wire(method: Method, place: Range<usize>, parts: Parts) -> Self {
        Self {
            method,
            uri: OnceCell::new(),
            place,
            parts: Box::new(parts),
        }
    }

    /// What is asked.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The Request-URI.
    pub fn uri(&self) -> &Uri {
        self.uri.get_or_init(|| {
            let text = &self.parts.headers().wire()[self.place.clone()];
            let text = std::str::from_utf8(text).ok();
            let uri = text.and_then(|text| Uri::read(text).ok());
            uri.expect("the Request-URI was read through when the message came")
        })
    }

    /// An answer to this request: all Via, From, To, Call-ID and CSeq are copied, and Timestamp for
    /// a 100 (RFC 3261 §8.2.6). The To tag is the caller's to add ([`Response::set_to_tag`]).
    pub fn respond(&self, status: StatusCode) -> Response {
        Response {
            status,
            reason: status.reason().into(),
            parts: Box::new(self.parts.for_answer(status == StatusCode::TRYING)),
        }
    }
}

impl Response {
    pub(crate) fn from_wire(status: StatusCode, reason: Cow<'static, str>, parts: Parts) -> Self {
        Self {
            status,
            reason,
            parts: Box::new(parts),
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The reason phrase: the peer's own, or the RFC's.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The same with another reason phrase.
    #[must_use]
    pub fn with_reason(mut self, phrase: &str) -> Self {
        self.reason = phrase.replace(char::is_control, " ").into();
        self
    }

    /// Puts our tag into To, unless one is there (RFC 3261 §8.2.6.2).
    pub fn set_to_tag(&mut self, tag: &str) {
        if self.to().tag().is_none() {
            let to = self.to().clone().with_tag(tag);
            self.parts.set_to(to);
        }
    }

    /// The same with our tag in To, unless one is there.
    #[must_use]
    pub fn with_to_tag(mut self, tag: &str) -> Self {
        self.set_to_tag(tag);
        self
    }
}

macro_rules! shared_methods {
    ($kind:ident) => {
        impl $kind {
            /// The topmost Via: who sent it last.
            pub fn via(&self) -> &Via {
                self.parts.via()
            }

            /// Who asks.
            pub fn from(&self) -> &NameAddr {
                self.parts.from()
            }

            /// Who is asked.
            pub fn to(&self) -> &NameAddr {
                self.parts.to()
            }

            /// The Call-ID, compared byte by byte (RFC 3261 §20.8).
            pub fn call_id(&self) -> &str {
                self.parts.call_id()
            }

            /// Number and method of the request.
            pub fn cseq(&self) -> &CSeq {
                self.parts.cseq()
            }

            /// The five headers together, to build a message that belongs to this one.
            pub fn essentials(&self) -> Essentials {
                self.parts.essentials()
            }

            /// Every header field in order, the five included, Content-Length not.
            pub fn headers(&self) -> &Headers {
                self.parts.headers()
            }

            /// The first header of this kind that can be read.
            pub fn typed<T: TypedHeader>(&self) -> Option<T> {
                self.parts.headers().typed()
            }

            /// The body; empty when there is none.
            pub fn body(&self) -> &Bytes {
                self.parts.body()
            }

            /// Replaces the topmost Via.
            pub fn set_via(&mut self, via: Via) {
                self.parts.set_via(via);
            }

            /// Replaces number and method; the method must stay the request's own.
            pub fn set_cseq(&mut self, cseq: CSeq) {
                self.parts.set_cseq(cseq);
            }

            /// Adds a header at the end.
            ///
            /// # Panics
            /// In debug builds for the five headers, which have their own setters.
            pub fn push<T: TypedHeader>(&mut self, header: &T) {
                self.parts.push(header);
            }

            /// Adds a field at the end; as [`Self::push`], for headers without a type.
            pub fn push_field(&mut self, field: Field) {
                self.parts.push_field(field);
            }

            /// Adds a field of another message at the end, byte for byte; as [`Self::push`].
            pub fn push_line(&mut self, line: Line<'_>) {
                self.parts.push_line(line);
            }

            /// Replaces every header of this kind by one.
            pub fn set<T: TypedHeader>(&mut self, header: &T) {
                self.parts.set(header);
            }

            /// Removes every field of that name; the five headers stay.
            pub fn remove(&mut self, name: &Name) {
                self.parts.remove(name);
            }

            /// The same with one more header.
            #[must_use]
            pub fn with<T: TypedHeader>(mut self, header: &T) -> Self {
                self.push(header);
                self
            }

            /// The same with a body of that type; an empty body removes both.
            #[must_use]
            pub fn with_body(mut self, content_type: &str, body: Bytes) -> Self {
                self.parts.set_body(content_type, body);
                self
            }
        }
    };
}

shared_methods!(Request);
shared_methods!(Response);

impl Message {
    /// The topmost Via.
    pub fn via(&self) -> &Via {
        self.parts().via()
    }

    /// Who asks.
    pub fn from(&self) -> &NameAddr {
        self.parts().from()
    }

    /// Who is asked.
    pub fn to(&self) -> &NameAddr {
        self.parts().to()
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        self.parts().call_id()
    }

    /// Number and method of the request.
    pub fn cseq(&self) -> &CSeq {
        self.parts().cseq()
    }

    /// Every header field in order, Content-Length not.
    pub fn headers(&self) -> &Headers {
        self.parts().headers()
    }

    /// The first header of this kind that can be read.
    pub fn typed<T: TypedHeader>(&self) -> Option<T> {
        self.headers().typed()
    }

    /// The body; empty when there is none.
    pub fn body(&self) -> &Bytes {
        self.parts().body()
    }

    fn parts(&self) -> &Parts {
        match self {
            Self::Request(request) => &request.parts,
            Self::Response(response) => &response.parts,
        }
    }
}

impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        self.method == other.method && self.uri() == other.uri() && self.parts == other.parts
    }
}

impl Eq for Request {}

impl From<Request> for Message {
    fn from(request: Request) -> Self {
        Self::Request(request)
    }
}

impl From<Response> for Message {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}

#[cfg(test)]
mod tests;
