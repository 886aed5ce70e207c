//! `[outside]`: what companies may call, and what it may cost a day.

use std::collections::BTreeMap;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_model::time::parse_duration;
use rappel_model::{PhoneNumber, TenantId};
use rappel_trunk::{Cost, MAX_PRICES, Policies, Policy, Prices};
use serde::Deserialize;

use super::fault::Fault;
use super::trunk::areas;

/// `[outside]`: every company's rules, and under `[outside.company.NAME]` those of one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Outside {
    /// Where calls may go.
    allow: Option<Vec<String>>,
    /// Where they may not, although `allow` says so.
    deny: Option<Vec<String>>,
    /// Calls outside at once, of one company.
    calls: Option<u32>,
    /// Answered calls a day, of one company.
    calls_per_day: Option<u32>,
    /// What they may cost a day, of one company: `"100"`.
    cost_per_day: Option<String>,
    /// Longest call: `"2h"`.
    longest: Option<String>,
    /// What a minute costs, by the first digits: `"+336" = "0.05"`.
    price: Option<BTreeMap<String, String>>,
    /// Those of single companies, by the name of their folder. What they do not say is as above.
    company: BTreeMap<String, Company>,
}

/// `[outside.company.NAME]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Company {
    allow: Option<Vec<String>>,
    deny: Option<Vec<String>>,
    calls: Option<u32>,
    calls_per_day: Option<u32>,
    cost_per_day: Option<String>,
    longest: Option<String>,
    price: Option<BTreeMap<String, String>>,
    /// Numbers that are the company's beside those of its lines.
    numbers: Vec<String>,
    /// The number that calls for help show.
    location: Option<String>,
}

impl Outside {
    /// The rules, or everything that is wrong with them.
    pub(crate) fn policies(&self) -> Result<Policies, Vec<Fault>> {
        let mut found = Vec::new();
        let own = self.as_company();
        let usual = own.policy(&["outside"], &Policy::default(), &mut found);
        let read = |(name, company): (&String, &Company)| {
            let policy = company.policy(&["outside", "company", name], &usual, &mut found);
            (TenantId::from(name.as_str()), policy)
        };
        let own = self.company.iter().map(read).collect();
        match found.is_empty() {
            true => Ok(Policies { usual, own }),
            false => Err(found),
        }
    }

    /// The companies that have rules of their own.
    pub(crate) fn companies(&self) -> impl Iterator<Item = &str> {
        self.company.keys().map(String::as_str)
    }

    fn as_company(&self) -> Company {
        Company {
            allow: self.allow.clone(),
            deny: self.deny.clone(),
            calls: self.calls,
            calls_per_day: self.calls_per_day,
            cost_per_day: self.cost_per_day.clone(),
            longest: self.longest.clone(),
            price: self.price.clone(),
            ..Company::default()
        }
    }
}

impl Company {
    /// Its rules; what it does not say is as in `usual`.
    fn policy(&self, place: &[&str], usual: &Policy, found: &mut Vec<Fault>) -> Policy {
        let mut tell = |key: &str, why: Words| {
            let path = place.iter().copied().chain([key]);
            found.push(Fault::value(path, why));
        };
        let mut policy = usual.clone();
        for (key, texts, areas) in [
            ("allow", &self.allow, &mut policy.allow),
            ("deny", &self.deny, &mut policy.deny),
        ] {
            let Some(texts) = texts else { continue };
            areas.clear();
            for text in texts {
                match text.parse() {
                    Ok(area) => areas.push(area),
                    Err(_) => tell(key, none_of(text)),
                }
            }
        }
        policy.calls = self.calls.unwrap_or(policy.calls);
        policy.calls_per_day = self.calls_per_day.unwrap_or(policy.calls_per_day);
        if let Some(text) = &self.cost_per_day {
            match text.parse() {
                Ok(cost) => policy.cost_per_day = cost,
                Err(_) => tell("cost_per_day", no_amount(text)),
            }
        }
        if let Some(text) = &self.longest {
            match parse_duration(text).filter(|l| LONGEST.contains(&l.as_secs())) {
                Some(longest) => policy.longest = longest,
                None => tell(
                    "longest",
                    words!(
                        "write a duration from 1m to 1d, such as \"2h\"",
                        "écrivez une durée de 1m à 1d, comme « 2h »"
                    ),
                ),
            }
        }
        if let Some(price) = &self.price {
            policy.prices = prices(price, &mut tell);
        }
        for text in &self.numbers {
            match number(text) {
                Some(number) => policy.owned.extend([number]),
                None => tell("numbers", no_number(text)),
            }
        }
        if let Some(text) = &self.location {
            match number(text) {
                Some(number) => policy.location = Some(number),
                None => tell("location", no_number(text)),
            }
        }
        policy
    }
}

fn prices(written: &BTreeMap<String, String>, tell: &mut impl FnMut(&str, Words)) -> Prices {
    if written.len() > MAX_PRICES {
        tell(
            "price",
            words!("at most {MAX_PRICES} rows", "au plus {MAX_PRICES} lignes"),
        );
    }
    let mut rows = Vec::new();
    for (prefix, cost) in written {
        match (prefix.parse(), cost.parse::<Cost>()) {
            (Ok(prefix), Ok(cost)) => rows.push((prefix, cost)),
            (Err(_), _) => tell(
                "price",
                words!(
                    "\"{prefix}\" is no first digits of numbers: write \"+33\" or \"36\"",
                    "« {prefix} » n'est pas un début de numéro : écrivez « +33 » ou « 36 »"
                ),
            ),
            (_, Err(_)) => tell("price", no_amount(cost)),
        }
    }
    Prices::new(rows)
}

fn number(text: &str) -> Option<PhoneNumber> {
    PhoneNumber::parse(text).filter(PhoneNumber::is_e164)
}

fn none_of(text: &str) -> Words {
    let areas = areas();
    words!(
        [areas] "\"{text}\" is none of {areas}",
        "« {text} » n'est aucun de : {areas}"
    )
}

fn no_amount(text: &str) -> Words {
    words!(
        "\"{text}\" is no amount: write \"0.02\" or \"50\"",
        "« {text} » n'est pas un montant : écrivez « 0.02 » ou « 50 »"
    )
}

fn no_number(text: &str) -> Words {
    words!(
        "\"{text}\" is no international number: write +33199000010",
        "« {text} » n'est pas un numéro international : écrivez +33199000010"
    )
}

/// Seconds a call may be limited to.
const LONGEST: std::ops::RangeInclusive<u64> = 60..=86_400;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Policies, Vec<Words>> {
        let outside: Outside = toml::from_str(text).expect("it is well formed");
        outside
            .policies()
            .map_err(|faults| faults.iter().map(Fault::told).collect())
    }

    #[test]
    fn a_company_says_only_what_is_different() {
        let text = "calls = 5\ncost_per_day = \"20.5\"\n[price]\n\"+33\" = \"0.02\"\n\
                    [company.a]\nallow = [\"home\", \"BE\"]\nnumbers = [\"+33199000099\"]\n";
        let policies = read(text).expect("it is good");
        let (usual, own) = (&policies.usual, policies.of(&"a".into()));
        assert_eq!((usual.calls, usual.cost_per_day), (5, Cost(20_500_000)));
        assert_eq!((own.calls, own.allow.len(), own.owned.len()), (5, 2, 1));
        assert_eq!(usual.allow.len(), 1);
        assert_eq!(policies.of(&"b".into()), usual);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_in_both_languages() {
        for (text, told) in [
            ("allow = [\"moon\"]", "[outside] allow: \"moon\""),
            ("cost_per_day = \"1 EUR\"", "[outside] cost_per_day:"),
            ("longest = \"1s\"", "[outside] longest:"),
            ("[price]\n\"33x\" = \"1\"", "[outside] price: \"33x\""),
            ("[price]\n\"+33\" = \"x\"", "[outside] price: \"x\""),
            (
                "[company.a]\nnumbers = [\"11\"]",
                "[outside.company.a] numbers: \"11\"",
            ),
            (
                "[company.a]\nlocation = \"x\"",
                "[outside.company.a] location:",
            ),
        ] {
            let problems = read(text).expect_err("it is wrong");
            assert!(problems[0].en.starts_with(told), "{}", problems[0].en);
            assert_ne!(problems[0].en, problems[0].fr);
        }
        let moon = &read("deny = [\"moon\"]").expect_err("it is no area")[0];
        assert!(
            moon.en
                .contains("a country (FR), a prefix (+33), all, home")
        );
        assert!(
            moon.fr
                .contains("un pays (FR), un préfixe (+33), all, home")
        );
    }
}
