//! What goes wrong below the messages: a secure connection that is not made, a name that leads
//! nowhere, a source that is not heard because it sends too fast. No message tells of it, so whoever looks for faults is told beside them.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// One fault below the messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A secure connection was not made.
    Secure {
        /// Who is at the other end.
        peer: SocketAddr,
        /// The name the peer had to prove, when we opened the connection; empty where it had none.
        /// `None` for a connection that the peer opened.
        name: Option<String>,
        /// Why not.
        fault: SecureFault,
    },
    /// A name was looked up, and that was no help.
    Name {
        /// What was asked for, without a final dot: of an SRV record `_sip._udp.example.org`.
        name: String,
        /// What came of it.
        fault: NameFault,
    },
    /// Messages were dropped unread because their source sent faster than the guard lets it; told
    /// once in a second at most.
    Flood {
        /// Who sent them.
        source: IpAddr,
    },
}

/// Why a secure connection is not made. Of a connection of ours it is what we found of the peer; of
/// one that a peer opened, what the peer said of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecureFault {
    /// The certificate has run out.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for another name, or refused without a closer word.
    OtherName,
    /// Nobody who is believed has signed the certificate.
    UnknownAuthority,
    /// The other side does not speak TLS there.
    Plain,
    /// The peer speaks TLS where we do not.
    NotHere,
    /// Anything else: too slow, broken off, no cipher in common.
    Other,
}

/// What came of looking a name up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// It has no address.
    Missing,
    /// Its SRV record says that the service is not offered (RFC 2782: target `.`).
    NotOffered,
    /// No name server answered in time, or none could.
    Unanswered,
    /// The answer took so long.
    Slow(Duration),
}

impl SecureFault {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Expired,
        Self::NotYetValid,
        Self::OtherName,
        Self::UnknownAuthority,
        Self::Plain,
        Self::NotHere,
        Self::Other,
    ];

    /// The word it is told by between programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::OtherName => "other-name",
            Self::UnknownAuthority => "unknown-authority",
            Self::Plain => "plain",
            Self::NotHere => "not-here",
            Self::Other => "other",
        }
    }

    /// Reads the word; `None` for any other.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == text)
    }
}

impl NameFault {
    /// The word it is told by between programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotOffered => "not-offered",
            Self::Unanswered => "unanswered",
            Self::Slow(_) => "slow",
        }
    }

    /// Reads the word, with the milliseconds of a slow answer; `None` for any other.
    pub fn read(text: &str, millis: u64) -> Option<Self> {
        Some(match text {
            "missing" => Self::Missing,
            "not-offered" => Self::NotOffered,
            "unanswered" => Self::Unanswered,
            "slow" => Self::Slow(Duration::from_millis(millis)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for fault in SecureFault::ALL {
            assert_eq!(SecureFault::read(fault.as_str()), Some(fault));
        }
        let slow = NameFault::Slow(Duration::from_millis(1_500));
        for fault in [
            NameFault::Missing,
            NameFault::NotOffered,
            NameFault::Unanswered,
            slow,
        ] {
            assert_eq!(NameFault::read(fault.as_str(), 1_500), Some(fault));
        }
        assert_eq!(NameFault::read("lost", 0), None);
    }
}
