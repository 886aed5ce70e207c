//! What a company may call, and what it may cost: the money guard's rules.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::time::Duration;

use rappel_model::{PhoneNumber, TenantId};

use crate::destination::{Area, Destination, Kind, Prefix};

/// The rules of every company.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// Of those that have none of their own.
    pub usual: Policy,
    /// Of some.
    pub own: BTreeMap<TenantId, Policy>,
}

/// What one company may call, and what it may cost. Calls for help are outside of all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Where calls may go. Paid and short numbers only when they are named.
    pub allow: Vec<Area>,
    /// Where they may not, although `allow` says so.
    pub deny: Vec<Area>,
    /// Calls outside at once.
    pub calls: u32,
    /// Answered calls a day, of the company's time zone.
    pub calls_per_day: u32,
    /// What answered calls may cost a day, where prices are known.
    pub cost_per_day: Cost,
    /// Longest call outside.
    pub longest: Duration,
    /// What calls cost.
    pub prices: Prices,
    /// Numbers that are the company's beside those of its lines.
    pub owned: BTreeSet<PhoneNumber>,
    /// The number shown by calls for help: it tells where the company is.
    pub location: Option<PhoneNumber>,
}

/// An amount, in millionths of whatever the prices are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(pub u64);

/// What a minute costs, by the first digits of the number: the longest that fits counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices(Vec<(Prefix, Cost)>);

/// No amount of money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no amount: write 0.02 or 50, with up to six decimals")]
pub struct BadCost(String);

impl Policies {
    /// The rules of a company.
    pub fn of(&self, tenant: &TenantId) -> &Policy {
        self.own.get(tenant).unwrap_or(&self.usual)
    }
}

impl Policy {
    /// Whether a number may be called: help always; what `deny` names never; a paid number when
    /// `allow` names its kind and its country, or its digits; any other when `allow` names it.
    pub fn allows(&self, destination: &Destination) -> bool {
        if destination.kind == Kind::Emergency {
            return true;
        }
        let denied = |area: &Area| area.covers(destination) || area.has_country(destination);
        if self.deny.iter().any(denied) {
            return false;
        }
        let named = self.allow.iter().any(|area| area.covers(destination));
        let by_kind = destination.kind == Kind::Premium
            && !self
                .allow
                .iter()
                .any(|area| matches!(area, Area::Prefix(_)) && area.covers(destination));
        // `premium` alone would open the paid numbers of the whole world.
        named && (!by_kind || self.allow.iter().any(|area| area.has_country(destination)))
    }
}

impl Default for Policy {
    /// The company's own country, nothing that costs more than a call; 30 calls at once, 1,000 and a
    /// cost of 100 a day, two hours each.
    fn default() -> Self {
        Self {
            allow: vec![Area::Home],
            deny: Vec::new(),
            calls: 30,
            calls_per_day: 1_000,
            cost_per_day: Cost(100_000_000),
            longest: Duration::from_secs(2 * 3600),
            prices: Prices::default(),
            owned: BTreeSet::new(),
            location: None,
        }
    }
}

impl Prices {
    /// The table; rows beyond [`MAX_PRICES`] are left out.
    pub fn new(rows: impl IntoIterator<Item = (Prefix, Cost)>) -> Self {
        Self(rows.into_iter().take(MAX_PRICES).collect())
    }

    /// What a minute to a number costs. A number of no row costs what the dearest row says: a hole in
    /// the table must not be a hole in the purse. Without rows nothing costs anything.
    pub fn per_minute(&self, number: &PhoneNumber) -> Cost {
        let fitting = self.0.iter().filter(|(prefix, _)| prefix.begins(number));
        let row = fitting.max_by_key(|(prefix, _)| prefix.len());
        let dearest = || self.0.iter().map(|(_, cost)| *cost).max();
        row.map(|(_, cost)| *cost)
            .or_else(dearest)
            .unwrap_or_default()
    }
}

impl FromStr for Cost {
    type Err = BadCost;

    fn from_str(text: &str) -> Result<Self, BadCost> {
        let bad = || BadCost(text.to_owned());
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let plain = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        };
        if !plain(whole, 9) || !plain(decimals, 6) {
            return Err(bad());
        }
        let whole: u64 = whole.parse().map_err(|_| bad())?;
        let millionths: u64 = format!("{decimals:0<6}").parse().map_err(|_| bad())?;
        Ok(Self(whole * 1_000_000 + millionths))
    }
}

impl std::fmt::Display for Cost {
    /// To the hundredth, rounded up: what is spent is never told too low.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hundredths = self.0.div_ceil(10_000);
        write!(f, "{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

/// Most rows of one price table.
pub const MAX_PRICES: usize = 20_000;

#[cfg(test)]
mod tests {
    use rappel_model::Country;

    use super::*;

    fn to(number: &str) -> Destination {
        let number = PhoneNumber::parse(number).expect("a number");
        Destination::read(&number, Country::FRANCE).expect("it means something")
    }

    fn policy(allow: &[&str], deny: &[&str]) -> Policy {
        let areas = |words: &[&str]| words.iter().map(|w| w.parse().expect("an area")).collect();
        Policy {
            allow: areas(allow),
            deny: areas(deny),
            ..Policy::default()
        }
    }

    #[test]
    fn what_is_allowed_row_by_row() {
        for (allow, deny, number, allowed) in [
            (&["home"][..], &[][..], "0472001122", true),
            (&["home"], &[], "0612345678", true),
            (&["home"], &[], "+32470123456", false),
            (&["home"], &[], "0892123456", false),
            (&["home"], &[], "3631", false),
            (&["home", "short"], &[], "3631", true),
            (&["home", "36"], &[], "3631", true),
            (&["home", "36"], &[], "118712", false),
            (&["home", "premium"], &[], "0892123456", true),
            (&["home", "premium"], &[], "+447012345678", false),
            (&["home", "premium"], &[], "+8811234567", false),
            (&["all"], &[], "+8811234567", false),
            (&["home", "+33892"], &[], "0892123456", true),
            (&["home", "+33892"], &[], "0899123456", false),
            (&["all"], &["BE"], "+32470123456", false),
            (&["all"], &["+32470"], "+32471123456", true),
            (&["all", "premium"], &["premium"], "0892123456", false),
            (&["all"], &["international"], "+12125550123", false),
            (&["all"], &["mobile"], "0612345678", false),
            (&[], &[], "0472001122", false),
            (&[], &["all", "emergency"], "112", true),
            (&[], &["home"], "15", true),
        ] {
            let told = policy(allow, deny).allows(&to(number));
            assert_eq!(told, allowed, "{allow:?} {deny:?} {number}");
        }
    }

    #[test]
    fn the_longest_prefix_is_the_price_and_a_hole_costs_the_most() {
        let row = |prefix: &str, cost: &str| {
            (
                prefix.parse().expect("a prefix"),
                cost.parse().expect("an amount"),
            )
        };
        let prices = Prices::new([row("+33", "0.01"), row("+336", "0.02"), row("+32", "0.25")]);
        let of = |number: &str| prices.per_minute(&PhoneNumber::parse(number).expect("a number"));
        assert_eq!(of("+33472001122"), Cost(10_000));
        assert_eq!(of("+33612345678"), Cost(20_000));
        assert_eq!(of("+447700900123"), Cost(250_000));
        let nothing = Prices::default();
        let number = PhoneNumber::parse("+33472001122").expect("a number");
        assert_eq!(nothing.per_minute(&number), Cost(0));
    }

    #[test]
    fn a_price_table_has_a_bound() {
        let prefix = |n: usize| format!("+{n}").parse().expect("a prefix");
        let rows = (0..=MAX_PRICES).map(|n| (prefix(n + 1_000_000), Cost(1)));
        assert_eq!(Prices::new(rows).0.len(), MAX_PRICES);
    }

    #[test]
    fn amounts_are_read_exactly() {
        for (text, millionths) in [
            ("0.02", 20_000),
            ("50", 50_000_000),
            ("0.000001", 1),
            ("999999999.999999", 999_999_999_999_999),
        ] {
            assert_eq!(text.parse(), Ok(Cost(millionths)));
        }
        for text in ["", ".5", "1,5", "-1", "0.0000001", "1 EUR", "1e3", "+1"] {
            assert!(text.parse::<Cost>().is_err(), "{text}");
        }
        assert_eq!(Cost(1_234_001).to_string(), "1.24");
    }
}
