//! Which company: the arguments that commands about one tenant's files share.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use rappel_ivr::diagnostic::nearest;
use rappel_ivr::{Lang, Words, words};
use rappel_model::{Language, Table, TenantId};
use rappel_prompts::Catalog;
use rappel_prompts::catalog::Recording;
use rappel_tenant::Version;

use crate::config::directories as csv;
use crate::config::tenant_files::Folder;
use crate::loading::directories;

/// A company whose files are good, with its recordings.
pub(super) struct Opened {
    /// Its name.
    pub(super) tenant: TenantId,
    /// Everything its files say.
    pub(super) version: Arc<Version>,
    /// All files that were read.
    pub(super) folder: Folder,
    /// Its recordings and the shared ones.
    pub(super) catalog: Catalog,
    /// Its directories.
    pub(super) tables: BTreeMap<String, Arc<Table>>,
}

/// A tenant of a folder.
#[derive(Debug, Default, Args)]
pub(super) struct Company {
    /// The tenant, when there is more than one.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// The folder of `tenants/` and `shared/`. Default: here, else the demo company.
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
}

impl Company {
    /// Its files, checked. The error says in `lang` what is wrong with the choice or the files.
    pub(super) fn load(&self, lang: Lang) -> Result<Version, String> {
        let (folder, tenant) = self.chosen(lang)?;
        Self::checked(&folder, &tenant, lang)
    }

    /// Its files, checked, and its recordings. The error is as that of [`Company::load`], or says
    /// which recordings cannot be listed.
    pub(super) fn open(&self, lang: Lang) -> Result<Opened, String> {
        let (folder, tenant) = self.chosen(lang)?;
        let version = Self::checked(&folder, &tenant, lang)?;
        let catalog = self.catalog(&tenant)?;
        let tables = self.tables(&version)?;
        Ok(Opened {
            tables,
            tenant,
            version: Arc::new(version),
            folder,
            catalog,
        })
    }

    /// The directories of a version; none where there is no folder.
    fn tables(&self, version: &Version) -> Result<BTreeMap<String, Arc<Table>>, String> {
        let Some(config) = self.place() else {
            return Ok(BTreeMap::new());
        };
        let code = directories::calling_code(version);
        let all = version.surroundings.directories.values();
        all.map(|directory| {
            let path = directories::place(&config, &version.tenant, directory);
            let table = csv::read(&path, code);
            let table = table.map_err(|why| format!("{}: {why}", path.display()))?;
            Ok((directory.name.to_string(), Arc::new(table)))
        })
        .collect()
    }

    fn checked(folder: &Folder, tenant: &TenantId, lang: Lang) -> Result<Version, String> {
        folder.load(tenant).map_err(|problems| {
            let refused = words!(
                "the files of {tenant} are refused",
                "les fichiers de {tenant} sont refusés"
            );
            let errors = problems.iter().filter(|problem| problem.is_error());
            let shown: Vec<_> = errors
                .map(|problem| problem.shown(lang).to_string())
                .collect();
            format!("{}\n\n{}", refused.in_lang(lang), shown.join("\n\n"))
        })
    }

    /// Its folder and its name, nothing checked.
    pub(super) fn chosen(&self, lang: Lang) -> Result<(Folder, TenantId), String> {
        let folder = self.folder(lang)?;
        let tenant =
            choose(self.tenant.as_deref(), &folder).map_err(|why| why.in_lang(lang).to_owned())?;
        Ok((folder, tenant))
    }

    /// The folder named, or the one here; `None` means the demo company.
    fn place(&self) -> Option<PathBuf> {
        let here = || Path::new("tenants").is_dir().then(|| PathBuf::from("."));
        self.config.clone().or_else(here)
    }

    /// Its recordings, those it shares and the engine's, in the files of its folder or in the binary.
    pub(super) fn recordings(&self, tenant: &TenantId) -> Result<Recordings, String> {
        Ok(Recordings {
            catalog: self.catalog(tenant)?,
            tenant: tenant.clone(),
            demo: self.place().is_none(),
        })
    }

    fn catalog(&self, tenant: &TenantId) -> Result<Catalog, String> {
        let mut catalog = Catalog::embedded();
        if let Some(config) = self.place() {
            let unread = |error| format!("{}: {error}", config.display());
            catalog.set_shared(&config.join("shared")).map_err(unread)?;
            let own = config.join("tenants").join(tenant.as_str());
            catalog.set_tenant(tenant.clone(), &own).map_err(unread)?;
        }
        Ok(catalog)
    }

    /// The folder named, the one here, or the demo company.
    fn folder(&self, lang: Lang) -> Result<Folder, String> {
        match self.place() {
            Some(config) => Folder::read(&config),
            None => {
                let told = words!(
                    "this is the demo company; --config DIR names another folder",
                    "voici l'entreprise d'exemple ; --config DOSSIER en désigne une autre"
                );
                eprintln!("rappel: {}", told.in_lang(lang));
                Ok(Folder::from_table(super::demo::files::FILES))
            }
        }
    }
}

/// The recordings that callers of one company may hear.
pub(super) struct Recordings {
    catalog: Catalog,
    tenant: TenantId,
    /// Whether it is the demo company, whose files are in the binary.
    demo: bool,
}

impl Recordings {
    /// The WAV of `key` in this very language; `None` when there is none.
    pub(super) fn bytes(
        &self,
        language: &Language,
        key: &str,
    ) -> io::Result<Option<Cow<'static, [u8]>>> {
        if self.demo {
            let path = format!("tenants/{}/prompts/{language}/{key}.wav", self.tenant);
            let found = super::demo::files::FILES
                .iter()
                .find(|(name, _)| *name == path);
            if let Some((_, bytes)) = found {
                return Ok(Some(Cow::Borrowed(bytes)));
            }
        }
        match self.catalog.in_language(&self.tenant, language, key) {
            None => Ok(None),
            Some(Recording::Embedded(_, bytes)) => Ok(Some(Cow::Borrowed(bytes))),
            Some(Recording::File(path)) => std::fs::read(path).map(|bytes| Some(Cow::Owned(bytes))),
        }
    }
}

fn choose(wanted: Option<&str>, folder: &Folder) -> Result<TenantId, Words> {
    let names: Vec<_> = folder.tenants().map(TenantId::as_str).collect();
    match (wanted, names.as_slice()) {
        (Some(name), all) if all.contains(&name) => Ok(TenantId::from(name)),
        (Some(name), all) => Err(unknown(
            &words!(
                "no tenant is named \"{name}\"",
                "aucune entreprise ne s'appelle « {name} »"
            ),
            name,
            all,
        )),
        (None, [only]) => Ok(TenantId::from(*only)),
        (None, []) => Err(words!(
            "there is no tenant in this folder",
            "ce dossier ne contient aucune entreprise"
        )),
        (None, all) => {
            let (en, fr) = (all.join(" or "), all.join(" ou "));
            Err(words!(
                "say which tenant: --tenant {en}",
                "dites quelle entreprise : --tenant {fr}"
            ))
        }
    }
}

/// What is wrong, with the nearest of the `known` names, or all of them where none is near.
pub(super) fn unknown(what: &Words, written: &str, known: &[&str]) -> Words {
    let all = known.join(", ");
    let hint = match nearest(written, known.iter().copied()) {
        Some(near) => near.words(),
        None if known.is_empty() => words!("there is none", "il n'y en a aucun"),
        None => words!("there are: {all}", "il y a : {all}"),
    };
    Words {
        en: format!("{}: {}", what.en, hint.en),
        fr: format!("{} : {}", what.fr, hint.fr),
    }
}
