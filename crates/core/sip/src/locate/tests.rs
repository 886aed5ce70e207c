//! A domain name system on paper, and what is found in it.

use super::*;
use crate::records::{Naptr, Srv};

/// A world of names.
struct Paper {
    locator: Locator<u32>,
    now: Now,
    zone: BTreeMap<(String, RecordKind), Answer>,
    /// What was asked, in order.
    asked: Vec<(String, RecordKind)>,
    ttl: Duration,
}

impl Paper {
    fn new() -> Self {
        Self {
            locator: Locator::new(Random::from_seed(1)),
            now: Now::default(),
            zone: BTreeMap::new(),
            asked: Vec::new(),
            ttl: Duration::from_secs(60),
        }
    }

    fn naptr(mut self, name: &str, records: &[(u16, u16, &str, &str, &str)]) -> Self {
        let records = records
            .iter()
            .map(|(order, preference, flags, service, to)| Naptr {
                order: *order,
                preference: *preference,
                flags: (*flags).to_owned(),
                service: (*service).to_owned(),
                replacement: (*to).to_owned(),
            });
        let answer = Answer::Naptr(records.collect());
        self.zone
            .insert((name.to_owned(), RecordKind::Naptr), answer);
        self
    }

    fn srv(mut self, name: &str, records: &[(u16, u16, u16, &str)]) -> Self {
        let records = records.iter().map(|(priority, weight, port, target)| Srv {
            priority: *priority,
            weight: *weight,
            port: *port,
            target: (*target).to_owned(),
        });
        let answer = Answer::Srv(records.collect());
        self.zone.insert((name.to_owned(), RecordKind::Srv), answer);
        self
    }

    fn address(mut self, name: &str, addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|ip| ip.parse().unwrap()).collect();
        let key = (name.to_owned(), RecordKind::Address);
        self.zone.insert(key, Answer::Addresses(addresses));
        self
    }

    /// The addresses of a host, looked up as far as needed.
    fn find(&mut self, host: &Host) -> Vec<String> {
        let mut found = self.locator.seek(self.now, 1, host);
        while found.is_none() {
            match self.locator.poll_output().expect("it asks or it finds") {
                LocatorOutput::Lookup { lookup, name, kind } => {
                    self.asked.push((name.clone(), kind));
                    let answer = self.zone.get(&(name, kind)).cloned();
                    let records = Records {
                        answer: answer.unwrap_or(Answer::Nothing),
                        ttl: self.ttl,
                    };
                    self.locator.found(self.now, lookup, records);
                }
                LocatorOutput::Located { targets, .. } => found = Some(targets),
            }
        }
        assert_eq!(self.locator.len(), 0, "something is left");
        let found = found.unwrap();
        found.iter().map(written).collect()
    }
}

fn written(target: &Target) -> String {
    let (transport, address) = (target.transport.via_name(), target.address);
    match &target.name {
        Some(name) => format!("{transport} {address} {name}"),
        None => format!("{transport} {address}"),
    }
}

fn host(name: &str, port: Option<u16>, transport: Option<Transport>) -> Host {
    Host {
        name: name.to_owned(),
        port,
        transport,
    }
}

#[test]
fn an_address_is_asked_of_nobody() {
    let mut paper = Paper::new();
    for (name, port, transport, found) in [
        ("192.0.2.7", None, None, "UDP 192.0.2.7:5060"),
        (
            "192.0.2.7",
            Some(5080),
            Some(Transport::Tcp),
            "TCP 192.0.2.7:5080",
        ),
        (
            "2001:db8::7",
            None,
            Some(Transport::Tls),
            "TLS [2001:db8::7]:5061",
        ),
        ("[2001:db8::7]", None, None, "UDP [2001:db8::7]:5060"),
    ] {
        assert_eq!(paper.find(&host(name, port, transport)), [found]);
    }
    assert_eq!(paper.asked, []);
}

#[test]
fn a_port_goes_straight_to_the_addresses_of_both_families() {
    let mut paper = Paper::new().address("pbx.example", &["192.0.2.1", "2001:db8::1"]);
    assert_eq!(
        paper.find(&host("PBX.example.", Some(5070), None)),
        [
            "UDP 192.0.2.1:5070 PBX.example",
            "UDP [2001:db8::1]:5070 PBX.example"
        ]
    );
    assert_eq!(
        paper.asked,
        [("pbx.example".to_owned(), RecordKind::Address)]
    );
}

#[test]
fn naptr_chooses_the_transport_and_what_nobody_knows_is_passed_over() {
    let mut paper = Paper::new()
        .naptr(
            "carrier.example",
            &[
                (10, 10, "s", "SIP+D2S", "_sip._sctp.carrier.example"),
                (10, 20, "u", "E2U+sip", "!^.*$!sip:x@y!"),
                (50, 50, "S", "sips+d2t", "_sips._tcp.elsewhere.example"),
                (90, 10, "s", "SIP+D2U", "_sip._udp.carrier.example"),
            ],
        )
        .srv(
            "_sips._tcp.elsewhere.example",
            &[(1, 1, 5071, "a.elsewhere.example")],
        )
        .address("a.elsewhere.example", &["192.0.2.5"]);
    // The certificate must carry the name that was asked for, not the one it led to.
    assert_eq!(
        paper.find(&host("carrier.example", None, None)),
        ["TLS 192.0.2.5:5071 carrier.example"]
    );
}

#[test]
fn without_naptr_the_first_transport_with_servers_is_taken() {
    let mut paper = Paper::new()
        .srv(
            "_sip._tcp.carrier.example",
            &[(20, 0, 5062, "b.example"), (10, 0, 5061, "a.example")],
        )
        .srv("_sips._tcp.carrier.example", &[(1, 0, 5061, "a.example")])
        .address("a.example", &["192.0.2.1", "192.0.2.2"])
        .address("b.example", &["192.0.2.3"]);
    assert_eq!(
        paper.find(&host("carrier.example", None, None)),
        [
            "TCP 192.0.2.1:5061 carrier.example",
            "TCP 192.0.2.2:5061 carrier.example",
            "TCP 192.0.2.3:5062 carrier.example",
        ]
    );
    // NAPTR, three SRV together, two hosts together.
    assert_eq!(paper.asked.len(), 6);
    // All of it is known now.
    paper.find(&host("carrier.example", None, Some(Transport::Tcp)));
    assert_eq!(paper.asked.len(), 6);
}

#[test]
fn without_any_record_the_name_itself_is_tried() {
    let mut paper = Paper::new().address("old.example", &["192.0.2.9"]);
    for (transport, found) in [
        (None, "UDP 192.0.2.9:5060 old.example"),
        (Some(Transport::Tls), "TLS 192.0.2.9:5061 old.example"),
        (Some(Transport::Wss), "WSS 192.0.2.9:443 old.example"),
    ] {
        assert_eq!(paper.find(&host("old.example", None, transport)), [found]);
    }
    assert_eq!(
        paper.find(&host("nobody.example", None, None)),
        Vec::<String>::new()
    );
}

#[test]
fn a_dot_says_no() {
    let mut paper = Paper::new()
        .srv("_sip._udp.no.example", &[(0, 0, 0, ".")])
        .address("no.example", &["192.0.2.9"]);
    let udp = host("no.example", None, Some(Transport::Udp));
    assert_eq!(paper.find(&udp), Vec::<String>::new());
}

#[test]
fn an_answer_that_may_not_be_kept_counts_once() {
    let mut paper = Paper::new()
        .srv("_sip._udp.c.example", &[(1, 1, 5060, "a.example")])
        .address("a.example", &["192.0.2.1"]);
    paper.ttl = Duration::ZERO;
    let udp = host("c.example", None, Some(Transport::Udp));
    assert_eq!(paper.find(&udp).len(), 1);
    paper.now = paper.now.after(Duration::from_secs(1));
    assert_eq!(paper.find(&udp).len(), 1);
    assert_eq!(paper.asked.len(), 4);
}

#[test]
fn hostile_answers_are_cut_and_lead_nowhere_twice() {
    let servers: Vec<_> = (0..2000_u16).map(|n| (n, 0, 5060, "a.example")).collect();
    let many: Vec<String> = (0..250).map(|n| format!("192.0.2.{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut paper = Paper::new()
        .srv("_sip._udp.big.example", &servers)
        .address("a.example", &many)
        .srv(
            "_sip._tcp.big.example",
            &[
                (1, 1, 5060, "not a name"),
                (2, 1, 0, "a.example"),
                (3, 1, 5060, "zero.example"),
            ],
        )
        .address("zero.example", &["0.0.0.0", "::"]);
    let found = paper.find(&host("big.example", None, Some(Transport::Udp)));
    assert_eq!(found.len(), MAX_RECORDS);
    let found = paper.find(&host("big.example", None, Some(Transport::Tcp)));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn one_question_serves_all_who_wait_and_silence_is_bounded() {
    let mut locator = Locator::new(Random::from_seed(2));
    let now = Now::default();
    let pbx = host("pbx.example", Some(5060), None);
    for key in 0..3 {
        assert_eq!(locator.seek(now, key, &pbx), None);
    }
    locator.forget(&1);
    assert!(matches!(
        locator.poll_output(),
        Some(LocatorOutput::Lookup { .. })
    ));
    assert_eq!(locator.poll_output(), None);
    let due = locator.poll_timeout().unwrap();
    let now = now.after(due.at.since(now.instant));
    locator.handle_timeout(now);
    let mut keys = Vec::new();
    while let Some(LocatorOutput::Located { key, targets }) = locator.poll_output() {
        assert_eq!(targets, []);
        keys.push(key);
    }
    assert_eq!(
        (keys, locator.len(), locator.poll_timeout()),
        (vec![0, 2], 0, None)
    );
    // The late answer is ignored, and for a moment nobody is asked again.
    let late = Records {
        answer: Answer::Nothing,
        ttl: Duration::ZERO,
    };
    locator.found(now, LookupId(1), late);
    assert_eq!(locator.seek(now, 9, &pbx), Some(Vec::new()));
}

#[test]
fn what_waits_is_bounded() {
    let mut locator = Locator::new(Random::from_seed(3));
    let now = Now::default();
    let pbx = host("pbx.example", Some(5060), None);
    for key in 0..MAX_SEEKING {
        assert_eq!(locator.seek(now, key, &pbx), None);
    }
    assert_eq!(locator.seek(now, MAX_SEEKING, &pbx), Some(Vec::new()));
    let mut locator = Locator::new(Random::from_seed(3));
    for key in 0..MAX_ASKED {
        let other = host(&format!("pbx{key}.example"), Some(5060), None);
        assert_eq!(locator.seek(now, key, &other), None);
    }
    assert_eq!(locator.seek(now, MAX_ASKED, &pbx), Some(Vec::new()));
}
