//! `[trunk.NAME]`: carriers and PBXs. What is written is read here into what the trunk room works by,
//! with every problem in both languages.

mod host;
mod identity;
mod login;
mod numbers;
mod place;
mod problems;
mod routes;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_model::{Secret, TrunkName};
use rappel_trunk::{Settings, Source};
use serde::Deserialize;

use self::host::host;
use self::problems::Problems;

use super::fault::{DOUBT, Fault};
use super::reading::Said;

/// `[trunk.NAME]`. Every key but the ways to recognise and to reach it has a default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Trunk {
    /// Addresses or networks its calls come from: `["192.0.2.10", "198.51.100.0/24"]`.
    pub(crate) address: Vec<Peer>,
    /// Where calls through it go: a name or an address; without, only back along the way one came.
    pub(crate) host: Option<String>,
    /// Its port; without, DNS says, or 5060 (5061 with TLS).
    pub(crate) port: Option<u16>,
    /// `udp`, `tcp` or `tls`; without, DNS says, or UDP.
    pub(crate) transport: Option<String>,
    /// An outbound proxy, `host` or `host:port`: calls and registrations go by it.
    pub(crate) proxy: Option<String>,
    /// The domain of addresses there; without, the host.
    pub(crate) domain: Option<String>,
    /// `off`, `offered` or `required`.
    pub(crate) srtp: Option<String>,
    /// Register there, so that it need not know our address.
    pub(crate) register: bool,
    /// Where to register, `host` or `host:port`; without, the host or the proxy.
    pub(crate) registrar: Option<String>,
    /// The name in our address there; without, `username`.
    pub(crate) user: Option<String>,
    /// Who we are when it asks for a password.
    pub(crate) username: Option<String>,
    /// `"secret:NAME"`.
    pub(crate) password: Option<String>,
    /// How long a registration shall last: `"10m"`.
    pub(crate) expires: Option<String>,
    /// Country code without `+`, for numbers it sends in national form.
    pub(crate) country: Option<String>,
    /// Prefix of its national numbers.
    pub(crate) national: Option<String>,
    /// Prefix of its international numbers.
    pub(crate) international: Option<String>,
    /// What numbers without any prefix are: `international` or `national`.
    pub(crate) bare: Option<String>,
    /// Where the number called stands: `auto`, `request-uri`, `to` or `p-called-party-id`.
    pub(crate) called: Option<String>,
    /// Only these tenants may be reached through it, and call through it; empty means all.
    pub(crate) tenants: Vec<String>,
    /// How it wants numbers: `plus`, `e164`, `national` or `00`.
    pub(crate) dial: Option<String>,
    /// First digits to take off numbers so written.
    pub(crate) strip: String,
    /// What to put before them.
    pub(crate) prefix: String,
    /// The numbers it takes: countries, prefixes, `home`, `mobile` …; empty means all.
    pub(crate) to: Vec<String>,
    /// The lower, the sooner it is tried.
    pub(crate) priority: Option<u16>,
    /// Its share among trunks of the same priority.
    pub(crate) weight: Option<u16>,
    /// Calls for help go here first.
    pub(crate) emergency: bool,
    /// It takes no new calls.
    pub(crate) drained: bool,
    /// How often it is asked whether it is there: `"30s"`, or `"off"`.
    pub(crate) probe: Option<String>,
    /// Silence after which the next trunk is tried, in milliseconds.
    pub(crate) patience: Option<u16>,
    /// Calls through it at once.
    pub(crate) calls: Option<u32>,
    /// Calls in both directions at once.
    pub(crate) channels: Option<u32>,
    /// New calls through it per second.
    pub(crate) calls_per_second: Option<u32>,
    /// What stands in From: `number` or `account`.
    pub(crate) from: Option<String>,
    /// The headers that assert who calls: `pai`, `ppi`, `rpid`.
    pub(crate) identity: Option<Vec<String>>,
    /// Show callers' own numbers when a call is handed on.
    pub(crate) show_callers: bool,
    /// The headers that say who was called first: `diversion`, `history-info`.
    pub(crate) diversion: Option<Vec<String>>,
    /// Believe P-Asserted-Identity of its calls.
    pub(crate) trust_identity: bool,
}

/// Where calls of a trunk come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Peer(pub(crate) Source);

impl TryFrom<String> for Peer {
    type Error = Said;

    fn try_from(text: String) -> Result<Self, Said> {
        text.parse().map(Self).map_err(|_| {
            Said(words!(
                "`{text}` is no address of a trunk: write 192.0.2.10, 198.51.100.0/24 or 192.0.2.10:5080",
                "« {text} » n'est pas une adresse d'opérateur : écrivez 192.0.2.10, 198.51.100.0/24 ou \
                 192.0.2.10:5080"
            ))
        })
    }
}

impl Trunk {
    /// What the trunk room works by, and everything that is wrong: then they are not to be used, but looked
    /// at beside those of other trunks. `secret` gives the secret of a name.
    pub(crate) fn settings(
        &self,
        name: &str,
        secret: &dyn Fn(&str) -> Option<Secret>,
    ) -> (Settings, Vec<Fault>) {
        let mut problems = Problems {
            name,
            found: Vec::new(),
        };
        let mut settings = Settings::new(TrunkName::from(name));
        settings.addresses = self.address.iter().map(|peer| peer.0).collect();
        self.read_place(&mut settings, &mut problems);
        self.read_login(&mut settings, secret, &mut problems);
        self.read_numbers(&mut settings, &mut problems);
        self.read_routes(&mut settings, &mut problems);
        self.read_identity(&mut settings, &mut problems);
        (settings, problems.found)
    }

    /// What works otherwise than whoever wrote it may think.
    pub(crate) fn warnings(&self, name: &str) -> Option<Fault> {
        let in_clear = self.transport.as_deref() != Some("tls");
        let is_doubtful = in_clear && matches!(self.srtp.as_deref(), Some("offered" | "required"));
        let why = words!(
            "the keys of voice stand in the signalling, which is readable on its way unless \
             transport = \"tls\"",
            "les clés de la voix sont dans la signalisation, lisible en chemin sauf avec \
             transport = « tls »"
        );
        is_doubtful.then(|| Fault::new(DOUBT, ["trunk", name, "srtp"], why))
    }

    /// Every address that is surely its own: where its calls come from, and where ours go when they
    /// go to addresses.
    pub(crate) fn sources(&self) -> impl Iterator<Item = Source> {
        let hosts = [&self.host, &self.proxy, &self.registrar];
        let addresses = hosts.into_iter().flatten().filter_map(|text| {
            let name = host(text, None, None)?.name;
            Some(Source::address(name.parse().ok()?))
        });
        self.address.iter().map(|peer| peer.0).chain(addresses)
    }
}

/// What an area may be, as problems name it.
pub(super) fn areas() -> Words {
    words!(
        "a country (FR), a prefix (+33), all, home, international, mobile, premium, short, emergency",
        "un pays (FR), un préfixe (+33), all, home, international, mobile, premium, short, emergency"
    )
}

#[cfg(test)]
mod tests;
