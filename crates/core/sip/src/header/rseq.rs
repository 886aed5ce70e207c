//! RSeq: the number of a reliable provisional answer (RFC 3262 §7.1).

use std::fmt;

use super::scan::number;
use super::{BadValue, Name, TypedHeader};

/// Rises by one per reliable provisional answer of one INVITE; from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RSeq(pub u32);

impl TypedHeader for RSeq {
    const NAME: Name = Name::RSeq;

    fn read(text: &str) -> Result<Self, BadValue> {
        number(text.trim())
            .filter(|number| *number > 0)
            .map(Self)
            .ok_or(BadValue("RSeq is not within 1 to 2^32-1"))
    }
}

impl fmt::Display for RSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_32_bits_and_no_zero() {
        assert_eq!(RSeq::read(" 0988789 "), Ok(RSeq(988_789)));
        assert_eq!(RSeq::read("4294967295"), Ok(RSeq(u32::MAX)));
        for bad in ["0", "4294967296", "-1", "", "1 2"] {
            assert!(RSeq::read(bad).is_err(), "{bad}");
        }
    }
}
