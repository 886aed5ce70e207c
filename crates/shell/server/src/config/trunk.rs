//! `[trunk.NAME]`: carriers and PBXs. What is written is read here into what the trunk room works by,
//! with every problem in both languages.

use std::time::Duration;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_model::time::parse_duration;
use rappel_model::{Secrecy, Secret, TenantId, TrunkName};
use rappel_trunk::{
    Bare, Called, Caps, Form, FromUser, Host, Identity, Login, Register, Settings, Source,
    Transport,
};
use serde::Deserialize;

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
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|why| format!("`{text}` is no address of a trunk: {why}"))
    }
}

/// The problems of one trunk as they are found.
struct Problems<'a> {
    name: &'a str,
    found: Vec<Words>,
}

impl Trunk {
    /// What the trunk room works by, or everything that is wrong. `secret` gives the secret of a name.
    pub(crate) fn settings(
        &self,
        name: &str,
        secret: &dyn Fn(&str) -> Option<Secret>,
    ) -> Result<Settings, Vec<Words>> {
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
        match problems.found.is_empty() {
            true => Ok(settings),
            false => Err(problems.found),
        }
    }

    /// What works otherwise than whoever wrote it may think.
    pub(crate) fn warnings(&self, name: &str) -> Vec<Words> {
        let mut doubts = Problems {
            name,
            found: Vec::new(),
        };
        let in_clear = self.transport.as_deref() != Some("tls");
        if in_clear && matches!(self.srtp.as_deref(), Some("offered" | "required")) {
            doubts.tell(
                "srtp",
                words!(
                    "the keys of voice stand in the signalling, which is readable on its way unless \
                     transport = \"tls\"",
                    "les clés de la voix sont dans la signalisation, lisible en chemin sauf avec \
                     transport = « tls »"
                ),
            );
        }
        doubts.found
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

    /// Where it is, and how it is spoken to.
    fn read_place(&self, settings: &mut Settings, problems: &mut Problems<'_>) {
        let transport = problems.word("transport", self.transport.as_deref(), &TRANSPORTS);
        let host = |text: &str, port: Option<u16>| host(text, port, transport);
        if self.address.is_empty() && self.host.is_none() && !self.register {
            problems.tell(
                "address",
                words!(
                    "name at least one address, or a host, or register = true; without, its \
                     calls are nobody's",
                    "donnez au moins une adresse, ou un host, ou register = true ; sinon ses \
                     appels ne sont à personne"
                ),
            );
        }
        if let Some(text) = &self.host {
            settings.host = host(text, self.port);
            if settings.host.is_none() {
                problems.not_a_host("host", text);
            }
        }
        if let Some(text) = &self.proxy {
            match (host(text, None), &self.host) {
                (Some(proxy), Some(domain)) => {
                    settings.host = Some(proxy);
                    settings.domain = Some(domain.clone());
                }
                (Some(proxy), None) => settings.host = Some(proxy),
                (None, _) => problems.not_a_host("proxy", text),
            }
        }
        if let Some(domain) = &self.domain {
            match self::host(domain, None, None) {
                Some(_) => settings.domain = Some(domain.clone()),
                None => problems.not_a_host("domain", domain),
            }
        }
        if let Some(word) = &self.srtp {
            settings.secrecy = Secrecy::from_word(word);
            if settings.secrecy.is_none() {
                problems.none_of("srtp", word, "off, offered, required");
            }
        }
    }

    /// Who we are there.
    fn read_login(
        &self,
        settings: &mut Settings,
        secret: &dyn Fn(&str) -> Option<Secret>,
        problems: &mut Problems<'_>,
    ) {
        let password = self.password.as_deref().and_then(|text| {
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
                problems.tell(
                    "password",
                    words!(
                        "there is no secret \"{name}\": add it to secrets.toml, or set the \
                         environment's RAPPEL_SECRET_…",
                        "il n'y a pas de secret « {name} » : ajoutez-le à secrets.toml, ou à \
                         l'environnement par RAPPEL_SECRET_…"
                    ),
                );
            }
            known
        });
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

    /// How numbers are written, both ways.
    fn read_numbers(&self, settings: &mut Settings, problems: &mut Problems<'_>) {
        settings.country_code.clone_from(&self.country);
        if let Some(international) = &self.international {
            settings.international_prefixes = vec![international.clone()];
        }
        if let Some(national) = &self.national {
            settings.national_prefix = Some(national.clone()).filter(|p| !p.is_empty());
        }
        let bare = [
            ("international", Bare::International),
            ("national", Bare::National),
        ];
        settings.bare = problems
            .word("bare", self.bare.as_deref(), &bare)
            .unwrap_or_default();
        settings.called = problems
            .word("called", self.called.as_deref(), &CALLED)
            .unwrap_or_default();
        let style = self
            .dial
            .as_deref()
            .map_or_else(|| Ok(Default::default()), str::parse);
        match style {
            Ok(style) => {
                settings.form = Form {
                    style,
                    strip: self.strip.clone(),
                    prefix: self.prefix.clone(),
                };
            }
            Err(_) => {
                let text = self.dial.as_deref().unwrap_or_default();
                problems.none_of("dial", text, "plus, e164, national, 00");
            }
        }
        for (key, text) in [("strip", &self.strip), ("prefix", &self.prefix)] {
            let dialable = |b: u8| b.is_ascii_digit() || b"+*#".contains(&b);
            if text.len() > MAX_PREFIX || !text.bytes().all(dialable) {
                problems.tell(
                    key,
                    words!(
                        "at most {MAX_PREFIX} digits, +, * and #",
                        "au plus {MAX_PREFIX} chiffres, +, * et #"
                    ),
                );
            }
        }
    }

    /// What it takes, when, and how much.
    fn read_routes(&self, settings: &mut Settings, problems: &mut Problems<'_>) {
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

    /// Who is shown, who is believed.
    fn read_identity(&self, settings: &mut Settings, problems: &mut Problems<'_>) {
        let from = [("number", FromUser::Number), ("account", FromUser::Account)];
        let usual = Identity::default();
        settings.identity = Identity {
            from: problems
                .word("from", self.from.as_deref(), &from)
                .unwrap_or(usual.from),
            headers: match &self.identity {
                Some(names) => problems.each("identity", names, "pai, ppi, rpid"),
                None => usual.headers,
            },
            show_callers: self.show_callers,
            diversion: match &self.diversion {
                Some(names) => problems.each("diversion", names, "diversion, history-info"),
                None => usual.diversion,
            },
            trusted: self.trust_identity,
        };
    }
}

impl Problems<'_> {
    fn tell(&mut self, key: &str, why: Words) {
        let name = self.name;
        self.found.push(Words {
            en: format!("[trunk.{name}] {key}: {}", why.en),
            fr: format!("[trunk.{name}] {key} : {}", why.fr),
        });
    }

    fn none_of(&mut self, key: &str, text: &str, known: &str) {
        self.tell(
            key,
            words!(
                "\"{text}\" is none of {known}",
                "« {text} » n'est aucun de : {known}"
            ),
        );
    }

    fn not_a_host(&mut self, key: &str, text: &str) {
        self.tell(
            key,
            words!(
                "\"{text}\" is no host: write sip.example.com, 192.0.2.10 or 192.0.2.10:5080",
                "« {text} » n'est pas un hôte : écrivez sip.example.com, 192.0.2.10 ou \
                 192.0.2.10:5080"
            ),
        );
    }

    /// One of a few words.
    fn word<T: Copy>(&mut self, key: &str, text: Option<&str>, known: &[(&str, T)]) -> Option<T> {
        let text = text?;
        let found = known.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            self.none_of(key, text, &words.join(", "));
        }
        found.map(|(_, value)| *value)
    }

    /// Several of a few words.
    fn each<T: std::str::FromStr, C: FromIterator<T>>(
        &mut self,
        key: &str,
        texts: &[String],
        known: &str,
    ) -> C {
        let mut read = |text: &String| {
            let value = text.parse().ok();
            if value.is_none() {
                self.none_of(key, text, known);
            }
            value
        };
        texts.iter().filter_map(&mut read).collect()
    }

    fn areas(&mut self, key: &str, texts: &[String]) -> Vec<rappel_trunk::Area> {
        self.each(key, texts, AREAS)
    }
}

/// Reads `host` or `host:port`; an IPv6 address with a port stands in brackets.
fn host(text: &str, port: Option<u16>, transport: Option<Transport>) -> Option<Host> {
    let plain = |name: &str, port| {
        let good = !name.is_empty()
            && name.len() <= MAX_NAME
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-.:_".contains(&b));
        good.then(|| Host {
            name: name.to_owned(),
            port,
            transport,
        })
    };
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return plain(text, port);
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (address, after) = rest.split_once(']')?;
        address.parse::<std::net::Ipv6Addr>().ok()?;
        return match after.strip_prefix(':') {
            Some(digits) => plain(address, Some(digits.parse().ok()?)),
            None if after.is_empty() => plain(address, port),
            None => None,
        };
    }
    match text.split_once(':') {
        Some((name, digits)) => plain(name, Some(digits.parse().ok()?)),
        None => plain(text, port),
    }
}

const TRANSPORTS: [(&str, Transport); 3] = [
    ("udp", Transport::Udp),
    ("tcp", Transport::Tcp),
    ("tls", Transport::Tls),
];

const CALLED: [(&str, Called); 4] = [
    ("auto", Called::Auto),
    ("request-uri", Called::RequestUri),
    ("to", Called::To),
    ("p-called-party-id", Called::CalledParty),
];

/// What an area may be, as problems name it.
pub(super) const AREAS: &str =
    "a country (FR), a prefix (+33), all, home, international, mobile, premium, short, emergency";

/// Seconds a registration may be asked for.
const EXPIRES: std::ops::RangeInclusive<u64> = 60..=86_400;

/// What is asked for when nothing is said.
const USUAL_EXPIRES: Duration = Duration::from_secs(600);

/// Seconds between probes.
const PROBE: std::ops::RangeInclusive<u64> = 1..=3_600;

/// Between probes when nothing is said.
const USUAL_PROBE: Duration = Duration::from_secs(30);

/// Milliseconds of silence before the next trunk.
const PATIENCE: std::ops::RangeInclusive<u16> = 200..=10_000;

/// Most characters of a prefix to be put on or taken off.
const MAX_PREFIX: usize = 16;

/// Longest name of a host (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, Vec<Words>> {
        let trunk: Trunk = toml::from_str(text).expect("it is well formed");
        let secret = |name: &str| (name == "carrier").then(|| Secret::new("s3cret"));
        trunk.settings("x", &secret)
    }

    #[test]
    fn a_registered_trunk_has_all_it_needs() {
        let text = "register = true\nhost = \"sip.example.com\"\ntransport = \"tls\"\n\
                    username = \"u1\"\npassword = \"secret:carrier\"\nproxy = \"192.0.2.1:5070\"\n\
                    dial = \"e164\"\nto = [\"home\", \"+32\"]\nidentity = [\"ppi\"]";
        let settings = read(text).expect("it is good");
        let host = settings.host.expect("the proxy");
        assert_eq!((host.name.as_str(), host.port), ("192.0.2.1", Some(5070)));
        assert_eq!(host.transport, Some(Transport::Tls));
        assert_eq!(settings.domain.as_deref(), Some("sip.example.com"));
        let login = settings.login.expect("it logs in");
        assert_eq!(
            (login.user.as_str(), login.password.reveal()),
            ("u1", "s3cret")
        );
        assert_eq!(
            settings.register.expect("it registers").expires,
            USUAL_EXPIRES
        );
        assert_eq!(
            (settings.takes.len(), settings.probe),
            (2, Some(USUAL_PROBE))
        );
    }

    #[test]
    fn keys_that_travel_in_clear_are_a_warning_in_both_languages() {
        let warnings = |text: &str| -> Vec<Words> {
            let trunk: Trunk = toml::from_str(text).expect("it is well formed");
            trunk.warnings("x")
        };
        let told = warnings("host = \"h\"\nsrtp = \"offered\"");
        assert_eq!(told.len(), 1);
        assert!(told[0].en.starts_with("[trunk.x] srtp: "), "{}", told[0].en);
        assert!(told[0].fr.contains("lisible"), "{}", told[0].fr);
        assert!(warnings("host = \"h\"\nsrtp = \"required\"\ntransport = \"tls\"").is_empty());
        assert!(warnings("host = \"h\"").is_empty());
    }

    #[test]
    fn encryption_is_as_the_file_says_or_left_open() {
        let secrecy = |text: &str| {
            let trunk: Trunk = toml::from_str(text).expect("it is well formed");
            let settings = trunk.settings("x", &|_: &str| None);
            settings.expect("it is in order").secrecy
        };
        assert_eq!(secrecy("host = \"h\""), None);
        let required = secrecy("host = \"h\"\nsrtp = \"required\"");
        assert_eq!(required, Some(Secrecy::Required));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_key_in_both_languages() {
        for (text, told) in [
            ("", "[trunk.x] address: name at least one"),
            (
                "register = true\nhost = \"h\"",
                "[trunk.x] username: register = true needs it",
            ),
            ("host = \"h h\"", "[trunk.x] host: \"h h\" is no host"),
            (
                "host = \"h\"\ntransport = \"sctp\"",
                "\"sctp\" is none of udp, tcp, tls",
            ),
            (
                "host = \"h\"\nsrtp = \"always\"",
                "[trunk.x] srtp: \"always\" is none of off, offered, required",
            ),
            ("host = \"h\"\npassword = \"s\"", "write \"secret:NAME\""),
            (
                "host = \"h\"\npassword = \"secret:no\"",
                "there is no secret \"no\"",
            ),
            ("host = \"h\"\ndial = \"e165\"", "[trunk.x] dial: \"e165\""),
            ("host = \"h\"\nto = [\"moon\"]", "[trunk.x] to: \"moon\""),
            ("host = \"h\"\nprobe = \"0s\"", "[trunk.x] probe:"),
            ("host = \"h\"\npatience = 5", "[trunk.x] patience:"),
            ("host = \"h\"\nidentity = [\"x\"]", "[trunk.x] identity:"),
            ("host = \"h\"\nprefix = \"a\"", "[trunk.x] prefix:"),
            ("host = \"h\"\ncalled = \"via\"", "[trunk.x] called:"),
        ] {
            let problems = read(text).expect_err("it is wrong");
            let first = &problems[0];
            assert!(first.en.contains(told), "{}", first.en);
            assert!(
                first.fr.contains(" : ") && first.fr != first.en,
                "{}",
                first.fr
            );
        }
    }

    #[test]
    fn hosts_are_names_and_addresses_with_and_without_ports() {
        let read = |text: &str| host(text, Some(1), None).map(|h| (h.name, h.port));
        for (text, name, port) in [
            ("sip.example.com", "sip.example.com", Some(1)),
            ("192.0.2.1:5070", "192.0.2.1", Some(5070)),
            ("2001:db8::1", "2001:db8::1", Some(1)),
            ("[2001:db8::1]:5070", "2001:db8::1", Some(5070)),
            ("[2001:db8::1]", "2001:db8::1", Some(1)),
        ] {
            assert_eq!(read(text), Some((name.to_owned(), port)), "{text}");
        }
        for text in ["", ":5060", "h:", "h:x", "[h]", "[::1", "a b", "h:99999"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
