//! Captures: messages as files that tcpdump and Wireshark read, and those of others read back.
//!
//! [`pcap`] writes; [`read`] reads pcap, pcapng and the text that `rappel calls --messages` prints.

mod ng;
mod packet;
pub mod pcap;
mod stream;
pub mod text;

use std::fmt;

use bytes::Bytes;
use rappel_model::Timestamp;

use crate::captured::Captured;
use crate::glance::{What, glance};
use packet::{Carried, Packet};
use stream::Streams;

/// Why a file is no capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadCapture {
    /// Neither pcap nor pcapng nor text of ours.
    Unknown,
    /// It ends in the middle of its header.
    Short,
    /// A kind of link whose packets cannot be read here.
    Link(u32),
    /// More packets than are read.
    TooMany,
}

impl fmt::Display for BadCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => {
                f.write_str("neither a pcap nor a pcapng file, nor messages that rappel printed")
            }
            Self::Short => f.write_str("the file ends in the middle of its header"),
            Self::Link(kind) => write!(f, "packets of link type {kind} cannot be read here"),
            Self::TooMany => write!(f, "more than {MAX_PACKETS} packets"),
        }
    }
}

impl std::error::Error for BadCapture {}

/// The SIP messages in a capture, in the order they passed; everything else in it is left out. A file
/// that ends in the middle of a packet is read up to there.
///
/// # Errors
/// [`BadCapture`], when it is no capture that can be read.
pub fn read(file: &Bytes) -> Result<Vec<Captured>, BadCapture> {
    if file.starts_with(text::MARK.as_bytes()) {
        return Ok(text::read(file));
    }
    let mut messages = Vec::new();
    let mut streams = Streams::default();
    let mut packets = 0;
    let mut take = |at: Timestamp, link: u32, frame: Bytes| {
        packets += 1;
        if packets > MAX_PACKETS {
            return Err(BadCapture::TooMany);
        }
        let Some(packet) = packet::read(link, &frame)? else {
            return Ok(());
        };
        match packet.carried {
            Carried::Datagram => messages.extend(datagram(at, packet)),
            Carried::Segment { .. } => streams.take(at, &packet, &mut messages),
        }
        Ok(())
    };
    match file.get(..4).ok_or(BadCapture::Unknown)? {
        [0x0a, 0x0d, 0x0d, 0x0a] => ng::read(file, &mut take)?,
        _ => pcap::read(file, &mut take)?,
    }
    Ok(messages)
}

/// A datagram that is a message; keep-alives, RTP and whatever else passes there are none.
fn datagram(at: Timestamp, packet: Packet) -> Option<Captured> {
    let seen = glance(&packet.payload);
    let is_sip = seen.what != What::Garbage && !seen.call_id.is_empty();
    is_sip.then(|| packet.into_message(at))
}

/// Most packets of a file that are read.
pub const MAX_PACKETS: usize = 20_000_000;

#[cfg(test)]
mod tests;
