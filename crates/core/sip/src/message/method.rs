//! Methods: those this build knows, and every other by its name.

use std::fmt;

use crate::header::scan::is_token;

macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident, $text:literal;)*) => {
        /// What a request asks. Compared with regard to case (RFC 3261 §7.1).
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Method {
            $($(#[$doc])* $variant,)*
            /// Another method, by name.
            Other(String),
        }

        impl Method {
            /// The methods with a variant of their own.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// Reads a method; `None` when it is not a token.
            pub fn read(text: &str) -> Option<Self> {
                let known = Self::known(text.as_bytes());
                known.or_else(|| is_token(text).then(|| Self::Other(text.to_owned())))
            }

            /// The method of that name, if it has a variant of its own.
            pub(crate) fn known(name: &[u8]) -> Option<Self> {
                $(if name == $text.as_bytes() {
                    return Some(Self::$variant);
                })*
                None
            }

            /// Its name.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

methods! {
    /// RFC 3261 §13.
    Invite, "INVITE";
    /// RFC 3261 §17.1.1.3.
    Ack, "ACK";
    /// RFC 3261 §15.
    Bye, "BYE";
    /// RFC 3261 §9.
    Cancel, "CANCEL";
    /// RFC 3261 §10.
    Register, "REGISTER";
    /// RFC 3261 §11.
    Options, "OPTIONS";
    /// RFC 3262.
    Prack, "PRACK";
    /// RFC 6665.
    Subscribe, "SUBSCRIBE";
    /// RFC 6665.
    Notify, "NOTIFY";
    /// RFC 3903.
    Publish, "PUBLISH";
    /// RFC 6086.
    Info, "INFO";
    /// RFC 3515.
    Refer, "REFER";
    /// RFC 3428.
    Message, "MESSAGE";
    /// RFC 3311.
    Update, "UPDATE";
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
