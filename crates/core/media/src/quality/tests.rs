//! What is rated, what is told, and what strangers may not make of it.

use std::net::SocketAddr;

use rappel_model::Timestamp;
use rappel_rtp::rtcp::{MAX_COMPOUND, Reporter, ntp, read};
use rappel_rtp::sequence::Block;

use super::*;

const US: u32 = 7;

fn at(ms: u64) -> Instant {
    Instant::from_micros(ms * 1_000)
}

fn stream(encoding: Encoding) -> Stream {
    Stream::plain(SocketAddr::from(([127, 0, 0, 1], 4_000)), encoding)
}

/// What the peer says at `ms`, having kept our report of 1 s since 1.05 s.
fn told(ms: u64, fraction_lost: u8, lost: u32, jitter: u32) -> Heard {
    let mut out = [0; MAX_COMPOUND];
    let block = Block {
        ssrc: US,
        fraction_lost,
        lost,
        highest: 1_000,
        jitter,
    };
    let last = LastSenderReport {
        at: at(1_050),
        ..ours()[0]
    };
    let mut peer = Reporter::new(9, "peer");
    let length = peer.report(at(ms), None, Some(block), Some(last), &mut out);
    read(&out[..length.unwrap()], US).unwrap()
}

fn ours() -> [LastSenderReport; 1] {
    [LastSenderReport {
        ntp: ntp(Timestamp::from_micros(1_700_000_000_000_000)),
        at: at(1_000),
    }]
}

fn counters(received: u64, lost: u64, sent: u64) -> StreamReport {
    StreamReport {
        received,
        lost,
        sent,
        ..Default::default()
    }
}

#[test]
fn both_directions_are_told_and_rated() {
    let mut quality = Quality::default();
    quality.heard(at(3_130), &told(3_050, 26, 50, 80), &ours(), 500);
    let stream = stream(Encoding::Pcma);
    let report = quality.report(counters(1_000, 0, 500), Some(&stream));
    assert_eq!(report.codec, Some(VoiceCodec::Pcma));
    assert!(!report.encrypted);
    let trip = report.round_trip_us.unwrap();
    assert!(
        (129_900..130_100).contains(&trip),
        "50 ms there, 80 back: {trip}"
    );
    let there = report.told.unwrap();
    assert_eq!((there.lost, there.jitter_us), (50, 10_000));
    assert_eq!(report.loss_told(), Some(1_000));
    let (here, there) = (report.mos.unwrap(), there.mos.unwrap());
    assert!(here >= 430, "{here}");
    assert!(there < 360 && there > 200, "a tenth is missing: {there}");
}

#[test]
fn nothing_is_rated_before_a_second_and_nothing_is_known_before_it_is_told() {
    let quality = Quality::default();
    let stream = stream(Encoding::Opus);
    let report = quality.report(counters(49, 0, 49), Some(&stream));
    assert_eq!(
        (report.mos, report.told, report.round_trip_us),
        (None, None, None)
    );
    assert_eq!(quality.report(counters(3, 0, 2), None), counters(3, 0, 2));
    assert_eq!(quality.expected_loss(), None);
}

#[test]
fn no_report_makes_a_figure_absurd() {
    let mut quality = Quality::default();
    let mut hostile = told(1_050, 255, 0x7f_ffff, u32::MAX);
    quality.heard(at(1_060), &hostile, &ours(), 60);
    let report = quality.report(counters(60, 0, 60), Some(&stream(Encoding::Pcmu)));
    let there = report.told.unwrap();
    assert_eq!((there.lost, there.jitter_us), (60, 1_000_000));
    assert_eq!(there.mos, Some(100));
    assert_eq!(quality.expected_loss(), Some(30));

    // More came there than was sent: packets in two, or a lie.
    hostile.about_us.as_mut().unwrap().lost = -8_000_000;
    quality.heard(at(1_070), &hostile, &[], 60);
    let report = quality.report(counters(60, 0, 60), Some(&stream(Encoding::Pcmu)));
    assert_eq!(report.told.unwrap().lost, 0);
    assert!(report.told.unwrap().mos <= Some(450));
    let trip = report.round_trip_us.unwrap();
    assert!(
        trip < 70_000,
        "a report that repeats none of ours counts for nothing: {trip}"
    );
}

#[test]
fn losses_that_fall_together_cost_more() {
    let mos = |run: u16| {
        let mut quality = Quality::default();
        quality.arrived(Arrival::First);
        for n in 1..1_000u16 {
            match n % (run * 25) {
                0 => quality.arrived(Arrival::Next { missing: run }),
                _ => quality.arrived(Arrival::Next { missing: 0 }),
            }
        }
        let report = quality.report(counters(1_000, 40, 0), Some(&stream(Encoding::Pcmu)));
        report.mos.unwrap()
    };
    assert!(mos(1) > mos(4), "{} {}", mos(1), mos(4));
}

#[test]
fn expected_loss_rises_at_once_and_fades() {
    let mut quality = Quality::default();
    let mut after = |fraction| {
        quality.heard(at(2_000), &told(1_060, fraction, 0, 0), &ours(), 500);
        quality.expected_loss().unwrap()
    };
    assert_eq!(after(0), 1);
    assert_eq!(after(51), 20);
    let faded: Vec<u8> = (0..12).map(|_| after(0)).collect();
    assert_eq!(faded[..3], [15, 11, 8]);
    assert_eq!(faded[11], 1);
}
