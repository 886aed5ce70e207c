//! Ratings against published points, and bursts against the arithmetic of RFC 3611.

use proptest::prelude::*;
use rappel_model::Instant;

use super::*;
use crate::rtcp::{self, MAX_COMPOUND, Reporter};
use crate::sequence::Block;

fn conditions(encoding: Encoding, millis: u64, loss: f64) -> Conditions {
    Conditions {
        encoding,
        delay: Duration::from_millis(millis),
        loss,
        burst_ratio: 1.0,
    }
}

#[test]
fn a_perfect_line_has_the_published_rating() {
    let rating = rate(&conditions(Encoding::Pcma, 0, 0.0));
    assert!((rating.conversation - 93.2).abs() < 0.01, "{rating:?}");
    assert!((rating.mos() - 4.41).abs() < 0.005, "{}", rating.mos());
    assert_eq!(rating.scale, Scale::Narrow);
}

/// Ie 0 and Bpl 25.1 (G.113 Tables I.1 and I.3, G.711 with concealment) in the equation of G.107 §7.5.
#[test]
fn loss_costs_what_the_tables_say() {
    let r = |loss| rate(&conditions(Encoding::Pcmu, 0, loss)).conversation;
    for (loss, cost) in [(0.01, 3.64), (0.02, 7.01), (0.03, 10.14), (0.05, 15.78)] {
        assert!((93.2 - r(loss) - cost).abs() < 0.02, "{loss}: {}", r(loss));
    }
}

/// G.107.1 Annex A with the Ie,WB of G.113 Table IV.1: 13 is scored 4.34, 8 is scored 4.42.
#[test]
fn wideband_is_rated_on_its_own_scale() {
    for (encoding, r, mos) in [(Encoding::G722, 116.0, 4.34), (Encoding::Opus, 121.0, 4.42)] {
        let rating = rate(&conditions(encoding, 0, 0.0));
        assert_eq!((rating.scale, rating.conversation), (Scale::Wide, r));
        assert!((rating.mos() - mos).abs() < 0.006, "{}", rating.mos());
    }
    // 13 + 82 × 1 / (1 + 4.3).
    let lossy = rate(&conditions(Encoding::G722, 0, 0.01));
    assert!((lossy.conversation - (116.0 - 15.47)).abs() < 0.01);
}

#[test]
fn bursts_cost_more_and_delay_costs_nothing_to_who_listens() {
    let by_chance = rate(&conditions(Encoding::Pcma, 250, 0.02));
    let in_bursts = rate(&Conditions {
        burst_ratio: 4.0,
        ..conditions(Encoding::Pcma, 250, 0.02)
    });
    // 95 × 2 / (2 / 4 + 25.1).
    assert!((93.206 - in_bursts.listening - 7.42).abs() < 0.01);
    assert!(in_bursts.mos() < by_chance.mos());
    // 14 points at 250 ms.
    assert!((by_chance.listening - by_chance.conversation - 14.03).abs() < 0.01);
    assert!(by_chance.listening_mos() > by_chance.mos() + 0.4);
}

#[test]
fn the_way_from_mouth_to_ear_has_all_its_parts() {
    let millis = Duration::from_millis;
    let way = |encoding| one_way(Some(millis(80)), encoding, millis(20), millis(60));
    assert_eq!(way(Encoding::Pcmu), millis(120));
    assert_eq!(way(Encoding::Opus), Duration::from_micros(126_500));
    assert_eq!(
        one_way(None, Encoding::Pcma, millis(30), millis(0)),
        millis(30)
    );
}

#[test]
fn the_loss_is_taken_from_whoever_knows_it() {
    let delay = Duration::from_millis(100);
    let heard = bursts(&["xx", &".".repeat(98)].concat());
    let here = Conditions::here(Encoding::Pcmu, &heard, delay);
    assert_eq!((here.loss, here.burst_ratio), (0.02, 1.96));

    let mut reporter = Reporter::new(7, "x");
    let mut out = [0; MAX_COMPOUND];
    let mut there = |lost: u32, sent| {
        let block = Block {
            ssrc: 1,
            fraction_lost: 0,
            lost,
            highest: 0,
            jitter: 0,
        };
        let length = reporter.report(Instant::ZERO, None, Some(block), None, &mut out);
        let heard = rtcp::read(&out[..length.unwrap()], 1).unwrap();
        Conditions::there(Encoding::Pcmu, &heard.about_us.unwrap(), sent, delay).loss
    };
    assert_eq!(
        (there(30, 1_000), there(0, 0), there(5, 0)),
        (0.03, 0.0, 0.0)
    );
    assert_eq!(there(0xff_ffff, 1_000), 0.0, "more came than we sent");

    let metrics = VoipMetrics {
        loss_rate: 200,
        discard_rate: 200,
        ..VoipMetrics::default()
    };
    let told = Conditions::told(Encoding::Opus, &metrics, delay);
    assert_eq!(told.loss, 400.0 / 256.0);
    assert_eq!(
        rate(&told).mos(),
        rate(&Conditions { loss: 1.0, ..told }).mos()
    );
}

/// Received and missing as `.` and `x`.
fn bursts(stream: &str) -> Bursts {
    let mut bursts = Bursts::default();
    for packet in stream.chars() {
        if packet == 'x' {
            bursts.missing(1);
        } else {
            bursts.received();
        }
    }
    bursts
}

const PACKET: Duration = Duration::from_millis(20);

#[test]
fn a_lone_loss_belongs_to_the_gap() {
    let lone = bursts(&[".".repeat(99).as_str(), "x"].concat().repeat(10));
    let metrics = lone.metrics(PACKET);
    assert_eq!((metrics.burst_density, metrics.burst_duration), (0, 0));
    // The last loss is not judged yet.
    assert_eq!(metrics.gap_density, (256 * 9 / (990 + 9)) as u8);
    assert_eq!(lone.ratio(), 1.0);
    assert!((lone.loss() - 0.01).abs() < 1e-9);
}

#[test]
fn losses_close_to_each_other_are_one_burst() {
    // Each burst: x x . . x, five packets of which three are missing; 45 received between.
    let stream = ["xx..x", &".".repeat(45)].concat().repeat(20);
    let metrics = bursts(&stream).metrics(PACKET);
    assert!((900..=920).contains(&metrics.gap_duration), "{metrics:?}");
    assert!((100..=110).contains(&metrics.burst_duration), "{metrics:?}");
    // The chain says 1/2 ÷ (1/2 + 1/3) = 0.6: three of five.
    assert!((150..=160).contains(&metrics.burst_density), "{metrics:?}");
    assert_eq!(metrics.gap_density, 0);
    // Runs of 2 and 1, 6 % lost: 1.5 × 0.94.
    assert!((bursts(&stream).ratio() - 1.41).abs() < 0.001);
}

#[test]
fn gmin_received_end_a_burst_and_one_less_do_not() {
    let with = |between: u64| {
        let stream = [
            "xx",
            &".".repeat(between as usize),
            "xx",
            &".".repeat(40),
            "x",
        ]
        .concat();
        bursts(&stream).metrics(PACKET).burst_duration
    };
    assert!(with(GMIN) < 100, "two bursts of 40 ms: {}", with(GMIN));
    assert!(with(GMIN - 1) > 350, "one of 380 ms: {}", with(GMIN - 1));
}

#[test]
fn nothing_heard_yet_is_nothing_lost() {
    let none = Bursts::default();
    assert_eq!((none.loss(), none.ratio()), (0.0, 1.0));
    assert_eq!(none.metrics(PACKET), BurstMetrics::default());
    let mut all = Bursts::default();
    all.missing(u64::from(u32::MAX));
    assert_eq!((all.loss(), all.ratio()), (1.0, 1.0));
    all.metrics(PACKET);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn ratings_stay_on_their_scale_and_get_no_better_by_loss(
        micros in any::<u64>(), loss in any::<f64>(), more in 0.0..1.0f64, ratio in any::<f64>(),
        encoding in prop::sample::select(Encoding::ALL.to_vec()),
    ) {
        let delay = Duration::from_micros(micros);
        let rated = |loss| rate(&Conditions { encoding, delay, loss, burst_ratio: ratio });
        let rating = rated(loss);
        prop_assert!((0.0..=129.0).contains(&rating.conversation), "{rating:?}");
        prop_assert!(rating.conversation <= rating.listening + 1e-9);
        prop_assert!((1.0..=4.5).contains(&rating.mos()) && rating.mos() <= rating.listening_mos());
        let less = if (0.0..1.0).contains(&loss) { loss } else { 0.01 };
        let worse = rated(less + (1.0 - less) * more);
        prop_assert!(worse.listening <= rated(less).listening + 1e-9);
    }

    #[test]
    fn runs_are_counted_like_single_packets(stream in prop::collection::vec((0..40u64, 1..5u64), 0..60)) {
        let (mut one, mut many) = (Bursts::default(), Bursts::default());
        for (received, missing) in stream {
            for _ in 0..received {
                one.received();
                many.received();
            }
            (0..missing).for_each(|_| one.missing(1));
            many.missing(missing);
        }
        prop_assert_eq!(one, many);
        one.metrics(PACKET);
        prop_assert!(one.ratio() >= 1.0);
    }
}
