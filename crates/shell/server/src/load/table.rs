//! The table of what voice costs: every kind of work in turns, each beside its floor, medians of
//! several rounds, and whether the goals are met.

use std::fmt::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::interrupt::Interrupt;
use super::report::{Report, percentile};
use super::run::Load;
use super::work::{Codec, Mode, Work};
use super::{alone, bench};

/// What was found.
#[derive(Debug)]
pub(crate) struct Table {
    calls: usize,
    rounds: usize,
    /// Reports of each of [`WORKS`].
    works: Vec<Vec<Report>>,
    /// Codecs and cipher by themselves, in millicores per call.
    codecs: Vec<f64>,
    cipher: Vec<f64>,
}

/// One line of it.
#[derive(Debug)]
struct Row {
    name: String,
    unit: &'static str,
    value: f64,
    /// What it is held against, in the same unit.
    against: f64,
    /// What it may be at most, in multiples of that.
    goal: f64,
    also: String,
}

/// Measures every work `rounds` times, in turns. Work of one kind of floor stands between two
/// measurements of it.
///
/// # Errors
/// As [`bench::run`].
pub(crate) fn measure(load: &Load, rounds: usize, interrupt: &Interrupt) -> Result<Table, String> {
    let mut table = Table {
        calls: load.calls,
        rounds,
        works: vec![Vec::new(); WORKS.len()],
        codecs: Vec::new(),
        cipher: Vec::new(),
    };
    let began = Instant::now();
    for round in 1..=rounds {
        for is_bridge in [false, true] {
            let of_floor = |work: &Work| work.has_second_phone() == is_bridge;
            let first = *WORKS
                .iter()
                .find(|work| of_floor(work))
                .expect("each floor has works");
            let paced = with(load, first);
            eprintln!("round {round} of {rounds}: the floor");
            let before = bench::measure_floor(&paced, load.length / 2, interrupt)?;
            let mut found = Vec::new();
            for place in (0..WORKS.len()).filter(|place| of_floor(&WORKS[*place])) {
                eprintln!("round {round} of {rounds}: {}", WORKS[place]);
                let report = bench::with_own_server(&with(load, WORKS[place]), interrupt)?;
                found.push((place, report));
                // The machine has a breath, and ports their peace.
                interrupt.sleep(Duration::from_millis(200))?;
            }
            let after = bench::measure_floor(&paced, load.length / 2, interrupt)?;
            let floor = before.and(after);
            for (place, mut report) in found {
                floor.stand_beside(&mut report);
                table.works[place].push(report);
            }
        }
        eprintln!("round {round} of {rounds}: codecs and cipher alone");
        let coded = with(load, OPUS).calls;
        let half = load.length / 2;
        table.codecs.push(alone::codecs(coded, half)?);
        table.cipher.push(alone::cipher(load.calls, half));
        let left = began.elapsed() / round as u32 * (rounds - round) as u32;
        eprintln!(
            "round {round} of {rounds} is over; {} s are left",
            left.as_secs()
        );
    }
    Ok(table)
}

/// The load of one work: where every packet is coded, one core does not carry as many calls.
fn with(load: &Load, work: Work) -> Load {
    let calls = match work.codec {
        Codec::Pcma => load.calls,
        Codec::Opus => load.calls.min(CODED_CALLS),
    };
    Load {
        work,
        calls,
        ..load.clone()
    }
}

impl Table {
    fn rows(&self) -> Vec<Row> {
        let of = |work: Work| {
            let place = WORKS.iter().position(|known| *known == work);
            &self.works[place.expect("only works of the table are asked for")]
        };
        let bridge = of(BRIDGE);
        let floor = |name: &str, reports: &[Report], goal, also| Row {
            name: name.to_owned(),
            unit: "millicores",
            value: cost(reports),
            against: cost(reports) / median(reports.iter().filter_map(Report::ratio)),
            goal,
            also,
        };
        let (codecs, cipher) = (copy(&self.codecs), copy(&self.cipher));
        let (opus, secured) = (of(OPUS), of(SECURED));
        let ciphered = cost(bridge) + cipher * CIPHER_SHARE;
        let memory = |name: &str, reports: &[Report], goal: f64| Row {
            name: name.to_owned(),
            unit: "KiB",
            value: median(
                reports
                    .iter()
                    .filter_map(|r| Some(r.server?.memory / 1_024.0)),
            ),
            against: goal,
            goal: 1.0,
            also: String::new(),
        };
        let keys = of(DIGITS);
        vec![
            floor("bridge, G.711", bridge, 1.5, lost(bridge)),
            Row {
                name: "time through a bridge, p99".to_owned(),
                unit: "ms",
                value: through(bridge, |r| &r.moved.delay, 0.99),
                against: through(bridge, |r| &r.floor_delay, 0.99) + MAX_ADDED,
                goal: 1.0,
                also: format!(
                    "against its floor and {MAX_ADDED} ms; p50 {:.2}, of the floor {:.2}",
                    through(bridge, |r| &r.moved.delay, 0.5),
                    through(bridge, |r| &r.floor_delay, 0.5)
                ),
            },
            floor("prompt, G.711, keys read", keys, 2.0, read(keys)),
            floor("record to WAV", of(RECORD), 2.0, lost(of(RECORD))),
            Row {
                against: codecs,
                ..floor(
                    "bridge, Opus ↔ G.711",
                    opus,
                    1.15,
                    "against the codecs alone".into(),
                )
            },
            Row {
                against: ciphered,
                ..floor(
                    "bridge, SRTP one side",
                    secured,
                    1.0,
                    format!("against the bridge and 1.2 × the cipher alone ({cipher:.3})"),
                )
            },
            memory("memory per call, prompt", keys, 24.0),
            memory("memory per call, bridge", bridge, 48.0),
        ]
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "voice: {} calls of each kind ({} with Opus), the middle of {} rounds\n",
            self.calls,
            self.calls.min(CODED_CALLS),
            self.rounds
        );
        let head = ["work", "per call", "held against", "ratio", "goal"];
        let [work, ours, floor, ratio, goal] = head;
        writeln!(
            text,
            "{work:26} {ours:>17} {floor:>13} {ratio:>7} {goal:>6}"
        )
        .expect("a String takes everything");
        for row in self.rows() {
            let Row {
                name,
                unit,
                value,
                against,
                goal,
                also,
            } = &row;
            let word = if row.is_met() { "met" } else { "MISSED" };
            writeln!(
                text,
                "{name:26} {value:>6.3} {unit:10} {against:>13.3} {:>6.2}× {goal:>5.2}× {word:6}  {also}",
                row.ratio(),
            )
            .expect("a String takes everything");
        }
        text.push_str(LEGEND);
        text
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let row = |row: &Row| {
            json!({
                "work": row.name, "unit": row.unit, "per_call": row.value, "against": row.against,
                "ratio": row.ratio(), "goal": row.goal, "met": row.is_met(), "also": row.also,
            })
        };
        json!({ "calls": self.calls, "voice": self.rows().iter().map(row).collect::<Value>() })
    }
}

impl Row {
    fn ratio(&self) -> f64 {
        self.value / self.against
    }

    fn is_met(&self) -> bool {
        self.ratio() <= self.goal
    }
}

fn cost(reports: &[Report]) -> f64 {
    median(reports.iter().filter_map(|r| Some(r.server?.millicores)))
}

fn copy(values: &[f64]) -> f64 {
    median(values.iter().copied())
}

/// The middle of some figures; not a number where there is none.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How long this share of the packets took at most, in milliseconds; not a number where none was measured.
fn through(reports: &[Report], delays: fn(&Report) -> &Vec<u32>, share: f64) -> f64 {
    let measured = reports.iter().filter(|r| !delays(r).is_empty());
    let each = measured.map(|r| f64::from(percentile(delays(r), share)));
    median(each) / 1_000.0
}

fn read(reports: &[Report]) -> String {
    let read: usize = reports.iter().filter_map(|r| r.read).sum();
    let calls: usize = reports.iter().map(|r| r.calls).sum();
    format!(
        "all keys read in {read} of {calls} calls; {}",
        lost(reports)
    )
}

fn lost(reports: &[Report]) -> String {
    let lost: u64 = reports.iter().map(|r| r.moved.lost).sum();
    let received: u64 = reports.iter().map(|r| r.moved.received).sum();
    let spacing = median(
        reports
            .iter()
            .map(|r| f64::from(percentile(&r.moved.spacing, 0.99))),
    );
    let share = 100.0 * lost as f64 / (lost + received).max(1) as f64;
    format!("lost {share:.3} %, spacing p99 {:.1} ms", spacing / 1_000.0)
}

const BRIDGE: Work = Work::of(Mode::Bridge);
const DIGITS: Work = Work::of(Mode::Digits);
const RECORD: Work = Work::of(Mode::Record);
const OPUS: Work = Work {
    codec: Codec::Opus,
    ..BRIDGE
};
const SECURED: Work = Work {
    srtp: true,
    ..BRIDGE
};
/// In the order of a round: those that are compared stand side by side.
const WORKS: [Work; 5] = [DIGITS, RECORD, BRIDGE, SECURED, OPUS];

/// Calls between Opus and G.711: half of what one core codes.
const CODED_CALLS: usize = 100;

/// How the table is read.
const LEGEND: &str = "\
A millicore is a thousandth of one core. The floor, what bridges, prompts and recordings are held against, is \
a\nbare loop that receives and sends the same packets on as many sockets, measured in the same run. Memory \
is what one\nmore call takes of the whole process, as the kernel tells it; without the kernel's own buffers.\n";

/// What a bridge may add to the time that packets take without it, in milliseconds.
const MAX_ADDED: f64 = 1.0;

/// How much of a cipher's cost alone it may cost in a call.
const CIPHER_SHARE: f64 = 1.2;

#[cfg(test)]
mod tests {
    use super::super::report::Cost;
    use super::*;

    #[test]
    fn goals_are_judged_by_medians() {
        let cost = |millicores, memory| {
            Some(Cost {
                millicores,
                memory: memory * 1_024.0,
                ..Cost::default()
            })
        };
        let report = |millicores| Report {
            server: cost(millicores, 30.0),
            floor: cost(0.2, 0.0),
            calls: 10,
            ..Report::default()
        };
        let of = |costs: [f64; 3]| costs.map(report).to_vec();
        let slow = |costs: [f64; 3], delay| {
            let each = of(costs).into_iter().map(|mut report: Report| {
                report.moved.delay = vec![delay];
                report.floor_delay = vec![400];
                report
            });
            each.collect::<Vec<_>>()
        };
        let mut table = Table {
            calls: 10,
            rounds: 3,
            works: vec![
                of([0.3, 0.3, 9.0]),
                of([0.5, 0.5, 0.5]),
                slow([0.28, 0.28, 0.1], 1_400),
                of([0.51, 0.51, 0.51]),
                of([5.0, 5.0, 5.0]),
            ],
            codecs: vec![4.0, 5.0, 4.5],
            cipher: vec![0.2],
        };
        let met: Vec<bool> = table.rows().iter().map(Row::is_met).collect();
        assert_eq!(met, [true, true, true, false, true, true, false, true]);
        let text = table.text();
        assert!(text.contains("MISSED") && text.contains("1.40×"), "{text}");
        assert_eq!(table.json()["voice"][0]["met"], true);
        table.works[2] = slow([0.28; 3], 1_450);
        assert!(!table.rows()[1].is_met());
        table.works[2] = of([0.28; 3]);
        assert!(!table.rows()[1].is_met(), "nothing was measured");
    }
}
