//! Reports against the crate `rtcp`, both ways, and against damage.

use proptest::prelude::*;
use rtcp::packet::unmarshal;
use rtcp::sender_report::SenderReport;
use rtcp::source_description::SourceDescription;

use super::*;
use crate::sequence::Block;

const US: u32 = 0x1111;
const PEER: u32 = 0x2222;

fn info() -> SenderInfo {
    SenderInfo {
        ntp: ntp(Timestamp::from_micros(1_700_000_000_500_000)),
        rtp_time: 160_000,
        packets: 1000,
        octets: 160_000,
    }
}

fn block(ssrc: u32) -> Block {
    Block {
        ssrc,
        fraction_lost: 25,
        lost: 17,
        highest: 70_000,
        jitter: 12,
    }
}

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

fn written(write: impl FnOnce(&mut Reporter, &mut [u8]) -> Option<usize>) -> Vec<u8> {
    let mut out = [0; MAX_COMPOUND];
    let length = write(&mut Reporter::new(PEER, "k3v9"), &mut out).unwrap();
    out[..length].to_vec()
}

fn full_report() -> Vec<u8> {
    let last = LastSenderReport {
        ntp: 0x1234_5678_9abc_def0,
        at: at(1000),
    };
    written(|r, out| r.report(at(1500), Some(info()), Some(block(US)), Some(last), out))
}

#[test]
fn ntp_counts_from_1900_in_binary_fractions() {
    assert_eq!(ntp(Timestamp::from_micros(0)), 2_208_988_800 << 32);
    assert_eq!(ntp(Timestamp::from_micros(500_000)) as u32, 1 << 31);
    assert_eq!(short_units(Duration::from_millis(500)), 1 << 15);
}

#[test]
fn the_crate_reads_our_report_as_a_valid_compound() {
    let bytes = full_report();
    assert_eq!(bytes.len() % 4, 0);
    let packets = unmarshal(&mut &bytes[..]).unwrap();
    let compound = rtcp::compound_packet::CompoundPacket(packets);
    compound.validate().unwrap();
    assert_eq!(compound.cname().unwrap(), "k3v9");
    let report = compound.0[0]
        .as_any()
        .downcast_ref::<SenderReport>()
        .unwrap();
    assert_eq!(report.reports[0].last_sender_report, 0x5678_9abc);
    assert_eq!(report.reports[0].delay, 1 << 15);
    assert!(compound.0[1].as_any().is::<SourceDescription>());
}

#[test]
fn we_read_our_own_report() {
    let heard = read(&full_report(), US).unwrap();
    assert_eq!(heard.ssrc, PEER);
    assert_eq!(heard.sender, Some(info()));
    assert!(!heard.goodbye);
    let about = heard.about_us.unwrap();
    assert_eq!((about.fraction_lost, about.lost), (25, 17));
    assert_eq!((about.highest, about.jitter), (70_000, 12));
    assert_eq!(read(&full_report(), 99).unwrap().about_us, None);
}

#[test]
fn a_silent_session_says_that_it_is_there_and_that_it_leaves() {
    let empty = written(|r, out| r.report(at(0), None, None, None, out));
    let heard = read(&empty, US).unwrap();
    assert_eq!(
        (heard.ssrc, heard.sender, heard.goodbye),
        (PEER, None, false)
    );
    let goodbye = written(|r, out| r.goodbye(at(0), out));
    assert!(read(&goodbye, US).unwrap().goodbye);
    assert_eq!(
        goodbye[goodbye.len() - 12..][..4],
        [0x81, 203, 0, 2],
        "no padding"
    );

    let bye = rtcp::goodbye::Goodbye {
        sources: vec![PEER],
        ..Default::default()
    };
    let padded_by_the_crate =
        [empty, webrtc_util::Marshal::marshal(&bye).unwrap().to_vec()].concat();
    assert!(read(&padded_by_the_crate, US).unwrap().goodbye);
}

#[test]
fn the_round_trip_is_what_is_left_of_the_time() {
    let wall = Timestamp::from_micros(1_700_000_000_000_000);
    let ours = [
        LastSenderReport {
            ntp: ntp(wall + Duration::from_secs(5)),
            at: at(5_060),
        },
        LastSenderReport {
            ntp: ntp(wall),
            at: at(60),
        },
    ];
    let last = LastSenderReport {
        ntp: ntp(wall),
        at: at(100),
    };
    let bytes = written(|r, out| r.report(at(400), None, Some(block(US)), Some(last), out));
    let about = read(&bytes, US).unwrap().about_us.unwrap();
    let trip = about.round_trip(&ours, at(400)).unwrap();
    assert!(
        trip.abs_diff(Duration::from_millis(40)) < Duration::from_micros(50),
        "{trip:?}"
    );
    assert_eq!(
        about.round_trip(&ours, at(200)),
        None,
        "sooner than it says"
    );
    assert_eq!(
        about.round_trip(&ours, at(60_000)),
        None,
        "later than it lasts"
    );
    assert_eq!(about.round_trip(&ours[..1], at(400)), None, "never sent");

    let none = written(|r, out| r.report(at(400), None, Some(block(US)), None, out));
    let about = read(&none, US).unwrap().about_us.unwrap();
    assert_eq!(about.round_trip(&ours, at(400)), None);
}

#[test]
fn metrics_follow_a_report_and_damaged_ones_spoil_it() {
    let metrics = VoipMetrics {
        source: US,
        conversation: Some(42),
        ..VoipMetrics::default()
    };
    let mut out = [0; MAX_COMPOUND];
    let mut reporter = Reporter::new(PEER, "k3v9");
    let report = reporter.report(at(0), None, None, None, &mut out).unwrap();
    let length = reporter.metrics(&metrics, report, &mut out).unwrap();
    assert_eq!(read(&out[..length], US).unwrap().metrics, Some(metrics));
    assert_eq!(read(&out[..length], US + 1).unwrap().metrics, None);
    assert_eq!(
        reporter.metrics(&metrics, report, &mut out[..length - 1]),
        None
    );
    // The block says that it is longer than its report.
    out[report + 11] = 9;
    assert_eq!(read(&out[..length], US), Err(Malformed::Short));
}

#[test]
fn a_negative_loss_is_negative() {
    let duplicates = Block {
        lost: 0xff_ffff,
        ..block(US)
    };
    let bytes = written(|r, out| r.report(at(0), None, Some(duplicates), None, out));
    assert_eq!(read(&bytes, US).unwrap().about_us.unwrap().lost, -1);
}

#[test]
fn each_fault_has_its_name() {
    let whole = full_report();
    assert_eq!(read(&[], US), Err(Malformed::Short));
    assert_eq!(read(&whole[..whole.len() - 1], US), Err(Malformed::Short));
    assert_eq!(read(&vec![0; MAX_COMPOUND + 1], US), Err(Malformed::Long));
    let changed = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        read(&bytes, US)
    };
    assert_eq!(changed(0, 0x41), Err(Malformed::Version));
    assert_eq!(
        changed(0, 0x9f),
        Err(Malformed::Short),
        "31 blocks promised"
    );
    assert_eq!(changed(1, 202), Err(Malformed::First));
    assert_eq!(
        changed(0, 0xa1),
        Err(Malformed::Padding),
        "not the last packet"
    );

    let mut padded = whole.clone();
    let goodbye = [0xa1, 203, 0, 2, 0, 0, 0x22, 0x22, 0, 0, 0, 4];
    padded.extend(goodbye);
    assert!(read(&padded, US).unwrap().goodbye);
    *padded.last_mut().unwrap() = 9;
    assert_eq!(read(&padded, US), Err(Malformed::Padding));
}

#[test]
fn a_buffer_too_small_is_refused() {
    let mut reporter = Reporter::new(PEER, &"x".repeat(300));
    let mut out = [0; MAX_COMPOUND];
    let length = reporter
        .report(at(0), Some(info()), None, None, &mut out)
        .unwrap();
    for short in [0, 27, 28, length - 1] {
        let written = reporter.report(at(0), Some(info()), None, None, &mut out[..short]);
        assert_eq!(written, None, "{short}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_read_or_refused(
        mut bytes in prop::collection::vec(any::<u8>(), 0..120),
        kind in 198..210u8, words in 0..30u8, count in 0..32u8,
    ) {
        let _ = read(&bytes, US);
        if let Some(head) = bytes.first_chunk_mut::<4>() {
            *head = [0x80 | count, kind, 0, words];
        }
        let _ = read(&bytes, US);
    }

    #[test]
    fn a_damaged_report_never_panics(at in 0..60usize, byte in any::<u8>(), cut in 0..80usize) {
        let mut bytes = full_report();
        if let Some(slot) = bytes.get_mut(at) { *slot = byte; }
        bytes.truncate(cut.max(1));
        let _ = read(&bytes, US);
    }
}
