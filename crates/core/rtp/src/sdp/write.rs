//! Our own bodies.

use std::net::SocketAddr;

use bytes::Bytes;
use sdp_types::{Attribute, Connection, Media, Origin, Session};

use super::browser::OurPart;
use super::codecs::{COMFORT_NOISE_NAME, TELEPHONE_EVENT_NAME, channels_of};
use super::crypto::Crypto;
use super::read::Line;
use crate::format::Format;
use crate::stream::{Direction, Encoding, PayloadType, Stream};

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
        /// As offered: a browser knows its lines by their names (RFC 8843 §7.3).
        mid: Option<String>,
    },
}

/// Our audio line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Audio {
    /// `RTP/AVP`, or what the peer offered.
    pub(super) proto: String,
    /// Formats with their payload types, best first.
    pub(super) formats: Vec<(u8, Format)>,
    /// What is said of those that are only passed on: their `fmtp`, in the order of the formats.
    pub(super) parameters: Vec<Option<String>>,
    /// Payload types of telephone-event, with their clocks.
    pub(super) telephone_events: Vec<(u8, u32)>,
    /// Payload type of comfort noise at 8 kHz.
    pub(super) comfort_noise: Option<u8>,
    /// Our keys.
    pub(super) cryptos: Vec<Crypto>,
    /// RTCP comes to the port of RTP (RFC 5761).
    pub(super) shares_port: bool,
    /// What a browser must know besides.
    pub(super) browser: Option<OurPart>,
    /// Seen from us.
    pub(super) direction: Direction,
}

/// The plain profile.
pub(super) const RTP_AVP: &str = "RTP/AVP";

/// The secured one (RFC 3711).
pub(super) const RTP_SAVP: &str = "RTP/SAVP";

/// The one of browsers (RFC 5764 §8).
pub(super) const UDP_TLS_SAVPF: &str = "UDP/TLS/RTP/SAVPF";

/// Writes one body.
pub(super) fn write(local: SocketAddr, session_id: u64, version: u64, lines: &[OurLine]) -> Bytes {
    let mut session = Session::new(Origin::with_ip_addr(session_id, version, local.ip()), "-");
    session.connection = Some(Connection::from_ip_addr(local.ip()));
    let mut audio = lines.iter().filter_map(OurLine::audio);
    if let Some(browser) = audio.find_map(|audio| audio.browser.as_ref()) {
        session.attributes = browser.session_attributes();
    }
    session.medias = lines.iter().map(|line| line.media(local)).collect();
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
            mid: line.browser.mid.clone(),
        }
    }

    /// The audio of this line, if it is the audio.
    pub(super) const fn audio(&self) -> Option<&Audio> {
        match self {
            Self::Audio(audio) => Some(audio),
            Self::Refused { .. } => None,
        }
    }

    fn media(&self, local: SocketAddr) -> Media {
        match self {
            Self::Audio(audio) => audio.media(local),
            Self::Refused {
                media,
                proto,
                format,
                mid,
            } => {
                let mut media = line(media, 0, proto, format.clone());
                let mid = mid.iter().map(|mid| Attribute::with_value("mid", mid));
                media.attributes.extend(mid);
                media
            }
        }
    }
}

impl Audio {
    /// The payload type under which we have offered a format.
    pub(super) fn payload_type_of(&self, format: Format) -> Option<u8> {
        let (payload_type, _) = self.formats.iter().find(|(_, f)| *f == format)?;
        Some(*payload_type)
    }

    /// The payload type under which we have offered the events of a clock.
    pub(super) fn event_of(&self, clock: u32) -> Option<u8> {
        let (payload_type, _) = self.telephone_events.iter().find(|(_, c)| *c == clock)?;
        Some(*payload_type)
    }

    /// What an answer means to the offer that was this line: the peer sends under our numbers, and
    /// what we did not offer is not agreed.
    pub(super) fn number(&self, stream: &mut Stream) {
        let numbered = |sent: Option<PayloadType>, heard: Option<u8>| {
            let (sent, heard) = (sent?.sent, heard?);
            Some(PayloadType { sent, heard })
        };
        let heard = self.payload_type_of(stream.format);
        stream.payload_type.heard = heard.unwrap_or(stream.payload_type.heard);
        let event = self.event_of(stream.event_clock);
        stream.telephone_event = numbered(stream.telephone_event, event);
        stream.comfort_noise = numbered(stream.comfort_noise, self.comfort_noise);
    }

    fn media(&self, local: SocketAddr) -> Media {
        let mut format = String::new();
        let mut attributes = Vec::new();
        let mut bind = |payload_type: u8, map: String, parameters: Option<&str>| {
            if !format.is_empty() {
                format.push(' ');
            }
            format.push_str(&payload_type.to_string());
            let map = format!("{payload_type} {map}");
            attributes.push(Attribute::with_value("rtpmap", map));
            if let Some(parameters) = parameters {
                let parameters = format!("{payload_type} {parameters}");
                attributes.push(Attribute::with_value("fmtp", parameters));
            }
        };
        let mut carried = self.parameters.iter();
        for &(payload_type, format) in &self.formats {
            let (map, parameters) = match format {
                Format::Ours(encoding) => (map_of(encoding), parameters_of(encoding)),
                Format::Foreign(foreign) => {
                    let parameters = carried.next().and_then(Option::as_deref);
                    (foreign.map(), parameters)
                }
            };
            bind(payload_type, map, parameters);
        }
        if let Some(payload_type) = self.comfort_noise {
            bind(payload_type, format!("{COMFORT_NOISE_NAME}/8000"), None);
        }
        for &(payload_type, clock) in &self.telephone_events {
            let map = format!("{TELEPHONE_EVENT_NAME}/{clock}");
            bind(payload_type, map, Some(KEYS));
        }
        for crypto in &self.cryptos {
            attributes.push(Attribute::with_value("crypto", crypto.write()));
        }
        if let Some(browser) = &self.browser {
            attributes.extend(browser.attributes(local));
        }
        if self.shares_port {
            attributes.push(Attribute::new("rtcp-mux"));
        }
        // How long a packet of somebody else's format is, they settle by its parameters.
        if self.parameters.is_empty() {
            attributes.push(Attribute::with_value("ptime", PTIME_MS));
        }
        attributes.push(Attribute::new(self.direction.attribute()));
        let mut media = line("audio", local.port(), &self.proto, format);
        media.attributes = attributes;
        media
    }
}

fn map_of(encoding: Encoding) -> String {
    let (name, clock) = (encoding.name(), encoding.clock_rate());
    match channels_of(encoding) {
        "1" => format!("{name}/{clock}"),
        channels => format!("{name}/{clock}/{channels}"),
    }
}

/// What we would like to be sent (RFC 7587 §6.1): forward error correction, and nothing wider than
/// what a call can hear here.
const fn parameters_of(encoding: Encoding) -> Option<&'static str> {
    match encoding {
        Encoding::Opus => Some("useinbandfec=1;maxplaybackrate=16000"),
        Encoding::Pcmu | Encoding::Pcma | Encoding::G722 => None,
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

/// The sixteen keys and nothing else (RFC 4733 §2.4.1).
const KEYS: &str = "0-15";

/// Milliseconds of sound in each packet we send, and the best length for what we receive.
const PTIME_MS: u32 = 20;
