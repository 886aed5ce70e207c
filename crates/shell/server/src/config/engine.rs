//! `rappel.toml`: listeners, media, trunks, storage, limits. Every key has a default; an unknown
//! key is refused with its place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_model::{Network, Secrecy, Secret, TenantId};
use rappel_rtp::{Encoding, Preference};
use rappel_trunk::{MAX_SOURCES, Policies, Problem, Settings as TrunkSettings, Trunks};
use serde::Deserialize;

use super::guard::{Guard, Lamps, Written};
use super::outside::Outside;
use super::secrets::Secrets;
use super::sight::{Homer, Metrics, Sight};
use super::sip::Sip;
use super::tenant_files::Folder;
use super::trunk::Trunk;
use super::voice::Tts;

/// The whole of `rappel.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Engine {
    /// `[engine]`.
    pub(crate) engine: General,
    /// `[sip]`.
    pub(crate) sip: Sip,
    /// `[media]`.
    pub(crate) media: Media,
    /// `[trunk.NAME]`.
    pub(crate) trunk: BTreeMap<String, Trunk>,
    /// `[guard]`.
    pub(crate) guard: Guard,
    /// `[lamps]`.
    pub(crate) lamps: Lamps,
    /// `[outside]`.
    pub(crate) outside: Outside,
    /// `[limits]`.
    pub(crate) limits: Limits,
    /// `[log]`.
    pub(crate) log: Log,
    /// `[tts]`.
    pub(crate) tts: Tts,
    /// `[sight]`.
    pub(crate) sight: Sight,
    /// `[homer]`.
    pub(crate) homer: Option<Homer>,
    /// `[metrics]`.
    pub(crate) metrics: Option<Metrics>,
}

/// `[engine]`: who we are and where things are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct General {
    /// The realm phones are asked to log in to. Changing it makes every password void, because
    /// digests are made over it.
    pub(crate) realm: String,
    /// Folder of the database and the recordings; relative to the folder of `rappel.toml`.
    pub(crate) data: PathBuf,
    /// Load files by themselves when they are saved, as `serve --watch` does.
    pub(crate) watch: bool,
    /// Seconds that calls in progress may go on once the engine is told to stop, up to a day.
    pub(crate) drain_limit: u32,
}

/// `[media]`: where voice is sent and received.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Media {
    /// First and last UDP port for voice: `"16384-17407"`. Two are needed for each leg.
    pub(crate) ports: String,
    /// Pacing threads; one is enough for some hundreds of calls.
    pub(crate) threads: usize,
    /// Seconds without a packet after which a call is taken for dead.
    pub(crate) dead_after: u16,
    /// Seconds for which a caller who talks with nobody hears nothing, before a soft tone says that the
    /// call stands; 0 for never.
    pub(crate) quiet: u16,
    /// What a party hears whom the other has put on hold: `tone`, `theirs` (whatever the holder
    /// sends) or `silence`.
    pub(crate) hold: Hold,
    /// Whether callers hear what a phone or a network says before it answers.
    pub(crate) early: bool,
    /// The encodings that are offered and taken, best first.
    pub(crate) codecs: Vec<Codec>,
    /// Whether voice is encrypted where neither a line nor a trunk says otherwise.
    pub(crate) srtp: Srtp,
    /// Addresses and networks that voice is never sent to, nor taken from.
    pub(crate) blocked: Vec<Written>,
}

/// An encoding by the name it has in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Codec {
    /// Opus.
    Opus,
    /// G.722: wide sound on many desk phones.
    G722,
    /// G.711 A-law: the telephone network of most countries.
    Pcma,
    /// G.711 µ-law: that of North America and Japan.
    Pcmu,
}

/// Whether voice is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Srtp {
    /// Plain RTP alone.
    Off,
    /// When the other side can.
    Offered,
    /// Encrypted, or there is no call.
    Required,
}

impl Media {
    /// Where voice neither goes to nor comes from.
    pub(crate) fn blocked(&self) -> Arc<[Network]> {
        self.blocked.iter().map(|written| written.0).collect()
    }

    /// The encodings in their order.
    ///
    /// # Errors
    /// When there is none, or one that this build does not have.
    pub(crate) fn codecs(&self) -> Result<Preference, String> {
        let encodings: Vec<Encoding> = self.codecs.iter().map(|codec| codec.encoding()).collect();
        if encodings.contains(&Encoding::Opus) && !rappel_audio::Codec::Opus.is_built() {
            return Err(
                "[media] codecs: this rappel was built without Opus; leave \"opus\" out".into(),
            );
        }
        Preference::new(&encodings)
            .ok_or_else(|| "[media] codecs: name at least one of opus, g722, pcma, pcmu".into())
    }
}

impl Codec {
    const fn encoding(self) -> Encoding {
        match self {
            Self::Opus => Encoding::Opus,
            Self::G722 => Encoding::G722,
            Self::Pcma => Encoding::Pcma,
            Self::Pcmu => Encoding::Pcmu,
        }
    }
}

impl From<Srtp> for Secrecy {
    fn from(srtp: Srtp) -> Self {
        match srtp {
            Srtp::Off => Self::Off,
            Srtp::Offered => Self::Offered,
            Srtp::Required => Self::Required,
        }
    }
}

/// What a party hears whom the other has put on hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Hold {
    /// A soft tone of ours.
    Tone,
    /// Whatever the holder sends.
    Theirs,
    /// Nothing.
    Silence,
}

/// `[limits]`: bounds of the engine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Calls at once; more are answered 503.
    pub(crate) calls: usize,
}

/// `[log]`: what is written to the standard error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// `error`, `warn`, `info` (the life of calls), `debug` (every step).
    pub(crate) level: String,
}

impl Default for General {
    fn default() -> Self {
        Self {
            realm: "rappel".into(),
            data: "data".into(),
            watch: false,
            drain_limit: 30,
        }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self {
            ports: "16384-17407".into(),
            threads: 1,
            dead_after: 30,
            quiet: 2,
            hold: Hold::Tone,
            early: true,
            codecs: usual_codecs(),
            srtp: Srtp::Offered,
            blocked: Vec::new(),
        }
    }
}

/// All that this build has, wide sound first.
fn usual_codecs() -> Vec<Codec> {
    let all = [Codec::Opus, Codec::G722, Codec::Pcma, Codec::Pcmu];
    let is_built = |codec: &Codec| *codec != Codec::Opus || rappel_audio::Codec::Opus.is_built();
    all.into_iter().filter(is_built).collect()
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls: 500 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".into(),
        }
    }
}

impl Engine {
    /// Reads `rappel.toml` in `folder`; a missing file means all defaults. The error says the
    /// file, the line and what to do.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join("rappel.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => String::new(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(format!(
                    "{}: there is no such folder; name the one of rappel.toml and tenants/ with \
                     --config, or let `rappel demo` lay out one to begin with",
                    folder.display()
                ));
            }
            Err(e) => return Err(format!("{}: {e}", path.display())),
        };
        let engine: Self = toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        engine
            .check()
            .map_err(|why| format!("{}: {why}", path.display()))?;
        Ok(engine)
    }

    /// The folder of records and recordings: `wanted`, or `[engine] data` beside `rappel.toml`.
    pub(crate) fn data_folder(&self, config: &Path, wanted: Option<&Path>) -> PathBuf {
        wanted.map_or_else(|| config.join(&self.engine.data), Path::to_path_buf)
    }

    /// What is wrong with it beside these tenants: the names it mentions that none of them has.
    pub(crate) fn check_tenants(&self, folder: &Folder) -> Result<(), String> {
        let there: Vec<_> = folder.tenants().map(TenantId::as_str).collect();
        self.check_names(&there)
    }

    /// The same beside tenants of these names.
    pub(crate) fn check_names(&self, there: &[&str]) -> Result<(), String> {
        let trunks = self.trunk.iter().flat_map(|(name, trunk)| {
            let tenants = trunk.tenants.iter();
            tenants.map(move |t| (format!("[trunk.{name}] tenants"), t.as_str()))
        });
        let companies = self.outside.companies();
        let companies = companies.map(|name| ("[outside.company]".to_owned(), name));
        let mut named = trunks.chain(companies);
        match named.find(|(_, name)| !there.contains(name)) {
            None => Ok(()),
            Some((place, unknown)) => Err(format!(
                "rappel.toml: {place}: no company is named \"{unknown}\"; the folders in tenants/ \
                 are: {}",
                there.join(", ")
            )),
        }
    }

    /// The trunks and what companies may call through them, or everything that is wrong.
    pub(crate) fn carriers(
        &self,
        secrets: &Secrets,
    ) -> Result<(Vec<TrunkSettings>, Policies), Vec<Words>> {
        let secret = |name: &str| -> Option<Secret> { secrets.get(name) };
        let mut found = Vec::new();
        let mut trunks = Vec::new();
        for (name, trunk) in &self.trunk {
            match trunk.settings(name, &secret) {
                Ok(settings) => trunks.push(settings),
                Err(problems) => found.extend(problems),
            }
        }
        let problems = Trunks::problems(&trunks);
        found.extend(problems.iter().map(clash));
        let policies = self.outside.policies();
        match policies {
            Ok(policies) if found.is_empty() => return Ok((trunks, policies)),
            Ok(_) => {}
            Err(problems) => found.extend(problems),
        }
        let told = |words: Words| Words {
            en: format!("rappel.toml: {}", words.en),
            fr: format!("rappel.toml : {}", words.fr),
        };
        Err(found.into_iter().map(told).collect())
    }

    /// What of the trunks works otherwise than whoever wrote it may think.
    pub(crate) fn warnings(&self) -> Vec<Words> {
        let trunks = self.trunk.iter();
        let told = trunks.flat_map(|(name, trunk)| trunk.warnings(name));
        told.map(|words| Words {
            en: format!("rappel.toml: {}", words.en),
            fr: format!("rappel.toml : {}", words.fr),
        })
        .collect()
    }

    /// What serde cannot see.
    fn check(&self) -> Result<(), String> {
        let (first, last) = self.media.ports()?;
        self.media.codecs()?;
        self.tts.check()?;
        self.guard.check()?;
        self.sight.check()?;
        if !(1..=MAX_THREADS).contains(&self.media.threads) {
            return Err(format!(
                "[media] threads: 1 to {MAX_THREADS}, not {}",
                self.media.threads
            ));
        }
        // Packets have the even port of each pair, RTCP the odd one above it.
        let pairs = (usize::from(last) + 1 - usize::from(first + first % 2)) / 2;
        if pairs < self.media.threads * LEGS {
            return Err(format!(
                "[media] ports: \"{}\" has room for {pairs} legs; a call has {LEGS}, and each of the \
                 {} threads needs room for one: {} ports at least, an even one first",
                self.media.ports,
                self.media.threads,
                self.media.threads * LEGS * 2
            ));
        }
        if !(5..=600).contains(&self.media.dead_after) {
            return Err(format!(
                "[media] dead_after: 5 to 600 seconds, not {}",
                self.media.dead_after
            ));
        }
        if self.media.blocked.len() > MAX_BLOCKED {
            return Err(format!(
                "[media] blocked: {MAX_BLOCKED} networks at most, not {}",
                self.media.blocked.len()
            ));
        }
        if self.media.quiet > MAX_QUIET {
            return Err(format!(
                "[media] quiet: 0 to {MAX_QUIET} seconds, not {}",
                self.media.quiet
            ));
        }
        self.sip.check()?;
        if self.engine.drain_limit > MAX_DRAIN {
            return Err(format!(
                "[engine] drain_limit: 0 to {MAX_DRAIN} seconds, not {}",
                self.engine.drain_limit
            ));
        }
        if self.engine.realm.is_empty() {
            return Err(
                "[engine] realm: a name phones log in to, like \"rappel\", not \"\"".into(),
            );
        }
        if !(1..=MAX_CALLS).contains(&self.limits.calls) {
            return Err(format!(
                "[limits] calls: 1 to {MAX_CALLS} at once, not {}",
                self.limits.calls
            ));
        }
        if !["error", "warn", "info", "debug", "trace"].contains(&self.log.level.as_str()) {
            return Err(format!(
                "[log] level: error, warn, info or debug, not `{}`",
                self.log.level
            ));
        }
        Ok(())
    }
}

/// What is wrong between trunks.
fn clash(problem: &Problem) -> Words {
    match problem {
        Problem::Claimed(one, other, source) => words!(
            "trunks {one} and {other} both claim {source}",
            "les lignes d'opérateur {one} et {other} réclament toutes deux {source}"
        ),
        Problem::SameName(name) => words!(
            "two trunks are called {name}",
            "deux lignes d'opérateur s'appellent {name}"
        ),
        Problem::NotDigits(name, key, text) => {
            let such = match *key {
                "country" => "33",
                "international" => "00",
                _ => "0",
            };
            words!(
                "[trunk.{name}] {key}: \"{text}\" must be digits only, such as \"{such}\"",
                "[trunk.{name}] {key} : « {text} » ne doit avoir que des chiffres, comme « {such} »"
            )
        }
        Problem::TooMany(count) => words!(
            "{count} trunk addresses in all, at most {MAX_SOURCES} are searched",
            "{count} adresses d'opérateurs en tout, {MAX_SOURCES} au plus sont cherchées"
        ),
    }
}

impl Media {
    /// First and last port.
    pub(crate) fn ports(&self) -> Result<(u16, u16), String> {
        let wrong = || {
            format!(
                "[media] ports: two numbers like \"16384-17407\", not `{}`",
                self.ports
            )
        };
        let (first, last) = self.ports.split_once('-').ok_or_else(wrong)?;
        let (first, last): (u16, u16) = (
            first.trim().parse().map_err(|_| wrong())?,
            last.trim().parse().map_err(|_| wrong())?,
        );
        if first < 1024 || last <= first {
            return Err(format!(
                "{}; from 1024 on, the first below the last",
                wrong()
            ));
        }
        Ok((first, last))
    }
}

/// More calls at once than any machine we know of would carry.
const MAX_CALLS: usize = 100_000;

/// Longest time that calls may go on once the engine stops: a day, in seconds.
const MAX_DRAIN: u32 = 86_400;

/// Legs of the smallest conversation.
const LEGS: usize = 2;

/// Networks that may be blocked: each packet of voice is held against all of them.
const MAX_BLOCKED: usize = 64;

/// The longest silence that a caller may be left in, in seconds: nobody waits longer without a sign.
const MAX_QUIET: u16 = 60;

/// More threads than any machine we know of would profit from.
const MAX_THREADS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_defaults_and_an_unknown_key_is_refused_with_its_place() {
        let engine: Engine = toml::from_str("").expect("all keys have defaults");
        assert_eq!(engine.sip.port, 5060);
        let wrong = toml::from_str::<Engine>("[sip]\nprot = 5061\n").expect_err("a typing error");
        let text = wrong.to_string();
        assert!(text.contains("line 2") && text.contains("prot"), "{text}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_refused_with_a_remedy() {
        let why = Engine::read(Path::new("/nonexistent")).expect_err("it is not there");
        assert!(
            why.starts_with("/nonexistent: there is no such folder"),
            "{why}"
        );
        assert!(
            why.contains("--config") && why.contains("rappel demo"),
            "{why}"
        );
    }

    #[test]
    fn port_ranges_are_two_numbers_in_order() {
        let media = |ports: &str| Media {
            ports: ports.into(),
            ..Media::default()
        };
        assert_eq!(media("2000-3000").ports(), Ok((2000, 3000)));
        for wrong in ["", "2000", "3000-2000", "10-20", "a-b", "2000-99999"] {
            assert!(media(wrong).ports().is_err(), "{wrong}");
        }
    }

    fn refused(text: &str) -> String {
        let engine = toml::from_str::<Engine>(text).map_err(|e| e.to_string());
        engine
            .and_then(|engine| engine.check())
            .expect_err("it is wrong")
    }

    #[test]
    fn what_no_start_could_use_is_refused_with_its_key_and_value() {
        for (text, told) in [
            ("[limits]\ncalls = 0", "[limits] calls: 1 to 100000"),
            ("[limits]\ncalls = 100001", "not 100001"),
            ("[sip]\nport = 0", "[sip] port: 1 to 65535"),
            ("[engine]\nrealm = \"\"", "[engine] realm"),
            (
                "[engine]\ndrain_limit = 86401",
                "[engine] drain_limit: 0 to 86400",
            ),
            ("[media]\nhold = \"music\"", "hold"),
            (
                "[media]\nblocked = [\"10.0.0.0/33\"]",
                "is no address or network",
            ),
            (
                "[media]\nquiet = 61",
                "[media] quiet: 0 to 60 seconds, not 61",
            ),
            ("[media]\nthreads = 0", "[media] threads: 1 to 64, not 0"),
            ("[media]\nports = \"1024-1025\"", "has room for 1 legs"),
            ("[media]\nports = \"1025-1028\"", "4 ports at least"),
            (
                "[media]\nports = \"20000-20006\"\nthreads = 2",
                "8 ports at least",
            ),
        ] {
            let why = refused(text);
            assert!(why.contains(told), "{why}");
        }
    }

    #[test]
    fn the_address_of_a_trunk_is_refused_with_its_line_and_value() {
        let why = refused("[trunk.x]\naddress = [\"carrier.example.com\"]");
        for told in ["line 2", "carrier.example.com", "write 192.0.2.10"] {
            assert!(why.contains(told), "{why}");
        }
    }

    #[test]
    fn a_trunk_names_companies_that_are_there() {
        let trunk = "[trunk.x]\naddress = [\"192.0.2.1\"]\ntenants = [\"a\", \"nope\"]";
        let engine: Engine = toml::from_str(trunk).expect("it is well formed");
        let why = |paths: &[&str]| {
            let table: Vec<_> = paths.iter().map(|path| (*path, &b""[..])).collect();
            engine.check_tenants(&Folder::from_table(&table))
        };
        let refused = why(&["tenants/a/tenant.toml"]).expect_err("nope is not there");
        assert!(refused.contains("[trunk.x] tenants: no company is named \"nope\""));
        assert!(refused.ends_with("are: a"), "{refused}");
        let both = ["tenants/a/tenant.toml", "tenants/nope/tenant.toml"];
        assert_eq!(why(&both), Ok(()));
    }
}
