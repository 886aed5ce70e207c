//! HEP3: a copy of each message for Homer, after "The Hep/EEP Protocol", revision 12 (HEP version 3).
//!
//! A packet is `HEP3`, its length in two bytes, and chunks: two bytes of vendor (0 is the document's
//! own), two of type, two of length with these six included, then the value. All in network order.

use std::net::IpAddr;

use rappel_sip::Transport;

use crate::captured::Captured;

/// What every packet says of its sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// The number of this capture agent (chunk 12).
    pub id: u32,
    /// Its name (chunk 19), at most 255 bytes of which are sent.
    pub name: String,
    /// What it proves itself with (chunk 14); none when empty.
    pub password: String,
}

/// One packet: the message, where it went, and what it belongs to. `related` names what all legs of
/// the call share (chunk 17). `None` for a message too long for a packet.
pub fn packet(agent: &Agent, message: &Captured, related: Option<&str>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(message.bytes.len() + 160);
    out.extend_from_slice(b"HEP3\0\0");
    let (source, destination) = (
        message.source.ip().to_canonical(),
        message.destination.ip().to_canonical(),
    );
    let family = if source.is_ipv4() { AF_INET } else { AF_INET6 };
    chunk(&mut out, 1, &[family]);
    // Port and carriage: a secure message is handed over in clear text, as TCP.
    chunk(&mut out, 2, &[protocol(message.transport)]);
    address(&mut out, source, [3, 5]);
    address(&mut out, destination, [4, 6]);
    chunk(&mut out, 7, &message.source.port().to_be_bytes());
    chunk(&mut out, 8, &message.destination.port().to_be_bytes());
    let micros = message.at.as_micros().max(0);
    let seconds = u32::try_from(micros / 1_000_000).unwrap_or(u32::MAX);
    let rest = u32::try_from(micros % 1_000_000).unwrap_or_default();
    chunk(&mut out, 9, &seconds.to_be_bytes());
    chunk(&mut out, 10, &rest.to_be_bytes());
    chunk(&mut out, 11, &[SIP]);
    chunk(&mut out, 12, &agent.id.to_be_bytes());
    if !agent.password.is_empty() {
        chunk(&mut out, 14, agent.password.as_bytes());
    }
    if let Some(related) = related {
        chunk(&mut out, 17, related.as_bytes());
    }
    if !agent.name.is_empty() {
        let name = agent.name.as_bytes();
        chunk(&mut out, 19, &name[..name.len().min(MAX_NAME)]);
    }
    chunk(&mut out, 15, &message.bytes);
    if out.len() > MAX_PACKET {
        return None;
    }
    let length = u16::try_from(out.len()).ok()?;
    out[4..6].copy_from_slice(&length.to_be_bytes());
    Some(out)
}

fn address(out: &mut Vec<u8>, address: IpAddr, [four, six]: [u16; 2]) {
    match address {
        IpAddr::V4(v4) => chunk(out, four, &v4.octets()),
        IpAddr::V6(v6) => chunk(out, six, &v6.octets()),
    }
}

fn chunk(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    // What does not fit into the length of a chunk does not fit into a packet either.
    let length = u16::try_from(value.len() + HEADER).unwrap_or(u16::MAX);
    for part in [VENDOR, kind, length] {
        out.extend_from_slice(&part.to_be_bytes());
    }
    out.extend_from_slice(value);
}

const fn protocol(transport: Transport) -> u8 {
    match transport {
        Transport::Udp => 17,
        _ => 6,
    }
}

/// The document's own chunks.
const VENDOR: u16 = 0;
/// Bytes of a chunk before its value.
const HEADER: usize = 6;
/// Chunk 1: the family as the document numbers it.
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
/// Chunk 11: the kind of what is carried.
const SIP: u8 = 1;
/// Longest name that is sent, in bytes.
const MAX_NAME: usize = 255;
/// Longest packet: what a datagram over IPv4 holds.
pub const MAX_PACKET: usize = 65_507;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;
    use rappel_model::Timestamp;

    use super::*;
    use crate::captured::Passage;

    /// A reader written from the document alone.
    fn read(packet: &[u8]) -> BTreeMap<u16, Vec<u8>> {
        assert_eq!(&packet[..4], b"HEP3");
        let word = |at: usize| usize::from(packet[at]) << 8 | usize::from(packet[at + 1]);
        assert_eq!(word(4), packet.len());
        let mut chunks = BTreeMap::new();
        let mut at = 6;
        while at < packet.len() {
            assert_eq!(word(at), 0, "the vendor");
            let length = word(at + 4);
            assert!(length >= 6 && at + length <= packet.len());
            let value = packet[at + 6..at + length].to_vec();
            assert!(chunks.insert(word(at + 2) as u16, value).is_none());
            at += length;
        }
        chunks
    }

    fn message(source: &str, destination: &str, transport: Transport) -> Captured {
        Captured {
            at: Timestamp::from_micros(1_795_000_000_123_456),
            passage: Passage::In,
            transport,
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            bytes: Bytes::from_static(b"OPTIONS sip:a SIP/2.0\r\n\r\n"),
        }
    }

    #[test]
    fn a_packet_says_all_that_homer_wants() {
        let agent = Agent {
            id: 2001,
            name: "rappel".into(),
            password: "secret".into(),
        };
        let message = message("192.0.2.1:5062", "198.51.100.7:5060", Transport::Udp);
        let chunks = read(&packet(&agent, &message, Some("call-7")).unwrap());
        let expected: [(u16, &[u8]); 14] = [
            (1, &[2]),
            (2, &[17]),
            (3, &[192, 0, 2, 1]),
            (4, &[198, 51, 100, 7]),
            (7, &5062u16.to_be_bytes()),
            (8, &5060u16.to_be_bytes()),
            (9, &1_795_000_000u32.to_be_bytes()),
            (10, &123_456u32.to_be_bytes()),
            (11, &[1]),
            (12, &2001u32.to_be_bytes()),
            (14, b"secret"),
            (15, b"OPTIONS sip:a SIP/2.0\r\n\r\n"),
            (17, b"call-7"),
            (19, b"rappel"),
        ];
        let expected: BTreeMap<u16, Vec<u8>> =
            expected.into_iter().map(|(k, v)| (k, v.to_vec())).collect();
        assert_eq!(chunks, expected);
    }

    #[test]
    fn ipv6_and_streams_have_their_own_numbers_and_empty_chunks_stay_away() {
        let message = message("[2001:db8::1]:5061", "[2001:db8::2]:40000", Transport::Tls);
        let chunks = read(&packet(&Agent::default(), &message, None).unwrap());
        assert_eq!((&chunks[&1][..], &chunks[&2][..]), (&[10][..], &[6][..]));
        assert_eq!(chunks[&5].len(), 16);
        assert_eq!(chunks[&6][15], 2);
        for absent in [3, 4, 14, 17, 19] {
            assert!(!chunks.contains_key(&absent), "{absent}");
        }
    }

    #[test]
    fn what_fits_no_datagram_is_left_out() {
        let mut long = message("192.0.2.1:1", "192.0.2.2:2", Transport::Tcp);
        let room = MAX_PACKET - packet(&Agent::default(), &long, None).unwrap().len();
        long.bytes = Bytes::from(vec![b'x'; long.bytes.len() + room]);
        assert_eq!(
            packet(&Agent::default(), &long, None).unwrap().len(),
            MAX_PACKET
        );
        long.bytes = Bytes::from(vec![b'x'; long.bytes.len() + 1]);
        assert_eq!(packet(&Agent::default(), &long, None), None);
    }
}
