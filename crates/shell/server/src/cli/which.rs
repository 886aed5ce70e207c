//! Which flow of which company: the arguments that commands about one flow share.

use clap::Args;
use rappel_ivr::diagnostic::nearest;
use rappel_ivr::view::{FlowView, Tables};
use rappel_ivr::{Lang, Words, words};
use rappel_model::TenantId;

use super::company::Company;
use crate::config::tenant_files::Folder;

/// A flow.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The flow: the name of its file in `flows/` without the ending.
    flow: String,
    #[command(flatten)]
    company: Company,
}

/// The flow that was meant.
pub(super) struct Found {
    pub(super) folder: Folder,
    pub(super) tenant: TenantId,
    pub(super) view: FlowView,
    pub(super) tables: Tables,
}

impl Found {
    /// Tells in `lang`, on the standard error, when the tenant's files are refused.
    pub(super) fn tell_if_refused(&self, lang: Lang) {
        let tenant = &self.tenant;
        if self.folder.load(tenant).is_err() {
            let told = words!(
                "the files of {tenant} have errors: `rappel check` lists them",
                "les fichiers de {tenant} ont des erreurs : `rappel check` les montre"
            );
            eprintln!("rappel: {}", told.in_lang(lang));
        }
    }
}

impl Which {
    /// Finds the flow and reads it. The error says in `lang` what there is instead.
    pub(super) fn find(&self, lang: Lang) -> Result<Found, String> {
        let (folder, tenant) = self.company.chosen(lang)?;
        let Some((path, text)) = folder.flow(&tenant, &self.flow) else {
            let why = unknown(&self.flow, &tenant, &folder);
            return Err(why.in_lang(lang).to_owned());
        };
        let tables = tables(&folder, &tenant);
        let view = FlowView::read(&self.flow, text, &tables.defaults);
        let view = view.ok_or_else(|| {
            let why = words!(
                "{path} cannot be read: `rappel check` says why",
                "{path} est illisible : `rappel check` dit pourquoi"
            );
            why.in_lang(lang).to_owned()
        })?;
        Ok(Found {
            folder,
            tenant,
            view,
            tables,
        })
    }
}

fn unknown(wanted: &str, tenant: &TenantId, folder: &Folder) -> Words {
    let names = folder.flows(tenant);
    let near = nearest(wanted, names.iter().map(String::as_str));
    let hint = near.map_or_else(
        || {
            let all = names.join(", ");
            words!("there are: {all}", "il y a : {all}")
        },
        |near| near.words(),
    );
    let (en, fr) = (hint.en, hint.fr);
    words!(
        "{tenant} has no flow named \"{wanted}\": {en}",
        "{tenant} n'a aucun flux nommé « {wanted} » : {fr}"
    )
}

/// What the tenant's tables say, then what the shared ones add.
fn tables(folder: &Folder, tenant: &TenantId) -> Tables {
    let mut tables = Tables::default();
    for (path, text) in folder.offered(tenant) {
        if !path.contains('/') {
            tables.add(text);
        }
    }
    tables
}
