//! The body of presence: application/pidf+xml (RFC 3863), with what somebody does (RFC 4480).

use std::fmt::Write as _;

use bytes::Bytes;

use super::xml::Escaped;

/// Whether somebody can be reached at their devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// No device is registered.
    Closed,
    /// A device is registered, and silent.
    Open,
    /// A device is registered, and rings or talks.
    OnThePhone,
}

impl Presence {
    /// The body for `entity`, a SIP URI.
    pub(crate) fn print(self, entity: &str) -> Bytes {
        let basic = match self {
            Self::Closed => "closed",
            Self::Open | Self::OnThePhone => "open",
        };
        let mut text = String::with_capacity(512);
        write!(
            text,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
             <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" \
             xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" \
             xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"{}\">\r\n\
             <tuple id=\"devices\"><status><basic>{basic}</basic></status></tuple>\r\n",
            Escaped(entity)
        )
        .expect("writing to a String does not fail");
        if self == Self::OnThePhone {
            text.push_str(
                "<dm:person id=\"user\"><rpid:activities><rpid:on-the-phone/>\
                 </rpid:activities></dm:person>\r\n",
            );
        }
        text.push_str("</presence>\r\n");
        Bytes::from(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_words() {
        let text = |state: Presence| String::from_utf8(state.print("sip:a@b").to_vec()).unwrap();
        assert!(text(Presence::Closed).contains("<basic>closed</basic>"));
        assert!(text(Presence::Open).contains("<basic>open</basic>"));
        assert!(!text(Presence::Open).contains("on-the-phone"));
        assert!(text(Presence::OnThePhone).contains("<rpid:on-the-phone/>"));
        assert!(text(Presence::Open).contains("entity=\"sip:a@b\""));
    }
}
