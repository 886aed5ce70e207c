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
        change: Change::Each(vec![Wanted {
            contact: contact.parse().unwrap(),
            expires: Some(600),
            instance: instance.map(str::to_owned),
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
