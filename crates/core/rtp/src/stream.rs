//! What offer and answer agreed for one audio stream: all that media must be told.

use std::net::SocketAddr;

/// One agreed audio stream, seen from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Where the peer wants its packets, as signalled; symmetric RTP may move it (RFC 4961).
    pub remote: SocketAddr,
    /// How the sound is coded.
    pub encoding: Encoding,
    /// The payload type number agreed for it.
    pub payload_type: u8,
    /// The payload type of telephone-event, when digits may be sent that way (RFC 4733).
    pub telephone_event: Option<u8>,
    /// Who sends and who listens, seen from us.
    pub direction: Direction,
}

/// The encodings this build can play, record and convert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// G.711 µ-law, static payload type 0 (RFC 3551 §4.5.14).
    Pcmu,
    /// G.711 A-law, static payload type 8.
    Pcma,
}

/// Direction of a stream (RFC 3264 §5.1), seen from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// We send only.
    SendOnly,
    /// We listen only.
    RecvOnly,
    /// Neither: on hold both ways.
    Inactive,
}

impl Direction {
    /// The same stream seen from the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            Self::SendRecv | Self::Inactive => self,
        }
    }

    /// What both allow: an answer may take away from an offer, never add (RFC 3264 §6.1).
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (
            self.sends() && other.sends(),
            self.receives() && other.receives(),
        ) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether we send.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether we listen.
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The attribute that says it (RFC 8866 §6.7).
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// Reads the attribute; `None` for any other.
    pub fn from_attribute(attribute: &str) -> Option<Self> {
        [
            Self::SendRecv,
            Self::SendOnly,
            Self::RecvOnly,
            Self::Inactive,
        ]
        .into_iter()
        .find(|d| d.attribute().eq_ignore_ascii_case(attribute))
    }
}
