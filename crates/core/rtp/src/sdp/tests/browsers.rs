//! Offers and answers of browsers (RFC 5763, RFC 8839, RFC 8843).

use rappel_model::{Random, Secrecy};

use super::*;
use crate::peering::{Fingerprint, Peering, Role};
use crate::stream::Security;

const CHROME: &str = include_str!("../../../corpus/chrome.sdp");

const OUR_PRINT: Fingerprint = Fingerprint([7; 32]);

fn ours() -> Negotiation {
    Negotiation::new(at("198.51.100.1:40000"), 77, Encoding::ALL.to_vec())
}

fn welcoming(mut side: Negotiation, seed: u64) -> Negotiation {
    side.welcome_browsers(OUR_PRINT, Random::from_seed(seed));
    side
}

/// We, calling a browser.
fn calling() -> Negotiation {
    let mut side = welcoming(ours(), 1);
    side.address_browser();
    side
}

fn peering(stream: &Stream) -> &Peering {
    match &stream.security {
        Security::Dtls(peering) => peering,
        other => panic!("{other:?} is no browser's"),
    }
}

fn value<'a>(body: &'a [u8], name: &str) -> &'a str {
    let found = lines(body, name);
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found[0].strip_prefix(name).expect("it begins so")
}

/// A browser's answer to an offer of ours: its own offer with a part in the handshake.
fn answer_of_a_browser() -> String {
    CHROME.replace("setup:actpass", "setup:active")
}

#[test]
fn a_browsers_offer_is_answered_with_one_way_one_certificate_and_one_port() {
    let mut side = welcoming(ours(), 1);
    let (answer, stream) = side
        .receive_offer(CHROME.as_bytes(), Direction::SendRecv)
        .expect("it is welcome");
    let theirs = peering(&stream);
    assert_eq!(theirs.theirs.name(), "sXJ3");
    assert_eq!(theirs.theirs.password(), "yEclOTrLg1gEubBFefOqtmyV");
    assert_eq!(theirs.fingerprint.0[..2], [0x19, 0xe2]);
    assert_eq!(theirs.role, Role::Passive);
    // Opus with keys at its own clock, under the browser's numbers.
    assert_eq!(stream.format.ours(), Some(Encoding::Opus));
    assert_eq!(stream.telephone_event, Some(PayloadType::from(110)));
    assert_eq!(stream.control, Some(stream.remote), "one port for both");
    assert_eq!(stream.direction, Direction::SendRecv);
    let local = side.local();
    assert!(
        value(&answer, "m=").starts_with(&format!("audio {} UDP/TLS/RTP/SAVPF 111", local.port()))
    );
    assert_eq!(value(&answer, "a=ice-ufrag:"), theirs.ours.name());
    assert_eq!(value(&answer, "a=ice-pwd:"), theirs.ours.password());
    assert_eq!(value(&answer, "a=fingerprint:"), OUR_PRINT.to_string());
    assert_eq!(value(&answer, "a=setup:"), "passive");
    assert_eq!(value(&answer, "a=group:"), "BUNDLE 0");
    assert_eq!(value(&answer, "a=mid:"), "0");
    let candidate = format!(
        "1 1 udp 2130706431 {} {} typ host",
        local.ip(),
        local.port()
    );
    assert_eq!(value(&answer, "a=candidate:"), candidate);
    for alone in ["a=ice-lite", "a=rtcp-mux", "a=end-of-candidates"] {
        assert_eq!(lines(&answer, alone).len(), 1, "{alone}");
    }
    assert!(lines(&answer, "a=crypto").is_empty());
}

#[test]
fn policies_for_keys_in_sdp_do_not_concern_browsers() {
    for policy in Secrecy::ALL {
        let side = ours().protected(policy, Material::EMPTY);
        let mut side = welcoming(side, 1);
        let taken = side.receive_offer(CHROME.as_bytes(), Direction::SendRecv);
        peering(&taken.expect("it is encrypted anyway").1);
    }
}

#[test]
fn our_offer_to_a_browser_is_for_a_browser_and_what_it_answers_holds() {
    let mut side = calling();
    let offer = side.offer(Direction::SendRecv);
    assert!(value(&offer, "m=").contains("UDP/TLS/RTP/SAVPF"));
    assert_eq!(value(&offer, "a=setup:"), "actpass");
    assert_eq!(value(&offer, "a=group:"), "BUNDLE 0");
    for (setup, role) in [
        ("a=setup:active\r\n", Role::Passive),
        ("a=setup:passive\r\n", Role::Active),
        ("", Role::Passive),
    ] {
        let answer = CHROME.replace("\r\n", "\n").replace('\n', "\r\n");
        let answer = answer.replace("a=setup:actpass\r\n", setup);
        let mut side = side.clone();
        let stream = side.receive_answer(answer.as_bytes()).expect("it is good");
        assert_eq!(peering(&stream).role, role, "{setup}");
        assert_eq!(peering(&stream).ours.name(), value(&offer, "a=ice-ufrag:"));
    }
    for wrong in ["a=setup:actpass", "a=setup:holdconn"] {
        let answer = CHROME.replace("a=setup:actpass", wrong);
        let refused = side.clone().receive_answer(answer.as_bytes());
        assert!(matches!(refused, Err(Refused::Browser(_))), "{refused:?}");
    }
}

#[test]
fn a_plain_answer_to_a_browsers_offer_is_none_and_the_other_way_round() {
    let plain = "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    let mut side = calling();
    side.offer(Direction::SendRecv);
    assert_eq!(side.receive_answer(plain.as_bytes()), Err(Refused::NoAudio));
    let mut side = welcoming(ours(), 1);
    side.offer(Direction::SendRecv);
    let answer = answer_of_a_browser();
    assert_eq!(
        side.receive_answer(answer.as_bytes()),
        Err(Refused::NoAudio)
    );
}

#[test]
fn what_a_browser_must_say_is_asked_for_by_name() {
    let without = |name: &str| {
        let kept = CHROME.lines().filter(|line| !line.starts_with(name));
        kept.collect::<Vec<_>>().join("\r\n")
    };
    let lite = CHROME.replace("t=0 0", "t=0 0\r\na=ice-lite");
    let other_hash = CHROME.replace("sha-256", "sha-1");
    for (body, what) in [
        (without("a=ice-ufrag"), "ice-ufrag"),
        (without("a=ice-pwd"), "ice-pwd"),
        (without("a=fingerprint"), "fingerprint"),
        (other_hash, "sha-256"),
        (without("a=rtcp-mux"), "rtcp-mux"),
        (lite, "ICE-lite"),
        (CHROME.replace("actpass", "holdconn"), "setup"),
    ] {
        let mut side = welcoming(ours(), 1);
        let refused = side
            .receive_offer(body.as_bytes(), Direction::SendRecv)
            .expect_err(what);
        assert!(refused.to_string().contains(what), "{refused}");
        assert_eq!((refused.status(), refused.warning()), (488, Some(399)));
    }
}

#[test]
fn a_hold_keeps_the_way_and_a_restart_takes_another() {
    let mut side = welcoming(ours(), 1);
    let take = |side: &mut Negotiation, body: &str| {
        let taken = side.receive_offer(body.as_bytes(), Direction::SendRecv);
        taken.expect("it is good")
    };
    let (_, first) = take(&mut side, CHROME);
    let (answer, held) = take(&mut side, &CHROME.replace("sendrecv", "sendonly"));
    assert_eq!(held.direction, Direction::RecvOnly);
    assert_eq!(held.security, first.security);
    assert_eq!(value(&answer, "a=setup:"), "passive");
    // Our own offer says the same; and so it is for a browser that says it is the server.
    let offer = side.offer(Direction::SendRecv);
    assert_eq!(value(&offer, "a=ice-ufrag:"), peering(&first).ours.name());
    assert_eq!(value(&offer, "a=mid:"), "0");
    side.receive_answer(answer_of_a_browser().as_bytes())
        .expect("it is good");
    let (_, restarted) = take(&mut side, &CHROME.replace("sXJ3", "other"));
    let (before, after) = (peering(&first), peering(&restarted));
    assert_ne!(before.ours, after.ours);
    assert_eq!(after.theirs.name(), "other");
    assert_eq!(before.fingerprint, after.fingerprint);
    // And from then on it is the new pair.
    let (_, again) = take(&mut side, &CHROME.replace("sXJ3", "other"));
    assert_eq!(peering(&again).ours, after.ours);
}

#[test]
fn a_session_that_moves_shows_another_certificate_and_other_names() {
    let mut side = welcoming(ours(), 1);
    let taken = side.receive_offer(CHROME.as_bytes(), Direction::SendRecv);
    let (_, first) = taken.expect("it is good");
    side.relocate("192.0.2.1:30000".parse().unwrap());
    let other = Fingerprint([8; 32]);
    side.welcome_browsers(other, Random::from_seed(2));
    let offer = side.offer(Direction::SendRecv);
    assert_eq!(value(&offer, "a=fingerprint:"), other.to_string());
    assert_ne!(value(&offer, "a=ice-ufrag:"), peering(&first).ours.name());
    assert!(value(&offer, "a=candidate:").contains("192.0.2.1 30000"));
}

#[test]
fn lines_we_do_not_take_keep_their_names() {
    let video = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n";
    let body = format!("{}\r\n{video}", CHROME.trim_end()).replace("BUNDLE 0", "BUNDLE 0 1");
    let mut side = welcoming(ours(), 1);
    let taken = side.receive_offer(body.as_bytes(), Direction::SendRecv);
    let (answer, _) = taken.expect("it is good");
    let (mids, lines_) = (lines(&answer, "a=mid:"), lines(&answer, "m="));
    assert_eq!(mids, ["a=mid:0", "a=mid:1"]);
    assert!(lines_[1].starts_with("m=video 0 UDP/TLS/RTP/SAVPF"));
    assert_eq!(value(&answer, "a=group:"), "BUNDLE 0");
}
