//! What a load run found, as people and as programs read it.

use std::collections::BTreeMap;
use std::fmt;

use super::pump::Moved;
use super::work::{Mode, Work};

/// The figures of one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// What the calls were for.
    pub(crate) work: Work,
    /// Calls that were answered.
    pub(crate) calls: usize,
    /// Statuses of the calls that were refused.
    pub(crate) refused: Vec<u16>,
    /// Calls that the server ended on its own.
    pub(crate) dropped: usize,
    /// From INVITE to 200, µs, sorted.
    pub(crate) setup: Vec<u32>,
    /// Packets.
    pub(crate) moved: Moved,
    /// The server's cost, when its process is known.
    pub(crate) server: Option<Cost>,
    /// The floor's cost, when it was measured.
    pub(crate) floor: Option<Cost>,
    /// How long packets took through the floor, in µs, sorted.
    pub(crate) floor_delay: Vec<u32>,
    /// Calls of which every key was read, when keys were pressed.
    pub(crate) read: Option<usize>,
}

/// What one call costs a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// Thousandths of a core.
    pub(crate) millicores: f64,
    /// Bytes one more call takes, once the first ones are up.
    pub(crate) memory: f64,
    /// Bytes the process gained by the first ones: what it keeps for all.
    pub(crate) first_memory: f64,
    /// Bytes the whole process has gained in the second half of the time: in the first one, memory that
    /// was set aside for the calls is touched for the first time.
    pub(crate) grown: f64,
    /// The share of beats for which a pacing thread was woken more than 4 ms late, where it is told.
    pub(crate) late_beats: Option<f64>,
    /// Likewise of a thread that only waits for its moments, the machine's part; where it may go before others.
    pub(crate) machine_late: Option<f64>,
}

impl Report {
    /// A finished run; sorts what percentiles are taken of.
    pub(crate) fn sorted(mut self) -> Self {
        self.setup.sort_unstable();
        self.moved.spacing.sort_unstable();
        self.moved.delay.sort_unstable();
        self
    }

    /// Packets each way in the time that was counted, over all streams.
    fn expected(&self) -> u64 {
        let streams = self.calls * self.work.streams();
        (streams as f64 * self.moved.length().as_secs_f64() * PACKETS_PER_SECOND).round() as u64
    }

    /// The cost in multiples of the floor.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let (server, floor) = (self.server?, self.floor?);
        (floor.millicores > 0.0).then(|| server.millicores / floor.millicores)
    }

    /// The report as one JSON object.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "work": self.work.to_string(),
            "calls": self.calls,
            "refused": self.refused,
            "dropped": self.dropped,
            "seconds": self.moved.length().as_secs_f64(),
            "setup_us": percentiles(&self.setup),
            "packets": {
                "expected": self.expected(),
                "sent": self.moved.sent,
                "received": self.moved.received,
                "lost": self.moved.lost,
            },
            "spacing_us": percentiles(&self.moved.spacing),
            "through_us": spread(&self.moved.delay),
            "keys": self.read.map(|read| serde_json::json!({
                "pressed": self.moved.pressed,
                "calls_read_whole": read,
            })),
            "generator": { "turns": self.moved.turns, "late": self.moved.late_turns },
            "server": self.server.map(|cost| serde_json::json!({
                "millicores_per_call": cost.millicores,
                "bytes_per_call": cost.memory,
                "bytes_of_first_calls": cost.first_memory,
                "bytes_grown": cost.grown,
                "late_beats": cost.late_beats,
                "late_beats_of_a_bystander": cost.machine_late,
            })),
            "floor": self.floor.map(|cost| serde_json::json!({
                "millicores_per_call": cost.millicores,
                "through_us": spread(&self.floor_delay),
            })),
            "ratio": self.ratio(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moved = &self.moved;
        let seconds = moved.length().as_secs_f64();
        writeln!(f, "work       {}", self.work)?;
        writeln!(
            f,
            "calls      {} up for {seconds:.0} s, {} refused, {} dropped",
            self.calls,
            self.refused.len(),
            self.dropped
        )?;
        for (status, count) in counted(&self.refused) {
            writeln!(f, "           {count} × {status}")?;
        }
        writeln!(f, "set-up     {}", Spread(&self.setup))?;
        writeln!(
            f,
            "packets    {} sent, {} received of {} due each way, {} lost",
            moved.sent,
            moved.received,
            self.expected(),
            moved.lost
        )?;
        writeln!(f, "spacing    {}", Spread(&moved.spacing))?;
        if self.work.mode == Mode::Bridge && !moved.delay.is_empty() {
            writeln!(f, "through    {}", Spread(&moved.delay))?;
        }
        if let Some(read) = self.read {
            writeln!(
                f,
                "keys       {} pressed; all of them read, in order, in {read} of {} calls",
                moved.pressed, self.calls
            )?;
        }
        if let Some(server) = self.server {
            writeln!(
                f,
                "server     {:.3} millicores and {:.1} KiB per call",
                server.millicores,
                server.memory / 1024.0
            )?;
            if let Some(late) = server.late_beats {
                write!(f, "beats      {:.3} % more than 4 ms late", late * 100.0)?;
                let bare = server.machine_late;
                bare.map_or(Ok(()), |bare| {
                    write!(f, "; {:.3} % of a thread that only waits", bare * 100.0)
                })?;
                writeln!(f)?;
            }
        }
        if let Some(floor) = self.floor {
            write!(f, "floor      {:.3} millicores per call", floor.millicores)?;
            if self.floor_delay.is_empty() {
                writeln!(f)?;
            } else {
                writeln!(f, "; through it {}", Spread(&self.floor_delay))?;
            }
        }
        if let Some(ratio) = self.ratio() {
            writeln!(f, "ratio      {ratio:.2} × the floor")?;
        }
        writeln!(
            f,
            "generator  late in {} of {} turns",
            moved.late_turns, moved.turns
        )
    }
}

/// How a sorted list of microseconds is spread.
pub(super) struct Spread<'a>(pub(super) &'a [u32]);

impl fmt::Display for Spread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing measured");
        }
        let ms = |share| f64::from(percentile(self.0, share)) / 1000.0;
        write!(
            f,
            "p50 {:.2} ms, p99 {:.2} ms, max {:.1} ms",
            ms(0.5),
            ms(0.99),
            ms(1.0)
        )
    }
}

fn counted(statuses: &[u16]) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    for status in statuses {
        *counts.entry(*status).or_default() += 1;
    }
    counts
}

/// Likewise; nothing for what was not measured.
fn spread(sorted: &[u32]) -> Option<serde_json::Value> {
    (!sorted.is_empty()).then(|| percentiles(sorted))
}

fn percentiles(sorted: &[u32]) -> serde_json::Value {
    serde_json::json!({
        "p50": percentile(sorted, 0.5),
        "p99": percentile(sorted, 0.99),
        "max": percentile(sorted, 1.0),
    })
}

/// The value below which `share` of a sorted list lies; 0 for an empty one.
pub(super) fn percentile(sorted: &[u32], share: f64) -> u32 {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get((last as f64 * share).round() as usize)
        .copied()
        .unwrap_or(0)
}

/// The pace of RTP here: one packet per 20 ms.
const PACKETS_PER_SECOND: f64 = 50.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_known_list() {
        let list: Vec<u32> = (0..=100).collect();
        assert_eq!(percentile(&list, 0.5), 50);
        assert_eq!(percentile(&list, 0.99), 99);
        assert_eq!(percentile(&[], 0.5), 0);
    }

    #[test]
    fn a_report_tells_the_ratio_to_the_floor_and_what_was_due() {
        let cost = |millicores| Cost {
            millicores,
            memory: 2_048.0,
            ..Cost::default()
        };
        let report = Report {
            calls: 10,
            refused: vec![503, 486, 503],
            setup: vec![3_000, 1_000, 2_000],
            moved: Moved {
                turns: 500,
                received: 499,
                lost: 1,
                ..Moved::default()
            },
            server: Some(cost(0.5)),
            floor: Some(cost(0.125)),
            ..Report::default()
        }
        .sorted();
        let text = report.to_string();
        for part in [
            "10 up for 1 s, 3 refused",
            "2 × 503",
            "p50 2.00 ms",
            "499 received of 500 due each way, 1 lost",
            "0.500 millicores and 2.0 KiB per call",
            "ratio      4.00 × the floor",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let json = report.json();
        assert_eq!(json["ratio"], 4.0);
        assert_eq!(json["packets"]["expected"], 500);
    }

    #[test]
    fn without_a_process_there_is_no_cost() {
        let report = Report::default();
        assert!(!report.to_string().contains("millicores"), "{report}");
        assert!(report.json()["ratio"].is_null());
    }
}
