//! The jitter buffer against generated networks, in virtual time: bounds on what a listener lives, and
//! the figures themselves, kept in `jitter/traces.txt` to be read and compared.
//!
//! When the buffer changes on purpose, the new table (printed by the failing test) replaces the file;
//! the bounds hold whatever it says.

mod jitter;

use std::fmt::Write;
use std::time::Duration;

use jitter::replay::{Figures, replay};
use rappel_model::Random;
use rappel_sim::{Delay, Dtx, Loss, Path, Stall, Talker};

/// A network with what its listener may expect.
struct Trace {
    name: &'static str,
    talker: Talker,
    path: Path,
    /// The talker says when it pauses.
    tells_pauses: bool,
    /// Concealment allowed beyond what was lost, in 1,000.
    concealed: f64,
}

const HOUR: Duration = Duration::from_secs(3_600);
const MINUTES: Duration = Duration::from_secs(600);

fn trace(name: &'static str, length: Duration, path: Path) -> Trace {
    Trace {
        name,
        talker: Talker::steady(length),
        path,
        tells_pauses: true,
        concealed: 10.0,
    }
}

fn with(trace: Trace, change: impl FnOnce(&mut Talker)) -> Trace {
    let mut trace = trace;
    change(&mut trace.talker);
    trace
}

fn dtx(name: &'static str) -> Trace {
    let delay = Delay::Gamma(10_000);
    with(
        trace(
            name,
            MINUTES,
            Path {
                delay,
                ..Path::FAIR
            },
        ),
        |talker| {
            talker.dtx = Some(Dtx {
                talk: Duration::from_secs(2),
                pause: Duration::from_millis(1_500),
            });
        },
    )
}

fn networks() -> Vec<Trace> {
    let fair = Path::FAIR;
    let burst = Loss::GilbertElliott {
        worsens: 5,
        recovers: 150,
        good: 1,
        bad: 700,
    };
    let uniform = Path {
        delay: Delay::Uniform(60_000),
        in_order: false,
        ..fair
    };
    let spikes = Path {
        delay: Delay::Spikes {
            mean: 6_000,
            spike: 60_000,
            one_in: 400,
        },
        ..fair
    };
    let stalls = Path {
        delay: Delay::Gamma(4_000),
        stall: Some(Stall {
            every: 30_000_000,
            length: 300_000,
        }),
        ..fair
    };
    vec![
        trace("a good line", MINUTES, fair),
        trace(
            "random loss 2 %",
            MINUTES,
            Path {
                loss: Loss::Random(20),
                ..fair
            },
        ),
        trace(
            "burst loss (Gilbert-Elliott)",
            MINUTES,
            Path {
                loss: burst,
                ..fair
            },
        ),
        trace("uniform 60 ms, disordered", MINUTES, uniform),
        trace(
            "uniform 60 ms, in order",
            MINUTES,
            Path {
                in_order: true,
                ..uniform
            },
        ),
        trace(
            "gamma 15 ms, disordered",
            MINUTES,
            Path {
                delay: Delay::Gamma(15_000),
                in_order: false,
                twice_permille: 20,
                ..fair
            },
        ),
        trace("spikes (queues of 60 ms)", MINUTES, spikes),
        trace("Wi-Fi stalls of 300 ms", MINUTES, stalls),
        with(trace("clock 200 ppm fast, 1 h", HOUR, fair), |t| {
            t.drift_ppm = 200
        }),
        with(trace("clock 200 ppm slow, 1 h", HOUR, fair), |t| {
            t.drift_ppm = -200
        }),
        with(
            trace(
                "all of it, 1 h",
                HOUR,
                Path {
                    loss: burst,
                    twice_permille: 5,
                    ..spikes
                },
            ),
            |t| t.drift_ppm = -100,
        ),
        dtx("DTX, gamma 10 ms"),
        Trace {
            tells_pauses: false,
            // 200 ms after a talkspurt of 2 s, into the silence.
            concealed: 120.0,
            ..dtx("DTX that tells nobody")
        },
        with(
            trace(
                "ptime 10 ms, uniform 30 ms",
                MINUTES,
                Path {
                    delay: Delay::Uniform(30_000),
                    ..fair
                },
            ),
            |t| t.ptime_ms = 10,
        ),
        with(
            trace(
                "ptime 30 ms, gamma 10 ms",
                MINUTES,
                Path {
                    delay: Delay::Gamma(10_000),
                    ..fair
                },
            ),
            |t| {
                t.ptime_ms = 30;
            },
        ),
        with(
            trace(
                "ptime 60 ms, 48 kHz, loss",
                MINUTES,
                Path {
                    delay: Delay::Gamma(10_000),
                    loss: Loss::Random(10),
                    ..fair
                },
            ),
            |t| {
                t.ptime_ms = 60;
                t.clock_rate = 48_000;
            },
        ),
    ]
}

fn row(name: &str, f: &Figures) -> String {
    format!(
        "{name:<29} {:>7} {:>6.2} {:>6.1} {:>6.1} {:>6.1} {:>9.2} {:>5.2} {:>4} {:>4} {:>4}\n",
        f.sent,
        f.lost * 100.0,
        f.jitter_p99,
        f.delay_mean,
        f.delay_p95,
        f.concealed * 100.0,
        f.unheard * 100.0,
        f.skipped,
        f.inserted,
        f.removed,
    )
}

#[test]
fn listeners_hear_what_the_network_lets_through_and_no_later_than_it_must() {
    let mut table = String::from(
        "Delay and jitter in ms, after the shortest way; shares in % of the sound sent; late: arrived, but unheard.\n\
         Skipped: packets left out; in, out: ticks inserted and removed.\n\n",
    );
    writeln!(
        table,
        "{:<29} {:>7} {:>6} {:>6} {:>6} {:>6} {:>9} {:>5} {:>4} {:>4} {:>4}",
        "network",
        "packets",
        "lost",
        "jitter",
        "delay",
        "delay",
        "concealed",
        "late",
        "skip",
        "in",
        "out"
    )
    .expect("a string takes all");
    writeln!(
        table,
        "{:<29} {:>7} {:>6} {:>6} {:>6} {:>6}",
        "", "", "", "p99", "mean", "p95"
    )
    .expect("a string takes all");
    let mut broken = Vec::new();
    for trace in networks() {
        let figures = replay(trace.talker, trace.path, trace.tells_pauses);
        let bound = figures.jitter_p99.max(20.0) + 40.0;
        if figures.delay_mean > bound {
            broken.push(format!(
                "{}: delay {:.1} > {bound:.1} ms",
                trace.name, figures.delay_mean
            ));
        }
        if figures.concealed * 1_000.0 > figures.lost * 1_000.0 + trace.concealed {
            broken.push(format!(
                "{}: {:.4} concealed",
                trace.name, figures.concealed
            ));
        }
        table.push_str(&row(trace.name, &figures));
    }
    println!("{table}");
    assert!(broken.is_empty(), "{broken:#?}");
    let kept = include_str!("jitter/traces.txt");
    assert!(table == kept, "the figures changed: see above");
}

/// A network nobody chose: everything at once, each in a wide range.
fn any_network(random: &mut Random) -> (Talker, Path) {
    let delay = match random.below(4) {
        0 => Delay::None,
        1 => Delay::Uniform(random.below(90_000)),
        2 => Delay::Gamma(random.below(25_000)),
        _ => Delay::Spikes {
            mean: random.below(8_000),
            spike: 10_000 + random.below(60_000),
            one_in: 200 + random.below(800) as u32,
        },
    };
    let loss = match random.below(3) {
        0 => Loss::None,
        1 => Loss::Random(random.below(80) as u16),
        _ => Loss::GilbertElliott {
            worsens: random.below(12) as u16,
            recovers: 100 + random.below(400) as u16,
            good: random.below(5) as u16,
            bad: 300 + random.below(700) as u16,
        },
    };
    let path = Path {
        least: random.below(100_000),
        delay,
        in_order: random.chance(50),
        loss,
        twice_permille: random.below(20) as u16,
        stall: None,
    };
    let talker = Talker {
        ptime_ms: [10, 20, 20, 20, 30, 40, 60][random.below(7) as usize],
        clock_rate: [8_000, 48_000][random.below(2) as usize],
        drift_ppm: random.below(1_001) as i32 - 500,
        dtx: None,
        sequence: random.next_u32() as u16,
        timestamp: random.next_u32(),
        length: Duration::from_secs(200),
    };
    (talker, path)
}

#[test]
fn the_bounds_hold_on_networks_nobody_chose() {
    for seed in 0..40 {
        let (talker, path) = any_network(&mut Random::from_seed(seed));
        let f = replay(talker, path, false);
        let seen = format!("seed {seed}: {talker:?} {path:?} {f:?}");
        let delay = f.jitter_p99.max(20.0) + 40.0;
        assert!(f.delay_mean <= delay, "{seen}");
        assert!(f.concealed <= f.lost + 0.01, "{seen}");
    }
}
