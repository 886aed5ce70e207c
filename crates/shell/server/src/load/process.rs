//! What another process costs, as `/proc` tells it.

use std::time::{Duration, Instant};

/// CPU time and memory of a process at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    at: Instant,
    cpu: Duration,
    /// Proportional set size in bytes; resident size where the kernel keeps the other to itself.
    pub(crate) memory: u64,
}

impl Reading {
    /// Reads process `pid`.
    pub(crate) fn take(pid: u32) -> Result<Self, String> {
        let stat = read(pid, "stat")?;
        // The name may hold spaces and parentheses: fields are counted after the last `)`.
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or("")
            .split_whitespace()
            .collect();
        let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<u64>().ok());
        let (Some(user), Some(system)) = (ticks(11), ticks(12)) else {
            return Err(format!("/proc/{pid}/stat: no CPU times in it"));
        };
        // Linux has reported these in hundredths of a second on every machine for twenty years
        // (USER_HZ, proc(5)).
        let cpu = Duration::from_millis((user + system) * 10);
        Ok(Self {
            at: Instant::now(),
            cpu,
            memory: memory(pid)?,
        })
    }

    /// Thousandths of one core used since `earlier`.
    pub(crate) fn millicores_since(&self, earlier: &Self) -> f64 {
        let wall = self.at.duration_since(earlier.at).as_secs_f64();
        let cpu = self.cpu.saturating_sub(earlier.cpu).as_secs_f64();
        if wall > 0.0 { cpu / wall * 1000.0 } else { 0.0 }
    }
}

fn memory(pid: u32) -> Result<u64, String> {
    let kilobytes = |text: &str, key: &str| {
        text.lines().find_map(|line| {
            line.strip_prefix(key)?
                .trim()
                .trim_end_matches(" kB")
                .trim()
                .parse::<u64>()
                .ok()
        })
    };
    let pss = read(pid, "smaps_rollup")
        .ok()
        .and_then(|text| kilobytes(&text, "Pss:"));
    let resident = || {
        read(pid, "status")
            .ok()
            .and_then(|text| kilobytes(&text, "VmRSS:"))
    };
    pss.or_else(resident)
        .map(|kb| kb * 1024)
        .ok_or_else(|| format!("/proc/{pid}: no memory figure in it"))
}

fn read(pid: u32, file: &str) -> Result<String, String> {
    let path = format!("/proc/{pid}/{file}");
    std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_process_can_be_read() {
        let first = Reading::take(std::process::id()).expect("Linux has /proc");
        assert!(first.memory > 100_000, "{first:?}");
        assert!(Reading::take(u32::MAX).is_err());
    }
}
