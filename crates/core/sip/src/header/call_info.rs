//! Call-Info: more about who calls, or how to answer (RFC 3261 §20.9).

use std::fmt;

use super::name_addr::address_header;
use super::{BadValue, Name, NameAddr, TypedHeader};

address_header!(
    /// A picture, a card, or with `answer-after` how soon a phone takes the call by itself.
    CallInfo, Name::CallInfo, true
);

impl CallInfo {
    /// What it is for: `icon`, `info`, `card` ….
    pub fn purpose(&self) -> Option<&str> {
        self.0.params.value("purpose")
    }

    /// Seconds after which a phone takes the call by itself.
    pub fn answer_after(&self) -> Option<u32> {
        self.0.params.value("answer-after")?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_or_an_answer_by_itself() {
        let icon = CallInfo::read("<http://a.example/a.png>;purpose=icon").unwrap();
        assert_eq!((icon.purpose(), icon.answer_after()), (Some("icon"), None));
        let intercom = CallInfo::read("<sip:a.example>;answer-after=0").unwrap();
        assert_eq!(intercom.answer_after(), Some(0));
    }
}
