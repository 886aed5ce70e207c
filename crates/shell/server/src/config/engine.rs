//! `rappel.toml`: listeners, media, trunks, storage, limits. Every key has a default; an unknown
//! key is refused with its place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rappel_ivr::words::Words;
use rappel_ivr::{Diagnostic, words};
use rappel_model::{Secret, TenantId};
use rappel_trunk::{MAX_SOURCES, Policies, Problem, Settings as TrunkSettings, Trunks};
use serde::Deserialize;

use super::examined::{Examined, FILE, in_file};
use super::fault::Fault;
use super::guard::{Guard, Lamps};
use super::media::Media;
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
    /// file, the line of the first fault and what to do.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let examined = Self::examine(folder).map_err(|why| why.en)?;
        let Some(first) = examined.problems.first() else {
            return Ok(examined.engine);
        };
        let more = match examined.problems.len() - 1 {
            0 => String::new(),
            more => format!("; {more} more, see `rappel check`"),
        };
        let path = folder.join(FILE);
        let (line, why) = (first.place.line, &first.message.en);
        Err(format!("{}: line {line}: {why}{more}", path.display()))
    }

    /// The same with everything that is wrong, in both languages, each with its line.
    pub(crate) fn read_whole(folder: &Path) -> Result<Self, Vec<Words>> {
        let Examined {
            engine, problems, ..
        } = Self::examine(folder).map_err(|why| vec![why])?;
        if problems.is_empty() {
            return Ok(engine);
        }
        let told = |problem: &Diagnostic| {
            let (line, why) = (problem.place.line, &problem.message);
            words!([why] "{FILE}:{line}: {why}", "{FILE}:{line} : {why}")
        };
        Err(problems.iter().map(told).collect())
    }

    /// Reads `rappel.toml` in `folder` and finds everything that is wrong with it by itself.
    ///
    /// # Errors
    /// There is no such folder, or the file cannot be read.
    pub(crate) fn examine(folder: &Path) -> Result<Examined, Words> {
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => String::new(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let folder = folder.display();
                return Err(words!(
                    "{folder}: there is no such folder; name the one of rappel.toml and tenants/ with \
                     --config, or let `rappel demo` lay out one to begin with",
                    "{folder} : ce dossier n'existe pas ; nommez celui de rappel.toml et de tenants/ avec \
                     --config, ou laissez `rappel demo` en préparer un pour commencer"
                ));
            }
            Err(e) => return Err(Words::same(format!("{}: {e}", path.display()))),
        };
        Ok(Examined::of(&text))
    }

    /// The folder of records and recordings: `wanted`, or `[engine] data` beside `rappel.toml`.
    pub(crate) fn data_folder(&self, config: &Path, wanted: Option<&Path>) -> PathBuf {
        wanted.map_or_else(|| config.join(&self.engine.data), Path::to_path_buf)
    }

    /// What is wrong with it beside these tenants: the first name it mentions that none of them has.
    pub(crate) fn check_tenants(&self, folder: &Folder) -> Result<(), Words> {
        let unknown = self.unknown_tenants(folder).into_iter().next();
        unknown.map_or(Ok(()), |fault| Err(in_file(&fault)))
    }

    /// All names it mentions that none of these tenants has.
    pub(crate) fn unknown_tenants(&self, folder: &Folder) -> Vec<Fault> {
        let there: Vec<_> = folder.tenants().map(TenantId::as_str).collect();
        self.unknown_names(&there)
    }

    /// The same beside tenants of these names.
    pub(crate) fn unknown_names(&self, there: &[&str]) -> Vec<Fault> {
        let trunks = self.trunk.iter().flat_map(|(name, trunk)| {
            let numbered = (1..).zip(&trunk.tenants);
            numbered.map(move |(number, tenant): (usize, _)| {
                let path = ["trunk", name, "tenants"].map(str::to_owned);
                let path = path.into_iter().chain([number.to_string()]);
                (path.collect::<Vec<_>>(), tenant.as_str())
            })
        });
        let companies = self.outside.companies();
        let companies = companies.map(|name| {
            let path = ["outside", "company", name].map(str::to_owned);
            (path.to_vec(), name)
        });
        let unknown = trunks
            .chain(companies)
            .filter(|(_, name)| !there.contains(name));
        let all = there.join(", ");
        let fault = |(path, name): (Vec<String>, &str)| {
            let why = words!(
                "no company is named \"{name}\"; the folders in tenants/ are: {all}",
                "aucune entreprise ne s'appelle « {name} » ; les dossiers de tenants/ sont : {all}"
            );
            Fault::value(path, why)
        };
        unknown.map(fault).collect()
    }

    /// The trunks and what companies may call through them, or everything that is wrong.
    pub(crate) fn carriers(
        &self,
        secrets: &Secrets,
    ) -> Result<(Vec<TrunkSettings>, Policies), Vec<Fault>> {
        let (trunks, mut found) = self.trunks(&|name| secrets.get(name));
        match self.outside.policies() {
            Ok(policies) if found.is_empty() => return Ok((trunks, policies)),
            Ok(_) => {}
            Err(problems) => found.extend(problems),
        }
        Err(found)
    }

    /// All that is wrong beside the secrets. Where those could not be read (`None`), every name of one is
    /// taken for good.
    pub(crate) fn faults_beside(&self, secrets: Option<&Secrets>) -> Vec<Fault> {
        let secret = |name: &str| match secrets {
            Some(secrets) => secrets.get(name),
            None => Some(Secret::new(String::new())),
        };
        let (_, mut found) = self.trunks(&secret);
        found.extend(self.outside.policies().err().unwrap_or_default());
        found.extend(self.tts.unknown_key(&secret));
        found
    }

    /// The trunks as far as they can be read, and everything that is wrong with them.
    fn trunks(&self, secret: &dyn Fn(&str) -> Option<Secret>) -> (Vec<TrunkSettings>, Vec<Fault>) {
        let (mut trunks, mut found) = (Vec::new(), Vec::new());
        for (name, trunk) in &self.trunk {
            let (settings, problems) = trunk.settings(name, secret);
            trunks.push(settings);
            found.extend(problems);
        }
        found.extend(Trunks::problems(&trunks).iter().map(clash));
        (trunks, found)
    }

    /// What works otherwise than whoever wrote it may think.
    pub(crate) fn warnings(&self) -> Vec<Fault> {
        let trunks = self.trunk.iter();
        let mut found = self.media.warnings(&self.sip);
        found.extend(trunks.filter_map(|(name, trunk)| trunk.warnings(name)));
        found
    }

    /// What reading cannot see, of every table.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut found = self.media.faults();
        found.extend(self.tts.faults());
        found.extend(self.guard.faults());
        found.extend(self.sight.faults());
        found.extend(self.sip.faults());
        if self.engine.drain_limit > MAX_DRAIN {
            let limit = self.engine.drain_limit;
            let why = words!(
                "0 to {MAX_DRAIN} seconds, not {limit}",
                "de 0 à {MAX_DRAIN} secondes, pas {limit}"
            );
            found.push(Fault::bounds(["engine", "drain_limit"], why));
        }
        if self.engine.realm.is_empty() {
            let why = words!(
                "a name phones log in to, like \"rappel\", not \"\"",
                "un nom auquel les téléphones se connectent, comme \"rappel\", pas \"\""
            );
            found.push(Fault::value(["engine", "realm"], why));
        }
        if !(1..=MAX_CALLS).contains(&self.limits.calls) {
            let calls = self.limits.calls;
            let why = words!(
                "1 to {MAX_CALLS} at once, not {calls}",
                "de 1 à {MAX_CALLS} à la fois, pas {calls}"
            );
            found.push(Fault::bounds(["limits", "calls"], why));
        }
        let level = &self.log.level;
        if !["error", "warn", "info", "debug", "trace"].contains(&level.as_str()) {
            let why = words!(
                "error, warn, info or debug, not `{level}`",
                "error, warn, info ou debug, pas « {level} »"
            );
            found.push(Fault::value(["log", "level"], why));
        }
        found
    }
}

/// What is wrong between trunks.
fn clash(problem: &Problem) -> Fault {
    match problem {
        Problem::Claimed(one, other, source) => Fault::value(
            ["trunk", other.as_str(), "address"],
            words!(
                "trunks {one} and {other} both claim {source}",
                "les lignes d'opérateur {one} et {other} réclament toutes deux {source}"
            ),
        ),
        Problem::SameName(name) => Fault::value(
            ["trunk", name.as_str()],
            words!(
                "two trunks are called {name}",
                "deux lignes d'opérateur s'appellent {name}"
            ),
        ),
        Problem::NotDigits(name, key, text) => {
            let such = match *key {
                "country" => "33",
                "international" => "00",
                _ => "0",
            };
            let why = words!(
                "\"{text}\" must be digits only, such as \"{such}\"",
                "« {text} » ne doit avoir que des chiffres, comme « {such} »"
            );
            Fault::value(["trunk", name.as_str(), *key], why)
        }
        Problem::TooMany(count) => Fault::bounds(
            ["trunk"],
            words!(
                "{count} trunk addresses in all, at most {MAX_SOURCES} are searched",
                "{count} adresses d'opérateurs en tout, {MAX_SOURCES} au plus sont cherchées"
            ),
        ),
    }
}

/// More calls at once than any machine we know of would carry.
const MAX_CALLS: usize = 100_000;

/// Longest time that calls may go on once the engine stops: a day, in seconds.
const MAX_DRAIN: u32 = 86_400;

#[cfg(test)]
mod tests;
