//! Refer-To: whom the sender of a REFER wants called (RFC 3515 §2.1).

use std::fmt;

use super::{BadValue, Name, NameAddr, TypedHeader};
use crate::uri::Uri;

/// Whom to call, with a `Replaces` header inside the URI when the call is there already
/// (RFC 3891 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferTo(pub NameAddr);

impl ReferTo {
    /// The method the URI asks for; none means INVITE (RFC 3515 §2.1).
    pub fn method(&self) -> Option<&str> {
        self.0.uri.as_sip()?.params.value("method")
    }
}

impl TypedHeader for ReferTo {
    const NAME: Name = Name::ReferTo;

    /// Lenient where RFC 3515 is strict: phones leave the brackets out although headers follow the
    /// URI.
    fn read(text: &str) -> Result<Self, BadValue> {
        let text = text.trim();
        let bare = !text.contains(['<', '"']) && text.contains('?');
        if bare {
            return Uri::read(text).map(NameAddr::new).map(Self);
        }
        NameAddr::read(text).map(Self)
    }
}

impl fmt::Display for ReferTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_of_the_uri_are_read_with_brackets_and_without() {
        let plain = "sip:bob@b.example?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2";
        for text in [plain.to_owned(), format!("\"Bob\" <{plain}>;x=1")] {
            let refer_to = ReferTo::read(&text).unwrap();
            let uri = refer_to.0.uri.as_sip().unwrap();
            assert_eq!(
                uri.header("replaces").as_deref(),
                Some("a@b;to-tag=1;from-tag=2")
            );
            assert_eq!(ReferTo::read(&refer_to.to_string()).unwrap(), refer_to);
        }
        assert!(ReferTo::read("").is_err());
        let bye = ReferTo::read("<sip:bob@b.example;method=BYE>").unwrap();
        assert_eq!(bye.method(), Some("BYE"));
    }
}
