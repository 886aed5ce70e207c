//! History-Info: every address a call was sent to so far (RFC 7044 §5).

use std::fmt;

use super::name_addr::address_header;
use super::{BadValue, Name, NameAddr, TypedHeader};

address_header!(
    /// One address, the first one first.
    HistoryInfo, Name::HistoryInfo, true
);

impl HistoryInfo {
    /// Its place in the tree of forwardings, such as `1.2.1`.
    pub fn index(&self) -> Option<&str> {
        self.0.params.value("index")
    }

    /// Why the call left this address: the `cause` of its URI (RFC 4458), as of a Reason.
    pub fn cause(&self) -> Option<u16> {
        self.0.uri.as_sip()?.params.value("cause")?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{Field, Headers};

    #[test]
    fn addresses_in_order_with_place_and_cause() {
        let mut headers = Headers::new();
        let text = "<sip:a@x.example>;index=1, <sip:b@x.example;cause=486>;index=1.1;mp=1";
        headers.push_field(Field::new(Name::HistoryInfo, text));
        let found = headers.all::<HistoryInfo>();
        assert_eq!((found[0].index(), found[0].cause()), (Some("1"), None));
        assert_eq!(
            (found[1].index(), found[1].cause()),
            (Some("1.1"), Some(486))
        );
    }
}
