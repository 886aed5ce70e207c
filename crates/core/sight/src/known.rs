//! What is known of the engine's configuration, for diagnoses that need it. A saved trace may come
//! from anywhere: then nothing is known, and findings say so.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use rappel_model::{CallUid, LegId, Office, TenantId, Timestamp};
use rappel_sip::Network;
use rappel_sip::guard::Offence;
use rappel_sip::message::Request;
use rappel_sip::uri::Host;
use rappel_trunk::{Host as TrunkHost, Settings as Trunk, Transport as TrunkTransport, Trunks};

use crate::captured::{Captured, Passage};

/// The configuration as far as a diagnosis needs it.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// False when there is no configuration to look at.
    pub is_there: bool,
    /// Realms that phones are asked to log in to.
    pub realms: Vec<String>,
    /// The addresses where the engine answers, as peers see them; ports where they are known.
    pub addresses: Vec<SocketAddr>,
    /// The trunks as they are declared.
    pub trunks: Vec<Trunk>,
    /// Every number of every company.
    pub lines: Vec<KnownLine>,
    /// The short number of every person, by company.
    pub extensions: BTreeSet<(TenantId, String)>,
    /// How the phones of each company dial.
    pub offices: BTreeMap<TenantId, Office>,
    /// Every user that may register.
    pub users: Vec<KnownUser>,
    /// The users whose phones a short number rings: each with the number.
    pub phones: Vec<(String, String)>,
    /// What the store keeps of the voice of legs.
    pub media: BTreeMap<(CallUid, LegId), KnownMedia>,
}

/// One number of a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLine {
    /// Whose.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// E.164.
    pub number: String,
    /// The short number phones may dial instead.
    pub extension: Option<String>,
}

/// One user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownUser {
    /// Whose.
    pub tenant: TenantId,
    /// The name the phone registers with.
    pub name: String,
    /// Whether MD5 is all that is offered (`--old-phone`).
    pub old_phone: bool,
}

/// One address or network whose messages are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownBan {
    /// Which.
    pub source: Network,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub why: Offence,
}

/// The packets of one leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownMedia {
    /// Packets that came.
    pub received: u64,
    /// Packets that were sent.
    pub sent: u64,
    /// Packets that came in an encoding nobody agreed on.
    pub unread: u64,
}

impl Known {
    /// The trunk that calls from this address belong to, or whose host or registrar is written as this
    /// very address.
    pub fn trunk_of(&self, peer: SocketAddr) -> Option<Trunk> {
        let by_source = Trunks::new(self.trunks.clone()).arrival(peer).cloned();
        let is_here = |trunk: &&Trunk| hosts(trunk).any(|host| is_written(host, peer));
        by_source.or_else(|| self.trunks.iter().find(is_here).cloned())
    }

    /// The trunk that a request of the engine was for: one at that address, or one that the
    /// Request-URI names, which is how a trunk is known whose addresses only name servers know. Of
    /// several accounts with one carrier the one that sent it.
    pub fn trunk_asked(&self, request: &Request, destination: SocketAddr) -> Option<Trunk> {
        let by_address = self.trunk_of(destination);
        let user = request.from().uri.user();
        let is_asked = |trunk: &&Trunk| {
            let is_there = trunk
                .addresses
                .iter()
                .any(|from| from.contains(destination))
                || hosts(trunk).any(|host| is_written(host, destination));
            is_there || is_named(trunk, request)
        };
        let mut asked = self.trunks.iter().filter(is_asked);
        let is_sender = |trunk: &&Trunk| match (&trunk.login, &user) {
            (Some(login), Some(user)) => login.user == *user,
            _ => false,
        };
        let sender = asked.clone().find(is_sender).cloned();
        sender.or(by_address).or_else(|| asked.next().cloned())
    }

    /// Whether the engine sent this.
    pub fn sends(&self, message: &Captured) -> bool {
        match message.passage {
            Passage::Out => true,
            Passage::In => false,
            Passage::Across => self.is_ours(message.source),
        }
    }

    /// Whether the engine answers at this address.
    pub fn is_ours(&self, address: SocketAddr) -> bool {
        self.addresses.contains(&address)
    }

    /// A trunk whose address is like this one, and why it does not match: the same network, or the
    /// same address with another port.
    pub fn trunk_near(&self, peer: SocketAddr) -> Option<(&Trunk, String)> {
        self.trunks.iter().find_map(|trunk| {
            let near = trunk.addresses.iter().map(ToString::to_string);
            let mut near = near.filter(|written| is_near(written, peer.ip()));
            near.next().map(|written| (trunk, written))
        })
    }

    /// Whether a line, a person or a user has this number or name, in a company that has a user of the
    /// caller's name; in any when no company has.
    pub fn has_number(&self, caller: &str, dialled: &str) -> bool {
        let callers = self.users.iter().filter(|user| user.name == caller);
        let own: BTreeSet<&TenantId> = callers.map(|user| &user.tenant).collect();
        let within = |tenant: &TenantId| own.is_empty() || own.contains(tenant);
        let extensions = self.extensions.iter();
        let of_persons = extensions.map(|(tenant, number)| (tenant, number));
        let of_users = self.users.iter().map(|user| (&user.tenant, &user.name));
        let of_lines = self.lines.iter().flat_map(|line| {
            let both = [Some(&line.number), line.extension.as_ref()];
            both.into_iter()
                .flatten()
                .map(|number| (&line.tenant, number))
        });
        let mut all = of_persons.chain(of_users).chain(of_lines);
        all.any(|(tenant, number)| number == dialled && within(tenant))
    }

    /// The number most like this one among the lines, when one is nearly the same.
    pub fn line_near(&self, digits: &str) -> Option<&KnownLine> {
        let wanted = significant(digits);
        if wanted.len() < LEAST_ALIKE {
            return None;
        }
        let distance = |line: &KnownLine| distance(wanted, significant(&line.number));
        let nearest = self.lines.iter().min_by_key(|line| distance(line))?;
        (distance(nearest) <= MOST_DIFFERENT).then_some(nearest)
    }

    /// The line whose number ends like this one: the same number written in another form.
    pub fn line_in_another_form(&self, digits: &str) -> Option<&KnownLine> {
        let wanted = significant(digits).trim_start_matches('0');
        if wanted.len() < LEAST_ALIKE {
            return None;
        }
        self.lines.iter().find(|line| {
            let number = significant(&line.number);
            number.ends_with(wanted) || wanted.ends_with(number)
        })
    }

    /// The user of that name, or the one nearest to it.
    pub fn user_near(&self, name: &str) -> Option<&KnownUser> {
        let nearest = self
            .users
            .iter()
            .min_by_key(|user| distance(name, &user.name))?;
        (distance(name, &nearest.name) <= MOST_DIFFERENT).then_some(nearest)
    }
}

/// Where a trunk's requests go, as it is written.
fn hosts(trunk: &Trunk) -> impl Iterator<Item = &TrunkHost> {
    let registrar = trunk.register.iter().filter_map(|r| r.registrar.as_ref());
    trunk.host.iter().chain(registrar)
}

/// Whether a host is written as this very address.
fn is_written(host: &TrunkHost, peer: SocketAddr) -> bool {
    let usual = match host.transport {
        Some(TrunkTransport::Tls) => 5061,
        _ => 5060,
    };
    let ip = host.name.parse::<IpAddr>();
    ip.is_ok_and(|ip| ip.to_canonical() == peer.ip().to_canonical())
        && host.port.unwrap_or(usual) == peer.port()
}

/// Whether the Request-URI names a trunk's domain, host or registrar.
fn is_named(trunk: &Trunk, request: &Request) -> bool {
    let Some(uri) = request.uri().as_sip() else {
        return false;
    };
    let domain = trunk.domain.iter().map(|domain| (domain.as_str(), None));
    let hosts = hosts(trunk).map(|host| (host.name.as_str(), host.port));
    domain.chain(hosts).any(|(name, port)| {
        let host = match name.parse::<IpAddr>() {
            Ok(ip) => Ok(Host::from(ip)),
            Err(_) => Host::read(name),
        };
        host.is_ok_and(|host| host.same(&uri.host)) && (uri.port.is_none() || uri.port == port)
    })
}

/// Digits without the plus.
fn significant(number: &str) -> &str {
    number.trim_start_matches('+')
}

/// Whether the source `written` names the same network as `peer`: 24 bits of IPv4, 64 of IPv6.
fn is_near(written: &str, peer: IpAddr) -> bool {
    let address = written.split('/').next().unwrap_or_default();
    let ip = address
        .parse::<SocketAddr>()
        .map(|address| address.ip())
        .or_else(|_| address.parse::<IpAddr>());
    match (ip, peer.to_canonical()) {
        (Ok(IpAddr::V4(a)), IpAddr::V4(b)) => a.octets()[..3] == b.octets()[..3],
        (Ok(IpAddr::V6(a)), IpAddr::V6(b)) => a.segments()[..4] == b.segments()[..4],
        _ => false,
    }
}

/// How many characters must be changed, put in or left out to make `b` of `a` (Levenshtein). Texts are
/// cut at 32 characters.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(MAX_COMPARED).collect();
    let b: Vec<char> = b.chars().take(MAX_COMPARED).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let best = (diagonal + usize::from(x != y))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[b.len()]
}

/// Fewer digits are alike by chance.
const LEAST_ALIKE: usize = 5;
/// More differences are another number.
const MOST_DIFFERENT: usize = 2;
/// Characters that are compared.
const MAX_COMPARED: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: &str) -> KnownLine {
        KnownLine {
            tenant: "garage".into(),
            name: "accueil".into(),
            number: number.into(),
            extension: None,
        }
    }

    #[test]
    fn a_number_is_near_when_two_digits_differ() {
        let known = Known {
            lines: vec![line("+33472001122"), line("+33472001199")],
            ..Known::default()
        };
        let near = |digits| known.line_near(digits).map(|line| line.number.as_str());
        assert_eq!(near("+33472001132"), Some("+33472001122"));
        assert_eq!(near("+3347200112"), Some("+33472001122"));
        assert_eq!(near("+49301234567"), None);
        assert_eq!(near("104"), None);
        let form = |digits| known.line_in_another_form(digits).is_some();
        assert!(form("0472001122") && form("472001122") && !form("001122"));
    }

    #[test]
    fn a_trunk_of_the_same_network_is_near() {
        let mut trunk = Trunk::new("carrier".into());
        trunk.addresses = vec![
            "192.0.2.10".parse().unwrap(),
            "[2001:db8::1]:5060".parse().unwrap(),
        ];
        let known = Known {
            trunks: vec![trunk],
            ..Known::default()
        };
        let near = |peer: &str| {
            known
                .trunk_near(peer.parse().unwrap())
                .map(|(_, written)| written)
        };
        assert_eq!(near("192.0.2.11:5060").as_deref(), Some("192.0.2.10"));
        assert!(near("[2001:db8::2]:5060").is_some());
        assert_eq!(near("198.51.100.1:5060"), None);
    }
}
