//! Tenants come, change and go while calls are in progress (FLOWS §11).
//!
//! A call holds the flows and prompts it began with; everything else it asks for is looked up in
//! the newest version. So a change is one insertion here, and nothing of any call is touched.

use std::collections::BTreeMap;
use std::sync::Arc;

use rappel_model::{DirectoryName, Fact, Now, Table, TenantId, UserName};
use rappel_tenant::Version;

use crate::switchboard::Switchboard;

impl Switchboard {
    /// A version is in force for new calls from now on.
    pub(crate) fn swap(&mut self, now: Now, tenant: TenantId, version: Arc<Version>) {
        let loaded = Fact::Loaded(version.id());
        self.leaving.remove(&tenant);
        self.tenants.insert(tenant.clone(), version);
        self.diary(now, Some(tenant.clone()), None, loaded);
        self.name_lamps(now, &tenant);
        self.tell_tenant(now, &tenant);
    }

    /// New calls to the tenant find nobody; those in progress see what it said last.
    pub(crate) fn withdraw(&mut self, now: Now, tenant: TenantId) {
        let Some(version) = self.tenants.remove(&tenant) else {
            return;
        };
        self.leaving.insert(tenant.clone(), version);
        self.diary(now, Some(tenant.clone()), None, Fact::Withdrawn);
        self.name_lamps(now, &tenant);
        self.let_go(&tenant);
    }

    /// Tells signalling which extensions stand for whose phones, so that colleagues may watch them.
    fn name_lamps(&mut self, now: Now, tenant: &TenantId) {
        let version = self.tenants.get(tenant);
        let persons = version.map(|version| version.surroundings.people.persons.values());
        let named = persons.into_iter().flatten().filter_map(|person| {
            let extension = person.extension.clone()?;
            Some((extension, person.phones.clone()))
        });
        let names: BTreeMap<String, Vec<UserName>> = named.collect();
        self.sip.set_names(now, tenant.clone(), names);
    }

    /// What a tenant's calls see: its newest version, or the last one when it is leaving.
    pub(crate) fn version(&self, tenant: &TenantId) -> Option<&Arc<Version>> {
        let newest = self.tenants.get(tenant);
        newest.or_else(|| self.leaving.get(tenant))
    }

    /// The rows of a directory, or that there are none to be had. They follow the files, not the
    /// versions: what a call looks up is what is known now.
    pub(crate) fn shelve(
        &mut self,
        tenant: TenantId,
        name: DirectoryName,
        table: Option<Arc<Table>>,
    ) {
        let tables = self.directories.entry(tenant).or_default();
        match table {
            Some(table) => drop(tables.insert(name, table)),
            None => drop(tables.remove(&name)),
        }
    }

    /// Forgets a tenant that is leaving, once none of its calls is in progress.
    pub(crate) fn let_go(&mut self, tenant: &TenantId) {
        if !self.leaving.contains_key(tenant) {
            return;
        }
        if !self
            .calls
            .values()
            .any(|call| call.tenant() == Some(tenant))
        {
            self.leaving.remove(tenant);
            self.directories.remove(tenant);
        }
    }
}
