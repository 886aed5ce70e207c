//! The tenants of the running engine: read at start, read again on request, gone back to.
//!
//! [`Loader`] is the only one that decides which version of a tenant runs. Whoever wants another
//! one (a command by the control socket, SIGHUP, the watcher) asks it, one at a time. A version is
//! read, checked and kept on disk before the control thread hears of it, so a swap is one message.

mod candidate;
mod carriers;
pub(crate) mod control;
mod digests;
pub(crate) mod directories;
mod report;
mod spoken;
mod start;
#[cfg(test)]
mod tests;
pub(crate) mod trunks;
pub(crate) mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rappel_ivr::{Lang, Words, words};
use rappel_model::{TenantId, Timestamp};
use rappel_net::Clock;
use rappel_net::sip::tls::Keys;
use rappel_store::Archive;
use rappel_switchboard::Input;
use rappel_tenant::Version;
use tokio::runtime::Handle;

use crate::config::certificates;
use crate::config::engine::Engine;
use crate::config::secrets::Secrets;
use crate::config::tenant_files::{Around, Folder};
use crate::wiring::Catalogue;
use candidate::{Candidate, Means};
use digests::Digests;
use directories::Directories;
use report::Report;

/// What runs, and how it came to run.
#[derive(Debug)]
pub(crate) struct Loader {
    place: Place,
    archive: Archive,
    sounds: Arc<Catalogue>,
    digests: Digests,
    inbox: SyncSender<Input>,
    /// Where a voice speaks while a version is read.
    runtime: Handle,
    running: BTreeMap<TenantId, Arc<Version>>,
    directories: Directories,
    secrets: Arc<RwLock<Secrets>>,
    /// Certificates, read again with everything else; `None` where nothing is listened at.
    keys: Option<Arc<Keys>>,
    /// The same of trunks.
    carriers: Option<carriers::Carriers>,
}

/// Where files come from.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The folder of `rappel.toml`, `shared/` and `tenants/`.
    config: PathBuf,
    /// What `rappel.toml` said at start, its trunks and `[outside]` as they are now; a change of the
    /// rest needs another start.
    engine: Engine,
    /// Its text at start.
    settings: String,
}

/// What a request came to, for whoever made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// What to show.
    pub(crate) text: String,
    /// False when something was refused: what it concerns runs on as before.
    pub(crate) good: bool,
}

/// A loader that several may ask; they wait for each other.
pub(crate) type Shared = Arc<Mutex<Loader>>;

/// Takes the loader for one request. One that died in the middle of another left whole versions.
pub(crate) fn take(loader: &Shared) -> std::sync::MutexGuard<'_, Loader> {
    loader.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Loader {
    /// Reads the files again, of one tenant or of all, and runs what is good. What is refused
    /// changes nothing. With `plan`, nothing changes at all.
    pub(crate) fn reload(&mut self, only: Option<&TenantId>, plan: bool, lang: Lang) -> Told {
        let began = std::time::Instant::now();
        let mut report = Report::new(lang);
        match self.read(only, &mut report) {
            Ok(next) if plan => next.describe(&self.running, &mut report),
            Ok(next) => self.follow(next, &mut report),
            Err(why) => report.refuse(&why),
        }
        if !plan {
            self.renew_certificates(&mut report);
        }
        self.renew_carriers(plan, &mut report);
        if self.place.settings_changed() {
            report.line(&words!(
                "rappel.toml has changed beside trunks and [outside]: the engine takes that at its \
                 next start",
                "rappel.toml a changé hors des trunks et de [outside] : le moteur le prendra à son \
                 prochain démarrage"
            ));
        }
        let told = report.finish();
        let ms = began.elapsed().as_millis() as u64;
        match (plan, told.good) {
            (true, _) => {}
            (false, true) => tracing::info!(ms, "reload: done"),
            (false, false) => tracing::warn!(ms, "reload: refused\n{}", told.text),
        }
        told
    }

    /// Certificates that are read again with every reload from now on.
    pub(crate) fn look_after(&mut self, keys: Arc<Keys>) {
        self.keys = Some(keys);
    }

    fn renew_certificates(&self, report: &mut Report) {
        match self.keys.as_ref().map(|keys| keys.reload()) {
            None | Some(Ok(false)) => {}
            Some(Ok(true)) => report.line(&words!(
                "new certificates are in use",
                "les nouveaux certificats sont en service"
            )),
            Some(Err(faults)) => {
                for fault in &faults {
                    report.refuse(&certificates::told(fault));
                }
                report.refuse(&words!(
                    "the certificates in use stay",
                    "les certificats en service restent"
                ));
            }
        }
    }

    /// Runs a kept version again: `to`, or the one before that which runs.
    pub(crate) fn roll_back(
        &mut self,
        tenant: Option<&TenantId>,
        to: Option<u32>,
        lang: Lang,
    ) -> Told {
        let mut report = Report::new(lang);
        if let Err(why) = self.go_back(tenant, to, &mut report) {
            report.refuse(&why);
        }
        let told = report.finish();
        match told.good {
            true => tracing::info!("rollback\n{}", told.text),
            false => tracing::warn!("rollback: refused\n{}", told.text),
        }
        told
    }

    /// The kept versions, of one tenant or of all.
    pub(crate) fn versions(&self, only: Option<&TenantId>, lang: Lang) -> Told {
        let mut report = Report::new(lang);
        let listed = self.known(only).and_then(|tenants| {
            for tenant in tenants {
                let kept = self.archive.versions(&tenant).map_err(|e| e.to_string())?;
                let state = self.archive.running(&tenant).map_err(|e| e.to_string())?;
                let running = self.running.get(&tenant).map(|version| version.number);
                report.versions(
                    &tenant,
                    &kept,
                    running,
                    state.is_some_and(|s| s.rolled_back),
                );
            }
            Ok(())
        });
        if let Err(why) = listed {
            report.refuse(&why);
        }
        report.finish()
    }

    /// Reads and checks; problems of a tenant go into the report and leave it as it is.
    fn read(&mut self, only: Option<&TenantId>, report: &mut Report) -> Result<Next, Words> {
        self.read_secrets()?;
        let folder = Folder::read_with(&self.place.config, &mut self.digests)?;
        // A company may go together with the rules that name it.
        match Engine::read(&self.place.config) {
            Ok(engine) => engine.check_tenants(&folder)?,
            Err(_) => self.place.engine.check_tenants(&folder)?,
        }
        if folder.tenants().next().is_none() {
            return Err(words!(
                "there is no company in tenants/; those that run go on",
                "il n'y a pas d'entreprise dans tenants/ ; celles en service continuent"
            ));
        }
        let mut wanted: Vec<TenantId> = folder.tenants().cloned().collect();
        wanted.extend(self.running.keys().cloned());
        wanted.sort();
        wanted.dedup();
        if let Some(only) = only {
            if !wanted.contains(only) {
                return Err(no_tenant(only, &wanted));
            }
            wanted.retain(|tenant| tenant == only);
        }
        let mut next = Next::default();
        for tenant in wanted {
            if folder.files(tenant.as_str()).is_none() {
                next.gone.push(tenant);
                continue;
            }
            match self.candidate(&folder, &tenant) {
                Ok(candidate) => next.versions.push(candidate),
                Err(problems) => report.refused(&tenant, &problems),
            }
        }
        self.clashes(&next)?;
        Ok(next)
    }

    /// Checks a tenant of a folder that was read.
    fn candidate(&mut self, folder: &Folder, tenant: &TenantId) -> Result<Candidate, Vec<Words>> {
        let means = Means {
            config: &self.place.config,
            archive: &self.archive,
            sounds: &self.sounds,
            runtime: &self.runtime,
            digests: &mut self.digests,
        };
        Candidate::read(folder, tenant, means)
    }

    /// Numbers that two tenants would claim after the change refuse all of it.
    fn clashes(&self, next: &Next) -> Result<(), Words> {
        let coming = |tenant: &TenantId| next.versions.iter().any(|c| c.version.tenant == *tenant);
        let staying = self
            .running
            .values()
            .map(Arc::as_ref)
            .filter(|version| !coming(&version.tenant) && !next.gone.contains(&version.tenant));
        let coming = next.versions.iter().map(|candidate| &candidate.version);
        let clashes = rappel_tenant::clashes(staying.chain(coming));
        match clashes.is_empty() {
            true => Ok(()),
            false => Err(candidate::joined(clashes.iter().map(candidate::words_of))),
        }
    }

    fn follow(&mut self, next: Next, report: &mut Report) {
        for tenant in next.gone {
            let Some(before) = self.running.remove(&tenant) else {
                continue;
            };
            report.gone(&before, false);
            self.send(Input::Withdraw(tenant));
        }
        for candidate in next.versions {
            let tenant = candidate.version.tenant.clone();
            let before = self.running.get(&tenant).cloned();
            match self.accept(candidate, false) {
                Ok(now) => report.changed(before.as_deref(), &now, false),
                Err(why) => report.refused(&tenant, &[why]),
            }
        }
        self.sweep();
    }

    fn go_back(
        &mut self,
        tenant: Option<&TenantId>,
        to: Option<u32>,
        report: &mut Report,
    ) -> Result<(), Words> {
        let tenant = match self.known(tenant)?.as_slice() {
            [one] => one.clone(),
            several => {
                let names: Vec<_> = several.iter().map(TenantId::as_str).collect();
                let names = names.join(", ");
                return Err(words!(
                    "say which company: --tenant, one of {names}",
                    "dites quelle entreprise : --tenant, parmi {names}"
                ));
            }
        };
        let kept = self.archive.versions(&tenant).map_err(|e| e.to_string())?;
        let running = self
            .running
            .get(&tenant)
            .map_or(0, |version| version.number);
        let numbers: Vec<u32> = kept.iter().map(|kept| kept.id.number).collect();
        let earlier = numbers.iter().copied().filter(|n| *n < running).max();
        let to = to.or(earlier).ok_or_else(|| {
            words!(
                "{tenant}: no version before {running} is kept; see `rappel versions`",
                "{tenant} : aucune version avant {running} n'est gardée ; voyez `rappel versions`"
            )
        })?;
        if !numbers.contains(&to) {
            let there: Vec<_> = numbers.iter().map(ToString::to_string).collect();
            let there = there.join(", ");
            return Err(words!(
                "{tenant}: version {to} is not kept; there are: {there}",
                "{tenant} : la version {to} n'est pas gardée ; il y a : {there}"
            ));
        }
        let files = self.archive.files(&tenant, to).map_err(|e| e.to_string())?;
        let folder = Folder::from_kept(&tenant, &files, &self.told());
        let candidate = self
            .candidate(&folder, &tenant)
            .map_err(candidate::joined)?;
        let mut next = Next::default();
        next.versions.push(candidate);
        self.clashes(&next)?;
        let before = self.running.get(&tenant).cloned();
        for candidate in next.versions {
            let now = self.accept(candidate, true)?;
            report.changed(before.as_deref(), &now, false);
            report.line(&words!(
                "the files on disk say otherwise: `rappel reload` takes them again",
                "les fichiers sur le disque disent autre chose : `rappel reload` les reprend"
            ));
        }
        self.sweep();
        Ok(())
    }

    /// Keeps a version that was found good, and runs it.
    fn accept(&mut self, candidate: Candidate, rolled_back: bool) -> Result<Arc<Version>, Words> {
        let Candidate {
            mut version,
            files,
            prompts,
            tables,
        } = candidate;
        let tenant = version.tenant.clone();
        let number = self
            .archive
            .accept(&tenant, &version.fingerprint, &files, wall())
            .and_then(|number| {
                self.archive.run(&tenant, number, rolled_back)?;
                Ok(number)
            })
            .map_err(|e| {
                words!(
                    "{tenant}: the version cannot be kept: {e}",
                    "{tenant} : la version ne peut pas être gardée : {e}"
                )
            })?;
        if let Some(running) = self.running.get(&tenant)
            && running.number == number
        {
            let running = Arc::clone(running);
            self.offer(&tenant, tables);
            return Ok(running);
        }
        version.number = number;
        let version = Arc::new(version);
        self.sounds.install(&version, prompts);
        self.running.insert(tenant.clone(), Arc::clone(&version));
        self.send(Input::Tenant(tenant.clone(), Arc::clone(&version)));
        self.offer(&tenant, tables);
        Ok(version)
    }

    /// What secrets stand for, for whoever needs them; read again with every load.
    pub(crate) fn secrets(&self) -> Arc<RwLock<Secrets>> {
        Arc::clone(&self.secrets)
    }

    /// What kept files must be told, as those on disk are.
    fn told(&self) -> Around {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        Around {
            secrets: secrets.names().map(str::to_owned).collect(),
            voice: self.sounds.voice().is_some(),
        }
    }

    fn read_secrets(&self) -> Result<(), String> {
        let read = Secrets::read(&self.place.config).map_err(|why| why.en)?;
        *self.secrets.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// Removes recordings that nobody names any more. Only when no version is on its way: the
    /// recordings of one that was read and does not run yet are named by nobody.
    fn sweep(&self) {
        if let Err(error) = self.archive.sweep(&self.sounds.in_use()) {
            tracing::warn!(%error, "recordings nobody names any more remain");
        }
    }

    /// The tenants that run: all of them, or the one that is meant.
    fn known(&self, only: Option<&TenantId>) -> Result<Vec<TenantId>, Words> {
        let running: Vec<TenantId> = self.running.keys().cloned().collect();
        match only {
            None => Ok(running),
            Some(only) if running.contains(only) => Ok(vec![only.clone()]),
            Some(only) => Err(no_tenant(only, &running)),
        }
    }

    /// The control thread takes it within moments; it is gone only when the engine stops.
    fn send(&self, input: Input) {
        let _stopped = self.inbox.send(input).is_err();
    }
}

/// What a reload would come to.
#[derive(Debug, Default)]
struct Next {
    versions: Vec<Candidate>,
    gone: Vec<TenantId>,
}

impl Next {
    fn describe(&self, running: &BTreeMap<TenantId, Arc<Version>>, report: &mut Report) {
        for before in self.gone.iter().filter_map(|tenant| running.get(tenant)) {
            report.gone(before, true);
        }
        for Candidate { version, .. } in &self.versions {
            report.changed(running.get(&version.tenant).map(Arc::as_ref), version, true);
        }
    }
}

impl Place {
    /// The folder, as it is when the engine starts.
    pub(crate) fn new(config: PathBuf, engine: Engine) -> Self {
        let settings = std::fs::read_to_string(config.join("rappel.toml")).unwrap_or_default();
        Self {
            config,
            engine,
            settings,
        }
    }

    fn settings_changed(&self) -> bool {
        let now = std::fs::read_to_string(self.config.join("rappel.toml"));
        let now = now.unwrap_or_default();
        now != self.settings && lasting(&now) != lasting(&self.settings)
    }
}

/// What of a `rappel.toml` holds until the next start; `None` when it cannot be read.
fn lasting(text: &str) -> Option<toml::Table> {
    let mut table: toml::Table = text.parse().ok()?;
    for taken in ["trunk", "outside"] {
        table.remove(taken);
    }
    Some(table)
}

fn no_tenant(wanted: &TenantId, there: &[TenantId]) -> Words {
    let names: Vec<_> = there.iter().map(TenantId::as_str).collect();
    let names = names.join(", ");
    words!(
        "no company is named \"{wanted}\"; there are: {names}",
        "aucune entreprise ne s'appelle « {wanted} » ; il y a : {names}"
    )
}

fn wall() -> Timestamp {
    Clock::start().now().wall
}
