//! One tenant's files, read and found good, before they run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rappel_ivr::{Lang, Words};
use rappel_model::TenantId;
use rappel_prompts::Catalog;
use rappel_store::{Archive, KeptFiles};
use rappel_tenant::{Diagnostic, Version};
use tokio::runtime::Handle;

use super::digests::Digests;
use super::directories::Tables;
use super::spoken;
use crate::config::recordings::REMEDY;
use crate::config::tenant_files::Folder;
use crate::wiring::Catalogue;

/// What it takes to find a version good.
pub(super) struct Means<'a> {
    pub(super) config: &'a Path,
    pub(super) archive: &'a Archive,
    pub(super) sounds: &'a Catalogue,
    pub(super) runtime: &'a Handle,
    pub(super) digests: &'a mut Digests,
}

/// A version that may run.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) version: Version,
    pub(super) files: KeptFiles,
    pub(super) prompts: Catalog,
    pub(super) tables: Tables,
}

impl Candidate {
    /// Checks the tenant of a folder that was read, its recordings and directories included, and
    /// lets a voice speak what nobody has recorded. The error is one text per problem.
    pub(super) fn read(
        folder: &Folder,
        tenant: &TenantId,
        means: Means<'_>,
    ) -> Result<Self, Vec<Words>> {
        let version = folder
            .load(tenant)
            .map_err(|problems| problems.iter().map(words_of).collect::<Vec<_>>())?;
        let files = folder.to_kept(tenant);
        let (tables, mut broken) = match Tables::read(means.config, &version) {
            Ok(tables) => (tables, Vec::new()),
            Err(wrong) => (Tables::default(), wrong),
        };
        for (path, digest) in &files.recordings {
            if means.digests.is_good(digest) {
                continue;
            }
            match means.sounds.warm(&means.archive.sound(digest)) {
                Ok(()) => means.digests.good(digest),
                Err(error) => {
                    let why = format!("{path}: {}; {REMEDY}", error.cause);
                    broken.push(Words::same(why));
                }
            }
        }
        if !broken.is_empty() {
            return Err(broken);
        }
        Ok(Self {
            prompts: prompts(&version, &files, &means)?,
            version,
            files,
            tables,
        })
    }
}

/// Where the sounds of a version lie: in the archive, where nobody changes them. What is not
/// recorded is spoken, where there is a voice.
fn prompts(version: &Version, files: &KeptFiles, means: &Means<'_>) -> Result<Catalog, Vec<Words>> {
    let tenant = &version.tenant;
    let below = |folder: &str| -> BTreeMap<String, PathBuf> {
        let found = files.recordings.iter().filter_map(|(path, digest)| {
            let name = path.strip_prefix(folder)?.strip_prefix("/prompts/")?;
            let name = name.strip_suffix(".wav")?.to_owned();
            Some((name, means.archive.sound(digest)))
        });
        found.collect()
    };
    let mut own = below(&format!("tenants/{tenant}"));
    let mut catalog = Catalog::embedded();
    catalog.set_shared_files(below("shared"));
    catalog.set_tenant_files(tenant.clone(), own.clone());
    own.extend(spoken::speak(version, &catalog, means)?);
    catalog.set_tenant_files(tenant.clone(), own);
    Ok(catalog)
}

/// A problem as `rappel check` shows it, in both languages.
pub(super) fn words_of(problem: &Diagnostic) -> Words {
    Words {
        en: problem.shown(Lang::En).to_string(),
        fr: problem.shown(Lang::Fr).to_string(),
    }
}

/// Problems as the log has them.
pub(super) fn in_english(problems: &[Words]) -> String {
    let shown: Vec<_> = problems.iter().map(|words| words.en.as_str()).collect();
    shown.join("\n\n")
}

/// Several problems as one text.
pub(super) fn joined(problems: impl IntoIterator<Item = Words>) -> Words {
    let (en, fr): (Vec<_>, Vec<_>) = problems.into_iter().map(|w| (w.en, w.fr)).unzip();
    Words {
        en: en.join("\n\n"),
        fr: fr.join("\n\n"),
    }
}
