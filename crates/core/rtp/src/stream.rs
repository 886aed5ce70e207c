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
