//! Header names: those this room knows, their compact forms, and every other kept as it came.

use std::fmt;

use super::scan::is_token;

macro_rules! names {
    ($($(#[$doc:meta])* $variant:ident, $text:literal $(, $compact:literal)?;)*) => {
        /// The name of a header field. Known names compare by meaning (`v` is `Via`), all names
        /// regardless of case (RFC 3261 §7.3.1, §7.3.3).
        #[derive(Clone, Debug)]
        pub enum Name {
            $($(#[$doc])* $variant,)*
            /// A name this room does not know, spelled as it came.
            Other(String),
        }

        /// The known names, without what a name may hold.
        #[derive(Clone, Copy)]
        enum Known {
            $($variant,)*
        }

        impl Known {
            const fn name(self) -> Name {
                match self {
                    $(Self::$variant => Name::$variant,)*
                }
            }
        }

        /// Every spelling, long and compact.
        const SPELLINGS: &[(&str, Known)] = &[
            $(($text, Known::$variant), $(($compact, Known::$variant),)?)*
        ];

        impl Name {
            /// Reads a name, long or compact; `None` when it is not a token.
            pub fn read(text: &str) -> Option<Self> {
                match known(text) {
                    Some(known) => Some(known.name()),
                    None => is_token(text).then(|| Self::Other(text.to_owned())),
                }
            }

            /// One bit for each known name, none for others: for sets of names.
            pub(crate) const fn bit(&self) -> u128 {
                match self {
                    $(Self::$variant => 1 << Known::$variant as u8,)*
                    Self::Other(_) => 0,
                }
            }

            /// The name as it is written: the RFC's spelling, or as it came.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }
    };
}

names! {
    /// RFC 3261 §20.1.
    Accept, "Accept";
    /// RFC 3841 §9.2.
    AcceptContact, "Accept-Contact", "a";
    /// RFC 3261 §20.2.
    AcceptEncoding, "Accept-Encoding";
    /// RFC 3261 §20.3.
    AcceptLanguage, "Accept-Language";
    /// RFC 3261 §20.4.
    AlertInfo, "Alert-Info";
    /// RFC 3261 §20.5.
    Allow, "Allow";
    /// RFC 6665 §8.2.2.
    AllowEvents, "Allow-Events", "u";
    /// RFC 3261 §20.6.
    AuthenticationInfo, "Authentication-Info";
    /// RFC 3261 §20.7.
    Authorization, "Authorization";
    /// RFC 3261 §20.8.
    CallId, "Call-ID", "i";
    /// RFC 3261 §20.10.
    Contact, "Contact", "m";
    /// RFC 3261 §20.11.
    ContentDisposition, "Content-Disposition";
    /// RFC 3261 §20.12.
    ContentEncoding, "Content-Encoding", "e";
    /// RFC 3261 §20.14.
    ContentLength, "Content-Length", "l";
    /// RFC 3261 §20.15.
    ContentType, "Content-Type", "c";
    /// RFC 3261 §20.9.
    CallInfo, "Call-Info";
    /// RFC 3261 §20.16.
    CSeq, "CSeq";
    /// RFC 3261 §20.17.
    Date, "Date";
    /// RFC 5806 §3.
    Diversion, "Diversion";
    /// RFC 6665 §8.2.1.
    Event, "Event", "o";
    /// RFC 3261 §20.19.
    Expires, "Expires";
    /// RFC 3261 §20.20.
    From, "From", "f";
    /// RFC 7044 §5.
    HistoryInfo, "History-Info";
    /// RFC 8224 §4.
    Identity, "Identity", "y";
    /// RFC 6086 §7.
    InfoPackage, "Info-Package";
    /// RFC 3261 §20.22.
    MaxForwards, "Max-Forwards";
    /// RFC 3261 §20.23.
    MinExpires, "Min-Expires";
    /// RFC 4028 §5.
    MinSe, "Min-SE";
    /// RFC 3325 §9.1.
    PAssertedIdentity, "P-Asserted-Identity";
    /// RFC 3325 §9.2.
    PPreferredIdentity, "P-Preferred-Identity";
    /// RFC 3323 §4.2.
    Privacy, "Privacy";
    /// RFC 3261 §20.27.
    ProxyAuthenticate, "Proxy-Authenticate";
    /// RFC 3261 §20.28.
    ProxyAuthorization, "Proxy-Authorization";
    /// RFC 3261 §20.29.
    ProxyRequire, "Proxy-Require";
    /// RFC 3262 §7.2.
    RAck, "RAck";
    /// RFC 3326 §2.
    Reason, "Reason";
    /// RFC 6086 §7.
    RecvInfo, "Recv-Info";
    /// RFC 3261 §20.30.
    RecordRoute, "Record-Route";
    /// RFC 4488 §4.
    ReferSub, "Refer-Sub";
    /// RFC 3515 §2.1.
    ReferTo, "Refer-To", "r";
    /// RFC 3892 §3.
    ReferredBy, "Referred-By", "b";
    /// RFC 3841 §9.2.
    RejectContact, "Reject-Contact", "j";
    /// RFC 3891 §6.1.
    Replaces, "Replaces";
    /// RFC 3841 §9.1.
    RequestDisposition, "Request-Disposition", "d";
    /// RFC 3261 §20.32.
    Require, "Require";
    /// RFC 3261 §20.33.
    RetryAfter, "Retry-After";
    /// RFC 3261 §20.34.
    Route, "Route";
    /// RFC 3262 §7.1.
    RSeq, "RSeq";
    /// RFC 3261 §20.35.
    Server, "Server";
    /// RFC 4028 §4.
    SessionExpires, "Session-Expires", "x";
    /// RFC 3261 §20.36.
    Subject, "Subject", "s";
    /// RFC 6665 §8.2.3.
    SubscriptionState, "Subscription-State";
    /// RFC 3261 §20.37.
    Supported, "Supported", "k";
    /// RFC 3261 §20.38.
    Timestamp, "Timestamp";
    /// RFC 3261 §20.39.
    To, "To", "t";
    /// RFC 3261 §20.40.
    Unsupported, "Unsupported";
    /// RFC 3261 §20.41.
    UserAgent, "User-Agent";
    /// RFC 3261 §20.42.
    Via, "Via", "v";
    /// RFC 3261 §20.43.
    Warning, "Warning";
    /// RFC 3261 §20.44.
    WwwAuthenticate, "WWW-Authenticate";
}

/// The spellings by length, first and last letter: three or four comparisons find a name among all.
const TABLE: [[u8; WAYS]; ROWS] = table();

const fn table() -> [[u8; WAYS]; ROWS] {
    let mut table = [[EMPTY; WAYS]; ROWS];
    let mut at = 0;
    while at < SPELLINGS.len() {
        let row = row(SPELLINGS[at].0.as_bytes());
        let mut way = 0;
        while table[row][way] != EMPTY {
            // A row that overflows does not compile: give it more ways.
            way += 1;
        }
        table[row][way] = at as u8;
        at += 1;
    }
    table
}

const fn row(name: &[u8]) -> usize {
    let (first, last) = (name[0] | 0x20, name[name.len() - 1] | 0x20);
    (name.len() * 31 + first as usize * 7 + last as usize) % ROWS
}

fn known(text: &str) -> Option<Known> {
    if text.is_empty() {
        return None;
    }
    let candidates = TABLE[row(text.as_bytes())].iter();
    let (_, known) = candidates
        .take_while(|at| **at != EMPTY)
        .map(|at| SPELLINGS[usize::from(*at)])
        .find(|(spelling, _)| spelling.eq_ignore_ascii_case(text))?;
    Some(known)
}

/// Rows of [`TABLE`], and places in each.
const ROWS: usize = 128;
const WAYS: usize = 6;
/// No spelling.
const EMPTY: u8 = u8::MAX;

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other(a), Self::Other(b)) => a.eq_ignore_ascii_case(b),
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
    }
}

impl Eq for Name {}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_and_odd_spellings_mean_the_same_name() {
        assert_eq!(Name::read("v"), Some(Name::Via));
        assert_eq!(Name::read("cALL-iD"), Some(Name::CallId));
        assert_eq!(Name::read("X-Foo"), Name::read("x-fOO"));
        assert_ne!(Name::read("X-Foo"), Name::read("X-Bar"));
        assert_eq!(Name::read("a b"), None);
        assert_eq!(Name::read(""), None);
    }
}
