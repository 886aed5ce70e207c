//! Each fault is one Call-ID; the doctor is asked for that one, and must name that fault alone.

use std::process::Command;
use std::thread;
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::wait::until;

use crate::peer::{OFFER, Peer};
use crate::{LINE, PASSWORD, TRUNK, add_user, codes, doctor, engine};

const PHONE: [u8; 4] = [127, 0, 0, 1];

/// Waits until the doctor names `code`, and nothing else, for one call.
pub(crate) fn assert_named(engine: &Engine, call_id: &str, code: &str, told: &[&str]) {
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
        &["SHA-256", "--algorithms md5"],
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

#[test]
fn what_one_side_does_not_understand_is_named() {
    let engine = engine("");
    let mut trunk = Peer::at(TRUNK, engine.sip);
    let g729 = OFFER
        .replace("RTP/AVP 8", "RTP/AVP 18")
        .replace("8 PCMA", "18 G729");
    let secure = OFFER.replace("RTP/AVP", "RTP/SAVP");
    for (call_id, method, more, body, status, code) in [
        ("codec", "INVITE", "", g729.as_str(), 488, "codec-mismatch"),
        ("srtp", "INVITE", "", secure.as_str(), 488, "no-common-key"),
        (
            "require",
            "INVITE",
            "Require: teleport\r\n",
            OFFER,
            420,
            "extension-required",
        ),
        (
            "dead",
            "INVITE",
            "To: <sip:x@h>;tag=dead\r\n",
            OFFER,
            481,
            "dead-dialog",
        ),
        (
            "type",
            "INVITE",
            "Content-Type: text/plain\r\n",
            "hello",
            415,
            "content-type",
        ),
        ("method", "TELEPORT", "", "", 501, "method"),
    ] {
        let request = trunk.request(method, LINE, call_id, more, body);
        trunk.ask(&request, status);
        assert_named(&engine, call_id, code, &[]);
    }
    let broken = trunk
        .request("INVITE", LINE, "broken", "", "")
        .replace("CSeq: ", "CSeq: x");
    trunk.send(&broken);
    trunk.expect("SIP/2.0 400");
    assert_named(&engine, "broken", "malformed", &["SIP ALG"]);

    let request = trunk.request(
        "OPTIONS",
        LINE,
        "date",
        "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n",
        "",
    );
    trunk.ask(&request, 200);
    assert_named(&engine, "date", "clock-skew", &["2010-11-13", "NTP"]);
}

/// Ends a call that was answered, so that the engine can stop.
fn hang_up(peer: &mut Peer, call_id: &str, number: &str, answer: &str) {
    let to = answer.lines().find(|line| line.starts_with("To:"));
    let to = format!("{}\r\n", to.expect("it has one").trim_end());
    let bye = peer.request("BYE", number, call_id, &to, "");
    peer.ask(&bye, 200);
}

/// A phone that is registered, and a call to it from the trunk's side: the Call-ID of its INVITE.
fn ring(phone: &mut Peer, caller: &mut Peer, number: u32) -> (String, String) {
    phone.forget();
    let call_id = format!("caller-{number}");
    let request = caller.request("INVITE", "11", &call_id, "", OFFER);
    let refusal = caller.ask(&request, 401);
    let proof = caller.prove(&request, &refusal, "poste-12", PASSWORD);
    caller.send(&proof);
    let invite = phone.expect("INVITE ");
    let line = invite.lines().find(|line| line.starts_with("Call-ID:"));
    let id = line
        .expect("it has one")
        .trim_start_matches("Call-ID:")
        .trim();
    (id.to_owned(), invite)
}

#[test]
fn phones_and_trunks_that_refuse_or_stay_silent_are_named() {
    let engine = engine("");
    for user in ["poste-11", "poste-12"] {
        add_user(&engine, user, true);
    }
    // A peer at the trunk's address: what it refuses, a carrier refuses.
    let mut phone = Peer::at(TRUNK, engine.sip);
    phone.register("poste-11", PASSWORD, "reg", "", 200);
    let mut caller = Peer::at(PHONE, engine.sip);
    for (number, status, code) in [
        (1, "403 Caller Id Not Allowed", "trunk-caller-id"),
        (2, "404 Not Found", "trunk-number"),
        (3, "503 No Channel", "trunk-unavailable"),
        (4, "420 Bad Extension", "extension-required"),
    ] {
        let (id, invite) = ring(&mut phone, &mut caller, number);
        phone.respond(&invite, status, "Unsupported: timer\r\n", "");
        assert_named(&engine, &id, code, &[]);
    }
    let (id, invite) = ring(&mut phone, &mut caller, 5);
    thread::sleep(Duration::from_millis(4_200));
    phone.respond(&invite, "486 Busy Here", "", "");
    assert_named(&engine, &id, "slow-response", &["ping"]);

    let (id, invite) = ring(&mut phone, &mut caller, 6);
    let refused = OFFER.replace("m=audio 40000", "m=audio 0");
    let kind = "Content-Type: application/sdp\r\n";
    phone.respond(&invite, "200 OK", kind, &refused);
    assert_named(&engine, &id, "voice-refused", &[]);

    let (id, _) = ring(&mut phone, &mut caller, 7);
    assert_named(&engine, &id, "no-response", &["firewall"]);
    // These callers answer nothing more: an engine that stops would wait for them.
    let killed = Command::new("kill")
        .args(["-9", &engine.pid().to_string()])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
}

#[test]
fn answers_nobody_acknowledges_and_voice_that_never_comes_are_named() {
    let engine = engine("");
    let mut trunk = Peer::at(TRUNK, engine.sip);
    let request = trunk.request("INVITE", LINE, "no-ack", "", OFFER);
    let unheard = trunk.ask(&request, 200);
    let mut second = Peer::at(TRUNK, engine.sip);
    let request = second.request("INVITE", LINE, "no-voice", "", OFFER);
    let answer = second.ask(&request, 200);
    let ack = second
        .ack(&request, &answer)
        .replace("branch=z9hG4bK", "branch=z9hG4bKa");
    second.send(&ack);
    // Its SDP names nobody: nothing is sent to it, and it sends nothing.
    let mut third = Peer::at(TRUNK, engine.sip);
    let nowhere = OFFER.replace("c=IN IP4 127.0.0.1", "c=IN IP4 phone.example.invalid");
    let request = third.request("INVITE", LINE, "nowhere", "", &nowhere);
    let unsent = third.ask(&request, 200);
    let ack = third
        .ack(&request, &unsent)
        .replace("branch=z9hG4bK", "branch=z9hG4bKa");
    third.send(&ack);
    thread::sleep(Duration::from_millis(4_500));
    hang_up(&mut second, "no-voice", LINE, &answer);
    hang_up(&mut third, "nowhere", LINE, &unsent);
    assert_named(
        &engine,
        "nowhere",
        "nobody-heard",
        &["an IP address of its own"],
    );
    assert_named(&engine, "no-ack", "ack-missing", &["[sip] advertise"]);
    assert_named(
        &engine,
        "no-voice",
        "no-audio-from-peer",
        &["[media] ports"],
    );
    hang_up(&mut trunk, "no-ack", LINE, &unheard);
}

#[test]
fn an_engine_that_is_full_says_so() {
    let engine = Engine::start_with(|config| {
        rappel_tests::sipp::add_carrier(config);
        let path = config.join("rappel.toml");
        let text = std::fs::read_to_string(&path).expect("there is a rappel.toml");
        std::fs::write(path, text.replace("calls = 500", "calls = 1")).expect("it can be written");
    });
    let mut first = Peer::at(TRUNK, engine.sip);
    let request = first.request("INVITE", LINE, "first", "", OFFER);
    let answer = first.ask(&request, 200);
    first.send(
        &first
            .ack(&request, &answer)
            .replace("branch=z9hG4bK", "branch=z9hG4bKa"),
    );
    let mut second = Peer::at(TRUNK, engine.sip);
    let request = second.request("INVITE", LINE, "second", "", OFFER);
    second.ask(&request, 503);
    assert_named(&engine, "second", "engine-full", &["[limits] calls"]);
    hang_up(&mut first, "first", LINE, &answer);
}
