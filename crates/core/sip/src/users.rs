//! Who may register: the users of all tenants and the hashes they prove themselves with.

use std::collections::{BTreeMap, BTreeSet};

use rappel_model::{Secret, TenantId};
use sha2::{Digest, Sha256};

use crate::auth::Algorithm;
use crate::output::UserId;

/// One user as digest authentication knows it (RFC 3261 §22, RFC 8760).
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Who.
    pub id: UserId,
    /// The name of the digest, and the user part of the address-of-record.
    pub username: String,
    /// The protection space (RFC 3261 §22.1).
    pub realm: String,
    /// H(username:realm:password) by algorithm, strongest first. Exactly these algorithms are
    /// offered to the user: an old phone has MD5 alone.
    pub ha1: Vec<(Algorithm, Secret)>,
}

impl Credentials {
    /// Whether the password is another than `before`, as far as an algorithm that both have can tell.
    pub(crate) fn has_other_password(&self, before: &Self) -> bool {
        let old = |algorithm| before.ha1.iter().find(|(one, _)| *one == algorithm);
        let differs = |(algorithm, hash): &(Algorithm, Secret)| {
            old(*algorithm).is_some_and(|(_, old)| old.reveal() != hash.reveal())
        };
        self.ha1.iter().any(differs)
    }
}

/// All users, found by name and realm or by identity.
#[derive(Debug, Default)]
pub(crate) struct Users {
    by_name: BTreeMap<String, Vec<Credentials>>,
    names: BTreeMap<UserId, (String, String)>,
    realms: BTreeSet<String>,
}

impl Users {
    /// All users there are.
    pub(crate) fn new(all: Vec<Credentials>) -> Self {
        let mut users = Self::default();
        for credentials in all {
            let (name, realm) = (credentials.username.clone(), credentials.realm.clone());
            users.realms.insert(realm.clone());
            users
                .names
                .insert(credentials.id.clone(), (name.clone(), realm));
            users.by_name.entry(name).or_default().push(credentials);
        }
        users
    }

    /// The user a digest names.
    pub(crate) fn find(&self, username: &str, realm: &str) -> Option<&Credentials> {
        let same_name = self.by_name.get(username)?;
        same_name.iter().find(|user| user.realm == realm)
    }

    /// The user an address names, for choosing the challenge: by realm where several tenants have
    /// the name, else the first.
    pub(crate) fn named(&self, username: &str, domain: &str) -> Option<&Credentials> {
        let same_name = self.by_name.get(username)?;
        same_name
            .iter()
            .find(|user| user.realm.eq_ignore_ascii_case(domain))
            .or_else(|| same_name.first())
    }

    /// The user whose algorithms a name that nobody has is offered: any, but always the same one.
    pub(crate) fn like(&self, key: &[u8], name: &str) -> Option<&Credentials> {
        if self.names.is_empty() {
            return None;
        }
        let hash = Sha256::new()
            .chain_update(key)
            .chain_update(name)
            .finalize();
        let drawn = usize::from(u16::from_be_bytes([hash[0], hash[1]])) % self.names.len();
        let (name, realm) = self.names.values().nth(drawn)?;
        self.find(name, realm)
    }

    /// The user of that name in a tenant.
    pub(crate) fn of_tenant(&self, tenant: &TenantId, username: &str) -> Option<&Credentials> {
        let same_name = self.by_name.get(username)?;
        same_name.iter().find(|user| user.id.tenant == *tenant)
    }

    /// The user with this identity.
    pub(crate) fn by_id(&self, id: &UserId) -> Option<&Credentials> {
        let (name, realm) = self.names.get(id)?;
        self.find(name, realm)
    }

    /// Whether a realm is one of ours: a user's, or the `default` one.
    pub(crate) fn has_realm(&self, realm: &str, default: &str) -> bool {
        realm == default || self.realms.contains(realm)
    }
}
