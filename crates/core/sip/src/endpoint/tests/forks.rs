//! A proxy that forks our INVITE: several early dialogs, several 200s (RFC 3261 §13.2.2.4).

use std::time::Duration;

use super::world::{World, invite};
use crate::Flow;
use crate::message::{Message, Method, Request, StatusCode};

/// Node 0 has called a scripted proxy at 192.0.2.9; gives the INVITE it sent.
fn called() -> (World, Flow, Request) {
    let mut world = World::new(70, 1);
    let flow = Flow {
        remote: "192.0.2.9:5060".parse().unwrap(),
        ..world.flow(0, 0)
    };
    world.act(0, |e, now| {
        e.invite(now, invite(flow, b"offer"));
    });
    world.run(Duration::from_millis(20));
    let sent = world.requests()[0].clone();
    (world, flow, sent)
}

fn answer(world: &mut World, flow: Flow, invite: &Request, status: StatusCode, tag: &str) {
    let response = invite
        .respond(status)
        .with_to_tag(tag)
        .with(&crate::header::Contact::At(
            crate::header::NameAddr::read(&format!("<sip:{tag}@192.0.2.9>")).unwrap(),
        ));
    world.hear(0, Message::Response(response), flow);
    world.run(Duration::from_millis(20));
}

fn sent(world: &World, method: &Method) -> Vec<String> {
    world
        .requests()
        .iter()
        .filter(|request| request.method() == method)
        .map(|request| request.uri().to_string())
        .collect()
}

#[test]
fn every_branch_rings_and_the_second_200_is_ended() {
    let (mut world, flow, invite) = called();
    answer(&mut world, flow, &invite, StatusCode::RINGING, "one");
    answer(&mut world, flow, &invite, StatusCode::RINGING, "two");
    answer(&mut world, flow, &invite, StatusCode::OK, "two");
    answer(&mut world, flow, &invite, StatusCode::OK, "one");
    assert_eq!(world.news(0).len(), 3, "two rings, one answer");
    assert_eq!(
        sent(&world, &Method::Ack),
        ["sip:two@192.0.2.9", "sip:one@192.0.2.9"]
    );
    assert_eq!(sent(&world, &Method::Bye), ["sip:one@192.0.2.9"]);
}

#[test]
fn each_repeated_200_gets_its_own_ack_again() {
    let (mut world, flow, invite) = called();
    for tag in ["one", "one", "two", "one", "two"] {
        answer(&mut world, flow, &invite, StatusCode::OK, tag);
    }
    assert_eq!(
        sent(&world, &Method::Ack),
        ["one", "one", "two", "one", "two"].map(|tag| format!("sip:{tag}@192.0.2.9"))
    );
    assert_eq!(sent(&world, &Method::Bye).len(), 1, "branch two, once");
    assert_eq!(world.news(0).len(), 1);
}

#[test]
fn more_branches_than_we_follow_are_ignored() {
    let (mut world, flow, invite) = called();
    let most = crate::Limits::default().forks;
    for number in 0..most + 5 {
        let tag = format!("t{number}");
        answer(&mut world, flow, &invite, StatusCode::RINGING, &tag);
    }
    assert_eq!(world.news(0).len(), most);
    for number in 0..most + 5 {
        let tag = format!("t{number}");
        answer(&mut world, flow, &invite, StatusCode::OK, &tag);
    }
    assert_eq!(sent(&world, &Method::Ack).len(), most);
}
