//! Diversion: who a call was for before it was forwarded (RFC 5806 §3).

use std::fmt;

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

    /// How many forwardings this line stands for: 1 where nothing is said.
    pub fn counter(&self) -> u32 {
        let counter = self.0.params.value("counter");
        counter.and_then(|text| text.parse().ok()).unwrap_or(1)
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
}
