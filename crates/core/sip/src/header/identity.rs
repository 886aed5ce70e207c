//! P-Asserted-Identity and P-Preferred-Identity: who calls, as the network knows (RFC 3325 §9).

use std::fmt;

use super::name_addr::address_header;
use super::{BadValue, Name, NameAddr, TypedHeader};

address_header!(
    /// Who calls, as a network that trusts us proved it; there may be a SIP and a tel identity
    /// (RFC 3325 §9.1). From others it means nothing.
    PAssertedIdentity, Name::PAssertedIdentity, true
);
address_header!(
    /// Who a user wants to be among the identities it has (RFC 3325 §9.2).
    PPreferredIdentity, Name::PPreferredIdentity, true
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{Field, Headers};

    #[test]
    fn a_caller_may_have_two_identities() {
        let mut headers = Headers::new();
        let text = "\"A, B\" <sip:+33123@a.example>, tel:+33123";
        headers.push_field(Field::new(Name::PAssertedIdentity, text));
        let found = headers.all::<PAssertedIdentity>();
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].to_string(), "<tel:+33123>");
        assert!(PPreferredIdentity::read("nobody").is_err());
    }
}
