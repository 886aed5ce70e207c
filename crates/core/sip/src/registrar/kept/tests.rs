//! What is written of registrations, and what a restart makes of it.

use std::time::Duration;

use rappel_model::record::RegistrationRecord;
use rappel_model::{Now, Timestamp};

use super::*;
use crate::input::ConnectionId;
use crate::listeners::Listener;
use crate::registrar::{Bounds, Change, Update, Wanted};

fn user() -> UserId {
    UserId {
        tenant: "acme".into(),
        user: "alice".into(),
    }
}

fn registrar() -> Registrar {
    Registrar::new(Bounds {
        min_expires: 60,
        max_expires: 3600,
        per_user: 3,
    })
}

/// An engine started at noon that listens at one address, for datagrams and connections.
fn ours() -> Listeners {
    let listener = |transport| Listener {
        transport,
        shown: "192.0.2.1:5060".parse().unwrap(),
        ipv6: false,
        networks: Vec::new(),
    };
    Listeners::new(vec![listener(Transport::Udp), listener(Transport::Tcp)])
}

fn noon() -> Now {
    Now {
        instant: Instant::from_micros(5_000_000),
        wall: Timestamp::from_micros(1_790_000_000_000_000),
    }
}

fn update(cseq: u32, contact: &str, expires: u32) -> Update {
    Update {
        call_id: "a".to_owned(),
        cseq,
        flow: Flow {
            transport: Transport::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "192.0.2.9:40123".parse().unwrap(),
            connection: None,
        },
        path: Vec::new(),
        change: Change::Each(vec![Wanted {
            contact: contact.parse().unwrap(),
            expires: Some(expires),
            instance: Some("<urn:uuid:1>".to_owned()),
            q: 700,
            reg_id: None,
            features: Params::read("audio;methods=\"INVITE, BYE\"").unwrap(),
        }]),
    }
}

const PHONE: &str = "sip:alice@10.0.0.7:5062";

/// The one record that is written for one update.
fn written(now: Now, update: &Update) -> RegistrationRecord {
    let mut registrar = registrar();
    registrar.update(now, &user(), update).unwrap();
    let mut all = registrar.take_unkept(now);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn restored(now: Now, record: &RegistrationRecord) -> (Vec<Binding>, Vec<RegistrationRecord>) {
    let mut registrar = registrar();
    registrar.restore(now, record, &ours());
    let unkept = registrar.take_unkept(now);
    (registrar.bindings(now, &user()), unkept)
}

#[test]
fn a_phone_that_refreshes_often_is_written_once_in_ten_minutes() {
    let (mut registrar, mut now) = (registrar(), noon());
    let mut written = Vec::new();
    for cseq in 1..=120 {
        let (user, update) = (user(), update(cseq, PHONE, 60));
        registrar.update(now, &user, &update).unwrap();
        written.extend(registrar.take_unkept(now).iter().map(|_| now.wall));
        now = now.after(Duration::from_secs(30));
    }
    assert_eq!(written.len(), 6, "an hour of refreshes twice a minute");
    for pair in written.windows(2) {
        assert!(pair[1].since(pair[0]) > AHEAD, "{written:?}");
    }
}

#[test]
fn a_phone_that_refreshes_rarely_is_written_each_time() {
    let (mut registrar, mut now) = (registrar(), noon());
    for cseq in 1..=4 {
        registrar
            .update(now, &user(), &update(cseq, PHONE, 3600))
            .unwrap();
        let written = registrar.take_unkept(now);
        let until = now.wall + Duration::from_secs(3600) + AHEAD;
        assert_eq!(written[0].devices[0].until, until, "round {cseq}");
        now = now.after(Duration::from_secs(1800));
    }
}

#[test]
fn every_change_but_the_end_is_written_at_once() {
    let (mut registrar, now) = (registrar(), noon());
    let mut cseq = 0;
    let mut told = |change: fn(&mut Update)| {
        cseq += 1;
        let mut update = update(cseq, PHONE, 600);
        change(&mut update);
        registrar.update(now, &user(), &update).unwrap();
        let written = registrar.take_unkept(now);
        written.first().map(|record| record.devices.len())
    };
    fn wanted(update: &mut Update) -> &mut Wanted {
        match &mut update.change {
            Change::Each(wanted) => &mut wanted[0],
            _ => unreachable!(),
        }
    }
    assert_eq!(told(|_| ()), Some(1));
    assert_eq!(told(|_| ()), None);
    assert_eq!(told(|u| u.call_id = "b".to_owned()), None, "a new start");
    assert_eq!(told(|u| u.flow.remote.set_port(2)), Some(1), "a NAT moved");
    assert_eq!(told(|u| u.flow.remote.set_port(2)), None);
    assert_eq!(told(|u| wanted(u).q = 1), Some(1));
    assert_eq!(told(|u| u.path = vec!["<sip:p;lr>".into()]), Some(1));
    assert_eq!(told(|u| wanted(u).features = Params::new()), Some(1));
    assert_eq!(told(|u| wanted(u).instance = None), Some(1));
    assert_eq!(told(|u| wanted(u).expires = Some(60)), Some(1), "shorter");
    assert_eq!(told(|u| u.change = Change::Fetch), None);
    assert_eq!(told(|u| u.change = Change::RemoveAll), Some(0));
}

#[test]
fn what_ends_by_itself_or_with_its_connection_leaves_the_store() {
    let (mut registrar, now) = (registrar(), noon());
    let mut tcp = update(1, "sip:alice@192.0.2.9;transport=tcp", 600);
    tcp.flow.transport = Transport::Tcp;
    tcp.flow.connection = Some(ConnectionId(3));
    for lose in [
        (|r: &mut Registrar, now: Now| drop(r.handle_timeout(now.after(Duration::from_secs(601)))))
            as fn(&mut Registrar, Now),
        |r, _| drop(r.flow_closed(ConnectionId(3))),
        |r, _| drop(r.keep_users(|_| false)),
    ] {
        tcp.cseq += 1;
        registrar.update(now, &user(), &tcp).unwrap();
        assert_eq!(registrar.take_unkept(now)[0].devices.len(), 1);
        lose(&mut registrar, now);
        assert_eq!(registrar.take_unkept(now)[0].devices, []);
        assert!(registrar.take_unkept(now).is_empty());
    }
}

#[test]
fn a_phone_of_datagrams_comes_back_as_it_was() {
    let (mut before, now) = (registrar(), noon());
    let mut update = update(7, PHONE, 600);
    update.path = vec!["<sip:edge.example;lr;ob>".to_owned()];
    before.update(now, &user(), &update).unwrap();
    let record = before.take_unkept(now).remove(0);
    // The machine was started again: its monotonic clock is another.
    let later = Now {
        instant: Instant::ZERO,
        wall: now.wall + Duration::from_secs(300),
    };
    let (devices, unkept) = restored(later, &record);
    assert_eq!(unkept, [], "the store has it already");
    let (old, new) = (&before.bindings(now, &user())[0], &devices[0]);
    assert!(is_same(old, new));
    assert_eq!((&*new.call_id, new.cseq), ("a", 7));
    let left = Duration::from_secs(300) + AHEAD;
    assert_eq!(new.expires, later.instant + left);
}

#[test]
fn what_is_over_or_newer_than_the_store_is_not_taken() {
    let now = noon();
    let record = written(now, &update(1, PHONE, 60));
    let late = now.after(Duration::from_secs(60) + AHEAD);
    let (devices, unkept) = restored(late, &record);
    assert!(devices.is_empty());
    assert_eq!(unkept[0].devices, [], "and leaves the store");
    // A clock that was set back by a year.
    let early = Now {
        instant: now.instant,
        wall: Timestamp::from_micros(now.wall.as_micros() - 31_536_000_000_000),
    };
    let (devices, _) = restored(early, &record);
    let longest = Duration::from_secs(3600) + AHEAD;
    assert_eq!(devices[0].expires, early.instant + longest);
    // A phone that was faster than the restart.
    let mut registrar = registrar();
    let new = update(1, "sip:alice@10.0.0.8", 600);
    registrar.update(now, &user(), &new).unwrap();
    registrar.restore(now, &record, &ours());
    let devices = registrar.bindings(now, &user());
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].contact.to_string(), "sip:alice@10.0.0.8");
}

#[test]
fn the_order_in_which_phones_were_refreshed_stays() {
    let (mut before, mut now) = (registrar(), noon());
    for (cseq, contact) in [
        (1, "sip:a@10.0.0.1"),
        (2, "sip:a@10.0.0.2"),
        (3, "sip:a@10.0.0.3"),
    ] {
        let mut update = update(cseq, contact, 600);
        if let Change::Each(wanted) = &mut update.change {
            wanted[0].instance = None;
        }
        before.update(now, &user(), &update).unwrap();
        now = now.after(Duration::from_secs(1));
    }
    let order = |all: Vec<Binding>| -> Vec<String> {
        all.iter().map(|one| one.contact.to_string()).collect()
    };
    let record = before.take_unkept(now).remove(0);
    let (after, _) = restored(now, &record);
    assert_eq!(order(after), order(before.bindings(now, &user())));
}

/// Datagrams go on as they did, if we still listen there. A connection is opened anew only to a phone
/// that listens where its Contact says.
#[test]
fn only_what_can_be_reached_comes_back() {
    let now = noon();
    let tcp = "sip:alice@192.0.2.9:5070;transport=tcp";
    for (transport, contact, change, reached) in [
        ("UDP", PHONE, "", Some("192.0.2.9:40123")),
        ("UDP", PHONE, "another listener", None),
        ("TCP", tcp, "", Some("192.0.2.9:5070")),
        ("TCP", tcp, "reg-id", None),
        ("TCP", tcp, "path", None),
        ("TCP", "sip:alice@192.0.2.9:5070;transport=tcp;ob", "", None),
        ("TCP", "sip:alice@10.0.0.7:5070;transport=tcp", "", None),
        ("TCP", "sip:alice@phone.example;transport=tcp", "", None),
        ("TCP", "sip:alice@192.0.2.9:5070", "", None),
        ("TLS", "sip:alice@192.0.2.9;transport=tls", "", None),
        ("WS", "sip:x@192.0.2.9;transport=ws", "", None),
        ("WSS", "sip:x@a.invalid;transport=ws", "", None),
        ("SCTP", PHONE, "", None),
        ("UDP", "no contact", "", None),
    ] {
        let mut record = written(now, &update(1, PHONE, 600));
        let device = &mut record.devices[0];
        device.transport = transport.to_owned();
        device.contact = contact.to_owned();
        match change {
            "another listener" => device.local.set_port(5080),
            "reg-id" => device.reg_id = Some(1),
            "path" => device.path = vec!["<sip:edge;lr>".to_owned()],
            _ => {}
        }
        let (devices, unkept) = restored(now, &record);
        let flow = devices.first().map(|device| device.flow);
        let what = format!("{transport} {contact} {change}");
        assert_eq!(
            flow.map(|f| f.remote.to_string()).as_deref(),
            reached,
            "{what}"
        );
        assert_eq!(unkept.is_empty(), reached.is_some(), "{what}");
        assert!(flow.is_none_or(|flow| flow.connection.is_none()), "{what}");
    }
}

#[test]
fn no_user_comes_back_with_more_phones_than_are_allowed() {
    let now = noon();
    let mut record = written(now, &update(1, PHONE, 600));
    let device = record.devices[0].clone();
    record.devices.extend([(); 5].map(|()| device.clone()));
    let (devices, _) = restored(now, &record);
    assert_eq!(devices.len(), 3);
}
