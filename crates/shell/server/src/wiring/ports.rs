//! Taking the ports: SIP's, and the range for voice.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rappel_net::media::{PortError, PortRange, Ports};
use rappel_net::sip::{BindError, Listen, Sockets};
use rappel_sip::{Listener, Listeners};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Port;
use crate::config::engine::Engine;
use crate::config::sip::Sip;

/// Takes the SIP ports; for the first listener one of the next when the plan allows it.
pub(super) fn sip(sip: &Sip, port: Port) -> Result<Sockets, String> {
    let mut listens: Vec<Listen> = sip.places().into_iter().map(|place| place.listen).collect();
    let first = listens[0].address.port();
    let last = match port {
        Port::Exactly => first,
        Port::OrNext => first.saturating_add(MAX_NEXT),
    };
    loop {
        let wanted = listens[0].address;
        match Sockets::bind(&listens) {
            Ok(sockets) => return Ok(sockets),
            Err(BindError::Taken(taken)) if taken == wanted && wanted.port() < last => {
                listens[0].address.set_port(wanted.port() + 1);
            }
            Err(BindError::Taken(address)) => {
                let key = match address == wanted {
                    true => "[sip] port",
                    false => "[[sip.listener]] port",
                };
                return Err(format!(
                    "port {} is taken by another program on this machine; end it, or set another \
                     port in rappel.toml: {key}",
                    address.port()
                ));
            }
            Err(other) => return Err(format!("{other}; {}", remedy(&other))),
        }
    }
}

/// Where signalling is reachable, now that every port is known.
pub(super) fn listeners(sip: &Sip, sockets: &Sockets) -> Listeners {
    let bound = sip.places().into_iter().zip(sockets.shown());
    let each = bound.flat_map(|(place, shown)| {
        let ipv6 = place.listen.address.is_ipv6();
        let networks = place.networks;
        let transports = place.listen.transports.into_iter();
        transports.map(move |transport| Listener {
            transport,
            shown,
            ipv6,
            networks: networks.clone(),
        })
    });
    Listeners::new(each.collect())
}

/// What to do when the SIP port cannot be had.
fn remedy(error: &BindError) -> &'static str {
    match error {
        BindError::NotHere(_) => {
            "set one of its own (`ip address` shows them) or \"auto\" in rappel.toml: [sip] address; \
             the address of a router in front of it belongs to [sip] advertise"
        }
        BindError::Denied(_) => {
            "ports below 1024 need a privilege: set another in rappel.toml: [sip] port"
        }
        BindError::Unspecified(_) => "set it in rappel.toml: [sip] advertise",
        BindError::Taken(_) | BindError::Io(..) => "see rappel.toml: [sip] address and port",
    }
}

/// Takes the ports for voice, shared out evenly among the pacing threads; those of one of the next
/// ranges when another engine has them all and the plan allows it.
pub(super) fn media(engine: &Engine, port: Port) -> Result<Vec<Ports>, String> {
    allow_many_files();
    let (mut first, mut last) = engine.media.ports()?;
    let width = last - first + 1;
    let mut tries = match port {
        Port::Exactly => 1,
        Port::OrNext => MAX_NEXT,
    };
    loop {
        tries -= 1;
        match range(engine, first, last) {
            Err(PortError::Exhausted { .. }) if tries > 0 && u16::MAX - last >= width => {
                (first, last) = (first + width, last + width);
            }
            Err(error) => {
                return Err(format!(
                    "{error}; set another range in rappel.toml: [media] ports = \"{first}-{last}\""
                ));
            }
            Ok(ports) => {
                let most = usize::from(last - first).div_ceil(2);
                let bound = ports.iter().map(|share| share.shown().len()).sum();
                if are_few(bound, most) {
                    tracing::warn!(
                        "only {bound} of {most} pairs of ports for voice are free, one for each leg: \
                         other programs have the rest; set another range in rappel.toml: [media] \
                         ports = \"{first}-{last}\""
                    );
                }
                return Ok(ports);
            }
        }
    }
}

/// Whether so many pairs of a range are taken that calls will be refused long before its end. A pair
/// here and there is lost in every range that programs draw their own ports from.
const fn are_few(bound: usize, most: usize) -> bool {
    bound * 10 < most * 9
}

fn range(engine: &Engine, first: u16, last: u16) -> Result<Vec<Ports>, PortError> {
    let own = engine.sip.address.resolve();
    // The name of a port within the engine; what peers are told depends on their network.
    let shown = engine.sip.advertise.unwrap_or(own);
    let mut range = PortRange::new(voice(&engine.sip), Some(shown), first, last);
    let share = range.left().div_ceil(engine.media.threads);
    (0..engine.media.threads)
        .map(|_| range.bind(share))
        .collect()
}

/// The address voice is received at: that of `[sip]`; all of the machine's where a listener has another,
/// because its peers are told to send voice to that one. All of IPv6 is all of IPv4, too.
fn voice(sip: &Sip) -> IpAddr {
    let own = sip.address.resolve();
    let others: Vec<IpAddr> = (sip.places().into_iter())
        .map(|place| place.listen.address.ip())
        .filter(|ip| *ip != own)
        .collect();
    let all_ipv4 = own.is_ipv4() && others.iter().all(IpAddr::is_ipv4);
    match (others.is_empty(), all_ipv4) {
        (true, _) => own,
        (false, true) => Ipv4Addr::UNSPECIFIED.into(),
        (false, false) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// Every port is a file to the system, and its usual limit is made for programs with few. Raising
/// the soft limit to the hard one needs no privilege; where even that fails, binding says so.
fn allow_many_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

/// How many ports, or ranges, behind the wanted one are tried.
const MAX_NEXT: u16 = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sip::Address;

    #[test]
    fn voice_is_received_where_signalling_is_and_everywhere_when_that_is_at_several_places() {
        let bound = |text: &str| voice(&toml::from_str::<Sip>(text).expect("it can be read"));
        let one = "address = \"10.0.0.1\"\nadvertise = \"203.0.113.5\"\n";
        let listener = |address: &str| {
            format!(
                "{one}[[listener]]\ntransports = [\"udp\"]\nport = 5070\naddress = \"{address}\""
            )
        };
        assert_eq!(bound(one).to_string(), "10.0.0.1");
        assert_eq!(bound(&listener("10.0.0.1")).to_string(), "10.0.0.1");
        assert_eq!(bound(&listener("2001:db8::1")).to_string(), "::");
        assert_eq!(bound(&listener("192.168.1.1")).to_string(), "0.0.0.0");
    }

    #[test]
    fn a_range_that_others_have_taken_is_told_of_and_a_pair_or_two_are_not() {
        assert!(are_few(1, 50) && are_few(44, 50));
        assert!(!are_few(45, 50) && !are_few(50, 50));
    }

    #[test]
    fn an_address_of_another_machine_is_refused_with_its_key_and_remedy() {
        let settings = Sip {
            // RFC 5737 keeps it for documentation: no machine has it.
            address: Address::Fixed("192.0.2.99".parse().expect("it is an address")),
            ..Sip::default()
        };
        let why = sip(&settings, Port::Exactly).expect_err("it is not ours");
        for told in [
            "192.0.2.99:5060 is not an address of this machine",
            "rappel.toml: [sip] address",
            "\"auto\"",
        ] {
            assert!(why.contains(told), "{why}");
        }
    }
}
