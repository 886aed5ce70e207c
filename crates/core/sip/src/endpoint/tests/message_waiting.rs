//! Message waiting (RFC 3842): with a subscription and without.

use std::time::Duration;

use super::phone::Phone;
use super::world::{World, user, user_id};
use crate::auth::Algorithm;
use crate::header::{Event, Expires, SubscriptionState};
use crate::message::{Message, Method, Request, StatusCode};
use crate::subscribe::MessageSummary;

const SUBSCRIBE: &str = "Event: message-summary\nContact: <sip:alice@10.0.0.7:5060>\n";

fn world() -> World {
    let mut world = World::new(40, 1);
    let alice = user("alice", &[Algorithm::Sha256]);
    world.act(0, |e, _| e.set_users(vec![alice]));
    world
}

fn notifies(world: &World) -> Vec<Request> {
    world
        .requests()
        .into_iter()
        .filter(|request| *request.method() == Method::Notify)
        .cloned()
        .collect()
}

fn tell(world: &mut World, new: u32, old: u32) {
    world.act(0, |e, now| {
        e.set_message_summary(now, user_id("alice"), MessageSummary { new, old });
    });
    world.run(Duration::from_millis(50));
}

/// Answers the last NOTIFY with 200.
fn confirm(world: &mut World, phone: &Phone) {
    let notify = notifies(world).pop().unwrap();
    let ok = Message::Response(notify.respond(StatusCode::OK));
    world.hear(0, ok, phone.flow);
    world.run(Duration::from_millis(50));
}

fn state(notify: &Request) -> SubscriptionState {
    notify.typed().unwrap()
}

#[test]
fn a_subscriber_is_told_at_once_and_at_every_change() {
    let mut world = world();
    let mut phone = Phone::new("alice", 42_000);
    let ok = phone.prove(&mut world, "SUBSCRIBE", SUBSCRIBE);
    assert_eq!(ok.status().code(), 200);
    assert_eq!(ok.typed::<Expires>(), Some(Expires(3600)));
    let first = notifies(&world).pop().unwrap();
    assert_eq!(first.typed::<Event>(), Some(Event::new("message-summary")));
    assert!(!state(&first).is_terminated());
    assert!(first.body().ends_with(b"Voice-Message: 0/0\r\n"));
    confirm(&mut world, &phone);
    tell(&mut world, 2, 1);
    let second = notifies(&world).pop().unwrap();
    assert!(second.body().starts_with(b"Messages-Waiting: yes"));
    assert_eq!(second.cseq().number, first.cseq().number + 1);
    confirm(&mut world, &phone);
    let count = notifies(&world).len();
    tell(&mut world, 2, 1);
    assert_eq!(notifies(&world).len(), count, "no news, no NOTIFY");
}

#[test]
fn changes_while_a_notify_is_under_way_go_into_the_next() {
    let mut world = world();
    let mut phone = Phone::new("alice", 42_001);
    phone.prove(&mut world, "SUBSCRIBE", SUBSCRIBE);
    tell(&mut world, 1, 0);
    tell(&mut world, 2, 0);
    assert_eq!(notifies(&world).len(), 1);
    confirm(&mut world, &phone);
    assert_eq!(notifies(&world).len(), 2);
    assert!(
        notifies(&world)[1]
            .body()
            .ends_with(b"Voice-Message: 2/0\r\n")
    );
}

#[test]
fn a_subscription_expires_with_a_last_notify() {
    let mut world = world();
    let mut phone = Phone::new("alice", 42_002);
    let extra = format!("{SUBSCRIBE}Expires: 90\n");
    phone.prove(&mut world, "SUBSCRIBE", &extra);
    confirm(&mut world, &phone);
    world.run(Duration::from_secs(89));
    assert_eq!(world.nodes[0].endpoint.live().subscriptions, 1);
    world.run(Duration::from_secs(2));
    let last = notifies(&world).pop().unwrap();
    assert!(state(&last).is_terminated());
    confirm(&mut world, &phone);
    assert_eq!(world.nodes[0].endpoint.live().subscriptions, 0);
    world.settle();
    world.assert_clean();
}

#[test]
fn a_subscription_is_refreshed_and_ended_inside_its_dialog() {
    let mut world = world();
    let mut phone = Phone::new("alice", 42_003);
    let ok = phone.prove(&mut world, "SUBSCRIBE", SUBSCRIBE);
    confirm(&mut world, &phone);
    let tag = ok.to().tag().unwrap().to_owned();
    let within = |phone: &mut Phone, extra: &str| {
        let request = phone.request("SUBSCRIBE", extra);
        let text = crate::wire::print(&request.into());
        let text = String::from_utf8(text.to_vec()).unwrap();
        let to = "To: <sip:alice@192.0.2.1>";
        match crate::wire::parse(&text.replace(to, &format!("{to};tag={tag}")).into()) {
            Ok(Message::Request(request)) => request,
            other => panic!("{other:?}"),
        }
    };
    let refresh = within(&mut phone, &format!("{SUBSCRIBE}Expires: 120\n"));
    let ok = phone.send(&mut world, refresh);
    assert_eq!(ok.typed::<Expires>(), Some(Expires(120)));
    confirm(&mut world, &phone);
    let leave = within(&mut phone, &format!("{SUBSCRIBE}Expires: 0\n"));
    assert_eq!(phone.send(&mut world, leave).status().code(), 200);
    assert!(state(&notifies(&world).pop().unwrap()).is_terminated());
    confirm(&mut world, &phone);
    assert_eq!(world.nodes[0].endpoint.live().subscriptions, 0);
}

#[test]
fn a_registered_phone_without_subscription_is_told() {
    let mut world = world();
    tell(&mut world, 3, 0);
    let mut phone = Phone::new("alice", 42_004);
    phone.register(&mut world, "<sip:alice@10.0.0.7:5060>", 600);
    let notify = notifies(&world).pop().unwrap();
    assert_eq!(notify.uri().to_string(), "sip:alice@10.0.0.7:5060");
    assert!(notify.body().ends_with(b"Voice-Message: 3/0\r\n"));
    confirm(&mut world, &phone);
    tell(&mut world, 0, 3);
    assert!(
        notifies(&world)
            .pop()
            .unwrap()
            .body()
            .starts_with(b"Messages-Waiting: no")
    );
}

#[test]
fn a_subscriber_that_is_gone_is_forgotten() {
    let mut world = world();
    let mut phone = Phone::new("alice", 42_005);
    phone.prove(&mut world, "SUBSCRIBE", SUBSCRIBE);
    world.settle();
    assert_eq!(world.nodes[0].endpoint.live().subscriptions, 0);
    world.assert_clean();
}

#[test]
fn another_event_is_refused() {
    let mut world = world();
    let mut phone = Phone::new("alice", 42_006);
    let refused = phone.prove(&mut world, "SUBSCRIBE", "Event: conference\n");
    assert_eq!(refused.status().code(), 489);
}
