//! Our registration at a registrar: at once, in time, through challenges, failures and NATs
//! (RFC 3261 §10.2, RFC 5626 §4).

use std::time::Duration;

use bytes::Bytes;

use super::outbound::{Carrier, PATIENCE, challenge, response};
use super::world::address;
use crate::header::{Authorization, Contact, Expires, MinExpires, NameAddr};
use crate::message::{Method, Request};
use crate::{
    ConnectionId, Flow, Input, Output, Registration, RegistrationId, RegistrationState, Transport,
    Way,
};

const MOMENT: Duration = Duration::from_millis(50);

struct Trunk {
    carrier: Carrier,
    id: RegistrationId,
}

impl Trunk {
    /// A registration of an hour, begun now; nothing was answered yet.
    fn new(seed: u64, addresses: u8) -> Self {
        let mut carrier = Carrier::new(seed, addresses);
        let id = Self::register(&mut carrier, Carrier::way());
        carrier.name();
        carrier.run(MOMENT);
        Self { carrier, id }
    }

    fn register(carrier: &mut Carrier, way: Way) -> RegistrationId {
        let registration = Registration {
            registrar: "sip:carrier.example".parse().unwrap(),
            way,
            aor: NameAddr::new("sip:rappel@carrier.example".parse().unwrap()),
            account: Some(Carrier::account()),
            contact_user: "line1".to_owned(),
            expires: 3600,
            patience: Some(PATIENCE),
        };
        let mut id = None;
        carrier
            .world
            .act(0, |e, now| id = Some(e.register_at(now, registration)));
        id.unwrap()
    }

    /// The REGISTER that waits at address `number`.
    fn asked(&mut self, number: u8) -> Request {
        if self.carrier.name() > 0 {
            self.carrier.run(MOMENT);
        }
        self.carrier.only(number, Method::Register)
    }

    /// The next REGISTER at address `number`, which must come within that time.
    fn next(&mut self, number: u8, within: Duration) -> Request {
        let end = self.carrier.world.now.after(within);
        while self.carrier.world.now.instant < end.instant {
            self.carrier.run(Duration::from_millis(100));
            self.carrier.name();
            if let Some(request) = self.carrier.take(number).pop() {
                return request;
            }
        }
        panic!("no REGISTER within {within:?}")
    }

    /// Grants what was asked for `seconds`, seen where it is.
    fn grant(&mut self, number: u8, request: &Request, seconds: u32) {
        let mut ok = response(request, 200).with_to_tag("registrar");
        let mut contact = request.typed::<Contact>().unwrap();
        if let Contact::At(address) = &mut contact {
            address.params.set("expires", &seconds.to_string());
        }
        ok.push(&contact);
        self.carrier.answer(number, ok);
    }

    /// What was told since.
    fn states(&mut self) -> Vec<RegistrationState> {
        let mut states = Vec::new();
        let id = self.id;
        self.carrier.world.nodes[0]
            .other
            .retain(|output| match output {
                Output::Registration {
                    registration,
                    state,
                } if *registration == id => {
                    states.push(state.clone());
                    false
                }
                _ => true,
            });
        states
    }

    fn words(&mut self) -> Vec<String> {
        let states = self.states();
        let word = |state: &RegistrationState| match state {
            RegistrationState::Registering => "registering".to_owned(),
            RegistrationState::Registered { granted, .. } => {
                format!("registered {}", granted.as_secs())
            }
            RegistrationState::Refused { status, reason, .. } => format!("{status} {reason}"),
            RegistrationState::Unreachable { status, .. } => match status {
                Some(status) => format!("unreachable {status}"),
                None => "unreachable".to_owned(),
            },
            RegistrationState::Left => "left".to_owned(),
        };
        states.iter().map(word).collect()
    }
}

fn proof(request: &Request) -> Option<(String, u32)> {
    let credentials = request.typed::<Authorization>()?.0;
    let digest = credentials.as_digest()?;
    Some((digest.nonce.clone(), digest.nonce_count?))
}

#[test]
fn it_is_made_at_once_challenged_refreshed_in_time_and_left() {
    let mut trunk = Trunk::new(40, 1);
    let first = trunk.asked(1);
    assert_eq!(first.uri().to_string(), "sip:carrier.example");
    assert_eq!(first.to().uri.to_string(), "sip:rappel@carrier.example");
    assert_eq!(first.from().uri, first.to().uri);
    assert_eq!(first.typed::<Expires>(), Some(Expires(3600)));
    let contact = first.typed::<Contact>().unwrap();
    assert_eq!(
        contact.address().unwrap().uri.to_string(),
        "sip:line1@192.0.2.1:5060"
    );
    trunk.carrier.answer(1, challenge(&first, 401, "n", false));
    let again = trunk.asked(1);
    assert_eq!(proof(&again), Some(("n".to_owned(), 1)));
    assert_eq!(
        (again.call_id(), again.from()),
        (first.call_id(), first.from())
    );
    assert_eq!(again.cseq().number, first.cseq().number + 1);
    trunk.grant(1, &again, 120);
    assert_eq!(trunk.words(), ["registering", "registered 120"]);
    // At 80 to 90 %, with the nonce that is known, counted on.
    trunk.carrier.run(Duration::from_secs(95));
    assert_eq!(trunk.carrier.take(1), []);
    trunk.carrier.run(Duration::from_secs(14));
    let refresh = trunk.asked(1);
    assert_eq!(proof(&refresh), Some(("n".to_owned(), 2)));
    assert_eq!(refresh.cseq().number, again.cseq().number + 1);
    assert_eq!(refresh.call_id(), first.call_id());
    trunk.grant(1, &refresh, 120);
    assert_eq!(trunk.words(), ["registered 120"]);
    let id = trunk.id;
    trunk.carrier.world.act(0, |e, now| e.unregister(now, id));
    trunk.carrier.run(MOMENT);
    let last = trunk.asked(1);
    assert_eq!(last.typed::<Expires>(), Some(Expires(0)));
    assert_eq!(proof(&last), Some(("n".to_owned(), 3)));
    trunk.carrier.answer(1, response(&last, 200));
    assert_eq!(trunk.words(), ["left"]);
    trunk.carrier.assert_clean();
    assert_eq!(
        trunk.carrier.world.nodes[0].endpoint.live().registrations,
        0
    );
}

#[test]
fn a_count_is_not_used_again_after_a_refusal() {
    let mut trunk = Trunk::new(41, 1);
    let first = trunk.asked(1);
    trunk.carrier.answer(1, challenge(&first, 401, "n", false));
    let again = trunk.asked(1);
    trunk.carrier.reply(1, &again, 500);
    trunk.carrier.run(Duration::from_secs(5));
    assert_eq!(proof(&trunk.asked(1)), Some(("n".to_owned(), 2)));
}

#[test]
fn too_brief_and_wrong_password() {
    let mut trunk = Trunk::new(42, 1);
    let first = trunk.asked(1);
    trunk
        .carrier
        .answer(1, response(&first, 423).with(&MinExpires(7200)));
    let longer = trunk.asked(1);
    assert_eq!(longer.typed::<Expires>(), Some(Expires(7200)));
    trunk.carrier.answer(1, challenge(&longer, 401, "1", false));
    let again = trunk.asked(1);
    trunk.carrier.answer(1, challenge(&again, 401, "2", false));
    assert_eq!(trunk.words(), ["registering", "401 Unauthorized"]);
    // Not at once again.
    trunk.carrier.run(Duration::from_secs(14));
    assert_eq!(trunk.carrier.take(1), []);
    let third = trunk.next(1, Duration::from_secs(17));
    assert_eq!(trunk.words(), ["registering"]);
    trunk.grant(1, &third, 7200);
    assert_eq!(trunk.words(), ["registered 7200"]);
}

#[test]
fn a_registrar_that_was_down_has_us_back_within_half_a_minute() {
    for seed in 0..5 {
        let mut trunk = Trunk::new(50 + seed, 2);
        // Ten minutes of silence at both its addresses.
        trunk.carrier.run(Duration::from_secs(600));
        let told = trunk.words();
        assert!(told.contains(&"unreachable".to_owned()), "{told:?}");
        trunk.carrier.take(1);
        trunk.carrier.take(2);
        // It is back: whatever comes is granted.
        let mut waited = Duration::ZERO;
        while trunk.carrier.world.nodes[0].other.iter().all(|output| {
            !matches!(
                output,
                Output::Registration {
                    state: RegistrationState::Registered { .. },
                    ..
                }
            )
        }) {
            trunk.carrier.run(Duration::from_millis(100));
            trunk.carrier.name();
            waited += Duration::from_millis(100);
            for number in 1..=2 {
                for request in trunk.carrier.take(number) {
                    trunk.grant(number, &request, 300);
                }
            }
            assert!(waited < Duration::from_secs(30), "seed {seed}: {waited:?}");
        }
    }
}

#[test]
fn the_second_address_takes_it_when_the_first_is_mute() {
    let mut trunk = Trunk::new(43, 2);
    trunk.asked(1);
    trunk.carrier.run(PATIENCE);
    let second = trunk.asked(2);
    trunk.grant(2, &second, 100);
    let states = trunk.states();
    let Some(RegistrationState::Registered { flow, until, .. }) = states.last() else {
        panic!("{states:?}")
    };
    assert_eq!(flow.remote, Carrier::address(2));
    let left = until.since(trunk.carrier.world.now.wall);
    assert!(left <= Duration::from_secs(100) && left > Duration::from_secs(99));
}

#[test]
fn behind_a_nat_the_address_it_gives_us_is_registered() {
    let mut trunk = Trunk::new(44, 1);
    let first = trunk.asked(1);
    let mut ok = response(&first, 200).with_to_tag("registrar");
    let mut via = first.via().clone();
    via.stamp("198.51.100.77:62001".parse().unwrap());
    ok.set_via(via.clone());
    trunk.carrier.answer(1, ok.with(&Expires(600)));
    assert_eq!(trunk.words(), ["registering", "registered 600"]);
    let again = trunk.asked(1);
    let contacts = again.headers().all::<Contact>();
    let seen = contacts.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        seen,
        [
            "<sip:line1@198.51.100.77:62001>",
            "<sip:line1@192.0.2.1:5060>;expires=0"
        ]
    );
    let mut ok = response(&again, 200).with_to_tag("registrar");
    let mut stamped = again.via().clone();
    stamped.stamp("198.51.100.77:62001".parse().unwrap());
    ok.set_via(stamped);
    trunk.carrier.answer(1, ok.with(&Expires(600)));
    assert_eq!(trunk.carrier.take(1), []);
    // And its binding is kept: two line ends every 25 s.
    let alive = |trunk: &Trunk| {
        let all = trunk.carrier.world.unreadable.iter();
        all.filter(|(to, bytes)| {
            *to == Carrier::address(1) && *bytes == Bytes::from_static(b"\r\n\r\n")
        })
        .count()
    };
    assert_eq!(alive(&trunk), 0);
    trunk.carrier.run(Duration::from_secs(101));
    assert_eq!(alive(&trunk), 4);
}

#[test]
fn a_broken_connection_and_a_new_address_of_ours_are_told_at_once() {
    let mut carrier = Carrier::new(45, 1);
    let connection = Some(ConnectionId(7));
    let flow = Flow {
        transport: Transport::Tcp,
        local: address(1),
        remote: Carrier::address(1),
        connection: None,
    };
    let id = Trunk::register(&mut carrier, Way::Flow(flow));
    carrier.run(MOMENT);
    let mut trunk = Trunk { carrier, id };
    let first = trunk.asked(1);
    let contact = first.typed::<Contact>().unwrap().to_string();
    assert_eq!(contact, "<sip:line1@192.0.2.1:5060;transport=tcp>");
    let ok = response(&first, 200).with(&Expires(600));
    let open = Flow { connection, ..flow };
    trunk.carrier.world.hear(0, ok.into(), open);
    trunk.carrier.run(MOMENT);
    let states = trunk.states();
    assert!(matches!(
        states.last(),
        Some(RegistrationState::Registered { flow, .. }) if *flow == open
    ));
    trunk.carrier.world.act(0, |e, now| {
        e.handle_input(now, Input::FlowClosed(ConnectionId(7)))
    });
    trunk.carrier.run(MOMENT);
    let again = trunk.asked(1);
    assert_eq!(trunk.words(), ["registering"]);
    let ok = response(&again, 200).with(&Expires(600));
    trunk.carrier.world.hear(0, ok.into(), open);
    trunk
        .carrier
        .world
        .act(0, |e, now| e.addresses_changed(now));
    trunk.carrier.run(MOMENT);
    trunk.asked(1);
    assert_eq!(trunk.words(), ["registered 600"]);
}

#[test]
fn leaving_a_registrar_that_is_mute_takes_two_seconds() {
    let mut trunk = Trunk::new(46, 1);
    let first = trunk.asked(1);
    trunk.grant(1, &first, 3600);
    trunk.carrier.world.act(0, |e, now| e.unregister_all(now));
    trunk.carrier.run(Duration::from_millis(1900));
    assert_eq!(trunk.words(), ["registering", "registered 3600"]);
    trunk.carrier.run(Duration::from_millis(200));
    assert_eq!(trunk.words(), ["left"]);
    trunk.carrier.assert_clean();
}

#[test]
fn registrations_are_bounded() {
    let mut carrier = Carrier::new(47, 1);
    let most = crate::Limits::default().registrations;
    for _ in 0..most {
        Trunk::register(&mut carrier, Carrier::way());
    }
    let id = Trunk::register(&mut carrier, Carrier::way());
    let mut trunk = Trunk { carrier, id };
    assert_eq!(trunk.words(), ["left"]);
    let live = trunk.carrier.world.nodes[0].endpoint.live();
    assert_eq!(live.registrations, most);
}
