//! What a trunk takes, when, and how much.

use std::time::Duration;

use rappel_ivr::words;
use rappel_model::TenantId;
use rappel_model::time::parse_duration;
use rappel_trunk::{Caps, Settings};

use super::Trunk;
use super::problems::Problems;

impl Trunk {
    /// What it takes, when, and how much.
    pub(super) fn read_routes(&self, settings: &mut Settings, problems: &mut Problems<'_>) {
        if !self.tenants.is_empty() {
            let names = self.tenants.iter().map(|t| TenantId::from(t.as_str()));
            settings.tenants = Some(names.collect());
        }
        settings.takes = problems.areas("to", &self.to);
        settings.priority = self.priority.unwrap_or(settings.priority);
        settings.weight = self.weight.unwrap_or(settings.weight);
        settings.emergency = self.emergency;
        settings.drained = self.drained;
        settings.probe = match self.probe.as_deref() {
            Some("off") => None,
            None => Some(USUAL_PROBE),
            Some(text) => {
                let probe = parse_duration(text).filter(|l| PROBE.contains(&l.as_secs()));
                if probe.is_none() {
                    problems.tell(
                        "probe",
                        words!(
                            "write a duration from 1s to 1h, such as \"30s\", or \"off\"",
                            "écrivez une durée de 1s à 1h, comme « 30s », ou « off »"
                        ),
                    );
                }
                probe
            }
        };
        if let Some(patience) = self.patience {
            if !PATIENCE.contains(&patience) {
                problems.tell(
                    "patience",
                    words!(
                        "from 200 to 10000 milliseconds; 1500 is usual",
                        "de 200 à 10000 millisecondes ; 1500 d'ordinaire"
                    ),
                );
            }
            settings.patience = Duration::from_millis(patience.into());
        }
        let usual = Caps::default();
        settings.caps = Caps {
            calls: self.calls.or(usual.calls),
            channels: self.channels.or(usual.channels),
            per_second: self.calls_per_second.or(usual.per_second),
        };
    }
}

/// Seconds between probes.
const PROBE: std::ops::RangeInclusive<u64> = 1..=3_600;

/// Between probes when nothing is said.
pub(super) const USUAL_PROBE: Duration = Duration::from_secs(30);

/// Milliseconds of silence before the next trunk.
const PATIENCE: std::ops::RangeInclusive<u16> = 200..=10_000;
