//! The pcap format (draft-ietf-opsawg-pcap): written with headers made up, read as it comes.
//!
//! A message over TCP becomes a TCP segment with sequence numbers that go on. Over UDP, and over
//! whatever is encrypted or framed on the wire (TLS, WebSocket), it becomes a UDP datagram: those are
//! the messages themselves, which a dissector of TLS or HTTP could not read.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use rappel_model::Timestamp;
use rappel_sip::Transport;

use super::BadCapture;
use crate::captured::Captured;

/// Writes messages one after the other.
#[derive(Debug, Default)]
pub struct Writer {
    /// The next sequence number of each direction of a connection.
    sequences: BTreeMap<(SocketAddr, SocketAddr), u32>,
}

/// What a file begins with: little-endian, microseconds, raw IP packets (link type 101).
pub fn header() -> [u8; 24] {
    let mut out = [0; 24];
    out[..4].copy_from_slice(&MAGIC_MICROS.to_le_bytes());
    out[4..6].copy_from_slice(&2u16.to_le_bytes());
    out[6..8].copy_from_slice(&4u16.to_le_bytes());
    out[16..20].copy_from_slice(&SNAP.to_le_bytes());
    out[20..].copy_from_slice(&LINK_RAW.to_le_bytes());
    out
}

impl Writer {
    /// The record of one message. What is longer than an IP packet is cut, and its record says so.
    pub fn record(&mut self, message: &Captured) -> Vec<u8> {
        let (source, destination) = same_family(message.source, message.destination);
        let room = MAX_IP - 40 - 20;
        let payload = &message.bytes[..message.bytes.len().min(room)];
        let cut = message.bytes.len() - payload.len();
        let (protocol, inner) = match message.transport {
            Transport::Tcp => (TCP, self.segment(source, destination, payload)),
            _ => (UDP, datagram(source, destination, payload)),
        };
        let packet = ip(source.ip(), destination.ip(), protocol, inner);
        let micros = message.at.as_micros().max(0);
        let mut out = Vec::with_capacity(packet.len() + 16);
        let words = [
            u32::try_from(micros / 1_000_000).unwrap_or(u32::MAX),
            u32::try_from(micros % 1_000_000).unwrap_or_default(),
            packet.len() as u32,
            (packet.len() + cut) as u32,
        ];
        for word in words {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(&packet);
        out
    }

    fn segment(&mut self, source: SocketAddr, destination: SocketAddr, payload: &[u8]) -> Vec<u8> {
        if self.sequences.len() >= MAX_CONNECTIONS {
            self.sequences.clear();
        }
        let acknowledged = self.sequences.get(&(destination, source)).copied();
        let sequence = self.sequences.entry((source, destination)).or_insert(1);
        let mut out = Vec::with_capacity(payload.len() + 20);
        out.extend_from_slice(&source.port().to_be_bytes());
        out.extend_from_slice(&destination.port().to_be_bytes());
        out.extend_from_slice(&sequence.to_be_bytes());
        out.extend_from_slice(&acknowledged.unwrap_or(1).to_be_bytes());
        // Five words of header; PSH and ACK.
        out.extend_from_slice(&[0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
        out.extend_from_slice(payload);
        *sequence = sequence.wrapping_add(payload.len() as u32);
        let sum = checksum(source.ip(), destination.ip(), TCP, &out);
        out[16..18].copy_from_slice(&sum.to_be_bytes());
        out
    }
}

fn datagram(source: SocketAddr, destination: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 8);
    out.extend_from_slice(&source.port().to_be_bytes());
    out.extend_from_slice(&destination.port().to_be_bytes());
    out.extend_from_slice(&(payload.len() as u16 + 8).to_be_bytes());
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(payload);
    // A sum of zero is written as its other form: zero says that there is none (RFC 768).
    let sum = match checksum(source.ip(), destination.ip(), UDP, &out) {
        0 => u16::MAX,
        sum => sum,
    };
    out[6..8].copy_from_slice(&sum.to_be_bytes());
    out
}

fn ip(source: IpAddr, destination: IpAddr, protocol: u8, inner: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len() + 40);
    match (source, destination) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            out.extend_from_slice(&[0x45, 0]);
            out.extend_from_slice(&(inner.len() as u16 + 20).to_be_bytes());
            // Identification 0 with "don't fragment" (RFC 6864 §4.1); 64 hops.
            out.extend_from_slice(&[0, 0, 0x40, 0, 64, protocol, 0, 0]);
            out.extend_from_slice(&from.octets());
            out.extend_from_slice(&to.octets());
            let sum = fold(sum(&out));
            out[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        (from, to) => {
            out.extend_from_slice(&[0x60, 0, 0, 0]);
            out.extend_from_slice(&(inner.len() as u16).to_be_bytes());
            out.extend_from_slice(&[protocol, 64]);
            out.extend_from_slice(&octets6(from));
            out.extend_from_slice(&octets6(to));
        }
    }
    out.extend_from_slice(&inner);
    out
}

/// The sum over a pseudo header and what follows it (RFC 768, RFC 9293 §3.1, RFC 8200 §8.1).
fn checksum(source: IpAddr, destination: IpAddr, protocol: u8, inner: &[u8]) -> u16 {
    let addresses = match (source, destination) {
        (IpAddr::V4(from), IpAddr::V4(to)) => sum(&from.octets()) + sum(&to.octets()),
        (from, to) => sum(&octets6(from)) + sum(&octets6(to)),
    };
    fold(addresses + u32::from(protocol) + inner.len() as u32 + sum(inner))
}

fn sum(bytes: &[u8]) -> u32 {
    let pairs = bytes.chunks(2);
    pairs
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)))
        .sum()
}

fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

fn octets6(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

fn same_family(source: SocketAddr, destination: SocketAddr) -> (SocketAddr, SocketAddr) {
    let plain = |a: SocketAddr| SocketAddr::new(a.ip().to_canonical(), a.port());
    let (from, to) = (plain(source), plain(destination));
    if from.is_ipv4() == to.is_ipv4() {
        return (from, to);
    }
    let six = |a: SocketAddr| SocketAddr::new(octets6(a.ip()).into(), a.port());
    (six(from), six(to))
}

/// Reads a file, packet by packet.
pub(super) fn read(
    file: &Bytes,
    take: &mut impl FnMut(Timestamp, u32, Bytes) -> Result<(), BadCapture>,
) -> Result<(), BadCapture> {
    let magic: [u8; 4] = file[..4]
        .try_into()
        .expect("the caller has seen four bytes");
    let (little, nanos) = match (u32::from_le_bytes(magic), u32::from_be_bytes(magic)) {
        (MAGIC_MICROS, _) => (true, false),
        (MAGIC_NANOS, _) => (true, true),
        (_, MAGIC_MICROS) => (false, false),
        (_, MAGIC_NANOS) => (false, true),
        _ => return Err(BadCapture::Unknown),
    };
    let word = |at: usize| -> Option<u32> {
        let bytes: [u8; 4] = file.get(at..at + 4)?.try_into().ok()?;
        Some(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    };
    // The upper bits tell of check sequences, which nobody uses.
    let link = word(20).ok_or(BadCapture::Short)? & 0xffff;
    let mut at = 24;
    while let (Some(seconds), Some(part), Some(length)) = (word(at), word(at + 4), word(at + 8)) {
        let begin = at + 16;
        let Some(end) = begin
            .checked_add(length as usize)
            .filter(|end| *end <= file.len())
        else {
            break;
        };
        let part = if nanos { part / 1_000 } else { part };
        let micros = i64::from(seconds) * 1_000_000 + i64::from(part);
        take(Timestamp::from_micros(micros), link, file.slice(begin..end))?;
        at = end;
    }
    Ok(())
}

const MAGIC_MICROS: u32 = 0xa1b2_c3d4;
const MAGIC_NANOS: u32 = 0xa1b2_3c4d;
/// Longest packet, as the header of a file promises it.
const SNAP: u32 = 262_144;
/// Raw IPv4 and IPv6.
const LINK_RAW: u32 = 101;
/// Longest IP packet, in bytes.
const MAX_IP: usize = 65_535;
/// Connections whose sequence numbers are remembered; beyond, all begin again.
const MAX_CONNECTIONS: usize = 100_000;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
