//! What is written can be read back, by us and by whoever checks sums.

use rappel_sip::Transport;

use super::*;
use crate::captured::Passage;

fn message(at: i64, source: &str, destination: &str, transport: Transport, text: &str) -> Captured {
    Captured {
        at: Timestamp::from_micros(at),
        passage: Passage::Across,
        transport,
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
        bytes: Bytes::from(text.to_owned()),
    }
}

fn options(body: &str) -> String {
    let length = body.len();
    format!(
        "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nCall-ID: x\r\n\
         CSeq: 1 OPTIONS\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn file(messages: &[Captured]) -> Vec<u8> {
    let mut writer = pcap::Writer::default();
    let mut file = pcap::header().to_vec();
    for message in messages {
        file.extend_from_slice(&writer.record(message));
    }
    file
}

fn samples() -> Vec<Captured> {
    let (a, b, c) = (options(""), options("odd"), options("v=0\r\n"));
    let (four, six) = ("192.0.2.1:5060", "[2001:db8::1]:5060");
    vec![
        message(
            1_795_000_000_000_001,
            four,
            "198.51.100.2:7000",
            Transport::Udp,
            &a,
        ),
        message(
            1_795_000_000_000_002,
            six,
            "[2001:db8::2]:7000",
            Transport::Udp,
            &b,
        ),
        message(
            1_795_000_000_000_003,
            four,
            "198.51.100.2:7001",
            Transport::Tcp,
            &c,
        ),
        message(
            1_795_000_000_000_004,
            four,
            "198.51.100.2:7001",
            Transport::Tcp,
            &b,
        ),
        message(
            1_795_000_000_000_005,
            six,
            "[2001:db8::2]:7001",
            Transport::Tcp,
            &a,
        ),
    ]
}

#[test]
fn what_is_written_is_read_back() {
    let samples = samples();
    assert_eq!(read(&Bytes::from(file(&samples))), Ok(samples.clone()));
    let text: String = samples.iter().map(text::print).collect();
    assert_eq!(read(&Bytes::from(text)), Ok(samples));
}

#[test]
fn a_time_that_no_clock_tells_ends_the_reading() {
    let good = text::print(&samples()[0]);
    for time in [
        "-5333333333337.-5333333333333333333",
        "9223372036854.9223372036854775807",
        "9223372036855.0",
    ] {
        let rest = good
            .split_once(' ')
            .and_then(|(_, rest)| rest.split_once(' '))
            .map(|(_, rest)| rest);
        let wild = format!("{}{time} {}", text::MARK, rest.unwrap());
        assert_eq!(text::read(&Bytes::from(wild)), []);
    }
    assert_eq!(text::read(&Bytes::from(good)).len(), 1);
}

/// The ones' complement sum of a packet with its pseudo header is all ones when its sums are right
/// (RFC 1071 §1).
#[test]
fn sums_are_right_in_both_families() {
    let sum = |parts: &[&[u8]]| {
        let mut sum = 0u64;
        for part in parts {
            for pair in part.chunks(2) {
                sum += u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0));
            }
        }
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum
    };
    for sample in samples() {
        let record = pcap::Writer::default().record(&sample);
        let packet = &record[16..];
        let (addresses, protocol, inner) = match packet[0] >> 4 {
            4 => {
                assert_eq!(sum(&[&packet[..20]]), 0xffff);
                (&packet[12..20], packet[9], &packet[20..])
            }
            _ => (&packet[8..40], packet[6], &packet[40..]),
        };
        let length = (inner.len() as u32).to_be_bytes();
        let total = sum(&[addresses, &[0, protocol], &length, inner]);
        assert_eq!(total, 0xffff, "{sample:?}");
    }
}

#[test]
fn secure_messages_are_shown_in_datagrams_and_long_ones_are_cut() {
    let mut sample = samples().remove(0);
    sample.transport = Transport::Wss;
    assert_eq!(pcap::Writer::default().record(&sample)[16 + 9], pcap::UDP);
    sample.bytes = Bytes::from(vec![b'x'; 66_000]);
    let record = pcap::Writer::default().record(&sample);
    let word = |at: usize| u32::from_le_bytes(record[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!(word(8), record.len() - 16);
    assert_eq!(word(12) - word(8), 66_000 - (65_535 - 60));
}

#[test]
fn segments_out_of_order_and_sent_again_make_one_message() {
    let whole = options("a body that is long enough to be cut");
    let sample = message(5, "192.0.2.1:1", "192.0.2.2:2", Transport::Tcp, "");
    let record = |sequence: u32, text: &str| {
        let mut part = sample.clone();
        part.bytes = Bytes::from(text.to_owned());
        let mut record = pcap::Writer::default().record(&part);
        record[16 + 24..16 + 28].copy_from_slice(&sequence.to_be_bytes());
        record
    };
    let mut file = pcap::header().to_vec();
    let begin = u32::MAX - 10;
    let at = |place: usize| begin.wrapping_add(place as u32);
    for (place, text) in [
        (0, &whole[..20]),
        (60, &whole[60..]),
        (0, &whole[..20]),
        (10, &whole[10..60]),
    ] {
        file.extend_from_slice(&record(at(place), text));
    }
    let messages = read(&Bytes::from(file)).unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].bytes, whole.as_bytes());
}

#[test]
fn ethernet_big_endian_and_pcapng_are_read() {
    let sample = samples().remove(0);
    let record = pcap::Writer::default().record(&sample);
    let packet = &record[16..];
    let ethernet = [&[0u8; 12][..], &[0x81, 0, 0, 7, 8, 0], packet].concat();
    let big = |n: u32| n.to_be_bytes();
    let length = ethernet.len() as u32;
    let head = [
        big(0xa1b2_c3d4),
        big(0x0002_0004),
        big(0),
        big(0),
        big(65535),
        big(1),
    ]
    .concat();
    let record = [big(1_795_000_000), big(1), big(length), big(length)].concat();
    let file = [head, record, ethernet.clone()].concat();
    assert_eq!(
        read(&Bytes::from(file)).unwrap(),
        std::slice::from_ref(&sample)
    );

    let little = |n: u32| n.to_le_bytes();
    let section = [
        little(0x0a0d_0d0a),
        little(28),
        little(0x1a2b_3c4d),
        little(1),
        [255; 4],
        [255; 4],
        little(28),
    ];
    // Nanoseconds, by the option if_tsresol.
    let options = [[9, 0, 1, 0], [9, 0, 0, 0]].concat();
    let interface = [
        &[little(1), little(28), little(1), little(0)].concat()[..],
        &options,
        &little(28),
    ]
    .concat();
    let padded = length.next_multiple_of(4);
    let ticks = 1_795_000_000_000_001_000u64;
    let block = 32 + padded;
    let enhanced = [
        &[
            little(6),
            little(block),
            little(0),
            little((ticks >> 32) as u32),
            little(ticks as u32),
            little(length),
            little(length),
        ]
        .concat()[..],
        &ethernet,
        &vec![0; (padded - length) as usize],
        &little(block),
    ]
    .concat();
    let file = [section.concat(), interface, enhanced].concat();
    assert_eq!(read(&Bytes::from(file)).unwrap(), [sample]);
}

#[test]
fn what_is_no_capture_is_refused() {
    for (file, why) in [
        (&b""[..], BadCapture::Unknown),
        (b"hello, world", BadCapture::Unknown),
        (b"\xd4\xc3\xb2\xa1\x02\0", BadCapture::Short),
    ] {
        assert_eq!(read(&Bytes::from_static(file)), Err(why));
    }
    let mut odd = file(&samples());
    odd[20] = 195;
    assert_eq!(read(&Bytes::from(odd)), Err(BadCapture::Link(195)));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]
    #[test]
    fn no_file_is_too_broken(cut in 0usize..2_000, at in 0usize..2_000, byte: u8, ng: bool) {
        let mut broken = file(&samples());
        if ng {
            broken[..4].copy_from_slice(&[0x0a, 0x0d, 0x0d, 0x0a]);
        }
        let place = at % broken.len();
        broken[place] = byte;
        broken.truncate(broken.len().saturating_sub(cut % 500));
        let _read = read(&Bytes::from(broken));
    }
}
