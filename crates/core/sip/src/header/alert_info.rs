//! Alert-Info: how a phone is to ring (RFC 3261 §20.4, RFC 7462).

use std::fmt;

use super::name_addr::address_header;
use super::{BadValue, Name, NameAddr, TypedHeader};

address_header!(
    /// A sound or a kind of ringing, such as `<urn:alert:source:internal>` or
    /// `<http://ring>;info=alert-external`.
    AlertInfo, Name::AlertInfo, true
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_uri_with_its_parameters() {
        for text in [
            "<urn:alert:source:internal>",
            "<http://127.0.0.1/ring>;info=alert-external",
        ] {
            assert_eq!(AlertInfo::read(text).unwrap().to_string(), text);
        }
    }
}
