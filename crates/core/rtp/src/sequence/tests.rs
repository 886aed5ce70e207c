//! Wraps, losses, jumps and jitter, with the figures RFC 3550 gives.

use std::time::Duration;

use proptest::prelude::*;
use rappel_model::Instant;

use super::*;

fn header(sequence: u16) -> Header {
    Header {
        marker: false,
        payload_type: 0,
        sequence,
        timestamp: 0,
        ssrc: 1,
    }
}

fn at(millis: u64) -> Instant {
    Instant::ZERO + Duration::from_millis(millis)
}

#[test]
fn a_steady_stream_loses_nothing_across_the_wrap() {
    let mut reception = Reception::new(8000);
    for n in 0..200_000u32 {
        let arrival = reception.receive(&header((65_000 + n) as u16));
        let expected = if n == 0 {
            Arrival::First
        } else {
            Arrival::Next { missing: 0 }
        };
        assert_eq!(arrival, expected);
    }
    let report = reception.report(5);
    assert_eq!((report.received, report.lost, report.sent), (200_000, 0, 5));
    let block = reception.block().unwrap();
    assert_eq!(block.highest, (1 << 16) + 65_000 + 199_999);
}

#[test]
fn losses_are_counted_and_late_packets_taken_back() {
    let mut reception = Reception::new(8000);
    reception.receive(&header(10));
    assert_eq!(reception.receive(&header(14)), Arrival::Next { missing: 3 });
    assert_eq!(reception.report(0).lost, 3);
    assert_eq!(reception.receive(&header(12)), Arrival::Late);
    assert_eq!(reception.receive(&header(12)), Arrival::Duplicate);
    assert_eq!(reception.receive(&header(14)), Arrival::Duplicate);
    assert_eq!(reception.report(0).lost, 2);
    assert_eq!(
        reception.receive(&header(9)),
        Arrival::Late,
        "before the first"
    );
    assert_eq!(reception.report(0).received, 4);
    assert_eq!(reception.report(0).lost, 2);
}

#[test]
fn a_jump_is_believed_when_it_continues() {
    let mut reception = Reception::new(8000);
    reception.receive(&header(10));
    assert_eq!(
        reception.receive(&header(2 + MAX_DROPOUT * 2)),
        Arrival::Stray
    );
    assert_eq!(reception.receive(&header(11)), Arrival::Next { missing: 0 });
    assert_eq!(reception.receive(&header(40_000)), Arrival::Stray);
    assert_eq!(reception.receive(&header(40_001)), Arrival::First);
    assert_eq!(
        reception.receive(&header(40_002)),
        Arrival::Next { missing: 0 }
    );
    let report = reception.report(0);
    assert_eq!((report.received, report.lost), (4, 0));
}

#[test]
fn the_bounds_of_a_gap_are_those_of_the_rfc() {
    let mut reception = Reception::new(8000);
    reception.receive(&header(0));
    let last = MAX_DROPOUT - 1;
    assert_eq!(
        reception.receive(&header(last)),
        Arrival::Next { missing: last - 1 }
    );
    assert_eq!(
        reception.receive(&header(last - MAX_MISORDER)),
        Arrival::Duplicate
    );
    assert_eq!(
        reception.receive(&header(last - MAX_MISORDER - 1)),
        Arrival::Stray
    );
    assert_eq!(
        reception.receive(&header(last + MAX_DROPOUT)),
        Arrival::Stray
    );
}

#[test]
fn a_new_source_adds_to_the_old_counters() {
    let mut reception = Reception::new(8000);
    reception.receive(&header(1));
    reception.receive(&header(4));
    let other = Header {
        ssrc: 2,
        ..header(900)
    };
    assert_eq!(reception.receive(&other), Arrival::First);
    assert_eq!(reception.ssrc(), Some(2));
    let report = reception.report(0);
    assert_eq!((report.received, report.lost), (3, 2));
}

#[test]
fn jitter_follows_the_formula_of_the_rfc() {
    let mut reception = Reception::new(8000);
    let mut expected = 0.0f64;
    let mut before = None;
    for n in 0..500u64 {
        let late = (n * 7) % 13;
        reception.timed(at(n * 20 + late), (n * 160) as u32);
        let transit = late as f64 * 8.0;
        if let Some(last) = before.replace(transit) {
            expected += ((transit - last).abs() - expected) / 16.0;
        }
    }
    let measured = f64::from(reception.report(0).jitter_us) / 125.0;
    assert!(
        (measured - expected).abs() < 2.0,
        "{measured} is not {expected}"
    );
}

#[test]
fn a_steady_clock_has_no_jitter_and_a_jump_of_it_is_none() {
    let mut reception = Reception::new(8000);
    for n in 0..100 {
        // The wire timestamp may begin anywhere and wraps.
        reception.timed(at(n * 20), 0xffff_ff00u32.wrapping_add(n as u32 * 160));
    }
    assert_eq!(reception.report(0).jitter_us, 0);
    reception.timed(at(2000), 77_777_777);
    reception.timed(at(2020), 77_777_937);
    assert_eq!(reception.report(0).jitter_us, 0);
}

#[test]
fn a_block_covers_the_time_since_the_last() {
    let mut reception = Reception::new(8000);
    assert_eq!(reception.block(), None);
    for sequence in (0..100).filter(|n| n % 4 != 3) {
        reception.receive(&header(sequence));
    }
    let block = reception.block().unwrap();
    assert_eq!(
        (block.lost, block.fraction_lost),
        (24, 62),
        "24 of 99 are missing"
    );
    for sequence in 100..200 {
        reception.receive(&header(sequence));
    }
    let block = reception.block().unwrap();
    assert_eq!(
        (block.lost, block.fraction_lost),
        (25, 2),
        "one of 101, at the seam"
    );
    assert_eq!(reception.block().unwrap().fraction_lost, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn lost_and_received_add_up(keep in prop::collection::vec(0..10u8, 3..300), start in any::<u16>()) {
        let mut reception = Reception::new(8000);
        let kept: Vec<u16> = keep.iter().enumerate()
            .filter(|(n, k)| *n == 0 || *n == keep.len() - 1 || **k > 0)
            .map(|(n, _)| start.wrapping_add(n as u16)).collect();
        for sequence in &kept {
            reception.receive(&header(*sequence));
            reception.receive(&header(*sequence));
        }
        let report = reception.report(0);
        prop_assert_eq!(report.received, kept.len() as u64);
        prop_assert_eq!(report.lost, (keep.len() - kept.len()) as u64);
    }

    #[test]
    fn no_sequence_panics(packets in prop::collection::vec((any::<u16>(), any::<u32>(), 0..3u32, any::<u32>()), 0..200)) {
        let mut reception = Reception::new(8000);
        for (sequence, timestamp, ssrc, time) in packets {
            reception.receive(&Header { ssrc, ..header(sequence) });
            reception.timed(Instant::from_micros(u64::from(time) << 8), timestamp);
            let _ = (reception.report(0), reception.block());
        }
    }
}
