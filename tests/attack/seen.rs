//! What an engine keeps, as the system and its own metrics tell it.

use std::fs;

use rappel_tests::Engine;
use rappel_tests::metrics::Metrics;

/// What was kept at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    /// Resident memory, in KiB.
    pub(crate) memory: u64,
    /// In the order of [`LIVE`].
    pub(crate) live: [u64; LIVE.len()],
}

/// What must be let go again. Registrations are not among them: phones stay registered.
pub(crate) const LIVE: [&str; 7] = [
    "rappel_calls",
    "rappel_legs",
    "rappel_sip_dialogs",
    "rappel_sip_transactions",
    "rappel_media_ports_used",
    "rappel_questions",
    "rappel_sip_connections",
];

impl Kept {
    pub(crate) fn by(engine: &Engine, metrics: Metrics) -> Self {
        Self {
            memory: resident(engine),
            live: LIVE.map(|name| metrics.value(name)),
        }
    }

    pub(crate) fn transactions(&self) -> u64 {
        self.live[3]
    }

    pub(crate) fn connections(&self) -> u64 {
        self.live[6]
    }

    /// What is more than at `start`: nothing, when all was let go.
    pub(crate) fn left_since(&self, start: &Self) -> Vec<String> {
        let live = LIVE.iter().zip(self.live.iter().zip(start.live));
        let mut left: Vec<String> = live
            .filter(|(_, (now, before))| **now > *before)
            .map(|(name, (now, before))| format!("{name}: {before}, then {now}"))
            .collect();
        let grown = self.memory.saturating_sub(start.memory);
        if grown > MAY_GROW {
            left.push(format!("memory: {grown} KiB more"));
        }
        left
    }
}

fn resident(engine: &Engine) -> u64 {
    let path = format!("/proc/{}/status", engine.pid());
    let text = fs::read_to_string(path).expect("the engine runs");
    let line = text.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|n| n.parse().ok()).expect("Linux tells it")
}

/// What the engine's memory may have grown by after all attacks, in KiB, beyond what a first crowd of
/// connections left with the allocator. A crowd of which something is kept takes twice that.
const MAY_GROW: u64 = 24 * 1024;
