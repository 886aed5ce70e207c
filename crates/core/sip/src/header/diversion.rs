//! Diversion: who a call was for before it was forwarded (RFC 5806 §3).

use std::fmt;
use std::num::IntErrorKind;

use super::name_addr::address_header;
use super::{BadValue, Name, NameAddr, TypedHeader};

address_header!(
    /// One forwarding, the latest first.
    Diversion, Name::Diversion, true
);

impl Diversion {
    /// Why: `user-busy`, `no-answer`, `unconditional` …, in lower case; `unknown` where nothing is
    /// said.
    pub fn reason(&self) -> String {
        let reason = self.0.params.value("reason").unwrap_or("unknown");
        reason.to_ascii_lowercase()
    }

    /// How many forwardings this line stands for: 1 where nothing that is a number is said, the most there is
    /// where it is too large to be read.
    pub fn counter(&self) -> u32 {
        let counter = self.0.params.value("counter").unwrap_or_default();
        match counter.parse() {
            Ok(number) => number,
            Err(error) if *error.kind() == IntErrorKind::PosOverflow => u32::MAX,
            Err(_) => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarding_says_why_and_how_often() {
        let text = "<sip:+33123@a.example>;reason=User-Busy;counter=3;privacy=off";
        let diversion = Diversion::read(text).unwrap();
        assert_eq!(
            (diversion.reason().as_str(), diversion.counter()),
            ("user-busy", 3)
        );
        assert_eq!(diversion.to_string(), text);
        let bare = Diversion::read("<tel:+33123>").unwrap();
        assert_eq!((bare.reason().as_str(), bare.counter()), ("unknown", 1));
    }

    #[test]
    fn a_counter_that_is_too_large_is_the_largest() {
        for (said, counter) in [
            ("4294967295", u32::MAX),
            ("99999999999999999999", u32::MAX),
            ("-9", 1),
            ("x", 1),
        ] {
            let diversion = Diversion::read(&format!("<tel:+33123>;counter={said}")).unwrap();
            assert_eq!(diversion.counter(), counter, "{said}");
        }
    }
}
