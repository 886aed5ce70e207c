//! A received body, cut down to what offer and answer need.

use std::net::{IpAddr, SocketAddr};

use sdp_types::{Attribute, Connection, Media, NetType, Session};

use super::browser::Said;
use super::codecs::Formats;
use super::crypto::Crypto;
use super::write::UDP_TLS_SAVPF;
use super::{MAX_BODY, MAX_LINES, Refused, reach};
use crate::stream::Direction;

/// One m-line of the peer.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// `audio`, `video`, `image` …
    pub(super) media: String,
    /// `RTP/AVP` …
    pub(super) proto: String,
    /// 0 when the line is refused or over (RFC 3264 §6).
    pub(super) port: u16,
    /// The rest of the m-line as it stands.
    pub(super) format: String,
    /// What of it we know.
    pub(super) formats: Formats,
    /// Direction as the peer sees it.
    pub(super) direction: Direction,
    /// Keys of the peer, in its order, those we can use (RFC 4568).
    pub(super) cryptos: Vec<Crypto>,
    /// Whether RTP and RTCP may share a port (RFC 5761 §5.1.1).
    pub(super) shares_port: bool,
    /// What goes with keys by DTLS (RFC 5763), if it says so.
    pub(super) browser: Said,
    connection: Option<Connection>,
    rtcp: Option<String>,
}

/// Where a line wants its packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// There.
    At(SocketAddr),
    /// Nowhere for now: the hold of RFC 2543 (`c=0.0.0.0`, RFC 3264 §8.4).
    Nowhere,
}

/// Reads a body.
pub(super) fn read(body: &[u8]) -> Result<Vec<Line>, Refused> {
    if body.len() > MAX_BODY {
        return Err(Refused::TooLong);
    }
    let session = Session::parse(needed_lines(body).as_bytes())
        .map_err(|e| Refused::Malformed(e.to_string()))?;
    if session.medias.len() > MAX_LINES {
        return Err(Refused::TooManyLines);
    }
    let direction = direction_of(&session.attributes);
    let line = |media: Media| Line {
        browser: Said::of(&media.attributes, &session.attributes),
        formats: Formats::of(&media),
        // A direction of the line overrides that of the session (RFC 8866 §6.7), as its address
        // does (§5.7).
        direction: direction_of(&media.attributes)
            .or(direction)
            .unwrap_or(Direction::SendRecv),
        rtcp: value_of(&media.attributes, "rtcp"),
        cryptos: cryptos_of(&media.attributes),
        shares_port: has(&media.attributes, "rtcp-mux"),
        connection: media
            .connections
            .into_iter()
            .next()
            .or_else(|| session.connection.clone()),
        media: media.media,
        proto: media.proto,
        port: media.port,
        format: media.fmt,
    };
    Ok(session.medias.into_iter().map(line).collect())
}

impl Line {
    /// Whether this is live audio over RTP, plain or secured; AVPF only adds feedback nobody must
    /// send (RFC 4585 §3.6.2).
    pub(super) fn is_audio(&self) -> bool {
        let rtp = ["RTP/AVP", "RTP/AVPF"];
        self.is_live_audio()
            && (self.is_secured() || rtp.iter().any(|p| self.proto.eq_ignore_ascii_case(p)))
    }

    /// Whether plain RTP is out of the question for it (RFC 4568 §3.2, RFC 3711).
    pub(super) fn is_secured(&self) -> bool {
        let srtp = ["RTP/SAVP", "RTP/SAVPF"];
        srtp.iter().any(|p| self.proto.eq_ignore_ascii_case(p))
    }

    /// Whether this is live audio that only a peer with a certificate could hear: keys by DTLS
    /// (RFC 5764 §8).
    pub(super) fn is_browser_audio(&self) -> bool {
        let proto = self.proto.to_ascii_uppercase();
        self.is_live_audio() && proto.contains("/TLS/")
    }

    /// Likewise over UDP, which is how we speak it.
    pub(super) fn is_dtls_audio(&self) -> bool {
        let dtls = [UDP_TLS_SAVPF, "UDP/TLS/RTP/SAVP"];
        self.is_live_audio() && dtls.iter().any(|p| self.proto.eq_ignore_ascii_case(p))
    }

    fn is_live_audio(&self) -> bool {
        self.port != 0 && self.media.eq_ignore_ascii_case("audio")
    }

    /// Where its RTP goes. `local` decides the address family we can reach; `heard_from`, where the
    /// body came from, stands for a host name (RFC 8866 §5.7): names are not looked up, and where the
    /// voice comes from instead is learned from it (RFC 4961).
    pub(super) fn target(
        &self,
        local: SocketAddr,
        heard_from: Option<IpAddr>,
    ) -> Result<Target, Refused> {
        let Some(connection) = &self.connection else {
            return Err(Refused::Malformed("no c= for the audio line".into()));
        };
        let refused = || Refused::Address(connection.connection_address.clone());
        if connection.nettype != NetType::In {
            return Err(refused());
        }
        let name = &connection.connection_address;
        let ip = match connection.try_address() {
            Ok(address) => address.ip,
            // RFC 6157 §4 and older third-party controllers hold by a name that cannot resolve.
            Err(_) if name.to_ascii_lowercase().ends_with(".invalid") => {
                return Ok(Target::Nowhere);
            }
            Err(_) if is_host_name(name) => heard_from.ok_or_else(refused)?,
            Err(_) => return Err(refused()),
        };
        if ip.is_unspecified() {
            return Ok(Target::Nowhere);
        }
        if !is_unicast(ip) || ip.is_ipv4() != local.is_ipv4() {
            return Err(refused());
        }
        if !reach::is_reachable(ip, local.ip()) {
            return Err(Refused::Address(format!("{ip}: nobody elsewhere has it")));
        }
        Ok(Target::At(SocketAddr::new(ip, self.port)))
    }

    /// Where its RTCP goes when its RTP goes to `rtp`: there too when they share a port (RFC 5761),
    /// else where `a=rtcp` says (RFC 3605), else to the next port (RFC 3550 §11).
    pub(super) fn rtcp_target(&self, rtp: SocketAddr) -> Option<SocketAddr> {
        if self.shares_port {
            return Some(rtp);
        }
        let stated = self.rtcp.as_deref().and_then(|value| {
            let mut fields = value.split_ascii_whitespace();
            let port: u16 = fields.next()?.parse().ok()?;
            let ip = match fields.nth(2) {
                Some(address) if !is_host_name(address) => address.parse().ok()?,
                Some(_) | None => rtp.ip(),
            };
            (port != 0 && is_unicast(ip) && ip.is_ipv4() == rtp.is_ipv4())
                .then(|| SocketAddr::new(ip, port))
        });
        stated.or_else(|| Some(SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?)))
    }
}

/// The lines offer and answer need, in the form the parser takes. Everything else is left out
/// unread, because it is where bodies of the wild are wrong without harm: `o=` with words for
/// numbers or spaces in the user name, `t=` and `b=` with anything, titles in old alphabets.
fn needed_lines(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut needed = String::with_capacity(text.len());
    for line in text.split('\n') {
        let line = line.trim_end_matches(['\r', ' ', '\t']);
        let mut head = line.bytes();
        match (head.next(), head.next()) {
            (None, _) => continue,
            (Some(b'v' | b'c' | b'a'), Some(b'=')) => needed.push_str(line),
            // Some write two spaces.
            (Some(b'm'), Some(b'=')) => {
                for (n, field) in line.split_ascii_whitespace().enumerate() {
                    needed.push_str(if n == 0 { "" } else { " " });
                    needed.push_str(field);
                }
            }
            (Some(b'a'..=b'z'), Some(b'=')) => continue,
            // Not a line of SDP: the parser shall say so.
            _ => needed.push_str(line),
        }
        needed.push_str("\r\n");
    }
    needed
}

fn direction_of(attributes: &[Attribute]) -> Option<Direction> {
    attributes
        .iter()
        .find_map(|a| Direction::from_attribute(&a.attribute))
}

fn cryptos_of(attributes: &[Attribute]) -> Vec<Crypto> {
    attributes
        .iter()
        .filter(|a| a.attribute.eq_ignore_ascii_case("crypto"))
        .filter_map(|a| Crypto::read(a.value.as_deref()?))
        .take(MAX_CRYPTOS)
        .collect()
}

pub(super) fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes
        .iter()
        .any(|a| a.attribute.eq_ignore_ascii_case(name))
}

pub(super) fn value_of(attributes: &[Attribute], name: &str) -> Option<String> {
    attributes
        .iter()
        .find(|a| a.attribute.eq_ignore_ascii_case(name))
        .and_then(|a| a.value.clone())
}

/// Whether this is the name of a host and no address that was mistyped (RFC 1123 §2.1): its last label
/// is not a number. Underscores are no letters of a name, and are met in it all the same.
fn is_host_name(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(inside)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= MAX_NAME
        && name.split('.').all(is_label)
        && last.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn is_unicast(ip: IpAddr) -> bool {
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    !(ip.is_multicast() || ip.is_unspecified() || broadcast)
}

/// Most characters of a label, and of a whole name (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;
const MAX_NAME: usize = 253;

/// Keys that are looked at in one line.
const MAX_CRYPTOS: usize = 16;
