//! Which trunk sent this call.

use std::net::SocketAddr;

use rappel_model::TrunkName;

use crate::settings::Settings;
use crate::source::Source;

/// All trunks of the engine, by where their calls come from.
#[derive(Clone, Debug, Default)]
pub struct Trunks {
    trunks: Vec<Settings>,
    /// Every source with the place of its trunk, the narrowest first.
    sources: Vec<(Source, usize)>,
}

/// What is wrong with the settings of trunks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Two trunks claim the same source; calls would always be the first one's.
    #[error("trunks {0} and {1} both claim {2}")]
    Claimed(TrunkName, TrunkName, Source),
    /// Two trunks have the same name.
    #[error("two trunks are called {0}")]
    SameName(TrunkName),
    /// A country code or a prefix, the key it is written by, is not made of digits.
    #[error("trunk {0}, {1}: \"{2}\" must be digits only")]
    NotDigits(TrunkName, &'static str, String),
    /// More sources than an arrival may have to look through.
    #[error("{0} trunk addresses in all, at most {MAX_SOURCES} are searched")]
    TooMany(usize),
}

impl Trunks {
    /// The trunks of the engine. Sources beyond [`MAX_SOURCES`] are not recognised; check with
    /// [`Trunks::problems`] first, to say so to the administrator.
    pub fn new(trunks: Vec<Settings>) -> Self {
        let mut sources: Vec<(Source, usize)> = trunks
            .iter()
            .enumerate()
            .flat_map(|(place, trunk)| trunk.addresses.iter().map(move |s| (*s, place)))
            .take(MAX_SOURCES)
            .collect();
        // A stable sort: of two equal sources the trunk that was written first wins.
        sources.sort_by_key(|(source, _)| std::cmp::Reverse(source.narrowness()));
        Self { trunks, sources }
    }

    /// The trunk that sends from `peer`, if any does: the longest prefix wins, then a source that
    /// names the port.
    pub fn arrival(&self, peer: SocketAddr) -> Option<&Settings> {
        self.sources
            .iter()
            .find(|(source, _)| source.contains(peer))
            .and_then(|&(_, place)| self.trunks.get(place))
    }

    /// All of them, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Settings> {
        self.trunks.iter()
    }

    /// A trunk by its name.
    pub fn named(&self, name: &TrunkName) -> Option<&Settings> {
        self.trunks.iter().find(|trunk| &trunk.name == name)
    }

    /// Everything an administrator should correct before these trunks are used.
    pub fn problems(trunks: &[Settings]) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut claimed: Vec<(Source, &TrunkName)> = Vec::new();
        for (place, trunk) in trunks.iter().enumerate() {
            if trunks[..place].iter().any(|t| t.name == trunk.name) {
                problems.push(Problem::SameName(trunk.name.clone()));
            }
            problems.extend(trunk.not_digits());
            for source in &trunk.addresses {
                match claimed.iter().find(|(s, _)| s == source) {
                    Some((_, other)) if *other != &trunk.name => problems.push(Problem::Claimed(
                        (*other).clone(),
                        trunk.name.clone(),
                        *source,
                    )),
                    Some(_) => {}
                    None => claimed.push((*source, &trunk.name)),
                }
            }
        }
        let count = trunks.iter().map(|t| t.addresses.len()).sum();
        if count > MAX_SOURCES {
            problems.push(Problem::TooMany(count));
        }
        problems
    }
}

impl Settings {
    fn not_digits(&self) -> impl Iterator<Item = Problem> {
        let country = self.country_code.iter().map(|text| ("country", text));
        let international = self.international_prefixes.iter();
        let international = international.map(|text| ("international", text));
        let national = self.national_prefix.iter().map(|text| ("national", text));
        country
            .chain(international)
            .chain(national)
            .filter(|(_, text)| text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()))
            .map(|(key, text)| Problem::NotDigits(self.name.clone(), key, text.clone()))
    }
}

/// Most sources of all trunks together: each arrival from a stranger looks at every one.
pub const MAX_SOURCES: usize = 4_096;

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn trunk(name: &str, addresses: &[&str]) -> Settings {
        Settings {
            addresses: addresses.iter().map(|a| a.parse().unwrap()).collect(),
            ..Settings::new(name.into())
        }
    }

    fn sender<'a>(trunks: &'a Trunks, peer: &str) -> Option<&'a str> {
        let found = trunks.arrival(peer.parse().unwrap());
        found.map(|t| t.name.as_str())
    }

    #[test]
    fn the_longest_prefix_wins_whatever_the_order() {
        let trunks = Trunks::new(vec![
            trunk("wide", &["198.51.0.0/16", "2001:db8::/32"]),
            trunk("narrow", &["198.51.100.0/24", "2001:db8:1::/48"]),
            trunk("one", &["198.51.100.7"]),
            trunk("port", &["198.51.100.7:5090"]),
        ]);
        for (peer, name) in [
            ("198.51.1.1:5060", Some("wide")),
            ("198.51.100.1:5060", Some("narrow")),
            ("198.51.100.7:5060", Some("one")),
            ("198.51.100.7:40000", Some("one")),
            ("198.51.100.7:5090", Some("port")),
            ("198.52.0.1:5060", None),
            ("[2001:db8:2::1]:5060", Some("wide")),
            ("[2001:db8:1::1]:5060", Some("narrow")),
            ("[2001:db9::1]:5060", None),
            ("[::ffff:198.51.100.7]:5060", Some("one")),
        ] {
            assert_eq!(sender(&trunks, peer), name, "{peer}");
        }
    }

    #[test]
    fn no_trunk_sends_when_there_is_none() {
        assert_eq!(sender(&Trunks::default(), "127.0.0.1:5060"), None);
    }

    #[test]
    fn two_trunks_may_not_claim_the_same_address() {
        let claims = [
            trunk("a", &["192.0.2.1", "192.0.2.1/32"]),
            trunk("b", &["192.0.2.0/24", "192.0.2.1"]),
        ];
        assert_eq!(
            Trunks::problems(&claims),
            [Problem::Claimed(
                "a".into(),
                "b".into(),
                "192.0.2.1".parse().unwrap()
            )]
        );
        let trunks = Trunks::new(claims.to_vec());
        assert_eq!(
            sender(&trunks, "192.0.2.1:5060"),
            Some("a"),
            "the first one written"
        );
    }

    #[test]
    fn names_and_digits_are_checked() {
        let mut wrong = trunk("a", &["192.0.2.1"]);
        wrong.country_code = Some("+33".to_owned());
        wrong.national_prefix = Some(String::new());
        assert_eq!(
            Trunks::problems(&[wrong, trunk("a", &["192.0.2.2"])]),
            [
                Problem::NotDigits("a".into(), "country", "+33".to_owned()),
                Problem::NotDigits("a".into(), "national", String::new()),
                Problem::SameName("a".into()),
            ]
        );
    }

    #[test]
    fn sources_have_a_bound() {
        let address = |n: usize| Ipv4Addr::from_bits(0x0a00_0000 + n as u32);
        let mut many = Settings::new("many".into());
        many.addresses = (0..=MAX_SOURCES)
            .map(|n| Source::address(address(n).into()))
            .collect();
        assert_eq!(
            Trunks::problems(std::slice::from_ref(&many)),
            [Problem::TooMany(MAX_SOURCES + 1)]
        );
        let trunks = Trunks::new(vec![many]);
        let peer = |n| SocketAddr::new(address(n).into(), 5060);
        assert!(trunks.arrival(peer(MAX_SOURCES - 1)).is_some());
        assert!(trunks.arrival(peer(MAX_SOURCES)).is_none());
    }
}
