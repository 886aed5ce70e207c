//! What requests and responses share: five headers that are always there, all fields, a body.

use std::borrow::Cow;
use std::cell::OnceCell;

use bytes::Bytes;

use crate::header::{CSeq, Field, From, Headers, Line, Name, NameAddr, To, TypedHeader, Via};

/// The headers every message must have (RFC 3261 §8.1.1), beside Max-Forwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Essentials {
    /// The topmost Via.
    pub via: Via,
    /// Who asks, with a tag.
    pub from: NameAddr,
    /// Who is asked, with a tag inside a dialog.
    pub to: NameAddr,
    /// The Call-ID.
    pub call_id: String,
    /// Number and method.
    pub cseq: CSeq,
}

/// Fields and body of a message. `headers` holds all fields but Content-Length, which is computed
/// when the message is written. The five headers stand among them and were read through when the
/// message came; each is made into a value when it is first asked for.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    via: OnceCell<Via>,
    from: OnceCell<NameAddr>,
    to: OnceCell<NameAddr>,
    /// Of a Call-ID that is not UTF-8, with what is not replaced.
    odd_call_id: OnceCell<String>,
    cseq: CSeq,
    headers: Headers,
    body: Bytes,
}

impl Parts {
    pub(super) fn new(essentials: Essentials) -> Self {
        let mut headers = Headers::new();
        let from = From(essentials.from);
        let to = To(essentials.to);
        headers.push(&essentials.via);
        headers.push(&from);
        headers.push(&to);
        headers.push_field(Field::new(Name::CallId, &essentials.call_id));
        headers.push(&essentials.cseq);
        Self {
            via: essentials.via.into(),
            from: from.0.into(),
            to: to.0.into(),
            odd_call_id: OnceCell::new(),
            cseq: essentials.cseq,
            headers,
            body: Bytes::new(),
        }
    }

    /// The parts of a message that was read through: `headers` hold the five, and can be read.
    pub(crate) fn from_wire(headers: Headers, cseq: CSeq, body: Bytes) -> Self {
        Self {
            via: OnceCell::new(),
            from: OnceCell::new(),
            to: OnceCell::new(),
            odd_call_id: OnceCell::new(),
            cseq,
            headers,
            body,
        }
    }

    pub(super) fn for_answer(&self, timestamp: bool) -> Self {
        let headers = self.headers.only(|name| match name {
            Name::Timestamp => timestamp,
            name => is_essential(name),
        });
        Self {
            via: self.via.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            odd_call_id: self.odd_call_id.clone(),
            cseq: self.cseq.clone(),
            headers,
            body: Bytes::new(),
        }
    }

    pub(super) fn via(&self) -> &Via {
        self.via.get_or_init(|| self.first())
    }

    pub(super) fn from(&self) -> &NameAddr {
        self.from.get_or_init(|| self.first::<From>().0)
    }

    pub(super) fn to(&self) -> &NameAddr {
        self.to.get_or_init(|| self.first::<To>().0)
    }

    pub(super) fn call_id(&self) -> &str {
        let text = self.headers.text(&Name::CallId);
        match text.expect("a message has a Call-ID") {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => self.odd_call_id.get_or_init(|| text),
        }
    }

    pub(super) fn cseq(&self) -> &CSeq {
        &self.cseq
    }

    pub(super) fn headers(&self) -> &Headers {
        &self.headers
    }

    pub(super) fn body(&self) -> &Bytes {
        &self.body
    }

    pub(super) fn essentials(&self) -> Essentials {
        Essentials {
            via: self.via().clone(),
            from: self.from().clone(),
            to: self.to().clone(),
            call_id: self.call_id().to_owned(),
            cseq: self.cseq.clone(),
        }
    }

    pub(super) fn set_via(&mut self, via: Via) {
        self.headers.set_first(&via);
        self.via = via.into();
    }

    pub(super) fn set_cseq(&mut self, cseq: CSeq) {
        debug_assert_eq!(cseq.method, self.cseq.method);
        self.headers.set_first(&cseq);
        self.cseq = cseq;
    }

    pub(super) fn set_to(&mut self, to: NameAddr) {
        let to = To(to);
        self.headers.set_first(&to);
        self.to = to.0.into();
    }

    pub(super) fn push<T: TypedHeader>(&mut self, header: &T) {
        debug_assert!(is_free(&T::NAME), "{} has its own setter", T::NAME);
        if is_free(&T::NAME) {
            self.headers.push(header);
        }
    }

    pub(super) fn push_field(&mut self, field: Field) {
        debug_assert!(is_free(field.name()), "{} has its own setter", field.name());
        if is_free(field.name()) {
            self.headers.push_field(field);
        }
    }

    pub(super) fn push_line(&mut self, line: Line<'_>) {
        debug_assert!(is_free(line.name()), "{} has its own setter", line.name());
        if is_free(line.name()) {
            self.headers.push_line(line);
        }
    }

    pub(super) fn set<T: TypedHeader>(&mut self, header: &T) {
        debug_assert!(is_free(&T::NAME), "{} has its own setter", T::NAME);
        if is_free(&T::NAME) {
            self.headers.set(header);
        }
    }

    pub(super) fn remove(&mut self, name: &Name) {
        if is_free(name) {
            self.headers.remove(name);
        }
    }

    pub(super) fn set_body(&mut self, content_type: &str, body: Bytes) {
        self.headers.remove(&Name::ContentType);
        if !body.is_empty() {
            self.headers
                .push_field(Field::new(Name::ContentType, content_type));
        }
        self.body = body;
    }

    /// The first header of this kind, which is one of the five.
    fn first<T: TypedHeader>(&self) -> T {
        let header = self.headers.read().ok().flatten();
        header.expect("the five headers were read through when the message came")
    }
}

/// Every field and the body; the five headers as they read.
impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        self.essentials() == other.essentials()
            && self.headers == other.headers
            && self.body == other.body
    }
}

impl Eq for Parts {}

/// The five headers, which an answer copies.
fn is_essential(name: &Name) -> bool {
    matches!(
        name,
        Name::Via | Name::From | Name::To | Name::CallId | Name::CSeq
    )
}

/// Whether a field of that name is the caller's to add and remove. A Via below the topmost is not:
/// this is no proxy.
fn is_free(name: &Name) -> bool {
    !is_essential(name) && *name != Name::ContentLength
}
