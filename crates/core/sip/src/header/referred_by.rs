//! Referred-By: who asked for a call (RFC 3892 §3).

use std::fmt;

use super::name_addr::address_header;
use super::{BadValue, Name, NameAddr, TypedHeader};

address_header!(
    /// Who sent the REFER that made this call, as it says. Its `cid` token, a signature of that, is
    /// kept and not checked (RFC 3892 §4).
    ReferredBy, Name::ReferredBy, false
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_referrer_and_its_token_survive() {
        let text = "<sip:alice@a.example>;cid=\"20398823.2UWQFN309shb3@a.example\"";
        assert_eq!(ReferredBy::read(text).unwrap().to_string(), text);
        assert!(ReferredBy::read("alice").is_err());
    }
}
