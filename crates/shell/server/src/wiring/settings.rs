//! What an administrator wrote, as the core wants it.

use std::time::Duration;

use rappel_sip::Listeners;
use rappel_sip::guard::Network;
use rappel_switchboard::{Limits, OnHold, Settings};

use crate::config;
use crate::config::engine::Engine;
use crate::config::examined::in_file;
use crate::config::media::Hold;
use crate::config::secrets::Secrets;

/// The core's settings, for signalling reachable at `listeners`, or the first thing that is wrong with
/// its trunks.
pub(super) fn core(
    engine: &Engine,
    secrets: &Secrets,
    listeners: Listeners,
) -> Result<Settings, String> {
    let (trunks, policies) = engine.carriers(secrets).map_err(|faults| {
        let first = faults.first();
        first.map_or_else(String::new, |first| in_file(first).en)
    })?;
    let sip = rappel_sip::Settings {
        product: concat!("Rappel/", env!("CARGO_PKG_VERSION")).to_owned(),
        realm: engine.engine.realm.clone(),
        digest: engine.guard.digest(),
        tries: engine.guard.tries(),
        session_expires: engine.sip.session_expires,
        min_session_expires: engine.sip.min_session_expires,
        lamps_show_numbers: engine.lamps.show_numbers,
        listeners,
        limits: rappel_sip::Limits {
            dialogs: (engine.limits.calls + Limits::default().help) * LEGS,
            ..rappel_sip::Limits::default()
        },
        ..rappel_sip::Settings::default()
    };
    Ok(Settings {
        sip,
        trunks,
        policies,
        drain_limit: Duration::from_secs(engine.engine.drain_limit.into()),
        on_hold: match engine.media.hold {
            Hold::Music => OnHold::Music,
            Hold::Tone => OnHold::Tone,
            Hold::Theirs => OnHold::Theirs,
            Hold::Silence => OnHold::Silence,
        },
        early_media: engine.media.early,
        codecs: engine.media.codecs()?,
        secrecy: engine.media.srtp.into(),
        dead_after: Duration::from_secs(engine.media.dead_after.into()),
        blocked: engine.media.blocked(),
        quiet_after: Duration::from_secs(engine.media.quiet.into()),
        limits: Limits {
            calls: engine.limits.calls,
            ..Limits::default()
        },
        ..Settings::default()
    })
}

/// The guard's settings: whoever is a trunk is trusted.
pub(super) fn guard(engine: &Engine) -> rappel_sip::guard::Settings {
    rappel_sip::guard::Settings {
        trusted: trusted(engine),
        ..engine.guard.settings()
    }
}

/// Networks that are never banned: those that somebody trusts, and those of trunks.
pub(crate) fn trusted(engine: &Engine) -> Vec<Network> {
    let sources = engine.trunk.values().flat_map(|trunk| trunk.sources());
    let mut trusted = engine.guard.settings().trusted;
    trusted.extend(sources.filter_map(|source| config::guard::network(&source)));
    trusted
}

/// Legs that a call has at a time, taken generously: a caller and a team that rings.
const LEGS: usize = 4;
