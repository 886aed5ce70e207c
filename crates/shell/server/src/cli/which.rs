//! Which flow of which company: the arguments that commands about one flow share.

use clap::Args;
use rappel_ivr::diagnostic::nearest;
use rappel_ivr::view::{Defaults, FlowView, read_defaults};
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
}

impl Which {
    /// Finds the flow and reads it. The error says in `lang` what there is instead.
    pub(super) fn find(&self, lang: Lang) -> Result<Found, String> {
        let (folder, tenant) = self.company.chosen(lang)?;
        let Some((path, text)) = folder.flow(&tenant, &self.flow) else {
            let why = unknown(&self.flow, &tenant, &folder);
            return Err(why.in_lang(lang).to_owned());
        };
        let view = FlowView::read(&self.flow, text, &defaults(&folder, &tenant));
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

/// `[defaults.callback]` and the like, from the tenant's tables.
fn defaults(folder: &Folder, tenant: &TenantId) -> Defaults {
    let files = folder.files(tenant.as_str()).into_iter();
    let tables = files.flat_map(|files| files.iter());
    let mut defaults = Defaults::new();
    for (_, text) in tables.filter(|(path, _)| !path.contains('/')) {
        read_defaults(text, &mut defaults);
    }
    defaults
}
