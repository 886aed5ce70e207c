//! Header names: those this room knows, their compact forms, and every other kept as it came.

use std::fmt;

use smol_str::SmolStr;

use super::scan::is_token;

macro_rules! names {
    ($($(#[$doc:meta])* $variant:ident, $text:literal $(, $compact:literal)?;)*) => {
        /// The name of a header field. Known names compare by meaning (`v` is `Via`), all names
        /// regardless of case (RFC 3261 §7.3.1, §7.3.3).
        #[derive(Clone, Debug)]
        pub enum Name {
            $($(#[$doc])* $variant,)*
            /// A name this room does not know, spelled as it came.
            Other(SmolStr),
        }

        /// The known names, without what a name may hold.
        #[derive(Clone, Copy)]
        enum Known {
            $($variant,)*
        }

        /// The known names by their numbers.
        const NAMES: &[Name] = &[$(Name::$variant,)*];

        /// Every spelling, long and compact.
        const SPELLINGS: &[(&str, Number)] = &[
            $(
                ($text, Number(Known::$variant as u8)),
                $(($compact, Number(Known::$variant as u8)),)?
            )*
        ];

        impl Name {
            /// Reads a name, long or compact; `None` when it is not a token.
            pub fn read(text: &str) -> Option<Self> {
                match Number::read(text.as_bytes()).and_then(|(number, _)| number.name()) {
                    Some(known) => Some(known.clone()),
                    None => is_token(text).then(|| Self::Other(text.into())),
                }
            }

            /// Its number.
            pub(crate) const fn number(&self) -> Number {
                match self {
                    $(Self::$variant => Number(Known::$variant as u8),)*
                    Self::Other(_) => Number::OTHER,
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

/// A known name by its place among them; all others share one number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(u8);

impl Name {
    /// A name this room does not know; `None` when it is not a token.
    pub(crate) fn other(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        is_token(text).then(|| Self::Other(text.into()))
    }
}

impl Number {
    /// That of every name this room does not know.
    pub(crate) const OTHER: Self = Self(NAMES.len() as u8);
    /// How many names are known.
    pub(crate) const KNOWN: usize = NAMES.len();
    /// Length of the longest known name in bytes.
    pub(crate) const LONGEST: usize = longest();

    /// The number of the name that ends before the `colon` of a line, which is no greater than
    /// [`Number::LONGEST`]. The second number says how many bytes stand before the value where they
    /// are as we write them: name, colon, space; else it is nought.
    #[inline]
    pub(crate) fn of_line(line: &[u8; NAMED], colon: usize) -> (Self, u8) {
        let last = line[colon.saturating_sub(1)];
        let at = TABLE[row(colon, line[0], last)];
        let (written, number) = &WRITTEN[usize::from(at)];
        let (words, _) = line.as_chunks::<8>();
        let words = words.iter().zip(written).zip(&BEFORE[colon + 2]);
        let differs = words.fold(0, |differs, ((word, written), kept)| {
            differs | ((u64::from_le_bytes(*word) & kept) ^ written)
        });
        // A line begins with no more bytes than that.
        let lead = (colon + 2) as u8;
        match differs {
            0 => (*number, lead),
            _ => Self::oddly_written(line, colon, lead),
        }
    }

    /// As [`Number::of_line`] for what is not a known name as we write it.
    fn oddly_written(line: &[u8; NAMED], colon: usize, lead: u8) -> (Self, u8) {
        match Self::read(&line[..colon]) {
            Some((number, _)) => (number, 0),
            // Other names are written as they came.
            None if line[colon + 1] == b' ' => (Self::OTHER, lead),
            None => (Self::OTHER, 0),
        }
    }

    /// Reads a name, long or compact, and whether it is spelled as we spell it; `None` when this
    /// room does not know it.
    pub(crate) fn read(text: &[u8]) -> Option<(Self, bool)> {
        let (first, last) = (text.first()?, text.last()?);
        let at = TABLE[row(text.len(), *first, *last)];
        let (spelling, number) = SPELLINGS.get(usize::from(at))?;
        let spelling = spelling.as_bytes();
        if spelling == text {
            return Some((*number, spelling.len() > 1));
        }
        let other = spelling.eq_ignore_ascii_case(text);
        other.then_some((*number, false))
    }

    /// Its place among the known names, below [`Number::KNOWN`], which is that of the others.
    pub(crate) const fn place(self) -> usize {
        self.0 as usize
    }

    /// The name, unless it is one of the others.
    pub(crate) fn name(self) -> Option<&'static Name> {
        NAMES.get(usize::from(self.0))
    }
}

/// The spellings by length, first and last letter: one comparison finds a name among all.
const TABLE: [u8; ROWS] = table();

const fn table() -> [u8; ROWS] {
    let mut table = [EMPTY; ROWS];
    let mut at = 0;
    while at < SPELLINGS.len() {
        let name = SPELLINGS[at].0.as_bytes();
        let row = row(name.len(), name[0], name[name.len() - 1]);
        assert!(
            table[row] == EMPTY,
            "two names share a row: look for other factors"
        );
        table[row] = at as u8;
        at += 1;
    }
    table
}

/// Bytes at the beginning of a line that hold every known name, its colon and a space.
pub(crate) const NAMED: usize = 24;
const _: () = assert!(longest() + 2 <= NAMED);

/// The beginning of a line: words, the first byte lowest.
type Words = [u64; NAMED / 8];

/// What stands before a value as we write it, for each spelling. A short one is not ours, and what
/// is no spelling is nothing.
const WRITTEN: [(Words, Number); EMPTY as usize + 1] = {
    let mut written = [([u64::MAX; NAMED / 8], Number::OTHER); EMPTY as usize + 1];
    let mut at = 0;
    while at < SPELLINGS.len() {
        let name = SPELLINGS[at].0.as_bytes();
        written[at].1 = SPELLINGS[at].1;
        if name.len() > 1 {
            let mut line = [0; NAMED];
            let mut i = 0;
            while i < name.len() {
                line[i] = name[i];
                i += 1;
            }
            (line[i], line[i + 1]) = (b':', b' ');
            written[at].0 = words(&line);
        }
        at += 1;
    }
    written
};

/// By a number of bytes: all bits of so many, none of those behind them.
const BEFORE: [Words; NAMED + 1] = {
    let mut before = [[0; NAMED / 8]; NAMED + 1];
    let mut len = 0;
    while len <= NAMED {
        let mut line = [0; NAMED];
        let mut i = 0;
        while i < len {
            line[i] = u8::MAX;
            i += 1;
        }
        before[len] = words(&line);
        len += 1;
    }
    before
};

const fn words(line: &[u8; NAMED]) -> Words {
    let (chunks, _) = line.as_chunks::<8>();
    let mut words = [0; NAMED / 8];
    let mut at = 0;
    while at < words.len() {
        words[at] = u64::from_le_bytes(chunks[at]);
        at += 1;
    }
    words
}

const fn longest() -> usize {
    let (mut longest, mut at) = (0, 0);
    while at < SPELLINGS.len() {
        let length = SPELLINGS[at].0.len();
        longest = if length > longest { length } else { longest };
        at += 1;
    }
    longest
}

const fn row(len: usize, first: u8, last: u8) -> usize {
    // Factors by which no two names of the list share a row, whatever their case.
    let (first, last) = ((first | 0x20) as usize, (last | 0x20) as usize);
    (len * 3 + first * 19 + last * 48) % ROWS
}

/// Rows of [`TABLE`].
const ROWS: usize = 512;
/// No spelling.
const EMPTY: u8 = u8::MAX;

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other(a), Self::Other(b)) => a.eq_ignore_ascii_case(b),
            (a, b) => a.number() == b.number(),
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
