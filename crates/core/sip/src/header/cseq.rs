//! CSeq: the number and method of a request within its dialog (RFC 3261 §20.16).

use std::fmt;

use memchr::memchr2;

use super::scan::{number, trim};
use super::{BadValue, Name, TypedHeader};
use crate::message::Method;

/// A CSeq value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// Rises by one per request of a dialog; below 2³¹ (RFC 3261 §8.1.1.5).
    pub number: u32,
    /// The request's method.
    pub method: Method,
}

impl CSeq {
    /// The largest number a request may carry.
    pub const MAX: u32 = (1 << 31) - 1;

    /// A CSeq of that number and method.
    pub fn new(number: u32, method: Method) -> Self {
        Self { number, method }
    }
}

impl TypedHeader for CSeq {
    const NAME: Name = Name::CSeq;

    fn read(text: &str) -> Result<Self, BadValue> {
        let text = trim(text);
        let blank = memchr2(b' ', b'\t', text.as_bytes()).ok_or(BadValue("CSeq has no method"))?;
        let (digits, method) = (&text[..blank], &text[blank + 1..]);
        let number = number::<u32>(digits)
            .filter(|n| *n <= Self::MAX)
            .ok_or(BadValue("CSeq number is not below 2^31"))?;
        let method = Method::read(trim(method)).ok_or(BadValue("CSeq method is not a token"))?;
        Ok(Self { number, method })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_has_31_bits() {
        assert_eq!(
            CSeq::read("0009  INVITE").unwrap(),
            CSeq::new(9, Method::Invite)
        );
        assert!(CSeq::read("2147483647 ACK").is_ok());
        assert!(CSeq::read("2147483648 ACK").is_err());
        assert!(CSeq::read("-1 ACK").is_err());
        assert!(CSeq::read("1").is_err());
        assert!(CSeq::read("1 A B").is_err());
    }
}
