//! REGISTER (RFC 3261 §10.3), digest included.

use std::time::Duration;

use super::phone::Phone;
use super::world::{World, invite, user, user_id};
use crate::auth::Algorithm;
use crate::guard::Report;
use crate::header::{Contact, MinExpires, NameAddr, WwwAuthenticate};
use crate::message::{Message, Method, StatusCode};
use crate::output::Output;
use crate::{ConnectionId, Input};

fn world() -> World {
    let mut world = World::new(30, 1);
    let alice = user("alice", &[Algorithm::Sha256, Algorithm::Md5]);
    let old = user("old", &[Algorithm::Md5]);
    world.act(0, |e, _| e.set_users(vec![alice, old]));
    world
}

fn devices(world: &World, name: &str) -> usize {
    world.nodes[0]
        .endpoint
        .bindings(world.now, &user_id(name))
        .len()
}

#[test]
fn a_phone_registers_and_is_found_behind_its_nat() {
    let mut world = world();
    let mut phone = Phone::new("alice", 41_000);
    let ok = phone.register(&mut world, "<sip:alice@10.0.0.7:5060>", 600);
    assert_eq!(ok.status().code(), 200);
    let contacts = ok.headers().all::<Contact>();
    assert_eq!(contacts[0].expires(), Some(600));
    let bindings = world.nodes[0]
        .endpoint
        .bindings(world.now, &user_id("alice"));
    assert_eq!(bindings[0].flow, phone.flow);
    assert_eq!(bindings[0].contact.to_string(), "sip:alice@10.0.0.7:5060");
    assert!(matches!(
        &world.nodes[0].other[..],
        [Output::Registered { devices: 1, .. }]
    ));
}

/// Some phones write their registrar's address, or its name, as their own. They are called by the way
/// they came, whatever they say, so nothing of it ever comes back to us.
#[test]
fn a_contact_that_is_our_own_address_makes_no_loop() {
    for contact in ["sip:alice@192.0.2.1:5060", "sip:alice@192.0.2.1"] {
        let mut world = world();
        let mut phone = Phone::new("alice", 41_003);
        let ok = phone.register(&mut world, &format!("<{contact}>"), 600);
        assert_eq!(ok.status().code(), 200);
        let user = user_id("alice");
        let binding = world.nodes[0].endpoint.bindings(world.now, &user).remove(0);
        assert_eq!(binding.contact.to_string(), contact);
        let before = world.for_peers.len();
        let mut call = invite(phone.flow, b"offer");
        call.target = binding.contact;
        call.way = binding.flow.into();
        let mut dialog = crate::DialogId(0);
        world.act(0, |e, now| dialog = e.invite(now, call));
        world.run(Duration::from_millis(50));
        let asked = world.requests().pop().expect("the INVITE").clone();
        assert_eq!(asked.uri().to_string(), contact);
        // It answers with the same Contact: ACK and BYE go where it is, too.
        let answer = asked.respond(StatusCode::OK).with_to_tag("phone");
        let contact = Contact::At(NameAddr::read(&format!("<{contact}>")).unwrap());
        world.hear(0, answer.with(&contact).into(), phone.flow);
        world.run(Duration::from_millis(50));
        world.act(0, |e, now| e.hang_up(now, dialog, None));
        world.run(Duration::from_millis(50));
        let sent = world.for_peers[before..].iter();
        let requests: Vec<_> = sent
            .filter_map(|(to, message)| match message {
                Message::Request(request) => Some((*to, request.method().clone())),
                Message::Response(_) => None,
            })
            .collect();
        let there = |method| (phone.flow.remote, method);
        assert_eq!(
            requests,
            [Method::Invite, Method::Ack, Method::Bye].map(there)
        );
        assert!(world.nodes[0].incoming.is_empty(), "nothing came back");
    }
}

#[test]
fn a_contact_that_cannot_be_called_by_sip_takes_no_place() {
    let mut world = world();
    for contact in [
        "<http://10.0.0.7>",
        "<tel:+33199000010>",
        "<mailto:a@b.example>",
    ] {
        let mut phone = Phone::new("alice", 41_002);
        let refusal = phone.register(&mut world, contact, 600);
        assert_eq!(refusal.status().code(), 400, "{contact}");
    }
    assert_eq!(devices(&world, "alice"), 0);
}

#[test]
fn exactly_the_algorithms_of_the_user_are_offered() {
    let mut world = world();
    let offered = |world: &mut World, name: &'static str| {
        let mut phone = Phone::new(name, 41_001);
        let request = phone.request("REGISTER", "");
        let refusal = phone.send(world, request);
        let challenges = refusal.headers().all::<WwwAuthenticate>();
        challenges
            .iter()
            .filter_map(|challenge| challenge.0.as_digest()?.algorithm.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(offered(&mut world, "alice"), ["SHA-256", "MD5"]);
    assert_eq!(offered(&mut world, "old"), ["MD5"]);
    let nobody = offered(&mut world, "nobody");
    assert_eq!(offered(&mut world, "nobody"), nobody, "always the same");
    assert!(
        nobody == ["SHA-256", "MD5"] || nobody == ["MD5"],
        "as somebody"
    );
    let mut old = Phone::new("old", 41_002);
    let ok = old.register(&mut world, "<sip:old@10.0.0.8>", 300);
    assert_eq!(ok.status().code(), 200);
}

#[test]
fn a_wrong_password_and_an_unknown_user_are_answered_the_same() {
    let mut world = world();
    let mut wrong = Phone::new("alice", 41_003);
    wrong.password = "guess";
    let refused = wrong.register(&mut world, "<sip:alice@10.0.0.7>", 600);
    let mut stranger = Phone::new("mallory", 41_004);
    let unknown = stranger.register(&mut world, "<sip:mallory@10.0.0.7>", 600);
    assert_eq!(refused.status(), unknown.status());
    assert_eq!(refused.status().code(), 403);
    assert_eq!(devices(&world, "alice"), 0);
}

#[test]
fn nobody_registers_for_somebody_else() {
    let mut world = world();
    let mut phone = Phone::new("old", 41_005);
    let request = phone.request("REGISTER", "Contact: <sip:x@10.0.0.7>\n");
    let refusal = phone.send(&mut world, request);
    let mut again = phone.request("REGISTER", "Contact: <sip:x@10.0.0.7>\n");
    let text = crate::wire::print(&again.clone().into());
    let text = String::from_utf8(text.to_vec()).unwrap();
    let text = text.replace("To: <sip:old@", "To: <sip:alice@");
    again = match crate::wire::parse(&text.into()) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    };
    let account = crate::auth::Account {
        username: "old".into(),
        password: rappel_model::Secret::new("secret"),
    };
    let mut random = rappel_model::Random::from_seed(1);
    assert!(crate::auth::answer(
        &mut again,
        &refusal,
        &account,
        1,
        &mut random
    ));
    assert_eq!(phone.send(&mut world, again).status().code(), 403);
    assert_eq!(devices(&world, "alice"), 0);
}

#[test]
fn expiry_is_bounded_both_ways() {
    let mut world = world();
    let mut phone = Phone::new("alice", 41_006);
    let brief = phone.register(&mut world, "<sip:alice@10.0.0.7>", 30);
    assert_eq!(brief.status().code(), 423);
    assert_eq!(brief.typed::<MinExpires>(), Some(MinExpires(60)));
    let long = phone.register(&mut world, "<sip:alice@10.0.0.7>", 86_400);
    assert_eq!(long.headers().all::<Contact>()[0].expires(), Some(3600));
}

#[test]
fn a_registration_ends_by_itself() {
    let mut world = world();
    let mut phone = Phone::new("alice", 41_007);
    phone.register(&mut world, "<sip:alice@10.0.0.7>", 60);
    world.run(Duration::from_secs(59));
    assert_eq!(devices(&world, "alice"), 1);
    world.run(Duration::from_secs(2));
    assert_eq!(devices(&world, "alice"), 0);
    assert!(matches!(
        world.nodes[0].other.last(),
        Some(Output::Registered { devices: 0, .. })
    ));
    world.settle();
    world.assert_clean();
}

#[test]
fn a_phone_leaves_with_zero_or_with_a_star() {
    let mut world = world();
    let mut desk = Phone::new("alice", 41_008);
    let mut mobile = Phone::new("alice", 41_009);
    desk.register(&mut world, "<sip:alice@10.0.0.7>", 600);
    mobile.register(&mut world, "<sip:alice@10.0.0.8>", 600);
    assert_eq!(devices(&world, "alice"), 2);
    desk.register(&mut world, "<sip:alice@10.0.0.7>", 0);
    assert_eq!(devices(&world, "alice"), 1);
    let bad = mobile.register(&mut world, "*", 600);
    assert_eq!(bad.status().code(), 400, "RFC 3261 §10.2.2: * only with 0");
    mobile.register(&mut world, "*", 0);
    assert_eq!(devices(&world, "alice"), 0);
}

#[test]
fn a_connection_that_dies_takes_its_devices_along() {
    let mut world = world();
    let mut phone = Phone::new("alice", 41_010).over_tcp(7);
    phone.register(&mut world, "<sip:alice@10.0.0.7;transport=tcp>", 600);
    assert_eq!(devices(&world, "alice"), 1);
    world.act(0, |e, now| {
        e.handle_input(now, Input::FlowClosed(ConnectionId(7)));
    });
    assert_eq!(devices(&world, "alice"), 0);
    world.settle();
    world.assert_clean();
}

#[test]
fn users_that_are_gone_lose_their_devices() {
    let mut world = world();
    let mut phone = Phone::new("alice", 41_011);
    phone.register(&mut world, "<sip:alice@10.0.0.7>", 600);
    world.act(0, |e, _| e.set_users(Vec::new()));
    assert_eq!(world.nodes[0].endpoint.live().bindings, 0);
    world.settle();
    world.assert_clean();
}

#[test]
fn a_call_follows_its_phone_to_a_new_connection() {
    let mut world = world();
    let mut phone = Phone::new("alice", 41_012).over_tcp(7);
    let contact = "<sip:alice@10.0.0.7;transport=tcp>";
    phone.register(&mut world, contact, 600);
    let target = "sip:alice@10.0.0.7;transport=tcp";
    let call = crate::Invite {
        target: target.parse().unwrap(),
        ..invite(phone.flow, b"offer")
    };
    world.act(0, |e, now| {
        e.invite(now, call);
    });
    world.run(Duration::from_millis(20));
    let invite = world.requests().last().copied().cloned().unwrap();
    let ok = invite
        .respond(StatusCode::OK)
        .with_to_tag("phone")
        .with(&Contact::At(NameAddr::read(contact).unwrap()));
    world.hear(0, ok.into(), phone.flow);
    world.act(0, |e, now| {
        e.handle_input(now, Input::FlowClosed(ConnectionId(7)));
    });
    let mut back = Phone::new("alice", 41_013).over_tcp(8);
    back.register(&mut world, contact, 600);
    let dialog = world.nodes[0].news[0].0;
    world.act(0, |e, now| e.hang_up(now, dialog, None));
    world.run(Duration::from_millis(20));
    let (to, bye) = world.for_peers.last().unwrap();
    assert_eq!(bye.cseq().method, Method::Bye);
    assert_eq!(*to, back.flow.remote);
}

#[test]
fn guesses_are_refused_unheard_and_the_guard_is_told() {
    let mut world = world();
    let mut wrong = Phone::new("alice", 41_020);
    wrong.password = "guess";
    for _ in 0..10 {
        assert_eq!(
            wrong
                .register(&mut world, "<sip:a@10.0.0.7>", 600)
                .status()
                .code(),
            403
        );
    }
    let source = wrong.flow.remote.ip();
    let told = world.nodes[0].reports.clone();
    assert_eq!(told, [Report::WrongPassword(source); 10]);
    let mut right = Phone::new("alice", 41_021);
    assert_eq!(
        right
            .register(&mut world, "<sip:a@10.0.0.7>", 600)
            .status()
            .code(),
        403
    );
    assert_eq!(world.nodes[0].reports.len(), 10, "nothing was looked at");
    let mut other = Phone::new("old", 41_022);
    assert_eq!(
        other
            .register(&mut world, "<sip:o@10.0.0.7>", 600)
            .status()
            .code(),
        200
    );
    world.run(Duration::from_secs(61));
    assert_eq!(
        right
            .register(&mut world, "<sip:a@10.0.0.7>", 600)
            .status()
            .code(),
        200
    );
}

/// RFC 5627 §5.2, RFC 5626 §6, RFC 3840 §5: what a phone says of itself comes back, with its GRUU.
#[test]
fn a_device_gets_its_public_gruu_and_its_own_words_back() {
    let mut world = world();
    let mut phone = Phone::new("alice", 41_023);
    let contact = "<sip:alice@10.0.0.7>;+sip.instance=\"<urn:uuid:1-2>\";reg-id=1;q=0.7;audio";
    let extra = format!("Contact: {contact}\nExpires: 600\nSupported: gruu, outbound, path\n");
    let ok = phone.prove(&mut world, "REGISTER", &extra);
    let told = ok
        .headers()
        .text(&crate::header::Name::Contact)
        .unwrap()
        .into_owned();
    for part in [
        "pub-gruu=\"sip:alice@192.0.2.1;gr=urn:uuid:1-2\"",
        "reg-id=1",
        "q=0.700",
        ";audio",
        "+sip.instance=\"<urn:uuid:1-2>\"",
        "expires=600",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let required = ok.headers().all::<crate::header::Require>();
    assert!(required.iter().any(|option| option.is("outbound")));
    let plain = phone.register(&mut world, "<sip:alice@10.0.0.7>", 600);
    let told = plain
        .headers()
        .text(&crate::header::Name::Contact)
        .unwrap()
        .into_owned();
    assert!(!told.contains("gruu"), "nobody asked for it: {told}");
}

/// RFC 3327: a call goes back through the proxies a phone registered by.
#[test]
fn a_call_takes_the_path_of_its_phone() {
    let mut world = world();
    let mut phone = Phone::new("alice", 41_024);
    let extra = "Contact: <sip:alice@10.0.0.7>\nExpires: 600\n\
                 Path: <sip:edge.example;lr>, <sip:inner.example;lr;ob>\n";
    let ok = phone.prove(&mut world, "REGISTER", extra);
    let path = crate::header::Name::Other("Path".into());
    assert_eq!(ok.headers().fields(&path).count(), 2);
    let call = crate::Invite {
        target: "sip:alice@10.0.0.7".parse().unwrap(),
        ..invite(phone.flow, b"offer")
    };
    world.act(0, |e, now| {
        e.invite(now, call);
    });
    world.run(Duration::from_millis(20));
    let requests = world.requests();
    let invite = requests.last().unwrap();
    let hops: Vec<String> = invite
        .headers()
        .fields(&crate::header::Name::Route)
        .map(|hop| hop.text().into_owned())
        .collect();
    assert_eq!(hops, ["<sip:edge.example;lr>", "<sip:inner.example;lr;ob>"]);
    let broken = phone.prove(&mut world, "REGISTER", "Path: <\nContact: <sip:a@b>\n");
    assert_eq!(broken.status().code(), 400);
}
