//! What another process costs, as `/proc` tells it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// CPU time and memory of a process at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    at: Instant,
    cpu: Cpu,
    /// Proportional set size in bytes, without pages of files; resident size where the kernel keeps the other to itself.
    pub(crate) memory: u64,
}

impl Reading {
    /// Reads process `pid`.
    pub(crate) fn take(pid: u32) -> Result<Self, String> {
        let cpu = match of_threads(pid) {
            Some(threads) => Cpu::Threads(threads),
            None => Cpu::Whole(whole(pid)?),
        };
        let at = Instant::now();
        let memory = memory(pid)?;
        Ok(Self { at, cpu, memory })
    }

    /// Thousandths of one core used since `earlier`.
    pub(crate) fn millicores_since(&self, earlier: &Self) -> f64 {
        let wall = self.at.duration_since(earlier.at).as_secs_f64();
        let cpu = self.cpu.since(&earlier.cpu).as_secs_f64();
        if wall > 0.0 { cpu / wall * 1000.0 } else { 0.0 }
    }
}

/// CPU time used so far.
#[derive(Clone, Debug)]
enum Cpu {
    /// By each thread, to the nanosecond.
    Threads(BTreeMap<u32, Duration>),
    /// By the process, in hundredths of a second: all that a kernel without schedstat tells.
    Whole(Duration),
}

impl Cpu {
    /// What was used since then. A thread that ended meanwhile takes its last moments with it; those
    /// that work last as long as their process.
    fn since(&self, earlier: &Self) -> Duration {
        match (self, earlier) {
            (Self::Threads(now), Self::Threads(then)) => now
                .iter()
                .map(|(id, used)| used.saturating_sub(then.get(id).copied().unwrap_or_default()))
                .sum(),
            (Self::Whole(now), Self::Whole(then)) => now.saturating_sub(*then),
            _ => Duration::ZERO,
        }
    }
}

/// The time each thread was on a processor: the first field of its schedstat, in nanoseconds (Linux,
/// Documentation/scheduler/sched-stats.rst). `None` where the kernel keeps none.
fn of_threads(pid: u32) -> Option<BTreeMap<u32, Duration>> {
    let mut threads = BTreeMap::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/task")).ok()? {
        let id: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        // One that has just ended is not missed.
        let Ok(text) = read(pid, &format!("task/{id}/schedstat")) else {
            continue;
        };
        let used: u64 = text.split_whitespace().next()?.parse().ok()?;
        threads.insert(id, Duration::from_nanos(used));
    }
    let total: Duration = threads.values().sum();
    (!total.is_zero()).then_some(threads)
}

/// What the process has used, user and system time together.
fn whole(pid: u32) -> Result<Duration, String> {
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
    Ok(Duration::from_millis((user + system) * 10))
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
    // Of pages of files, the program's own among them, each that runs it has a share, which changes when another
    // one starts or ends.
    let pss = read(pid, "smaps_rollup").ok().and_then(|text| {
        Some(kilobytes(&text, "Pss:")?.saturating_sub(kilobytes(&text, "Pss_File:").unwrap_or(0)))
    });
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
    std::fs::read_to_string(&path).map_err(|e| match std::fs::exists(format!("/proc/{pid}")) {
        Ok(false) => format!("no process {pid} runs here: see `pgrep -a rappel`"),
        _ => format!("{path}: {e}"),
    })
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

    #[test]
    fn work_is_seen_and_new_threads_count_from_nothing() {
        let pid = std::process::id();
        let before = Reading::take(pid).expect("Linux has /proc");
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(50) {
            std::hint::spin_loop();
        }
        let after = Reading::take(pid).expect("Linux has /proc");
        assert!(after.millicores_since(&before) > 0.0);
        let ms = Duration::from_millis;
        let then = Cpu::Threads(BTreeMap::from([(1, ms(5)), (2, ms(9))]));
        let now = Cpu::Threads(BTreeMap::from([(1, ms(7)), (3, ms(4))]));
        assert_eq!(now.since(&then), ms(6));
        assert_eq!(Cpu::Whole(ms(50)).since(&Cpu::Whole(ms(20))), ms(30));
    }
}
