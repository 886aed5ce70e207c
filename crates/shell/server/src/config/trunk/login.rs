//! Who we are at a trunk: its account, and our registration there.

use std::time::Duration;

use rappel_ivr::words;
use rappel_model::Secret;
use rappel_model::time::parse_duration;
use rappel_trunk::{Login, Register, Settings};

use super::Trunk;
use super::host::host;
use super::problems::Problems;
use crate::config::secrets::unknown;

impl Trunk {
    /// Who we are there.
    pub(super) fn read_login(
        &self,
        settings: &mut Settings,
        secret: &dyn Fn(&str) -> Option<Secret>,
        problems: &mut Problems<'_>,
    ) {
        let password = self.read_password(secret, problems);
        if let (Some(username), Some(password)) = (&self.username, password) {
            settings.login = Some(Login {
                user: self.user.clone().unwrap_or_else(|| username.clone()),
                username: username.clone(),
                password,
            });
        }
        if !self.register {
            return;
        }
        for (key, absent) in [
            ("username", self.username.is_none()),
            ("password", self.password.is_none()),
            ("host", settings.host.is_none()),
        ] {
            if absent {
                problems.tell(
                    key,
                    words!("register = true needs it", "register = true en a besoin"),
                );
            }
        }
        let transport = settings.host.as_ref().and_then(|host| host.transport);
        let registrar = self.registrar.as_deref().and_then(|text| {
            let read = host(text, None, transport);
            if read.is_none() {
                problems.not_a_host("registrar", text);
            }
            read
        });
        let wanted = self
            .expires
            .as_deref()
            .map_or(Some(USUAL_EXPIRES), parse_duration);
        match wanted.filter(|length| EXPIRES.contains(&length.as_secs())) {
            Some(expires) => settings.register = Some(Register { registrar, expires }),
            None => problems.tell(
                "expires",
                words!(
                    "write a duration from 1m to 1d, such as \"10m\"",
                    "écrivez une durée de 1m à 1d, comme « 10m »"
                ),
            ),
        }
    }

    fn read_password(
        &self,
        secret: &dyn Fn(&str) -> Option<Secret>,
        problems: &mut Problems<'_>,
    ) -> Option<Secret> {
        let text = self.password.as_deref()?;
        let Some(name) = text.strip_prefix("secret:") else {
            problems.tell(
                "password",
                words!(
                    "write \"secret:NAME\"; the password itself stands in secrets.toml",
                    "écrivez « secret:NOM » ; le mot de passe lui-même est dans secrets.toml"
                ),
            );
            return None;
        };
        let known = secret(name);
        if known.is_none() {
            problems.tell("password", unknown(name));
        }
        known
    }
}

/// Seconds a registration may be asked for.
const EXPIRES: std::ops::RangeInclusive<u64> = 60..=86_400;

/// What is asked for when nothing is said.
pub(super) const USUAL_EXPIRES: Duration = Duration::from_secs(600);
