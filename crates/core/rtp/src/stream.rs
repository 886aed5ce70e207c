//! What offer and answer agreed for one audio stream: all that media must be told.

use std::net::{IpAddr, SocketAddr};

use crate::format::Format;
use crate::peering::Peering;
use crate::srtp::Keys;

/// One agreed audio stream, seen from us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Where the peer wants its packets, as signalled; symmetric RTP may move it (RFC 4961).
    pub remote: SocketAddr,
    /// The host that the peer's messages come from, where it was told and voice may be sent there: behind
    /// an address translator its voice comes from there, whatever address it has signalled, and from no
    /// third host.
    pub heard_from: Option<IpAddr>,
    /// Where the peer wants RTCP, as signalled: the address of its RTP when both share a port
    /// (RFC 5761), else another (RFC 3605, RFC 3550 §11); `None` while it wants none.
    pub control: Option<SocketAddr>,
    /// How the sound is coded.
    pub format: Format,
    /// The payload type agreed for it.
    pub payload_type: PayloadType,
    /// The payload type of telephone-event, when digits may be sent that way (RFC 4733).
    pub telephone_event: Option<PayloadType>,
    /// The clock in which the length of such digits is counted, in Hz: that of the encoding, or
    /// 8 kHz beside Opus from phones that know no other.
    pub event_clock: u32,
    /// The payload type of comfort noise (RFC 3389), when it was agreed.
    pub comfort_noise: Option<PayloadType>,
    /// The peer would rather be sent nothing than coded silence (`usedtx` of Opus, RFC 7587 §6.1).
    pub pauses: bool,
    /// Who sends and who listens, seen from us.
    pub direction: Direction,
    /// Whether others can listen.
    pub security: Security,
}

/// How the packets of a stream are protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all: plain RTP.
    Plain,
    /// SRTP under keys that SDP carried (RFC 4568).
    Srtp(Box<Keys>),
    /// SRTP under keys that a handshake over the stream's own way will make, as browsers have it
    /// (RFC 5763). The way is the one the peer proves by its checks, whatever address was signalled.
    Dtls(Box<Peering>),
}

impl Stream {
    /// A stream of plain RTP both ways under the static payload type of `format` (96 without), with
    /// nothing beside the sound; RTCP goes to the next port.
    pub fn plain(remote: SocketAddr, format: impl Into<Format>) -> Self {
        let format = format.into();
        let control = remote.port().checked_add(1);
        Self {
            remote,
            heard_from: None,
            control: control.map(|port| SocketAddr::new(remote.ip(), port)),
            format,
            payload_type: format.static_payload_type().unwrap_or(96).into(),
            telephone_event: None,
            event_clock: format.clock_rate(),
            comfort_noise: None,
            pauses: false,
            direction: Direction::SendRecv,
            security: Security::Plain,
        }
    }
}

/// The number of a format in both directions: an answer may give it another number than the offer,
/// and each side then sends under the number the other has named (RFC 3264 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadType {
    /// In packets we send.
    pub sent: u8,
    /// In packets we receive.
    pub heard: u8,
}

impl From<u8> for PayloadType {
    fn from(both: u8) -> Self {
        Self {
            sent: both,
            heard: both,
        }
    }
}

/// The encodings this build can play, record and convert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// G.711 µ-law, static payload type 0 (RFC 3551 §4.5.14).
    Pcmu,
    /// G.711 A-law, static payload type 8.
    Pcma,
    /// G.722 at 64 kbit/s, static payload type 9: 16 kHz sound under a clock of 8 kHz
    /// (RFC 3551 §4.5.2).
    G722,
    /// Opus, payload type by agreement, clock of 48 kHz whatever the sound (RFC 7587).
    Opus,
}

impl Encoding {
    /// All of them, the widest sound first.
    pub const ALL: [Self; 4] = [Self::Opus, Self::G722, Self::Pcma, Self::Pcmu];

    /// Units of the RTP timestamp per second.
    pub const fn clock_rate(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8_000,
            Self::Opus => 48_000,
        }
    }

    /// Units of the RTP timestamp in one frame of 20 ms.
    pub const fn clock_of_frame(self) -> u32 {
        self.clock_rate() / 50
    }

    /// The payload type that needs no agreement (RFC 3551 §6).
    pub const fn static_payload_type(self) -> Option<u8> {
        match self {
            Self::Pcmu => Some(0),
            Self::Pcma => Some(8),
            Self::G722 => Some(9),
            Self::Opus => None,
        }
    }

    /// The name an `rtpmap` gives it; case does not matter there.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::Opus => "opus",
        }
    }
}

/// The encodings that are offered and taken, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preference([Option<Encoding>; Encoding::ALL.len()]);

impl Preference {
    /// These, in this order; one named twice counts where it is named first. `None` of nothing: a
    /// call without sound is none.
    pub fn new(encodings: &[Encoding]) -> Option<Self> {
        let mut order = Vec::new();
        for encoding in encodings {
            if !order.contains(encoding) {
                order.push(*encoding);
            }
        }
        let mut places = [None; Encoding::ALL.len()];
        for (place, encoding) in places.iter_mut().zip(&order) {
            *place = Some(*encoding);
        }
        (!order.is_empty()).then_some(Self(places))
    }

    /// They, best first.
    pub fn encodings(&self) -> Vec<Encoding> {
        self.0.into_iter().flatten().collect()
    }
}

impl Default for Preference {
    /// All of them, wide sound first.
    fn default() -> Self {
        Self(Encoding::ALL.map(Some))
    }
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
