//! Packets against the crate `rtp`, both ways, and against anything else that may arrive.

use bytes::Bytes;
use proptest::prelude::*;
use webrtc_util::marshal::{Marshal, Unmarshal};

use super::*;

fn theirs(header: Header, payload: &[u8]) -> rtp::packet::Packet {
    rtp::packet::Packet {
        header: rtp::header::Header {
            version: 2,
            marker: header.marker,
            payload_type: header.payload_type,
            sequence_number: header.sequence,
            timestamp: header.timestamp,
            ssrc: header.ssrc,
            ..Default::default()
        },
        payload: Bytes::copy_from_slice(payload),
    }
}

fn any_header() -> impl Strategy<Value = Header> {
    (
        any::<bool>(),
        0..128u8,
        any::<u16>(),
        any::<u32>(),
        any::<u32>(),
    )
        .prop_map(|(marker, payload_type, sequence, timestamp, ssrc)| Header {
            marker,
            payload_type,
            sequence,
            timestamp,
            ssrc,
        })
}

/// A packet as another implementation might send it: with sources, extension and padding.
fn dressed(
    header: Header,
    payload: &[u8],
    csrc: u8,
    extension: Option<u8>,
    padding: u8,
) -> Vec<u8> {
    let mut out = vec![0; HEADER_LEN];
    header.write(&mut out);
    out[0] |= csrc;
    out.extend((0..csrc).flat_map(|n| [0xc5, 0, 0, n]));
    if let Some(words) = extension {
        out[0] |= EXTENSION;
        out.extend([0xab, 0xcd, 0, words]);
        out.extend(std::iter::repeat_n(0xee, 4 * usize::from(words)));
    }
    out.extend(payload);
    if padding > 0 {
        out[0] |= PADDING;
        out.extend(std::iter::repeat_n(0, usize::from(padding) - 1));
        out.push(padding);
    }
    out
}

proptest! {
    #[test]
    fn what_we_write_the_crate_reads(header in any_header(), payload in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut out = [0; MAX_PACKET];
        let len = header.write_packet(&payload, &mut out).unwrap();
        let read = rtp::packet::Packet::unmarshal(&mut &out[..len]).unwrap();
        prop_assert_eq!(&read, &theirs(header, &payload));
        prop_assert_eq!(&read.marshal().unwrap()[..], &out[..len]);
    }

    #[test]
    fn what_the_crate_writes_we_read(header in any_header(), payload in prop::collection::vec(any::<u8>(), 1..200)) {
        let bytes = theirs(header, &payload).marshal().unwrap();
        let read = Packet::parse(&bytes).unwrap();
        prop_assert_eq!(read.header(), header);
        prop_assert_eq!(read.payload(), &payload[..]);
    }

    #[test]
    fn sources_extension_and_padding_are_skipped(
        header in any_header(), payload in prop::collection::vec(any::<u8>(), 1..200),
        csrc in 0..16u8, extension in prop::option::of(0..20u8), padding in 0..30u8,
    ) {
        let mut bytes = dressed(header, &payload, csrc, extension, padding);
        let read = Packet::parse(&bytes).unwrap();
        prop_assert_eq!(read.header(), header);
        prop_assert_eq!(read.payload(), &payload[..]);

        let sent = relay(&mut bytes, |h| Header { ssrc: 7, ..h }).unwrap();
        prop_assert_eq!(sent.len(), HEADER_LEN + payload.len());
        let read = Packet::parse(sent).unwrap();
        prop_assert_eq!(read.header(), Header { ssrc: 7, ..header });
        prop_assert_eq!(read.payload(), &payload[..]);
    }

    #[test]
    fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..80), first in 0x80..0xc0u8) {
        let _ = Packet::parse(&bytes);
        if let Some(b) = bytes.first_mut() { *b = first; }
        if let Ok(read) = Packet::parse(&bytes) {
            prop_assert!(read.payload_len() + HEADER_LEN <= bytes.len());
            let header = read.header();
            relay(&mut bytes, |h| h).unwrap();
            let _ = header;
        }
    }

    #[test]
    fn a_packet_cut_anywhere_never_panics(cut in 0..120usize, csrc in 0..16u8) {
        let header = Header { marker: true, payload_type: 8, sequence: 1, timestamp: 2, ssrc: 3 };
        let bytes = dressed(header, &[1, 2, 3], csrc, Some(3), 4);
        let _ = Packet::parse(&bytes[..cut.min(bytes.len())]);
    }
}

#[test]
fn each_fault_has_its_name() {
    let header = Header {
        marker: false,
        payload_type: 0,
        sequence: 0,
        timestamp: 0,
        ssrc: 0,
    };
    let whole = dressed(header, &[9; 4], 0, None, 0);
    assert_eq!(Packet::parse(&whole[..11]).unwrap_err(), Malformed::Short);
    assert_eq!(Packet::parse(&whole[..12]).unwrap().payload(), &[] as &[u8]);

    let mut version_one = whole.clone();
    version_one[0] = 0x40;
    assert_eq!(Packet::parse(&version_one).unwrap_err(), Malformed::Version);

    for count in [0, 5, 255] {
        let mut padded = whole.clone();
        padded[0] |= PADDING;
        *padded.last_mut().unwrap() = count;
        assert_eq!(
            Packet::parse(&padded).unwrap_err(),
            Malformed::Padding,
            "{count}"
        );
    }
    assert_eq!(header.write_packet(&[0; 10], &mut [0; 21]), None);
}
