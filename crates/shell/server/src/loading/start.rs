//! What runs when the engine starts: the files, or what somebody went back to, or what ran last.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use rappel_ivr::Words;
use rappel_model::TenantId;
use rappel_store::{Archive, Running};
use rappel_switchboard::Input;
use rappel_tenant::Version;
use tokio::runtime::Handle;

use super::candidate::{self, Candidate};
use super::digests::Digests;
use super::directories::Directories;
use super::{Loader, Next, Place};
use crate::config::tenant_files::Folder;
use crate::wiring::Catalogue;

impl Loader {
    /// Reads every tenant and runs it; the versions are in the inbox when this returns, so it must
    /// have room for them all.
    ///
    /// A tenant whose files are refused goes on with the version that ran last, if one did; one
    /// that never ran keeps the engine from starting: a company whose calls nobody answers is worse
    /// than an engine that says at once what is wrong.
    pub(crate) fn start(
        place: Place,
        archive: Archive,
        sounds: Arc<Catalogue>,
        runtime: Handle,
        inbox: SyncSender<Input>,
    ) -> Result<Self, String> {
        let mut loader = Self {
            place,
            digests: Digests::new(archive.clone()),
            archive,
            sounds,
            inbox,
            runtime,
            running: BTreeMap::new(),
            directories: Directories::default(),
            secrets: Arc::default(),
            keys: None,
            carriers: None,
        };
        loader.read_secrets()?;
        let folder = Folder::read_with(&loader.place.config, &mut loader.digests)?;
        loader
            .place
            .engine
            .check_tenants(&folder)
            .map_err(|why| why.en)?;
        let (mut next, mut back, mut wrong) = (Next::default(), Vec::new(), Vec::new());
        for tenant in folder.tenants() {
            match loader.first(&folder, tenant) {
                Ok((candidate, rolled_back)) => {
                    next.versions.push(candidate);
                    back.push(rolled_back);
                }
                Err(problems) => wrong.extend(problems),
            }
        }
        if wrong.is_empty() {
            wrong.extend(loader.clashes(&next).err());
        }
        if !wrong.is_empty() {
            return Err(format!(
                "the configuration has errors\n\n{}\n",
                candidate::in_english(&wrong)
            ));
        }
        if next.versions.is_empty() {
            return Err(format!(
                "{}: there is no company in it; `rappel demo` lays out one to begin with",
                loader.place.config.join("tenants").display()
            ));
        }
        for (candidate, rolled_back) in next.versions.into_iter().zip(back) {
            let warnings = candidate.version.warnings.clone();
            let version = loader
                .accept(candidate, rolled_back)
                .map_err(|why| why.en)?;
            let tenant = &version.tenant;
            for warning in &warnings {
                tracing::warn!(%tenant, "{}", warning.to_string().lines().next().unwrap_or(""));
            }
            tracing::info!(%tenant, version = %version.id(), "running");
        }
        loader.sweep();
        Ok(loader)
    }

    /// The versions that run.
    pub(crate) fn running(&self) -> impl Iterator<Item = &Arc<Version>> {
        self.running.values()
    }

    /// What a tenant starts with, and whether that is a version somebody went back to.
    fn first(
        &mut self,
        folder: &Folder,
        tenant: &TenantId,
    ) -> Result<(Candidate, bool), Vec<Words>> {
        let state = self.archive.running(tenant).unwrap_or_else(|error| {
            tracing::warn!(%tenant, %error, "which version ran is not known: the files are taken");
            None
        });
        if let Some(state) = state.filter(|state| state.rolled_back) {
            let number = state.number;
            match self.kept(tenant, state) {
                Ok(candidate) => {
                    tracing::warn!(
                        %tenant, number,
                        "a version somebody went back to; `rappel reload` takes the files"
                    );
                    return Ok((candidate, true));
                }
                Err(why) => {
                    tracing::warn!(%tenant, number, why, "it cannot run again: the files are taken");
                }
            }
        }
        let read = self.candidate(folder, tenant);
        let problems = match (read, state) {
            (Ok(candidate), _) => return Ok((candidate, false)),
            (Err(problems), None) => return Err(problems),
            (Err(problems), Some(state)) => match self.kept(tenant, state) {
                Ok(candidate) => {
                    let why = candidate::in_english(&problems);
                    tracing::warn!(
                        %tenant,
                        "the files are refused, the version that ran last goes on\n{why}"
                    );
                    return Ok((candidate, false));
                }
                Err(_) => problems,
            },
        };
        Err(problems)
    }

    /// The version that ran last, from the archive.
    fn kept(&mut self, tenant: &TenantId, state: Running) -> Result<Candidate, String> {
        let files = self
            .archive
            .files(tenant, state.number)
            .map_err(|e| e.to_string())?;
        let folder = Folder::from_kept(tenant, &files, &self.told());
        self.candidate(&folder, tenant)
            .map_err(|problems| candidate::in_english(&problems))
    }
}
