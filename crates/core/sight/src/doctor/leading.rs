//! Whose call outside it was and which trunks were there for it, by what the configuration says.

use std::collections::BTreeSet;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_model::{PhoneNumber, TenantId, TrunkName};
use rappel_sip::header::Authorization;
use rappel_trunk::{Destination, Settings as Trunk};

use super::View;
use crate::case::Transaction;

/// What is known of a call outside beside its messages. Where nothing is, its words are those of the
/// manual: `[trunk.NAME]`.
#[derive(Debug, Default)]
pub(super) struct Leading {
    /// Whose call it is.
    tenant: Option<TenantId>,
    /// The trunks that lead where was dialled, in the order of the file.
    trunks: Vec<TrunkName>,
}

impl Leading {
    /// Looks up who sent `invite`, and which trunks lead to `dialled` for them.
    pub(super) fn of(view: View<'_>, invite: &Transaction, dialled: &str) -> Self {
        let Some(tenant) = company(view, invite) else {
            return Self::default();
        };
        let known = view.known;
        let destination = known.offices.get(&tenant).and_then(|office| {
            let number = PhoneNumber::parse(office.outside_of(dialled)?)?;
            Destination::read(&number, office.country)
        });
        let leads = |trunk: &&Trunk| {
            let there = destination.as_ref();
            trunk.host.is_some() && there.is_some_and(|there| trunk.leads_to(&tenant, there))
        };
        let trunks = known.trunks.iter().filter(leads);
        let trunks = trunks.map(|trunk| trunk.name.clone()).collect();
        Self {
            tenant: Some(tenant),
            trunks,
        }
    }

    /// Their names behind a sentence, ` ("a", "b")`; nothing where none is known.
    pub(super) fn names(&self) -> Words {
        if self.trunks.is_empty() {
            return Words::default();
        }
        let (en, fr) = (self.shown("\"", "\""), self.shown("« ", " »"));
        Words {
            en: format!(" ({en})"),
            fr: format!(" ({fr})"),
        }
    }

    /// Their tables: `` `[trunk.a]`, `[trunk.b]` ``.
    pub(super) fn tables(&self) -> Words {
        match self.trunks.is_empty() {
            true => words!("`[trunk.NAME]`", "`[trunk.NOM]`"),
            false => Words::same(self.shown("`[trunk.", "]`")),
        }
    }

    /// One of them, as a command names it.
    pub(super) fn one(&self) -> Words {
        match self.trunks.first() {
            Some(name) => Words::same(name.as_str()),
            None => words!("NAME", "NOM"),
        }
    }

    /// Where rules of the company alone are written: `[outside.company.garage]`.
    pub(super) fn company(&self) -> Words {
        match &self.tenant {
            Some(tenant) => Words::same(format!("[outside.company.{tenant}]")),
            None => words!("[outside.company.NAME]", "[outside.company.NOM]"),
        }
    }

    fn shown(&self, before: &str, after: &str) -> String {
        let some = self.trunks.iter().take(SHOWN);
        let mut some: Vec<String> = some.map(|name| format!("{before}{name}{after}")).collect();
        if self.trunks.len() > SHOWN {
            some.push("…".to_owned());
        }
        some.join(", ")
    }
}

/// The company of the user who called: the one who proved a password, else the one in From. `None` when
/// several companies have a user of that name.
fn company(view: View<'_>, invite: &Transaction) -> Option<TenantId> {
    let request = view.case.request(invite);
    let proofs = request.headers().all::<Authorization>();
    let proved = proofs.iter().find_map(|proof| {
        let proof = proof.0.as_digest()?;
        Some(proof.username.clone())
    });
    let user = proved.or_else(|| request.from().uri.user())?;
    let users = view.known.users.iter().filter(|known| known.name == user);
    let tenants: BTreeSet<&TenantId> = users.map(|known| &known.tenant).collect();
    match tenants.first() {
        Some(tenant) if tenants.len() == 1 => Some((*tenant).clone()),
        _ => None,
    }
}

/// Most trunks that are named.
const SHOWN: usize = 4;
