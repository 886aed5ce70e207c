//! What an administrator says about one trunk.

use std::collections::BTreeSet;

use rappel_model::{TenantId, TrunkName};

use crate::source::Source;

/// One trunk. Start from [`Settings::new`], whose numbering fits most of Europe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Its name.
    pub name: TrunkName,
    /// Where its calls come from.
    pub addresses: Vec<Source>,
    /// The country it is in, as digits without `+`: `33`. Without it national numbers mean nothing.
    pub country_code: Option<String>,
    /// What is written before an international number: `00`, in North America `011`.
    pub international_prefixes: Vec<String>,
    /// What is written before a national number and is no part of it: `0` in most of Europe, `1`
    /// in North America, absent where there is none (Italy, Spain, Denmark).
    pub national_prefix: Option<String>,
    /// What digits without any prefix are.
    pub bare: Bare,
    /// The tenants whose lines it may reach; `None` for all.
    pub tenants: Option<BTreeSet<TenantId>>,
}

/// What digits without any prefix are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bare {
    /// An international number whose `+` was left out: `33472001122`.
    #[default]
    International,
    /// A national number: `2125550123` in North America, `612345678` in Spain.
    National,
}

impl Settings {
    /// A trunk without addresses and without a country, `00` before international and `0` before
    /// national numbers, open to all tenants.
    pub fn new(name: TrunkName) -> Self {
        Self {
            name,
            addresses: Vec::new(),
            country_code: None,
            international_prefixes: vec!["00".to_owned()],
            national_prefix: Some("0".to_owned()),
            bare: Bare::International,
            tenants: None,
        }
    }

    /// Whether calls of this trunk may reach lines of `tenant`.
    pub fn may_reach(&self, tenant: &TenantId) -> bool {
        self.tenants.as_ref().is_none_or(|t| t.contains(tenant))
    }
}
