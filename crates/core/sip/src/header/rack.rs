//! RAck: which reliable provisional answer a PRACK acknowledges (RFC 3262 §7.2).

use std::fmt;

use super::scan::number;
use super::{BadValue, CSeq, Name, TypedHeader};

/// The RSeq of the answer, and the CSeq of the request it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RAck {
    /// The RSeq.
    pub rseq: u32,
    /// The CSeq.
    pub cseq: CSeq,
}

impl TypedHeader for RAck {
    const NAME: Name = Name::RAck;

    fn read(text: &str) -> Result<Self, BadValue> {
        let (rseq, cseq) = text
            .trim()
            .split_once([' ', '\t'])
            .ok_or(BadValue("RAck has no CSeq"))?;
        let rseq = number(rseq).ok_or(BadValue("RAck has no number"))?;
        let cseq = CSeq::read(cseq)?;
        Ok(Self { rseq, cseq })
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rseq, self.cseq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Method;

    #[test]
    fn two_numbers_and_a_method() {
        let rack = RAck::read("776656  1 INVITE").unwrap();
        assert_eq!(
            (rack.rseq, &rack.cseq),
            (776_656, &CSeq::new(1, Method::Invite))
        );
        assert_eq!(rack.to_string(), "776656 1 INVITE");
        for bad in ["", "1", "1 INVITE", "x 1 INVITE", "4294967296 1 INVITE"] {
            assert!(RAck::read(bad).is_err(), "{bad}");
        }
    }
}
