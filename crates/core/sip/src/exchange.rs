//! Methods, status codes and header fields in the vocabulary of the `rsip` crate, both ways. A
//! conversion fails on what the other side cannot hold; it never guesses.

use crate::header::{Line, Name};
use crate::message::{Method, StatusCode};

/// What `rsip` cannot hold, or holds and SIP forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} has no equal on the other side")]
pub struct NoEqual(&'static str);

impl TryFrom<&Method> for rsip::Method {
    type Error = NoEqual;

    fn try_from(method: &Method) -> Result<Self, NoEqual> {
        Ok(match method {
            Method::Invite => Self::Invite,
            Method::Ack => Self::Ack,
            Method::Bye => Self::Bye,
            Method::Cancel => Self::Cancel,
            Method::Register => Self::Register,
            Method::Options => Self::Options,
            Method::Prack => Self::PRack,
            Method::Subscribe => Self::Subscribe,
            Method::Notify => Self::Notify,
            Method::Publish => Self::Publish,
            Method::Info => Self::Info,
            Method::Refer => Self::Refer,
            Method::Message => Self::Message,
            Method::Update => Self::Update,
            Method::Other(_) => return Err(NoEqual("the method")),
        })
    }
}

impl From<rsip::Method> for Method {
    fn from(method: rsip::Method) -> Self {
        match method {
            rsip::Method::Invite => Self::Invite,
            rsip::Method::Ack => Self::Ack,
            rsip::Method::Bye => Self::Bye,
            rsip::Method::Cancel => Self::Cancel,
            rsip::Method::Register => Self::Register,
            rsip::Method::Options => Self::Options,
            rsip::Method::PRack => Self::Prack,
            rsip::Method::Subscribe => Self::Subscribe,
            rsip::Method::Notify => Self::Notify,
            rsip::Method::Publish => Self::Publish,
            rsip::Method::Info => Self::Info,
            rsip::Method::Refer => Self::Refer,
            rsip::Method::Message => Self::Message,
            rsip::Method::Update => Self::Update,
        }
    }
}

/// A code without a variant of its own becomes `Other` with our phrase.
impl From<StatusCode> for rsip::StatusCode {
    fn from(status: StatusCode) -> Self {
        match Self::from(status.code()) {
            Self::Other(code, _) => Self::Other(code, status.reason().to_owned()),
            known => known,
        }
    }
}

/// Fails for a code outside 100 to 699.
impl TryFrom<&rsip::StatusCode> for StatusCode {
    type Error = NoEqual;

    fn try_from(status: &rsip::StatusCode) -> Result<Self, NoEqual> {
        Self::new(status.code()).ok_or(NoEqual("the status code"))
    }
}

/// Fails for a value that is not UTF-8. The name is kept; `rsip` has it as `Other` where it knows
/// no better.
impl TryFrom<Line<'_>> for rsip::Header {
    type Error = NoEqual;

    fn try_from(field: Line<'_>) -> Result<Self, NoEqual> {
        use rsip::headers as h;
        let value = std::str::from_utf8(field.value())
            .map_err(|_| NoEqual("the header value"))?
            .to_owned();
        Ok(match field.name() {
            Name::Via => h::Via::from(value).into(),
            Name::From => h::From::from(value).into(),
            Name::To => h::To::from(value).into(),
            Name::CallId => h::CallId::from(value).into(),
            Name::CSeq => h::CSeq::from(value).into(),
            Name::Contact => h::Contact::from(value).into(),
            Name::Route => h::Route::from(value).into(),
            Name::RecordRoute => h::RecordRoute::from(value).into(),
            Name::MaxForwards => h::MaxForwards::from(value).into(),
            Name::Expires => h::Expires::from(value).into(),
            Name::ContentType => h::ContentType::from(value).into(),
            name => Self::Other(name.as_str().to_owned(), value),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_rsip_knows_is_ours_and_back() {
        for method in Method::KNOWN {
            let theirs = rsip::Method::try_from(method).unwrap();
            assert_eq!(Method::from(theirs), *method);
        }
        assert_eq!(rsip::Method::all().len(), Method::KNOWN.len());
        assert!(rsip::Method::try_from(&Method::Other("NEW".into())).is_err());
    }

    #[test]
    fn every_code_survives_and_impossible_ones_fail() {
        for code in 100..700 {
            let status = StatusCode::new(code).unwrap();
            let theirs = rsip::StatusCode::from(status);
            assert_eq!(StatusCode::try_from(&theirs), Ok(status));
        }
        assert!(StatusCode::try_from(&rsip::StatusCode::Other(99, String::new())).is_err());
        assert!(StatusCode::try_from(&rsip::StatusCode::Other(700, String::new())).is_err());
    }
}
