//! Which company: the arguments that commands about one tenant's files share.

use std::path::{Path, PathBuf};

use clap::Args;
use rappel_ivr::diagnostic::nearest;
use rappel_ivr::{Lang, Words, words};
use rappel_model::TenantId;
use rappel_tenant::Version;

use crate::config::tenant_files::Folder;

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
        folder.load(&tenant).map_err(|problems| {
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

    /// The folder named, the one here, or the demo company.
    fn folder(&self, lang: Lang) -> Result<Folder, String> {
        match &self.config {
            Some(config) => Folder::read(config),
            None if Path::new("tenants").is_dir() => Folder::read(Path::new(".")),
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
