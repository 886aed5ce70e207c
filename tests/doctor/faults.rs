//! Each fault is one Call-ID; the doctor is asked for that one, and must name that fault alone.

use std::thread;
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::wait::until;

use crate::peer::{OFFER, Peer};
use crate::{LINE, PASSWORD, TRUNK, add_user, codes, doctor, engine};

const PHONE: [u8; 4] = [127, 0, 0, 1];

/// Waits until the doctor names `code`, and nothing else, for one call.
fn assert_named(engine: &Engine, call_id: &str, code: &str, told: &[&str]) {
    let shown = until(
        &format!("`{code}` for {call_id}"),
        Duration::from_secs(12),
        || {
            let (shown, found) = doctor(engine, &[call_id, "--clear"]);
            assert!(
                !found || codes(&shown).iter().all(|named| *named == code),
                "{call_id} is {code}, not\n{shown}"
            );
            if !found {
                thread::sleep(Duration::from_millis(300));
            }
            found.then_some(shown)
        },
    );
    for part in told {
        assert!(shown.contains(part), "`{part}` is not in\n{shown}");
    }
}

#[test]
fn refused_registrations_are_named() {
    let engine = engine("");
    add_user(&engine, "poste-11", true);
    add_user(&engine, "poste-12", false);
    let mut peer = Peer::at(PHONE, engine.sip);
    for (user, call_id) in [
        ("poste-99", "unknown-user"),
        ("poste-12", "old-phone"),
        ("poste-11", "no-password"),
    ] {
        for _ in 0..2 {
            let request = peer.request("REGISTER", user, call_id, "", "");
            peer.ask(&request, 401);
        }
    }
    assert_named(
        &engine,
        "unknown-user",
        "unknown-user",
        &["\"poste-99\"", "rappel user add"],
    );
    assert_named(
        &engine,
        "old-phone",
        "old-phone",
        &["SHA-256", "--old-phone"],
    );
    assert_named(&engine, "no-password", "no-password", &["MD5"]);

    peer.register("poste-11", "wrong", "wrong-password", "", 403);
    assert_named(&engine, "wrong-password", "wrong-password", &["poste-11"]);

    let to = format!("To: <sip:poste-12@{}>\r\n", engine.sip);
    peer.register("poste-11", PASSWORD, "other-address", &to, 403);
    assert_named(&engine, "other-address", "other-address", &["\"poste-12\""]);

    peer.register("poste-11", PASSWORD, "too-brief", "Expires: 1\r\n", 423);
    assert_named(&engine, "too-brief", "interval-too-brief", &["3600"]);

    let credentials = "Authorization: Digest username=\"poste-11\", realm=\"asterisk\", nonce=\"x\", \
                       uri=\"sip:h\", response=\"00000000000000000000000000000000\"\r\n";
    let request = peer.request("REGISTER", "poste-11", "wrong-realm", credentials, "");
    peer.ask(&request, 401);
    assert_named(
        &engine,
        "wrong-realm",
        "wrong-realm",
        &["\"asterisk\"", "[engine] realm"],
    );

    let old = credentials.replace("asterisk", "rappel");
    for _ in 0..4 {
        let request = peer.request("REGISTER", "poste-11", "stale", &old, "");
        peer.ask(&request, 401);
    }
    assert_named(&engine, "stale", "stale-nonce", &["firmware"]);
}

#[test]
fn calls_that_match_nothing_are_named() {
    let engine = engine("");
    let mut stranger = Peer::at([127, 0, 0, 9], engine.sip);
    let request = stranger.request("INVITE", LINE, "stranger", "", OFFER);
    stranger.ask(&request, 401);
    assert_named(
        &engine,
        "stranger",
        "unknown-source",
        &["127.0.0.9", "[trunk.carrier] address"],
    );

    let mut trunk = Peer::at(TRUNK, engine.sip);
    let request = trunk.request("INVITE", "+33199000019", "nobody", "", OFFER);
    trunk.ask(&request, 404);
    assert_named(&engine, "nobody", "unknown-number", &["The nearest is"]);

    let request = trunk.request("INVITE", "199000010", "form", "", OFFER);
    trunk.ask(&request, 404);
    assert_named(
        &engine,
        "form",
        "number-form",
        &["[trunk.carrier]", "national"],
    );
}
