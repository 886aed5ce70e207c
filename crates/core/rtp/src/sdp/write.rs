//! Our own bodies.

use std::net::SocketAddr;

use bytes::Bytes;
use sdp_types::{Attribute, Connection, Media, Origin, Session};

use super::codecs::{CLOCK_RATE, TELEPHONE_EVENT_NAME, name};
use super::read::Line;
use crate::stream::{Direction, Encoding};

/// One m-line of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OurLine {
    /// The audio of the session.
    Audio(Audio),
    /// A line of the peer we do not take: it keeps its place with port 0 (RFC 3264 §6).
    Refused {
        /// As offered.
        media: String,
        /// As offered.
        proto: String,
        /// As offered; its meaning ends with the port.
        format: String,
    },
}

/// Our audio line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Audio {
    /// `RTP/AVP`, or what the peer offered.
    pub(super) proto: String,
    /// Encodings with their payload types, best first.
    pub(super) encodings: Vec<(u8, Encoding)>,
    /// Payload type of telephone-event.
    pub(super) telephone_event: Option<u8>,
    /// Seen from us.
    pub(super) direction: Direction,
}

/// The plain profile.
pub(super) const RTP_AVP: &str = "RTP/AVP";

/// Writes one body.
pub(super) fn write(local: SocketAddr, session_id: u64, version: u64, lines: &[OurLine]) -> Bytes {
    let mut session = Session::new(Origin::with_ip_addr(session_id, version, local.ip()), "-");
    session.connection = Some(Connection::from_ip_addr(local.ip()));
    session.medias = lines.iter().map(|line| line.media(local.port())).collect();
    let mut body = Vec::with_capacity(512);
    session
        .write(&mut body)
        .expect("writing to memory cannot fail");
    Bytes::from(body)
}

impl OurLine {
    /// Refuses a line of the peer.
    pub(super) fn refused(line: &Line) -> Self {
        Self::Refused {
            media: line.media.clone(),
            proto: line.proto.clone(),
            format: line.format.clone(),
        }
    }

    /// The audio of this line, if it is the audio.
    pub(super) const fn audio(&self) -> Option<&Audio> {
        match self {
            Self::Audio(audio) => Some(audio),
            Self::Refused { .. } => None,
        }
    }

    fn media(&self, port: u16) -> Media {
        match self {
            Self::Audio(audio) => audio.media(port),
            Self::Refused {
                media,
                proto,
                format,
            } => line(media, 0, proto, format.clone()),
        }
    }
}

impl Audio {
    fn media(&self, port: u16) -> Media {
        let mut format = String::new();
        let mut attributes = Vec::new();
        let mut bind = |payload_type: u8, name: &str| {
            if !format.is_empty() {
                format.push(' ');
            }
            format.push_str(&payload_type.to_string());
            let map = format!("{payload_type} {name}/{CLOCK_RATE}");
            attributes.push(Attribute::with_value("rtpmap", map));
        };
        for (payload_type, encoding) in &self.encodings {
            bind(*payload_type, name(*encoding));
        }
        if let Some(payload_type) = self.telephone_event {
            bind(payload_type, TELEPHONE_EVENT_NAME);
            // The sixteen keys and nothing else (RFC 4733 §2.4.1).
            let keys = format!("{payload_type} 0-15");
            attributes.push(Attribute::with_value("fmtp", keys));
        }
        attributes.push(Attribute::with_value("ptime", PTIME_MS));
        attributes.push(Attribute::new(self.direction.attribute()));
        let mut media = line("audio", port, &self.proto, format);
        media.attributes = attributes;
        media
    }
}

fn line(media: &str, port: u16, proto: &str, format: String) -> Media {
    Media {
        media: media.to_owned(),
        port,
        num_ports: None,
        proto: proto.to_owned(),
        fmt: format,
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
    }
}

/// Milliseconds of sound in each packet we send, and the best length for what we receive.
const PTIME_MS: u32 = 20;
