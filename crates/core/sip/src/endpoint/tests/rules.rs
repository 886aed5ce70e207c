//! The small print of RFC 3261 §8.2 and §12.2.2: what is refused, and how.

use std::time::Duration;

use bytes::Bytes;

use super::carol::Carol;
use super::world::{World, request};
use crate::header::{Allow, Name, Supported, Unsupported};
use crate::output::Output;

const BOB: &str = "sip:bob@192.0.2.1";

fn ask(text: &str) -> World {
    let mut world = World::new(90, 1);
    say(&mut world, text);
    world
}

fn say(world: &mut World, text: &str) {
    world.say("192.0.2.9:5060".parse().unwrap(), 0, text);
    world.run(Duration::from_millis(20));
}

#[test]
fn options_are_answered_with_what_we_can_do() {
    let world = ask(&request("OPTIONS", "sip:192.0.2.1", "a", 1, ""));
    let ok = world.responses()[0];
    assert_eq!(ok.status().code(), 200);
    assert_eq!(ok.headers().all::<Allow>().len(), 11);
    assert!(ok.to().tag().is_some());
    let supported = ok.headers().all::<Supported>();
    for extension in ["100rel", "timer", "replaces", "path", "outbound", "gruu"] {
        assert!(supported.iter().any(|s| s.is(extension)), "{extension}");
    }
}

#[test]
fn methods_we_do_not_serve_are_405_and_unknown_ones_501() {
    for (method, status) in [
        ("MESSAGE", 405),
        ("PUBLISH", 405),
        ("NOTIFY", 405),
        ("REFER", 403),
        ("DANCE", 501),
    ] {
        let world = ask(&request(method, BOB, "a", 1, ""));
        assert_eq!(world.statuses(), [status], "{method}");
        let allows = !world.responses()[0].headers().all::<Allow>().is_empty();
        assert_eq!(allows, status != 403);
    }
}

#[test]
fn an_extension_that_must_be_understood_is_420() {
    let world = ask(&request(
        "INVITE",
        BOB,
        "a",
        1,
        "Require: 100rel, precondition, sec-agree\n",
    ));
    assert_eq!(world.statuses(), [420]);
    assert_eq!(
        world.responses()[0].headers().all::<Unsupported>(),
        [
            Unsupported("precondition".into()),
            Unsupported("sec-agree".into())
        ]
    );
}

#[test]
fn other_refusals() {
    let hops = request("INVITE", BOB, "a", 1, "").replace("Max-Forwards: 70", "Max-Forwards: 0");
    let scheme = request("INVITE", "mailto:bob@example.com", "a", 1, "");
    let nowhere = request("INVITE", BOB, "a", 1, "")
        .lines()
        .filter(|line| !line.starts_with("Contact"))
        .fold(String::new(), |text, line| text + line + "\n");
    let body = request("INVITE", BOB, "a", 1, "Content-Type: text/plain\n")
        .replace("Content-Length: 0\n\n", "Content-Length: 2\n\nhi");
    for (text, status) in [(hops, 483), (scheme, 416), (nowhere, 400), (body, 415)] {
        assert_eq!(ask(&text).statuses(), [status]);
    }
}

#[test]
fn a_description_among_other_parts_is_the_offer_and_an_optional_body_is_none() {
    let mixed = "Content-Type: multipart/mixed;boundary=b\n";
    // What is beyond the length said before line ends are made CRLF is cut from the epilogue.
    let parts = "--b\nContent-Type: application/sdp\n\nher offer\n\
                 --b\nContent-Type: application/ISUP\n\
                 Content-Disposition: signal;handling=optional\n\nx\n--b--\nnothing that is read";
    let optional = "Content-Type: text/plain\n\
                    Content-Disposition: session;handling=optional\n";
    for (extra, body, offer) in [(mixed, parts, "her offer"), (optional, "hello", "")] {
        let carol = Carol::calls(extra, body);
        assert_eq!(carol.statuses("INVITE"), [100]);
        let incoming = carol.world.nodes[0].incoming.last().expect("it is told");
        assert_eq!(incoming.body, offer);
    }
    let required = parts.replace("optional", "required");
    assert_eq!(Carol::calls(mixed, &required).statuses("INVITE"), [415]);
}

#[test]
fn a_packed_body_is_415_with_what_would_be_read() {
    let packed = "Content-Type: application/sdp\nContent-Encoding: gzip\n";
    let (up, tag) = up();
    let invite = ask(&request("INVITE", BOB, "a", 1, packed)
        .replace("Content-Length: 0\n\n", "Content-Length: 2\n\nhi"));
    let told = |world: &World| {
        let response = world.responses().pop().expect("it is answered");
        let headers = response.headers();
        let coding = headers.text(&Name::AcceptEncoding).unwrap_or_default();
        (response.status().code(), coding.into_owned())
    };
    let expected = (415, "identity".to_owned());
    assert_eq!(told(&invite), expected);
    let mut world = up;
    for (method, branch, cseq, kind) in [
        ("UPDATE", "c", 11, "application/sdp"),
        ("INFO", "d", 12, "application/dtmf-relay"),
        ("INVITE", "e", 13, "application/sdp"),
    ] {
        let packed = format!("Content-Type: {kind}\nContent-Encoding: gzip\n");
        let text = within(&tag, method, branch, cseq, &packed)
            .replace("Content-Length: 0\n\n", "Content-Length: 2\n\nhi");
        say(&mut world, &text);
        assert_eq!(told(&world), expected, "{method}");
    }
}

#[test]
fn what_proxies_must_understand_we_must_too() {
    let ask_for = |what: &str| ask(&request("INVITE", BOB, "a", 1, what)).statuses();
    assert_eq!(ask_for("Proxy-Require: foo\n"), [420]);
    assert_eq!(ask_for("Proxy-Require: privacy\n"), [100]);
    assert_eq!(ask_for("Require: timer, replaces, 100rel\n"), [100]);
}

#[test]
fn an_encrypted_invite_is_493() {
    let text = request(
        "INVITE",
        BOB,
        "a",
        1,
        "Content-Type: application/pkcs7-mime\n",
    )
    .replace("Content-Length: 0\n\n", "Content-Length: 2\n\nhi");
    assert_eq!(ask(&text).statuses(), [493]);
}

#[test]
fn an_info_package_nobody_asked_for_is_469() {
    let (mut world, tag) = up();
    let info = |branch, cseq, kind: &str| {
        let headers = format!("Info-Package: foo\nContent-Type: {kind}\n");
        within(&tag, "INFO", branch, cseq, &headers)
            .replace("Content-Length: 0\n\n", "Content-Length: 8\n\nSignal=5")
    };
    say(&mut world, &info("c", 11, "text/foo"));
    say(&mut world, &info("d", 12, "application/dtmf-relay"));
    assert_eq!(world.statuses(), [469, 200]);
    assert!(world.responses()[0].headers().has(&Name::RecvInfo));
}

#[test]
fn a_route_through_a_strict_router_goes_as_rfc_2543_has_it() {
    let route = "Record-Route: <sip:192.0.2.20>, <sip:192.0.2.21;lr>\n";
    let mut world = ask(&request("INVITE", BOB, "a", 1, route));
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| e.accept(now, dialog, Bytes::new()));
    world.run(Duration::from_millis(20));
    let ok = world.responses().last().copied().cloned().unwrap();
    say(
        &mut world,
        &within(ok.to().tag().unwrap(), "ACK", "b", 1, ""),
    );
    world.act(0, |e, now| e.hang_up(now, dialog, None));
    world.run(Duration::from_millis(20));
    let bye = world.requests().last().copied().cloned().unwrap();
    let routes = bye.headers().all::<crate::header::Route>();
    let routes: Vec<String> = routes.iter().map(|route| route.0.uri.to_string()).collect();
    assert_eq!(
        bye.uri().to_string(),
        "sip:192.0.2.20",
        "RFC 3261 §12.2.1.1"
    );
    assert_eq!(routes, ["sip:192.0.2.21;lr", "sip:carol@192.0.2.9:5060"]);
}

#[test]
fn requests_of_unknown_dialogs_are_481() {
    for method in ["BYE", "INFO", "INVITE", "PRACK", "UPDATE", "REFER"] {
        let text = request(method, BOB, "a", 1, "")
            .replace(&format!("To: <{BOB}>"), &format!("To: <{BOB}>;tag=gone"));
        assert_eq!(ask(&text).statuses(), [481], "{method}");
    }
    assert_eq!(ask(&request("BYE", BOB, "a", 1, "")).statuses(), [481]);
    assert_eq!(ask(&request("CANCEL", BOB, "a", 1, "")).statuses(), [481]);
}

#[test]
fn an_invite_that_came_by_two_paths_is_482_once() {
    let mut world = ask(&request("INVITE", BOB, "a", 1, ""));
    say(&mut world, &request("INVITE", BOB, "b", 1, ""));
    assert_eq!(world.statuses(), [100, 482]);
    assert_eq!(world.nodes[0].incoming.len(), 1);
}

/// A call of the scripted peer that is up; gives our tag.
fn up() -> (World, String) {
    let mut world = ask(&request("INVITE", BOB, "a", 10, ""));
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| e.accept(now, dialog, Bytes::new()));
    world.run(Duration::from_millis(20));
    let tag = world
        .responses()
        .last()
        .unwrap()
        .to()
        .tag()
        .unwrap()
        .to_owned();
    say(&mut world, &within(&tag, "ACK", "b", 10, ""));
    world.for_peers.clear();
    (world, tag)
}

fn within(tag: &str, method: &str, branch: &str, cseq: u32, extra: &str) -> String {
    request(method, BOB, branch, cseq, extra)
        .replace(&format!("To: <{BOB}>"), &format!("To: <{BOB}>;tag={tag}"))
}

#[test]
fn requests_out_of_order_are_500() {
    let (mut world, tag) = up();
    say(&mut world, &within(&tag, "INFO", "c", 12, ""));
    say(&mut world, &within(&tag, "INFO", "d", 11, ""));
    say(&mut world, &within(&tag, "INFO", "e", 13, ""));
    assert_eq!(world.statuses(), [200, 500, 200]);
}

#[test]
fn info_is_answered_and_told() {
    let (mut world, tag) = up();
    let text = within(
        &tag,
        "INFO",
        "c",
        11,
        "Content-Type: application/dtmf-relay\n",
    )
    .replace("Content-Length: 0\n\n", "Content-Length: 8\n\nSignal=5");
    say(&mut world, &text);
    assert_eq!(world.statuses(), [200]);
    assert_eq!(
        world.news(0).last().map(String::as_str),
        Some("Info { content_type: \"application/dtmf-relay\", body: \"Signal=5\" }")
    );
}

#[test]
fn info_nobody_understands_is_415_with_what_would_be() {
    let (mut world, tag) = up();
    let text = within(&tag, "INFO", "c", 11, "Content-Type: text/plain\n")
        .replace("Content-Length: 0\n\n", "Content-Length: 5\n\nhello");
    say(&mut world, &text);
    say(
        &mut world,
        &text
            .replace("Content-Type: text/plain\n", "")
            .replace(": 11", ": 12")
            .replace("z9hG4bKc", "z9hG4bKd"),
    );
    say(&mut world, &within(&tag, "INFO", "e", 13, ""));
    say(&mut world, &within(&tag, "OPTIONS", "f", 14, ""));
    assert_eq!(world.statuses(), [415, 415, 200, 200]);
    let accept = |at: usize| {
        let response = world.responses()[at];
        response
            .headers()
            .text(&Name::Accept)
            .map(|text| text.into_owned())
    };
    let keys = "application/dtmf-relay, application/dtmf";
    assert_eq!(accept(0).as_deref(), Some(keys));
    assert_eq!(accept(3), Some(format!("application/sdp, {keys}")));
    let told = world.news(0);
    assert!(!told.iter().any(|news| news.contains("hello")), "{told:?}");
}

#[test]
fn another_branch_of_a_fork_does_not_reach_the_dialog() {
    let (mut world, tag) = up();
    let stranger = within(&tag, "BYE", "c", 11, "").replace("tag=carol", "tag=dave");
    say(&mut world, &stranger);
    assert_eq!(world.statuses(), [481]);
    assert_eq!(world.nodes[0].endpoint.live().dialogs, 1);
}

#[test]
fn a_bye_that_comes_again_later_is_481() {
    let (mut world, tag) = up();
    say(&mut world, &within(&tag, "BYE", "c", 11, ""));
    say(&mut world, &within(&tag, "BYE", "c", 11, ""));
    say(&mut world, &within(&tag, "BYE", "d", 12, ""));
    assert_eq!(world.statuses(), [200, 200, 481]);
    world.settle();
    world.assert_clean();
}

#[test]
fn a_request_without_its_core_headers_is_400_once() {
    let peer = "192.0.2.9:5060".parse().unwrap();
    let options = request("OPTIONS", BOB, "a", 1, "");
    let from = "From: <sip:carol@192.0.2.9>;tag=carol\n";
    let faulty = [
        options.replace(from, ""),
        options.replace("Call-ID: scripted\n", ""),
        options.replace("CSeq: 1", "CSeq: 99999999999"),
        request("INVITE", "sip:@192.0.2.1", "a", 1, ""),
    ];
    for text in faulty {
        let mut world = ask(&text);
        let mut answers = std::mem::take(&mut world.unreadable);
        let printed =
            |(to, message): (_, crate::message::Message)| (to, crate::wire::print(&message));
        answers.extend(world.for_peers.drain(..).map(printed));
        let [(to, bytes)] = &answers[..] else {
            panic!("{answers:?}")
        };
        assert!(
            bytes.starts_with(b"SIP/2.0 400 ") && *to == peer,
            "{bytes:?}"
        );
        assert!(bytes.len() < 2 * text.len());
        world.settle();
        world.assert_clean();
        say(
            &mut world,
            &text.replace("OPTIONS", "ACK").replace("INVITE", "ACK"),
        );
        assert!(world.unreadable.is_empty() && world.for_peers.is_empty());
    }
}

#[test]
fn what_cannot_be_read_is_400_and_counted() {
    let mut world =
        ask(&request("INVITE", BOB, "a", 1, "").replace("CSeq: 1 INVITE", "CSeq: 1 BYE"));
    assert_eq!(world.statuses(), [400]);
    say(&mut world, "what is this\n\n");
    assert_eq!(world.nodes[0].endpoint.live().malformed, 2);
    let told = |world: &World| world.nodes[0].other.len();
    assert!(matches!(world.nodes[0].other[..], [Output::Refused { .. }]));
    assert_eq!(world.statuses(), [400]);
    world.run(Duration::from_secs(2));
    say(&mut world, "what is this\n\n");
    assert_eq!(told(&world), 2, "once a second, whatever comes");
    world.settle();
    world.assert_clean();
}

#[test]
fn an_answer_without_rport_goes_to_the_port_of_the_via() {
    let mut world = World::new(91, 1);
    let peer = "192.0.2.9:33333".parse().unwrap();
    let text = request("OPTIONS", "sip:192.0.2.1", "a", 1, "");
    world.say(peer, 0, &text);
    world.say(
        peer,
        0,
        &text
            .replace("hG4bKa", "hG4bKb;rport")
            .replace("CSeq: 1", "CSeq: 2"),
    );
    world.run(Duration::from_millis(20));
    let ports: Vec<u16> = world.for_peers.iter().map(|(to, _)| to.port()).collect();
    assert_eq!(ports, [5060, 33333], "RFC 3261 §18.2.2, RFC 3581 §4");
}

#[test]
fn a_peer_of_rfc_2543_has_its_transactions_without_a_cookie() {
    let mut world = World::new(92, 1);
    let old = |text: String| text.replace(";branch=z9hG4bKa", "");
    let invite = old(request("INVITE", BOB, "a", 1, ""));
    say(&mut world, &invite);
    say(&mut world, &invite);
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| e.reject(now, dialog, 486, None));
    world.run(Duration::from_millis(20));
    assert_eq!(world.statuses(), [100, 100, 486], "one transaction");
    let tag = world
        .responses()
        .last()
        .unwrap()
        .to()
        .tag()
        .unwrap()
        .to_owned();
    say(&mut world, &old(within(&tag, "ACK", "a", 1, "")));
    world.run(Duration::from_secs(60));
    assert_eq!(world.statuses().len(), 3, "its ACK ends the repetitions");
    world.assert_clean();
}

#[test]
fn the_answers_to_a_cancel_and_its_invite_have_one_tag() {
    let mut world = ask(&request("INVITE", BOB, "a", 1, ""));
    say(&mut world, &request("CANCEL", BOB, "a", 1, ""));
    assert_eq!(world.statuses(), [100, 200, 487]);
    let answers = world.responses();
    assert_eq!(answers[1].to().tag(), answers[2].to().tag());
}

#[test]
fn a_cancel_that_comes_after_the_200_is_answered_with_its_tag() {
    let mut world = ask(&request("INVITE", BOB, "a", 1, ""));
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| {
        e.accept(now, dialog, Bytes::from_static(b"offer"))
    });
    say(&mut world, &request("CANCEL", BOB, "a", 1, ""));
    assert_eq!(world.statuses(), [100, 200, 200]);
    let answers = world.responses();
    assert_eq!(answers[1].to().tag(), answers[2].to().tag());
}

#[test]
fn a_200_to_our_offer_that_comes_after_the_bye_is_still_acknowledged() {
    let (mut world, tag) = up();
    let dialog = world.nodes[0].incoming[0].dialog;
    world.act(0, |e, now| {
        e.offer(now, dialog, Bytes::from_static(b"hold"))
    });
    world.run(Duration::from_millis(20));
    let offer = world.requests()[0].clone();
    say(&mut world, &within(&tag, "BYE", "c", 11, ""));
    let ok = offer.respond(crate::message::StatusCode::OK);
    let flow = crate::Flow {
        transport: crate::Transport::Udp,
        local: world.nodes[0].address,
        remote: "192.0.2.9:5060".parse().unwrap(),
        connection: None,
    };
    for _ in 0..2 {
        world.hear(0, ok.clone().into(), flow);
        world.run(Duration::from_millis(20));
    }
    let acks = world
        .requests()
        .iter()
        .filter(|request| *request.method() == crate::message::Method::Ack)
        .count();
    assert_eq!(acks, 2, "RFC 3261 §13.2.2.4: one for each 200");
    world.settle();
    world.assert_clean();
}
