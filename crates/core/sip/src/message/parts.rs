//! What requests and responses share: five headers that are always there, all fields, a body.

use bytes::Bytes;

use crate::header::{CSeq, Field, From, Headers, Name, NameAddr, To, TypedHeader, Via};

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
/// when the message is written; `essentials` always agrees with the first field of each name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) essentials: Essentials,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
}

impl Parts {
    pub(super) fn new(essentials: Essentials) -> Self {
        let mut headers = Headers::new();
        headers.push(&essentials.via);
        headers.push(&From(essentials.from.clone()));
        headers.push(&To(essentials.to.clone()));
        headers.push_field(Field::new(Name::CallId, &essentials.call_id));
        headers.push(&essentials.cseq);
        Self {
            essentials,
            headers,
            body: Bytes::new(),
        }
    }

    pub(super) fn for_answer(&self, timestamp: bool) -> Self {
        let mut headers = Headers::new();
        for field in self.headers.iter() {
            let copied = match field.name() {
                Name::Timestamp => timestamp,
                name => is_essential(name),
            };
            if copied {
                headers.push_field(field.clone());
            }
        }
        Self {
            essentials: self.essentials.clone(),
            headers,
            body: Bytes::new(),
        }
    }

    pub(super) fn set_via(&mut self, via: Via) {
        self.headers
            .set_first(Field::new(Name::Via, &via.to_string()));
        self.essentials.via = via;
    }

    pub(super) fn set_cseq(&mut self, cseq: CSeq) {
        debug_assert_eq!(cseq.method, self.essentials.cseq.method);
        self.headers
            .set_first(Field::new(Name::CSeq, &cseq.to_string()));
        self.essentials.cseq = cseq;
    }

    pub(super) fn set_to(&mut self, to: NameAddr) {
        self.headers
            .set_first(Field::new(Name::To, &to.to_string()));
        self.essentials.to = to;
    }

    pub(super) fn push_field(&mut self, field: Field) {
        debug_assert!(is_free(field.name()), "{} has its own setter", field.name());
        if is_free(field.name()) {
            self.headers.push_field(field);
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
}

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
