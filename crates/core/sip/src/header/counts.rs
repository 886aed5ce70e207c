//! Headers that hold one number: Max-Forwards, Expires, Min-Expires, Content-Length, Retry-After.

use std::fmt;

use super::scan::{lenient_seconds, number, trim};
use super::{BadValue, Name, TypedHeader};

/// How many more hops a request may take (RFC 3261 §20.22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxForwards(pub u8);

impl TypedHeader for MaxForwards {
    const NAME: Name = Name::MaxForwards;

    fn read(text: &str) -> Result<Self, BadValue> {
        let count = number(trim(text)).ok_or(BadValue("Max-Forwards is not within 0 to 255"))?;
        Ok(Self(count))
    }
}

/// The size of the body in bytes (RFC 3261 §20.14). The writer adds it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentLength(pub usize);

impl TypedHeader for ContentLength {
    const NAME: Name = Name::ContentLength;

    fn read(text: &str) -> Result<Self, BadValue> {
        let length = number(trim(text)).ok_or(BadValue("Content-Length is not a number"))?;
        Ok(Self(length))
    }
}

/// How long something is valid, in seconds (RFC 3261 §20.19). A value beyond 32 bits reads as the
/// largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expires(pub u32);

impl TypedHeader for Expires {
    const NAME: Name = Name::Expires;

    fn read(text: &str) -> Result<Self, BadValue> {
        let seconds = lenient_seconds(text).ok_or(BadValue("Expires is not a number"))?;
        Ok(Self(seconds))
    }
}

/// The shortest expiry a registrar accepts, in seconds (RFC 3261 §20.23).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinExpires(pub u32);

impl TypedHeader for MinExpires {
    const NAME: Name = Name::MinExpires;

    fn read(text: &str) -> Result<Self, BadValue> {
        let seconds = lenient_seconds(text).ok_or(BadValue("Min-Expires is not a number"))?;
        Ok(Self(seconds))
    }
}

/// When to try again, in seconds (RFC 3261 §20.33); comment and duration are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter(pub u32);

impl TypedHeader for RetryAfter {
    const NAME: Name = Name::RetryAfter;

    fn read(text: &str) -> Result<Self, BadValue> {
        let seconds = lenient_seconds(text).ok_or(BadValue("Retry-After is not a number"))?;
        Ok(Self(seconds))
    }
}

macro_rules! shown_as_number {
    ($($kind:ident)*) => {
        $(impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        })*
    };
}

shown_as_number!(MaxForwards ContentLength Expires MinExpires RetryAfter);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_kept_where_the_rfc_wants_and_cut_where_it_allows() {
        assert_eq!(MaxForwards::read("0068"), Ok(MaxForwards(68)));
        assert!(MaxForwards::read("256").is_err());
        assert!(ContentLength::read("-999").is_err());
        assert_eq!(
            Expires::read("1000000000000000000000"),
            Ok(Expires(u32::MAX))
        );
        assert_eq!(
            RetryAfter::read("18000;duration=3600"),
            Ok(RetryAfter(18000))
        );
        assert_eq!(
            RetryAfter::read("120 (I'm in a meeting)"),
            Ok(RetryAfter(120))
        );
        assert!(Expires::read("soon").is_err());
    }
}
