//! RTP packets (RFC 3550 §5.1) as views over lent bytes: reading and writing one costs no
//! allocation and no copy of the payload.

use std::fmt;
use std::ops::Range;

/// Length of the header we write: fixed part only, no contributing sources, no extension.
pub const HEADER_LEN: usize = 12;

/// Largest RTP packet we send or read, in bytes: an Ethernet frame without IPv4 and UDP headers.
pub const MAX_PACKET: usize = 1472;

/// One received packet, checked once and then read without further checks.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    header: Header,
    payload: &'a [u8],
}

/// The fields of the fixed header that mean something to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// First packet of a talk spurt or of an event (RFC 3551 §4.1); never relied upon.
    pub marker: bool,
    /// 0–127, what SDP agreed.
    pub payload_type: u8,
    /// Counts packets, wraps.
    pub sequence: u16,
    /// Counts samples of the encoding's clock, wraps.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
}

/// Why bytes are not an RTP packet (RFC 3550 §A.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Shorter than its header says, or than any header.
    Short,
    /// Not version 2.
    Version,
    /// The padding count is zero or reaches into the header.
    Padding,
}

impl<'a> Packet<'a> {
    /// Reads one datagram. Contributing sources, header extension and padding are checked and
    /// skipped.
    ///
    /// # Errors
    /// [`Malformed`], and the datagram is dropped.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = read(datagram)?;
        Ok(Self {
            header,
            payload: &datagram[payload],
        })
    }

    /// The fixed header.
    pub const fn header(&self) -> Header {
        self.header
    }

    /// The payload without padding; may be empty.
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Length of the payload in bytes.
    pub const fn payload_len(&self) -> usize {
        self.payload.len()
    }
}

impl Header {
    /// Writes the header at the beginning of `out`, which must hold [`HEADER_LEN`] bytes.
    ///
    /// # Panics
    /// When `out` is shorter: the caller lends a whole packet buffer.
    pub fn write(&self, out: &mut [u8]) {
        debug_assert!(self.payload_type < 128, "payload types have seven bits");
        out[0] = VERSION << 6;
        out[1] = u8::from(self.marker) << 7 | (self.payload_type & 0x7f);
        out[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }

    /// Writes a whole packet into a lent buffer and returns its length; `None` when it does not
    /// fit.
    pub fn write_packet(&self, payload: &[u8], out: &mut [u8]) -> Option<usize> {
        let end = HEADER_LEN + payload.len();
        out.get_mut(HEADER_LEN..end)?.copy_from_slice(payload);
        self.write(out);
        Some(end)
    }
}

/// Gives a received packet a new header in place and returns what is to be sent: the payload stays
/// where it is, and whatever else the peer had put around it (contributing sources, extensions,
/// padding) stays behind, so that nothing of one leg shows on the other.
///
/// # Errors
/// As [`Packet::parse`]; the bytes are untouched then.
pub fn relay(
    datagram: &mut [u8],
    header: impl FnOnce(Header) -> Header,
) -> Result<&mut [u8], Malformed> {
    let (received, payload) = read(datagram)?;
    // The payload begins after at least one fixed header, so there is always room before it.
    let start = payload.start - HEADER_LEN;
    header(received).write(&mut datagram[start..]);
    Ok(&mut datagram[start..payload.end])
}

fn read(datagram: &[u8]) -> Result<(Header, Range<usize>), Malformed> {
    let Some(fixed) = datagram.first_chunk::<HEADER_LEN>() else {
        return Err(Malformed::Short);
    };
    if fixed[0] >> 6 != VERSION {
        return Err(Malformed::Version);
    }
    let mut start = HEADER_LEN + 4 * usize::from(fixed[0] & 0x0f);
    if fixed[0] & EXTENSION != 0 {
        let Some(&[_, _, high, low]) = datagram.get(start..start + 4).and_then(|e| e.first_chunk())
        else {
            return Err(Malformed::Short);
        };
        start += 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
    }
    if start > datagram.len() {
        return Err(Malformed::Short);
    }
    let mut end = datagram.len();
    if fixed[0] & PADDING != 0 {
        let count = usize::from(datagram[end - 1]);
        if count == 0 || count > end - start {
            return Err(Malformed::Padding);
        }
        end -= count;
    }
    let header = Header {
        marker: fixed[1] & 0x80 != 0,
        payload_type: fixed[1] & 0x7f,
        sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
        timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
        ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
    };
    Ok((header, start..end))
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "an RTP packet cut short",
            Self::Version => "not RTP version 2",
            Self::Padding => "RTP padding that does not fit",
        })
    }
}

impl std::error::Error for Malformed {}

const VERSION: u8 = 2;
const PADDING: u8 = 0x20;
const EXTENSION: u8 = 0x10;

#[cfg(test)]
mod tests;
