//! Headers that hold a list of tokens: Allow, Supported, Require, Unsupported, Allow-Events.

use std::fmt;

use super::scan::is_token;
use super::{BadValue, Name, TypedHeader};
use crate::message::Method;

/// A method the sender understands (RFC 3261 §20.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow(pub Method);

impl TypedHeader for Allow {
    const NAME: Name = Name::Allow;
    const LIST: bool = true;

    fn read(text: &str) -> Result<Self, BadValue> {
        Method::read(text.trim())
            .map(Self)
            .ok_or(BadValue("Allow holds no method"))
    }
}

impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

macro_rules! token_header {
    ($(#[$doc:meta])* $kind:ident, $name:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $kind(pub String);

        impl $kind {
            /// Whether it is that token, regardless of case.
            pub fn is(&self, token: &str) -> bool {
                self.0.eq_ignore_ascii_case(token)
            }
        }

        impl PartialEq for $kind {
            fn eq(&self, other: &Self) -> bool {
                self.is(&other.0)
            }
        }

        impl Eq for $kind {}

        impl TypedHeader for $kind {
            const NAME: Name = $name;
            const LIST: bool = true;

            fn read(text: &str) -> Result<Self, BadValue> {
                let text = text.trim();
                if !is_token(text) {
                    return Err(BadValue("an option or event is not a token"));
                }
                Ok(Self(text.to_owned()))
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

token_header!(
    /// An extension the sender understands (RFC 3261 §20.37).
    Supported, Name::Supported
);
token_header!(
    /// An extension the receiver must understand (RFC 3261 §20.32).
    Require, Name::Require
);
token_header!(
    /// An extension that proxies on the way must understand (RFC 3261 §20.29).
    ProxyRequire, Name::ProxyRequire
);
token_header!(
    /// The package an INFO belongs to (RFC 6086 §7.2).
    InfoPackage, Name::InfoPackage
);
token_header!(
    /// A package of INFO the sender takes (RFC 6086 §7.3).
    RecvInfo, Name::RecvInfo
);
token_header!(
    /// An extension that was required and is not understood (RFC 3261 §20.40).
    Unsupported, Name::Unsupported
);
token_header!(
    /// An event package one may subscribe to (RFC 6665 §8.2.2).
    AllowEvents, Name::AllowEvents
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{Field, Headers};

    #[test]
    fn lists_over_several_lines_are_one_list() {
        let mut headers = Headers::new();
        headers.push_field(Field::new(Name::Supported, "100rel, , timer"));
        headers.push_field(Field::new(Name::Supported, ""));
        headers.push_field(Field::new(Name::Supported, "PATH"));
        let found = headers.all::<Supported>();
        assert_eq!(found.len(), 3);
        assert!(found.contains(&Supported("path".into())));
        assert!(Allow::read("A B").is_err());
    }
}
