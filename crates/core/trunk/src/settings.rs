//! What an administrator says about one trunk.

use std::collections::BTreeSet;
use std::time::Duration;

use rappel_model::{Secrecy, Secret, TenantId, TrunkName};

use crate::destination::Area;
use crate::form::Form;
use crate::identity::Identity;
use crate::source::Source;

/// One trunk. Start from [`Settings::new`], whose numbering fits most of Europe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Its name.
    pub name: TrunkName,
    /// Where its calls come from.
    pub addresses: Vec<Source>,
    /// The country it is in, as digits without `+`: `33`. Without it national numbers mean nothing.
    pub country_code: Option<String>,
    /// What is written before an international number: `00`, in North America `011`.
    pub international_prefixes: Vec<String>,
    /// What is written before a national number and is no part of it: `0` in most of Europe, `1`
    /// in North America, absent where there is none (Italy, Spain, Denmark).
    pub national_prefix: Option<String>,
    /// What digits without any prefix are.
    pub bare: Bare,
    /// Where the number that was called stands in its INVITEs.
    pub called: Called,
    /// The tenants whose lines it may reach, and who may call through it; `None` for all.
    pub tenants: Option<BTreeSet<TenantId>>,
    /// Where calls through it go. Without, it takes calls only back along the way one came.
    pub host: Option<Host>,
    /// The domain of our addresses there; without, the host.
    pub domain: Option<String>,
    /// Who we are there, when it challenges us.
    pub login: Option<Login>,
    /// How it is registered with; `None` for a trunk that knows us by our address.
    pub register: Option<Register>,
    /// How it wants numbers written.
    pub form: Form,
    /// How callers are shown to it, and what it says of callers is believed.
    pub identity: Identity,
    /// The numbers it takes; empty for all, paid and short ones included.
    pub takes: Vec<Area>,
    /// The lower, the sooner it is tried.
    pub priority: u16,
    /// Its share among trunks of the same priority; 0 only when all others failed.
    pub weight: u16,
    /// Whether calls for help go here first.
    pub emergency: bool,
    /// Whether it takes no new calls: the ones it has go on.
    pub drained: bool,
    /// How often it is asked whether it is there; `None` for never.
    pub probe: Option<Duration>,
    /// How long it may stay without any response to an INVITE.
    pub patience: Duration,
    /// What it may carry.
    pub caps: Caps,
    /// Whether voice is encrypted; `None` takes what it offers, and offers it nothing.
    pub secrecy: Option<Secrecy>,
}

/// What digits without any prefix are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bare {
    /// An international number whose `+` was left out: `33472001122`.
    #[default]
    International,
    /// A national number: `2125550123` in North America, `612345678` in Spain.
    National,
}

/// Where the number that was called stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Called {
    /// In the Request-URI; when that is the address we registered, in P-Called-Party-ID (RFC 7315
    /// §4.2), else in To.
    #[default]
    Auto,
    /// In the Request-URI.
    RequestUri,
    /// In To.
    To,
    /// In P-Called-Party-ID, else in the Request-URI.
    CalledParty,
}

/// Where calls through a trunk go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// A domain name, or an address (IPv6 without brackets).
    pub name: String,
    /// Its port; without, its records say, or the usual one is taken.
    pub port: Option<u16>,
    /// How it is spoken to; without, its records say, or UDP is taken.
    pub transport: Option<Transport>,
}

/// How a trunk is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A connection.
    Tcp,
    /// A connection nobody on the way can read, to a peer who proves its name.
    Tls,
}

/// Who we are at a trunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The name in our address there: often the number.
    pub user: String,
    /// The name that is proved, where it is another than `user`.
    pub username: String,
    /// Its password.
    pub password: Secret,
}

/// How a trunk is registered with (RFC 3261 §10.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// Who is asked; without, the trunk's host.
    pub registrar: Option<Host>,
    /// How long a registration shall last; the registrar may grant less.
    pub expires: Duration,
}

/// What a trunk may carry. `None` is without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Calls through it at once.
    pub calls: Option<u32>,
    /// Calls in both directions at once: what the contract calls channels.
    pub channels: Option<u32>,
    /// New calls through it per second, of which as many may come at once.
    pub per_second: Option<u32>,
}

impl Settings {
    /// A trunk without addresses and without a country, `00` before international and `0` before
    /// national numbers, open to all tenants, that calls nowhere.
    pub fn new(name: TrunkName) -> Self {
        Self {
            name,
            addresses: Vec::new(),
            country_code: None,
            international_prefixes: vec!["00".to_owned()],
            national_prefix: Some("0".to_owned()),
            bare: Bare::International,
            called: Called::Auto,
            tenants: None,
            host: None,
            domain: None,
            login: None,
            register: None,
            form: Form::default(),
            identity: Identity::default(),
            takes: Vec::new(),
            priority: USUAL_PRIORITY,
            weight: USUAL_WEIGHT,
            emergency: false,
            drained: false,
            probe: None,
            patience: USUAL_PATIENCE,
            caps: Caps::default(),
            secrecy: None,
        }
    }

    /// Whether calls of this trunk may reach lines of `tenant`, and those of `tenant` go through it.
    pub fn may_reach(&self, tenant: &TenantId) -> bool {
        self.tenants.as_ref().is_none_or(|t| t.contains(tenant))
    }
}

impl Default for Caps {
    /// Ten new calls per second, no other bound: the contract knows how many channels there are.
    fn default() -> Self {
        Self {
            calls: None,
            channels: None,
            per_second: Some(10),
        }
    }
}

/// The priority of a trunk that names none.
pub const USUAL_PRIORITY: u16 = 10;

/// The weight of a trunk that names none.
pub const USUAL_WEIGHT: u16 = 10;

/// Silence after which the next trunk is tried; with the time that takes, under two seconds.
pub const USUAL_PATIENCE: Duration = Duration::from_millis(1_500);
