//! What an administrator wrote, as the core wants it.

use std::time::Duration;

use rappel_model::{TenantId, TrunkName};
use rappel_sip::Listeners;
use rappel_switchboard::{Limits, Settings};

use crate::config;
use crate::config::engine::{Engine, Trunk};

/// The core's settings, for signalling reachable at `listeners`.
pub(super) fn core(engine: &Engine, listeners: Listeners) -> Settings {
    let trunks = engine
        .trunk
        .iter()
        .map(|(name, trunk)| self::trunk(name, trunk))
        .collect();
    let sip = rappel_sip::Settings {
        product: concat!("Rappel/", env!("CARGO_PKG_VERSION")).to_owned(),
        realm: engine.engine.realm.clone(),
        digest: engine.guard.digest(),
        tries: engine.guard.tries(),
        lamps_show_numbers: engine.lamps.show_numbers,
        listeners,
        limits: rappel_sip::Limits {
            dialogs: engine.limits.calls * LEGS,
            ..rappel_sip::Limits::default()
        },
        ..rappel_sip::Settings::default()
    };
    Settings {
        sip,
        trunks,
        dead_after: Duration::from_secs(engine.media.dead_after.into()),
        limits: Limits {
            calls: engine.limits.calls,
            ..Limits::default()
        },
        ..Settings::default()
    }
}

/// The guard's settings: whoever is a trunk is trusted.
pub(super) fn guard(engine: &Engine) -> rappel_sip::guard::Settings {
    let trunks = engine.trunk.values().flat_map(|trunk| &trunk.address);
    let mut settings = engine.guard.settings();
    settings
        .trusted
        .extend(trunks.filter_map(|peer| config::guard::network(&peer.0)));
    settings
}

fn trunk(name: &str, written: &Trunk) -> rappel_trunk::Settings {
    let mut settings = rappel_trunk::Settings::new(TrunkName::from(name));
    settings.addresses = written.address.iter().map(|peer| peer.0).collect();
    settings.country_code.clone_from(&written.country);
    settings.international_prefixes = vec![written.international.clone()];
    settings.national_prefix = Some(written.national.clone()).filter(|p| !p.is_empty());
    if !written.tenants.is_empty() {
        settings.tenants = Some(
            written
                .tenants
                .iter()
                .map(|t| TenantId::from(t.as_str()))
                .collect(),
        );
    }
    settings
}

/// Legs that a call has at a time, taken generously: a caller and a team that rings.
const LEGS: usize = 4;
