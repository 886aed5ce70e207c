//! Calls, registrations and probes through a carrier whose addresses fail by chance: whatever
//! happens, each comes to its end and nothing is left.

use std::time::Duration;

use rappel_model::Random;

use super::outbound::{Carrier, PATIENCE, challenge, ok, response};
use super::world::invite;
use crate::header::{Expires, Field, Name, NameAddr};
use crate::message::{Message, Method, Request};
use crate::records::{Answer, RecordKind, Records, Srv};
use crate::{DialogId, DialogNews, Host, Input, Output, Probe, Registration, Way};

const ADDRESSES: u8 = 4;

#[test]
fn nothing_is_left_whatever_the_addresses_do() {
    for seed in 0..40 {
        Chaos::new(seed).run();
    }
}

struct Chaos {
    carrier: Carrier,
    random: Random,
    seed: u64,
    calls: Vec<DialogId>,
    probes: usize,
    registrations: usize,
    nonces: u32,
}

impl Chaos {
    fn new(seed: u64) -> Self {
        Self {
            carrier: Carrier::new(seed, ADDRESSES),
            random: Random::from_seed(seed).fork("chaos"),
            seed,
            calls: Vec::new(),
            probes: 0,
            registrations: 0,
            nonces: 0,
        }
    }

    fn run(mut self) {
        for _ in 0..150 {
            match self.random.below(8) {
                0 => self.call(),
                1 => self.probe(),
                2 => self.register(),
                3 => self.hang_up(),
                _ => {}
            }
            let pause = Duration::from_millis(self.random.below(1500));
            self.step(pause);
        }
        for call in self.calls.clone() {
            self.carrier
                .world
                .act(0, |e, now| e.hang_up(now, call, None));
        }
        self.carrier.world.act(0, |e, now| e.unregister_all(now));
        for _ in 0..300 {
            self.step(Duration::from_secs(1));
        }
        self.carrier.assert_clean();
        self.assert_ends();
    }

    /// Time passes, names are found or not, and every address answers by chance.
    fn step(&mut self, pause: Duration) {
        self.carrier.run(pause);
        self.names();
        for number in 1..=ADDRESSES {
            for request in self.carrier.take(number) {
                self.serve(number, &request);
            }
        }
    }

    fn call(&mut self) {
        let mut invite = invite(self.carrier.flow(1), b"offer");
        invite.way = self.way();
        invite.account = Some(Carrier::account());
        invite.patience = Some(PATIENCE.into());
        invite.target = "sip:bob@carrier.example".parse().unwrap();
        let now = self.carrier.world.now;
        let dialog = self.carrier.world.at(0).invite(now, invite);
        self.carrier.run(Duration::ZERO);
        self.calls.push(dialog);
    }

    fn probe(&mut self) {
        let probe = Probe {
            target: "sip:carrier.example".parse().unwrap(),
            way: self.way(),
            from: NameAddr::new("sip:rappel@192.0.2.1".parse().unwrap()),
            account: None,
            patience: PATIENCE,
        };
        self.probes += 1;
        self.carrier.world.act(0, |e, now| {
            e.probe(now, probe);
        });
    }

    fn register(&mut self) {
        if self.registrations == 3 {
            return;
        }
        self.registrations += 1;
        let registration = Registration {
            registrar: "sip:carrier.example".parse().unwrap(),
            way: self.way(),
            aor: NameAddr::new("sip:rappel@carrier.example".parse().unwrap()),
            account: Some(Carrier::account()),
            contact_user: "rappel".to_owned(),
            expires: 60,
            patience: Some(PATIENCE),
        };
        self.carrier.world.act(0, |e, now| {
            e.register_at(now, registration);
        });
    }

    fn hang_up(&mut self) {
        let at = self.random.below(self.calls.len().max(1) as u64);
        if let Some(call) = self.calls.get(usize::try_from(at).unwrap()).copied() {
            self.carrier
                .world
                .act(0, |e, now| e.hang_up(now, call, None));
        }
    }

    /// By a port, by SRV, or to a name that nobody has.
    fn way(&mut self) -> Way {
        let (name, port) = match self.random.below(6) {
            0 => ("nobody.example", Some(5060)),
            1..4 => ("carrier.example", None),
            _ => ("carrier.example", Some(5060)),
        };
        Way::Host(Host {
            name: name.to_owned(),
            port,
            transport: None,
        })
    }

    fn names(&mut self) {
        let mut asked = Vec::new();
        self.carrier.world.nodes[0]
            .other
            .retain(|output| match output {
                Output::Lookup { lookup, name, kind } => {
                    asked.push((*lookup, name.clone(), *kind));
                    false
                }
                _ => true,
            });
        for (lookup, name, kind) in asked {
            let answer = match (kind, name.as_str(), self.random.below(10)) {
                (_, _, 0) => continue,
                (_, _, 1) => Answer::Failed,
                (RecordKind::Srv, "_sip._udp.carrier.example", _) => Answer::Srv(vec![Srv {
                    priority: 1,
                    weight: 1,
                    port: 5060,
                    target: "sbc.carrier.example".to_owned(),
                }]),
                (RecordKind::Address, "carrier.example" | "sbc.carrier.example", _) => {
                    let ips = (1..=ADDRESSES).map(|n| Carrier::address(n).ip());
                    Answer::Addresses(ips.collect())
                }
                _ => Answer::Nothing,
            };
            let ttl = Duration::from_secs(self.random.below(20));
            let records = Records { answer, ttl };
            self.carrier.world.act(0, |e, now| {
                e.handle_input(now, Input::Found { lookup, records });
            });
        }
    }

    fn serve(&mut self, number: u8, request: &Request) {
        let chance = self.random.below(12);
        self.nonces += 1;
        let nonce = format!("nonce{}", self.nonces);
        match (request.method(), chance) {
            (Method::Ack, _) => {}
            (_, 0 | 1) => {}
            (_, 2) => self.carrier.send_failed(number),
            (_, 3) => self.carrier.reply(number, request, 503),
            (Method::Cancel, _) => self.carrier.reply(number, request, 200),
            (_, 4) => {
                let stale = self.random.chance(30);
                let ask = challenge(request, 401, &nonce, stale);
                self.carrier.answer(number, ask);
            }
            (Method::Invite, 5) => self.carrier.reply(number, request, 486),
            (Method::Invite, 6) => self.carrier.answer(number, response(request, 100)),
            (Method::Invite, 7 | 8) => self.carrier.reply(number, request, 180),
            (Method::Invite, _) => {
                let tag = format!("tag{number}{}", request.via().branch());
                let mut ok = ok(request, number, &tag);
                if self.random.chance(40) {
                    let named = "<sip:bob@sbc.carrier.example:5060>";
                    ok.remove(&Name::Contact);
                    ok.push_field(Field::new(Name::Contact, named));
                }
                self.carrier.answer(number, ok);
            }
            (Method::Register, _) => {
                let granted = response(request, 200).with(&Expires(30));
                self.carrier.answer(number, granted);
            }
            _ => self.carrier.reply(number, request, 200),
        }
    }

    /// Every call, probe and registration was told its end, once.
    fn assert_ends(&self) {
        let node = &self.carrier.world.nodes[0];
        for call in &self.calls {
            let ends = node.news.iter().filter(|(dialog, news)| {
                let is_end = matches!(news, DialogNews::Failed { .. } | DialogNews::Ended { .. });
                dialog == call && is_end
            });
            assert_eq!(ends.count(), 1, "seed {}: {call:?}", self.seed);
        }
        let probed = |output: &&Output| matches!(output, Output::Probed { .. });
        let probed = node.other.iter().filter(probed).count();
        assert_eq!(probed, self.probes, "seed {}", self.seed);
        let live = node.endpoint.live();
        assert_eq!(
            (live.registrations, live.probes),
            (0, 0),
            "seed {}",
            self.seed
        );
        let orphans = |(_, message): &&(_, Message)| matches!(message, Message::Response(_));
        assert_eq!(
            self.carrier.world.for_peers.iter().filter(orphans).count(),
            0
        );
    }
}
