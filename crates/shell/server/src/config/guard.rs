//! `[guard]` and `[lamps]` of `rappel.toml`: who is heard at all, and what colleagues see.

use std::time::Duration;

use rappel_ivr::words;
use rappel_sip::auth::Policy;
use rappel_sip::guard::{Network, Settings, TrySettings};
use rappel_trunk::Source;
use serde::Deserialize;

use super::fault::Fault;
use super::reading::Said;

/// `[guard]`: floods, guesses at passwords, bans.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Guard {
    /// Messages of one kind per second that an address may send for ever.
    pub(crate) rate: u32,
    /// Messages of one kind it may send at once after a silence.
    pub(crate) burst: u32,
    /// Addresses and networks that are never banned; trunks need not be named.
    pub(crate) trusted: Vec<Written>,
    /// Wrong passwords for one name from one address before that name is refused there.
    pub(crate) tries: u32,
    /// Seconds it is refused at first; twice as long each time, up to an hour.
    pub(crate) block: u32,
    /// Offences within `window` seconds that ban an address.
    pub(crate) offences: u32,
    /// Seconds in which offences add up.
    pub(crate) window: u32,
    /// Seconds of the first ban; each further one is twice as long.
    pub(crate) ban: u32,
    /// Seconds of the longest ban.
    pub(crate) longest_ban: u32,
    /// Offer phones to prove the body of their messages too (`auth-int`).
    pub(crate) auth_int: bool,
    /// Believe phones that know nothing of `qop` (RFC 2069).
    pub(crate) without_qop: bool,
}

/// `[lamps]`: what phones are told of colleagues' calls.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Lamps {
    /// Whether a busy lamp also tells the number of the other party.
    pub(crate) show_numbers: bool,
}

/// An address or a network as an operator writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Written(pub(crate) Network);

impl TryFrom<String> for Written {
    type Error = Said;

    fn try_from(text: String) -> Result<Self, Said> {
        text.parse().map(Self).map_err(|_: String| {
            Said(words!(
                "`{text}` is no address or network: write 192.0.2.10 or 10.0.0.0/8",
                "« {text} » n'est ni une adresse ni un réseau : écrivez 192.0.2.10 ou 10.0.0.0/8"
            ))
        })
    }
}

impl Default for Guard {
    fn default() -> Self {
        let (guard, tries, digest) = (
            Settings::default(),
            TrySettings::default(),
            Policy::default(),
        );
        let seconds = |length: Duration| u32::try_from(length.as_secs()).unwrap_or(u32::MAX);
        Self {
            rate: guard.rate,
            burst: guard.burst,
            trusted: Vec::new(),
            tries: tries.tries,
            block: seconds(tries.block),
            offences: guard.offences,
            window: seconds(guard.window),
            ban: seconds(guard.ban),
            longest_ban: seconds(guard.longest_ban),
            auth_int: digest.integrity,
            without_qop: digest.without_qop,
        }
    }
}

impl Guard {
    /// What serde cannot see.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        for (key, value) in [
            ("rate", self.rate),
            ("burst", self.burst),
            ("tries", self.tries),
            ("block", self.block),
            ("offences", self.offences),
            ("window", self.window),
            ("ban", self.ban),
            ("longest_ban", self.longest_ban),
        ] {
            if !(1..=MOST).contains(&value) {
                let why = words!("1 to {MOST}, not {value}", "de 1 à {MOST}, pas {value}");
                found.push(Fault::bounds(["guard", key], why));
            }
        }
        let (ban, longest) = (self.ban, self.longest_ban);
        if longest < ban {
            let why = words!(
                "at least as long as the first ban, {ban} seconds, not {longest}",
                "au moins aussi long que le premier bannissement, {ban} secondes, pas {longest}"
            );
            found.push(Fault::bounds(["guard", "longest_ban"], why));
        }
        found
    }

    /// The settings of the guard, trunks left out.
    pub(crate) fn settings(&self) -> Settings {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Settings {
            rate: self.rate,
            burst: self.burst,
            trusted: self.trusted.iter().map(|trusted| trusted.0).collect(),
            offences: self.offences,
            window: seconds(self.window),
            ban: seconds(self.ban),
            longest_ban: seconds(self.longest_ban),
        }
    }

    /// How many wrong passwords are borne.
    pub(crate) fn tries(&self) -> TrySettings {
        TrySettings {
            tries: self.tries,
            block: Duration::from_secs(self.block.into()),
            ..TrySettings::default()
        }
    }

    /// How phones may prove who they are.
    pub(crate) fn digest(&self) -> Policy {
        Policy {
            integrity: self.auth_int,
            without_qop: self.without_qop,
        }
    }
}

/// The network of a trunk, whatever its port.
pub(crate) fn network(source: &Source) -> Option<Network> {
    let text = source.to_string();
    if let Ok(network) = text.parse() {
        return Some(network);
    }
    let address: std::net::SocketAddr = text.parse().ok()?;
    address.ip().to_string().parse().ok()
}

/// More than any bound here is good for: a month of seconds, or three million messages.
const MOST: u32 = 31 * 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_trunks_address_is_trusted() {
        for (source, inside) in [
            ("192.0.2.10", "192.0.2.10"),
            ("192.0.2.10:5080", "192.0.2.10"),
            ("192.0.2.0/24", "192.0.2.200"),
            ("2001:db8::/32", "2001:db8::7"),
            ("[2001:db8::1]:5060", "2001:db8::1"),
        ] {
            let network = network(&source.parse().expect("a source"));
            let network = network.expect(source);
            assert!(network.contains(inside.parse().expect("an address")));
        }
    }

    #[test]
    fn bounds_are_told_with_their_key() {
        let wrong = |change: fn(&mut Guard)| {
            let mut guard = Guard::default();
            change(&mut guard);
            guard.faults()[0].to_string()
        };
        assert_eq!(Guard::default().faults(), []);
        assert!(wrong(|g| g.rate = 0).starts_with("[guard] rate: 1 to"));
        assert!(wrong(|g| g.longest_ban = 10).contains("longest_ban: at least as long"));
    }
}
