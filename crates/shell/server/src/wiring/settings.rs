//! What an administrator wrote, as the core wants it.

use std::time::Duration;

use rappel_model::{TenantId, TrunkName};
use rappel_switchboard::{Limits, Settings};

use crate::config::engine::{Engine, Trunk};

/// The core's settings. The error names the key and what is wrong with it.
pub(super) fn core(engine: &Engine) -> Result<Settings, String> {
    let trunks = engine
        .trunk
        .iter()
        .map(|(name, trunk)| self::trunk(name, trunk))
        .collect::<Result<Vec<_>, _>>()?;
    let sip = rappel_sip::Settings {
        product: concat!("Rappel/", env!("CARGO_PKG_VERSION")).to_owned(),
        realm: engine.engine.realm.clone(),
        ..rappel_sip::Settings::default()
    };
    Ok(Settings {
        sip,
        trunks,
        dead_after: Duration::from_secs(engine.media.dead_after.into()),
        limits: Limits {
            calls: engine.limits.calls,
            ..Limits::default()
        },
        ..Settings::default()
    })
}

fn trunk(name: &str, written: &Trunk) -> Result<rappel_trunk::Settings, String> {
    let mut settings = rappel_trunk::Settings::new(TrunkName::from(name));
    settings.addresses = written
        .address
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|why| format!("rappel.toml: [trunk.{name}] address: {why}"))
        })
        .collect::<Result<_, _>>()?;
    if settings.addresses.is_empty() {
        return Err(format!(
            "rappel.toml: [trunk.{name}] address: name at least one address, or its calls are \
             nobody's"
        ));
    }
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
    Ok(settings)
}
