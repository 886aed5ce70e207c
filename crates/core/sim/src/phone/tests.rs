//! Phones and a plain endpoint on one network.

use rappel_model::Random;
use rappel_sip::auth::{Algorithm, ha1};
use rappel_sip::{Credentials, UserId};

use super::*;
use crate::{Net, Weather};

const SERVER: &str = "192.0.2.1:5060";

/// A server that connects nobody: it challenges calls and answers them itself.
struct World {
    now: Now,
    net: Net,
    server: Endpoint,
    phone: Phone,
    incoming: Vec<rappel_sip::Incoming>,
}

fn world(weather: Weather, script: Script) -> World {
    let random = Random::from_seed(5);
    let password = Secret::new("secret");
    let mut server = Endpoint::new(Settings::default(), random.fork("server"));
    server.set_users(vec![Credentials {
        id: UserId {
            tenant: "acme".into(),
            user: "alice".into(),
        },
        username: "alice".into(),
        realm: "acme".into(),
        ha1: vec![(
            Algorithm::Sha256,
            ha1(Algorithm::Sha256, "alice", "acme", &password),
        )],
    }]);
    let account = Account {
        user: "alice".into(),
        password,
        address: "192.0.2.9:5062".parse().unwrap(),
        server: SERVER.parse().unwrap(),
        transport: Transport::Udp,
    };
    World {
        now: Now::default(),
        net: Net::new(weather, random.fork("net")),
        phone: Phone::new(account, script, &random),
        server,
        incoming: Vec::new(),
    }
}

impl World {
    fn run(&mut self, length: Duration) {
        let end = self.now.after(length);
        self.phone.handle_timeout(self.now);
        loop {
            self.drain();
            let next = [
                self.net.poll_timeout(),
                self.server.poll_timeout(),
                self.phone.poll_timeout(),
            ]
            .into_iter()
            .flatten()
            .map(|deadline| deadline.at)
            .min();
            let Some(next) = next.filter(|next| *next <= end.instant) else {
                break;
            };
            self.now = self.now.after(next.since(self.now.instant));
            while let Some(arrival) = self.net.poll_arrival(self.now) {
                if arrival.flow.local == self.phone.address() {
                    self.phone
                        .handle_input(self.now, &arrival.bytes, arrival.flow);
                } else {
                    let message = wire::parse(&arrival.bytes).unwrap();
                    let flow = arrival.flow;
                    self.server
                        .handle_input(self.now, Input::Received { message, flow });
                }
                self.drain();
            }
            self.server.handle_timeout(self.now);
            self.phone.handle_timeout(self.now);
        }
        self.now = end;
    }

    fn drain(&mut self) {
        while let Some((bytes, flow)) = self.phone.poll_output() {
            self.net.send(self.now, bytes, flow);
        }
        while let Some(output) = self.server.poll_output() {
            match output {
                Output::Send { bytes, flow, .. } => self.net.send(self.now, bytes, flow),
                Output::Incoming(incoming) if incoming.user.is_none() => {
                    self.server.challenge(self.now, incoming.dialog);
                }
                Output::Incoming(incoming) => {
                    let answer = Bytes::from_static(b"v=0");
                    self.server.accept(self.now, incoming.dialog, answer);
                    self.incoming.push(*incoming);
                }
                Output::Dialog {
                    dialog,
                    news: DialogNews::Offer { .. },
                    ..
                } => {
                    let answer = Bytes::from_static(b"held");
                    self.server.answer_offer(self.now, dialog, answer);
                }
                _ => {}
            }
        }
    }

    fn heard(&self) -> Vec<Heard> {
        let heard = self.phone.heard().iter();
        heard.map(|(_, heard)| heard.clone()).collect()
    }
}

fn after(seconds: u64, step: Step) -> (Duration, Step) {
    (Duration::from_secs(seconds), step)
}

#[test]
fn a_phone_registers_calls_with_its_password_and_hangs_up() {
    for weather in [Weather::FAIR, Weather::STORM] {
        let script = Script {
            manner: Manner::Ignore,
            steps: [
                after(1, Step::Register),
                after(40, Step::Call("600".into())),
                after(120, Step::HangUp),
            ]
            .into(),
        };
        let mut world = world(weather, script);
        world.run(Duration::from_secs(300));
        assert_eq!(
            world.heard(),
            [
                Heard::Registered,
                Heard::Answered(Bytes::from_static(b"v=0")),
                Heard::Ended(DialogEnd::ByeSent)
            ]
        );
        assert_eq!(world.incoming[0].uri.user().as_deref(), Some("600"));
        assert!(world.phone.is_idle());
        assert_eq!(world.server.live().dialogs, 0);
    }
}

#[test]
fn a_phone_answers_after_its_pause_and_holds() {
    let script = Script {
        manner: Manner::AnswerAfter(Duration::from_secs(3)),
        steps: [after(0, Step::Register), after(20, Step::Hold)].into(),
    };
    let mut world = world(Weather::FAIR, script);
    world.run(Duration::from_secs(1));
    let user = UserId {
        tenant: "acme".into(),
        user: "alice".into(),
    };
    let binding = world.server.bindings(world.now, &user).remove(0);
    let from = NameAddr::read("<sip:600@192.0.2.1>").unwrap();
    world.server.invite(
        world.now,
        Invite {
            target: binding.contact,
            way: binding.flow.into(),
            to: from.clone(),
            from,
            body: Bytes::from_static(b"v=0"),
            headers: Vec::new(),
            account: None,
            patience: None,
            max_forwards: None,
        },
    );
    world.run(Duration::from_secs(30));
    assert_eq!(
        world.heard(),
        [
            Heard::Registered,
            Heard::Called,
            Heard::Connected,
            Heard::Agreed(Some(Bytes::from_static(b"held")))
        ]
    );
    let (rang, up) = (world.phone.heard()[1].0, world.phone.heard()[2].0);
    assert!(up.since(rang) >= Duration::from_secs(3));
}
