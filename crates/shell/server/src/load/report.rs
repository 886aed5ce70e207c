//! What a load run found, as people and as programs read it.

use std::fmt;

use super::pump::Moved;

/// The figures of one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// Calls that were answered.
    pub(crate) calls: usize,
    /// Calls that were refused, and the first status.
    pub(crate) refused: usize,
    /// Calls that the server ended on its own.
    pub(crate) dropped: usize,
    /// From INVITE to 200, µs, sorted.
    pub(crate) setup: Vec<u32>,
    /// Seconds that were measured.
    pub(crate) seconds: f64,
    /// Packets.
    pub(crate) moved: Moved,
    /// The server's cost, when its process is known.
    pub(crate) server: Option<Cost>,
    /// The floor's cost, when it was measured.
    pub(crate) floor: Option<Cost>,
}

/// What a process costs for these calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Thousandths of a core, all calls together.
    pub(crate) millicores: f64,
    /// Bytes more than before the calls.
    pub(crate) memory: u64,
}

impl Report {
    /// A finished run; sorts what percentiles are taken of.
    pub(crate) fn sorted(mut self) -> Self {
        self.setup.sort_unstable();
        self.moved.spacing.sort_unstable();
        self
    }

    fn per_call(&self, value: f64) -> f64 {
        if self.calls == 0 {
            0.0
        } else {
            value / self.calls as f64
        }
    }

    /// Packets the server should have sent in the time, and the share that did not come.
    fn missing_percent(&self) -> f64 {
        let expected = self.calls as f64 * self.seconds * 50.0;
        if expected <= 0.0 {
            return 0.0;
        }
        ((1.0 - self.moved.received as f64 / expected) * 100.0).max(0.0)
    }

    /// The report as one JSON object.
    pub(crate) fn json(&self) -> String {
        let cost = |cost: &Option<Cost>| match cost {
            Some(cost) => serde_json::json!({
                "millicores_per_call": self.per_call(cost.millicores),
                "bytes_per_call": self.per_call(cost.memory as f64),
            }),
            None => serde_json::Value::Null,
        };
        serde_json::json!({
            "calls": self.calls,
            "refused": self.refused,
            "dropped": self.dropped,
            "seconds": self.seconds,
            "packets": { "sent": self.moved.sent, "received": self.moved.received },
            "missing_percent": self.missing_percent(),
            "generator_late_turns": self.moved.late_turns,
            "setup_us": percentiles(&self.setup),
            "spacing_us": percentiles(&self.moved.spacing),
            "server": cost(&self.server),
            "floor": cost(&self.floor),
        })
        .to_string()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |values: &[u32], share| f64::from(percentile(values, share)) / 1000.0;
        writeln!(
            f,
            "calls       {} up, {} refused, {} dropped, {:.0} s",
            self.calls, self.refused, self.dropped, self.seconds
        )?;
        writeln!(
            f,
            "set-up      p50 {:.1} ms   p99 {:.1} ms   max {:.1} ms",
            ms(&self.setup, 0.5),
            ms(&self.setup, 0.99),
            ms(&self.setup, 1.0)
        )?;
        writeln!(
            f,
            "packets     {} sent, {} received, {:.2} % missing",
            self.moved.sent,
            self.moved.received,
            self.missing_percent()
        )?;
        let spacing = &self.moved.spacing;
        writeln!(
            f,
            "spacing     p50 {:.1} ms   p99 {:.1} ms   max {:.1} ms",
            ms(spacing, 0.5),
            ms(spacing, 0.99),
            ms(spacing, 1.0)
        )?;
        for (name, cost) in [("server", &self.server), ("floor", &self.floor)] {
            if let Some(cost) = cost {
                writeln!(
                    f,
                    "{name:<12}{:.3} millicores/call   {:.1} KiB/call",
                    self.per_call(cost.millicores),
                    self.per_call(cost.memory as f64) / 1024.0
                )?;
            }
        }
        if let (Some(server), Some(floor)) = (&self.server, &self.floor)
            && floor.millicores > 0.0
        {
            writeln!(
                f,
                "ratio       {:.2} × the floor",
                server.millicores / floor.millicores
            )?;
        }
        if self.moved.late_turns > 0 {
            writeln!(
                f,
                "note        the generator itself was late {} times: the machine was busy",
                self.moved.late_turns
            )?;
        }
        Ok(())
    }
}

fn percentiles(sorted: &[u32]) -> serde_json::Value {
    serde_json::json!({
        "p50": percentile(sorted, 0.5),
        "p99": percentile(sorted, 0.99),
        "max": percentile(sorted, 1.0),
    })
}

/// The value below which `share` of a sorted list lies; 0 for an empty one.
fn percentile(sorted: &[u32], share: f64) -> u32 {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get((last as f64 * share).round() as usize)
        .copied()
        .unwrap_or(0)
}

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
    fn a_report_tells_the_ratio_to_the_floor() {
        let report = Report {
            calls: 10,
            seconds: 1.0,
            server: Some(Cost {
                millicores: 20.0,
                memory: 10_240,
            }),
            floor: Some(Cost {
                millicores: 4.0,
                memory: 0,
            }),
            ..Report::default()
        };
        assert!(report.to_string().contains("5.00 × the floor"), "{report}");
        assert!(report.json().contains("\"millicores_per_call\":2.0"));
    }
}
