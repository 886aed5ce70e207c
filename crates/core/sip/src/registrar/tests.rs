//! Bindings: order, replacement, bounds.

use rappel_model::Now;

use super::*;
use crate::input::Transport;

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

fn update(call_id: &str, cseq: u32, contact: &str, instance: Option<&str>) -> Update {
    Update {
        call_id: call_id.to_owned(),
        cseq,
        flow: Flow {
            transport: Transport::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "192.0.2.9:5060".parse().unwrap(),
            connection: None,
        },
        path: Vec::new(),
        change: Change::Each(vec![Wanted {
            contact: contact.parse().unwrap(),
            expires: Some(600),
            instance: instance.map(str::to_owned),
            q: 1000,
            reg_id: None,
            features: Params::new(),
        }]),
    }
}

#[test]
fn an_update_that_was_overtaken_changes_nothing() {
    let (mut registrar, now) = (registrar(), Now::default());
    let phone = "sip:alice@10.0.0.7";
    assert_eq!(
        registrar.update(now, &user(), &update("a", 5, phone, None)),
        Ok(())
    );
    for cseq in [4, 5] {
        assert_eq!(
            registrar.update(now, &user(), &update("a", cseq, phone, None)),
            Err(Refusal::OutOfOrder)
        );
    }
    assert_eq!(
        registrar.update(now, &user(), &update("b", 1, phone, None)),
        Ok(()),
        "another Call-ID is another start of the phone"
    );
    assert_eq!(registrar.len(), 1);
}

#[test]
fn the_same_device_under_a_new_address_replaces_itself() {
    let (mut registrar, now) = (registrar(), Now::default());
    let device = Some("<urn:uuid:1>");
    for (call_id, contact) in [("a", "sip:alice@10.0.0.7:1"), ("b", "sip:alice@10.0.0.7:2")] {
        registrar
            .update(now, &user(), &update(call_id, 1, contact, device))
            .unwrap();
    }
    let bound = registrar.bindings(now, &user());
    assert_eq!(bound.len(), 1);
    assert_eq!(bound[0].contact.to_string(), "sip:alice@10.0.0.7:2");
}

#[test]
fn a_bad_contact_among_good_ones_changes_nothing() {
    let (mut registrar, now) = (registrar(), Now::default());
    let mut both = update("a", 1, "sip:alice@10.0.0.7", None);
    if let Change::Each(wanted) = &mut both.change {
        wanted.push(Wanted {
            contact: "sip:alice@10.0.0.8".parse().unwrap(),
            expires: Some(5),
            instance: None,
            q: 1000,
            reg_id: None,
            features: Params::new(),
        });
    }
    assert_eq!(
        registrar.update(now, &user(), &both),
        Err(Refusal::TooBrief)
    );
    assert_eq!(registrar.len(), 0, "all or nothing");
}

#[test]
fn equal_addresses_are_one_binding_however_they_are_spelled() {
    let (mut registrar, now) = (registrar(), Now::default());
    for (cseq, contact) in [(1, "sip:%61lice@Example.COM"), (2, "sip:alice@example.com")] {
        registrar
            .update(now, &user(), &update("a", cseq, contact, None))
            .unwrap();
    }
    assert_eq!(registrar.len(), 1, "RFC 3261 §19.1.4");
}

/// A device with `reg-id` keeps a flow for each, and a new one takes the place of its own
/// predecessor alone (RFC 5626 §6).
#[test]
fn a_device_may_keep_several_flows_and_rings_once() {
    let (mut registrar, now) = (registrar(), Now::default());
    let flow = |cseq: u32, contact: &str, reg_id: u32, port: u16| {
        let mut update = update("a", cseq, contact, Some("<urn:uuid:1>"));
        update.flow.remote.set_port(port);
        if let Change::Each(wanted) = &mut update.change {
            wanted[0].reg_id = Some(reg_id);
        }
        update
    };
    let contact = "sip:alice@10.0.0.7";
    for (cseq, reg_id, port) in [(1, 1, 6001), (2, 2, 6002), (3, 1, 6003)] {
        let later = now.after(Duration::from_secs(u64::from(cseq)));
        let update = flow(cseq, contact, reg_id, port);
        assert_eq!(registrar.update(later, &user(), &update), Ok(()));
    }
    let now = now.after(Duration::from_secs(5));
    let ports = |found: Vec<Binding>| -> Vec<u16> {
        found.iter().map(|one| one.flow.remote.port()).collect()
    };
    assert_eq!(ports(registrar.bindings(now, &user())), [6003, 6002]);
    assert_eq!(ports(registrar.devices(now, &user())), [6003]);
}

#[test]
fn preferred_devices_come_first() {
    let (mut registrar, now) = (registrar(), Now::default());
    for (call_id, q) in [("a", 200), ("b", 1000), ("c", 500)] {
        let mut update = update(call_id, 1, &format!("sip:alice@10.0.0.7;x={call_id}"), None);
        if let Change::Each(wanted) = &mut update.change {
            wanted[0].contact = format!("sip:{call_id}@10.0.0.7").parse().unwrap();
            wanted[0].q = q;
        }
        registrar.update(now, &user(), &update).unwrap();
    }
    let found = registrar.devices(now, &user());
    let order: Vec<u16> = found.iter().map(|one| one.q).collect();
    assert_eq!(order, [1000, 500, 200]);
}

/// The guard learns when the first phone comes to an address and when the last one leaves.
#[test]
fn addresses_with_phones_are_reported() {
    let (mut registrar, now) = (registrar(), Now::default());
    let source = IpAddr::from([192, 0, 2, 9]);
    registrar
        .update(now, &user(), &update("a", 1, "sip:a@10.0.0.7", None))
        .unwrap();
    registrar
        .update(now, &user(), &update("b", 1, "sip:b@10.0.0.8", None))
        .unwrap();
    assert_eq!(registrar.take_reports(), [Report::Registered(source)]);
    assert!(registrar.is_at(&user(), source));
    registrar
        .update(now, &user(), &update("a", 2, "sip:a@10.0.0.7", None))
        .unwrap();
    assert_eq!(registrar.take_reports(), []);
    let late = now.after(Duration::from_secs(600));
    assert_eq!(registrar.handle_timeout(late), [user()]);
    assert_eq!(registrar.take_reports(), [Report::Unregistered(source)]);
    assert!(registrar.poll_timeout().is_none() && registrar.sources.is_empty());
}
