//! The decision itself: from a host and what is known of it to addresses, or to the next questions
//! (RFC 3263 §4.1, §4.2).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rappel_model::Random;

use super::Target;
use super::weigh::weigh;
use crate::input::Transport;
use crate::records::{Answer, Naptr, RecordKind, Srv};
use crate::uri;
use crate::way::Host;

/// A question to the domain name system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Question {
    /// Lower-case, without a final dot.
    pub(super) name: String,
    pub(super) kind: RecordKind,
}

/// What follows from what is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// These must be known first; never empty.
    Ask(Vec<Question>),
    /// The addresses in order; none when there are none.
    Found(Vec<Target>),
}

/// What resolving meets on its way.
enum Missing {
    /// A record nobody asked for yet.
    Unknown(Vec<Question>),
    /// The name does not offer the service (RFC 2782: target `.`).
    NotOffered,
}

/// The addresses of `host`, as far as `known` says.
pub(super) fn resolve<'a>(
    host: &Host,
    known: &impl Fn(&Question) -> Option<&'a Answer>,
    random: &mut Random,
) -> Step {
    let search = Search { host, known };
    let targets = match (numeric(&host.name), host.port, host.transport) {
        (Some(ip), port, transport) => {
            let transport = transport.unwrap_or(Transport::Udp);
            let port = port.unwrap_or_else(|| transport.default_port());
            let address = SocketAddr::new(ip, port);
            let name = None;
            return Step::Found(vec![Target {
                transport,
                address,
                name,
            }]);
        }
        (None, Some(port), transport) => {
            search.addresses(port, transport.unwrap_or(Transport::Udp))
        }
        (None, None, Some(transport)) => search.by_transport(transport, random),
        (None, None, None) => search.by_preference(random),
    };
    match targets {
        Ok(mut targets) => {
            targets.truncate(MAX_TARGETS);
            Step::Found(targets)
        }
        Err(Missing::Unknown(questions)) => Step::Ask(questions),
        Err(Missing::NotOffered) => Step::Found(Vec::new()),
    }
}

struct Search<'h, F> {
    host: &'h Host,
    known: &'h F,
}

impl<'a, F: Fn(&Question) -> Option<&'a Answer>> Search<'_, F> {
    /// No port and no transport: NAPTR says what is preferred; without, each SRV name that we could
    /// use is asked; without, UDP at its usual port (RFC 3263 §4.1, §4.2).
    fn by_preference(&self, random: &mut Random) -> Result<Vec<Target>, Missing> {
        let services = match self.answer(&self.host.name, RecordKind::Naptr)? {
            Answer::Naptr(records) => services(records),
            _ => Vec::new(),
        };
        for (transport, name) in services {
            if let Some(servers) = self.servers(&name)? {
                return self.of_servers(servers, transport, random);
            }
        }
        let usual = [Transport::Udp, Transport::Tcp, Transport::Tls];
        // All at once: what is missing is asked together.
        let names = usual.map(|transport| service_name(transport, &self.host.name));
        self.all_known(names.iter().flatten(), RecordKind::Srv)?;
        for (transport, name) in usual.into_iter().zip(&names) {
            if let Some(name) = name
                && let Some(servers) = self.servers(name)?
            {
                return self.of_servers(servers, transport, random);
            }
        }
        self.addresses(Transport::Udp.default_port(), Transport::Udp)
    }

    /// The transport is given: its SRV name, else its usual port (RFC 3263 §4.2).
    fn by_transport(
        &self,
        transport: Transport,
        random: &mut Random,
    ) -> Result<Vec<Target>, Missing> {
        if let Some(name) = service_name(transport, &self.host.name)
            && let Some(servers) = self.servers(&name)?
        {
            return self.of_servers(servers, transport, random);
        }
        self.addresses(transport.default_port(), transport)
    }

    /// The records of an SRV name; `None` without any.
    fn servers(&self, name: &str) -> Result<Option<Vec<Srv>>, Missing> {
        match self.answer(name, RecordKind::Srv)? {
            Answer::Srv(records) if !records.is_empty() => Ok(Some(records.clone())),
            _ => Ok(None),
        }
    }

    fn of_servers(
        &self,
        servers: Vec<Srv>,
        transport: Transport,
        random: &mut Random,
    ) -> Result<Vec<Target>, Missing> {
        let offered: Vec<Srv> = servers
            .into_iter()
            .filter(|server| is_name(&server.target))
            .collect();
        if offered.is_empty() {
            return Err(Missing::NotOffered);
        }
        let named = offered.iter().map(|server| &server.target);
        self.all_known(
            named.filter(|target| numeric(target).is_none()),
            RecordKind::Address,
        )?;
        let mut targets = Vec::new();
        for server in weigh(offered, random) {
            for ip in self.ips(&server.target)? {
                let address = SocketAddr::new(ip, server.port);
                self.push(&mut targets, transport, address);
            }
        }
        Ok(targets)
    }

    /// The host's own addresses.
    fn addresses(&self, port: u16, transport: Transport) -> Result<Vec<Target>, Missing> {
        let mut targets = Vec::new();
        for ip in self.ips(&self.host.name)? {
            self.push(&mut targets, transport, SocketAddr::new(ip, port));
        }
        Ok(targets)
    }

    fn push(&self, targets: &mut Vec<Target>, transport: Transport, address: SocketAddr) {
        let target = Target {
            transport,
            address,
            name: Some(Arc::from(plain(&self.host.name))),
        };
        if !address.ip().is_unspecified() && address.port() != 0 && !targets.contains(&target) {
            targets.push(target);
        }
    }

    fn ips(&self, name: &str) -> Result<Vec<IpAddr>, Missing> {
        if let Some(ip) = numeric(name) {
            return Ok(vec![ip]);
        }
        match self.answer(name, RecordKind::Address)? {
            Answer::Addresses(ips) => Ok(ips.clone()),
            _ => Ok(Vec::new()),
        }
    }

    fn answer(&self, name: &str, kind: RecordKind) -> Result<&'a Answer, Missing> {
        let question = question(name, kind);
        (self.known)(&question).ok_or_else(|| Missing::Unknown(vec![question]))
    }

    fn all_known<'n>(
        &self,
        names: impl Iterator<Item = &'n String>,
        kind: RecordKind,
    ) -> Result<(), Missing> {
        let mut unknown: Vec<Question> = names
            .map(|name| question(name, kind))
            .filter(|question| (self.known)(question).is_none())
            .collect();
        unknown.sort();
        unknown.dedup();
        if unknown.is_empty() {
            Ok(())
        } else {
            Err(Missing::Unknown(unknown))
        }
    }
}

/// The services of NAPTR records that we speak, best first, with the SRV names they lead to. Others,
/// and flags that lead elsewhere, are passed over (RFC 3263 §4.1).
fn services(records: &[Naptr]) -> Vec<(Transport, String)> {
    let mut records: Vec<&Naptr> = records.iter().collect();
    records.sort_by_key(|record| (record.order, record.preference));
    let transport = |service: &str| {
        let service = service.to_ascii_uppercase();
        match service.as_str() {
            "SIP+D2U" => Some(Transport::Udp),
            "SIP+D2T" => Some(Transport::Tcp),
            "SIPS+D2T" => Some(Transport::Tls),
            "SIP+D2W" => Some(Transport::Ws),
            "SIPS+D2W" => Some(Transport::Wss),
            _ => None,
        }
    };
    records
        .into_iter()
        .filter(|record| record.flags.eq_ignore_ascii_case("s") && is_name(&record.replacement))
        .filter_map(|record| Some((transport(&record.service)?, record.replacement.clone())))
        .collect()
}

/// The SRV name of a transport (RFC 3263 §4.1); WebSocket has none.
fn service_name(transport: Transport, domain: &str) -> Option<String> {
    let prefix = match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
        Transport::Ws | Transport::Wss => return None,
    };
    Some(format!("{prefix}.{domain}"))
}

fn question(name: &str, kind: RecordKind) -> Question {
    let name = plain(name).to_ascii_lowercase();
    Question { name, kind }
}

fn plain(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Whether it is a name or an address, and neither `.` nor what nobody can ask for.
fn is_name(text: &str) -> bool {
    uri::Host::read(plain(text)).is_ok() || numeric(text).is_some()
}

fn numeric(text: &str) -> Option<IpAddr> {
    text.trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
}

/// Most addresses that one request tries.
const MAX_TARGETS: usize = 16;
