//! One captured packet: link, IP and UDP or TCP, down to what they carry.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;
use rappel_model::Timestamp;
use rappel_sip::Transport;

use super::BadCapture;
use super::pcap::{TCP, UDP};
use crate::captured::{Captured, Passage};

/// What a packet carries, and between whom.
pub(super) struct Packet {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) carried: Carried,
    pub(super) payload: Bytes,
}

/// How.
#[derive(Clone, Copy)]
pub(super) enum Carried {
    /// In a datagram.
    Datagram,
    /// In a stream, from this place on.
    Segment {
        /// Its sequence number.
        sequence: u32,
        /// Whether it begins the stream.
        begins: bool,
    },
}

impl Packet {
    pub(super) fn into_message(self, at: Timestamp) -> Captured {
        Captured {
            at,
            passage: Passage::Across,
            transport: match self.carried {
                Carried::Datagram => Transport::Udp,
                Carried::Segment { .. } => Transport::Tcp,
            },
            source: self.source,
            destination: self.destination,
            bytes: self.payload,
        }
    }
}

/// Reads a packet; `None` for what carries neither UDP nor TCP, and for later parts of a fragmented
/// datagram.
pub(super) fn read(link: u32, frame: &Bytes) -> Result<Option<Packet>, BadCapture> {
    let start = match link {
        // Raw IP, by the numbers of several systems.
        12 | 14 | 101 | 228 | 229 => Some(0),
        1 => ethernet(frame),
        // A word of the system that captured.
        0 | 108 => Some(4),
        113 => Some(16),
        276 => Some(20),
        other => return Err(BadCapture::Link(other)),
    };
    Ok(start.and_then(|start| ip(frame, start)))
}

/// Where IP begins behind Ethernet and at most two tags of virtual networks.
fn ethernet(frame: &Bytes) -> Option<usize> {
    let mut at = 12;
    for _ in 0..3 {
        match half(frame, at)? {
            0x8100 | 0x88a8 => at += 4,
            0x0800 | 0x86dd => return Some(at + 2),
            _ => return None,
        }
    }
    None
}

fn ip(frame: &Bytes, start: usize) -> Option<Packet> {
    let first = *frame.get(start)?;
    match first >> 4 {
        4 => {
            let header = usize::from(first & 0x0f) * 4;
            let total = usize::from(half(frame, start + 2)?);
            let fragment = half(frame, start + 6)? & 0x1fff;
            if header < 20 || fragment != 0 {
                return None;
            }
            let source: [u8; 4] = frame.get(start + 12..start + 16)?.try_into().ok()?;
            let destination: [u8; 4] = frame.get(start + 16..start + 20)?.try_into().ok()?;
            let protocol = *frame.get(start + 9)?;
            // Ethernet fills up short frames; some cards write no length at all.
            let end = match total {
                0 => frame.len(),
                total => (start + total).min(frame.len()),
            };
            let addresses = (
                Ipv4Addr::from(source).into(),
                Ipv4Addr::from(destination).into(),
            );
            inner(frame, protocol, start + header, end, addresses)
        }
        6 => {
            let source: [u8; 16] = frame.get(start + 8..start + 24)?.try_into().ok()?;
            let destination: [u8; 16] = frame.get(start + 24..start + 40)?.try_into().ok()?;
            let end = (start + 40 + usize::from(half(frame, start + 4)?)).min(frame.len());
            let (mut next, mut at) = (*frame.get(start + 6)?, start + 40);
            // Hop-by-hop, routing and destination options (RFC 8200 §4).
            for _ in 0..MAX_EXTENSIONS {
                if !matches!(next, 0 | 43 | 60) {
                    break;
                }
                next = *frame.get(at)?;
                at += 8 + usize::from(*frame.get(at + 1)?) * 8;
            }
            let addresses = (
                Ipv6Addr::from(source).into(),
                Ipv6Addr::from(destination).into(),
            );
            inner(frame, next, at, end, addresses)
        }
        _ => None,
    }
}

fn inner(
    frame: &Bytes,
    protocol: u8,
    at: usize,
    end: usize,
    (source, destination): (IpAddr, IpAddr),
) -> Option<Packet> {
    let source = SocketAddr::new(source, half(frame, at)?);
    let destination = SocketAddr::new(destination, half(frame, at + 2)?);
    let (carried, begin) = match protocol {
        UDP => (Carried::Datagram, at + 8),
        TCP => {
            let sequence: [u8; 4] = frame.get(at + 4..at + 8)?.try_into().ok()?;
            let header = usize::from(*frame.get(at + 12)? >> 4) * 4;
            let begins = *frame.get(at + 13)? & 0x02 != 0;
            let sequence = u32::from_be_bytes(sequence);
            (Carried::Segment { sequence, begins }, at + header.max(20))
        }
        _ => return None,
    };
    (begin <= end).then(|| Packet {
        source,
        destination,
        carried,
        payload: frame.slice(begin..end),
    })
}

fn half(frame: &Bytes, at: usize) -> Option<u16> {
    let bytes: [u8; 2] = frame.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_be_bytes(bytes))
}

/// Extension headers that are skipped.
const MAX_EXTENSIONS: usize = 8;
