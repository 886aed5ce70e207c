//! Phones in browsers: SIP.js in headless Chromium over secure WebSockets (RFC 7118), their voice by
//! DTLS-SRTP (RFC 5763) over a way they prove (ICE, RFC 8445).

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::browser::Browser;
use rappel_tests::engine::free_port;
use rappel_tests::handset::{Handset, Manners};
use rappel_tests::listen::Sound;

use rappel_tests::secure::add_listeners;

use crate::secure::secure_engine;
use crate::{PASSWORD, SECOND, add_user, engine_with, newest_call};

/// What the browser's microphone hears, in Hz.
const HERS: f32 = 1_000.0;

/// How long a tone must be whole, in milliseconds.
const WHOLE: usize = 1_500;

/// What the phone says.
const HIS: f32 = 440.0;

/// A browser of `poste-11`, registered.
fn browser(engine: &Engine, wss: u16, more: &[(&str, &str)]) -> Browser {
    add_user(engine, "poste-11");
    let mut parameters = vec![
        ("server", format!("wss://localhost:{wss}")),
        ("domain", engine.sip.to_string()),
        ("user", "poste-11".to_owned()),
        ("password", PASSWORD.to_owned()),
    ];
    parameters.extend(more.iter().map(|(key, value)| (*key, (*value).to_owned())));
    Browser::start(engine, "poste-11", HERS, &parameters)
}

/// A phone of `poste-12`, which answers.
fn phone(engine: &Engine) -> Handset {
    add_user(engine, "poste-12");
    Handset::of(engine.sip, "poste-12", PASSWORD, Manners::Answers)
}

/// A tone was heard, one's own not at all, and for a second and a half on end it was whole and as loud as
/// it was said. Not for longer: a browser that is kept from its processor, as beside other tests, drops
/// sound of its own accord.
fn assert_whole(who: &str, heard: &Sound, (theirs, own): (f32, f32), level: f32) {
    assert_eq!(heard.tone_millis(own), 0, "{who}: an echo of {own} Hz");
    let last = heard.millis().saturating_sub(WHOLE);
    let windows = (0..=last / 100).map(|n| heard.part(n * 100, n * 100 + WHOLE));
    let best = windows.max_by_key(|window| window.tone_millis(theirs));
    let best = best.expect("there is one window at least");
    let tone = best.tone_millis(theirs);
    let total = heard.tone_millis(theirs);
    assert!(
        tone * 100 >= WHOLE * 95,
        "{who}: at best {tone} ms of {theirs} Hz on end, {total} ms in all"
    );
    let holes = best.silences(60);
    assert!(holes.is_empty(), "{who}: {holes:?}");
    let found = best.tone_level(theirs).expect("it has a level");
    assert!((found - level).abs() < 2.0, "{who}: {found} dB");
}

/// The browser calls the phone with this codec; both hear each other, encrypted on her side.
fn talk(codec: &str, shown: &str) {
    let wss = free_port();
    let engine = secure_engine(&[("wss", wss)]);
    let his = phone(&engine);
    let plan = "wait 8000;bye";
    let hers = browser(
        &engine,
        wss,
        &[("call", "12"), ("codec", codec), ("plan", plan)],
    );
    hers.await_told("outgoing Established");
    his.await_call(0);
    his.say(0, Some(HIS));
    hers.await_told("outgoing connection connected");
    hers.await_told("outgoing Terminated");
    assert_whole("the phone", &his.heard(0), (HERS, HIS), -13.0);
    assert_whole("the browser", &hers.heard(), (HIS, HERS), -13.0);
    let call = newest_call(&engine);
    for part in [
        "\"origin\":\"user poste-11\"",
        "\"ended_by\":\"caller\"",
        "\"encrypted\":true",
        shown,
    ] {
        assert!(call.contains(part), "`{part}` is not in {call}");
    }
    assert!(!hers.log().contains("PHONE error"), "{}", hers.log());
}

#[test]
fn a_browser_calls_a_phone_in_opus_and_both_hear_each_other() {
    talk("", "opus");
}

#[test]
fn a_browser_calls_a_phone_in_g711_and_both_hear_each_other() {
    talk("PCMA", "PCMA");
}

#[test]
fn a_browser_is_rung_holds_resumes_and_restarts_its_way() {
    let wss = free_port();
    let engine = secure_engine(&[("wss", wss)]);
    let plan = "wait 4000;hold;wait 5000;resume;wait 3000;restart;wait 3000";
    let hers = browser(&engine, wss, &[("plan", plan)]);
    hers.await_told("registerer Registered");
    let his = phone(&engine);
    let call = his.talk_to("11");
    his.say(call, Some(HIS));
    hers.await_told("incoming connection connected");
    hers.await_told("incoming did hold");
    let before = hers.heard();
    assert_whole("the browser", &before, (HIS, HERS), -13.0);
    his.forget(call);
    thread::sleep(SECOND);
    assert_eq!(his.heard(call).tone_millis(HERS), 0, "he is on hold");
    hers.await_told("incoming did resume");
    thread::sleep(SECOND / 2);
    his.forget(call);
    hers.await_told("incoming did restart");
    // Over the restart, and after it: not a word is lost.
    thread::sleep(2 * SECOND);
    assert_whole("the phone", &his.heard(call), (HERS, HIS), -13.0);
    his.hang_up(call);
    hers.await_told("incoming Terminated");
    let record = newest_call(&engine);
    assert!(record.contains("reach sofia: answered"), "{record}");
    assert!(!hers.log().contains("PHONE error"), "{}", hers.log());
}

/// A colleague joins two calls of theirs that live on two threads: whoever moves proves another way and
/// comes to other keys.
fn joined(browser_moves: bool) -> usize {
    let wss = free_port();
    let engine = engine_with(|config| {
        add_listeners(config, &[("wss", wss)]);
        let path = config.join("rappel.toml");
        let text = fs::read_to_string(&path).expect("there is a rappel.toml");
        assert!(text.contains("threads    = 1"), "{text}");
        let text = text.replace("threads    = 1", "threads    = 2");
        fs::write(path, text).expect("it can be written");
    });
    let his = phone(&engine);
    let hers = browser(&engine, wss, &[("call", "12")]);
    hers.await_told("outgoing connection connected");
    add_user(&engine, "poste-14");
    let anna = Handset::of(engine.sip, "poste-14", PASSWORD, Manners::Answers);
    let call = anna.talk_to("12");
    his.await_call(1);
    let (stays, moves) = if browser_moves { (1, 0) } else { (0, 1) };
    his.join(stays, moves);
    anna.say(call, Some(HIS));
    thread::sleep(4 * SECOND);
    assert_whole(
        "the colleague",
        &last(&anna.heard(call), 2_500),
        (HERS, HIS),
        -13.0,
    );
    assert_whole(
        "the browser",
        &last(&hers.heard(), 2_500),
        (HIS, HERS),
        -13.0,
    );
    anna.hang_up(call);
    hers.await_told("outgoing Terminated");
    assert!(!hers.log().contains("PHONE error"), "{}", hers.log());
    hers.log().matches("PHONE described").count()
}

/// The last so many milliseconds.
fn last(heard: &Sound, millis: usize) -> Sound {
    let end = heard.millis();
    heard.part(end.saturating_sub(millis), end)
}

#[test]
fn a_browser_is_joined_to_a_call_on_another_thread() {
    let described = [true, false].map(joined);
    // Once it was offered another way, once it was not.
    assert_ne!(described[0], described[1], "{described:?}");
}

#[test]
fn a_browser_with_another_certificate_than_its_sdp_named_is_refused() {
    let wss = free_port();
    let engine = secure_engine(&[("wss", wss)]);
    let his = phone(&engine);
    let hers = browser(&engine, wss, &[("call", "12"), ("lie", "yes")]);
    hers.await_told("outgoing Terminated");
    let call = newest_call(&engine);
    let why = "its certificate is not the one its SDP named (fingerprint)";
    assert!(call.contains(why), "{call}");
    assert_eq!(hers.heard().tone_millis(HIS), 0);
    assert_eq!(his.heard(0).tone_millis(HERS), 0);
}

#[test]
fn strangers_at_a_browsers_port_are_neither_answered_nor_heard() {
    let wss = free_port();
    let engine = secure_engine(&[("wss", wss)]);
    let his = phone(&engine);
    let hers = browser(&engine, wss, &[("call", "12"), ("plan", "wait 6000;bye")]);
    hers.await_told("outgoing connection connected");
    his.say(0, Some(HIS));
    let log = hers.log();
    let candidate = log
        .split("a=candidate:1 1 udp ")
        .nth(1)
        .expect("we named one");
    let mut words = candidate.split(' ').skip(1);
    let (ip, port) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let target: SocketAddr = format!("{ip}:{port}").parse().expect("an address");
    let stranger = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    stranger
        .set_read_timeout(Some(SECOND / 2))
        .expect("a limit can be set");
    for turn in 0..100_u16 {
        for datagram in [binding_request(), client_hello(), noise(turn)] {
            stranger.send_to(&datagram, target).expect("it can be sent");
        }
        thread::sleep(Duration::from_millis(20));
    }
    let answered = stranger.recv_from(&mut [0; 1_500]);
    assert!(answered.is_err(), "{answered:?}");
    hers.await_told("outgoing Terminated");
    let call = newest_call(&engine);
    let counted = call.split("\"strangers\":").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        rest[..end].parse::<u64>().ok()
    });
    assert!(counted.max() >= Some(200), "{call}");
    assert_whole("the phone", &his.heard(0), (HERS, HIS), -13.0);
    assert_whole("the browser", &hers.heard(), (HIS, HERS), -13.0);
}

/// A check under a name and a password that nobody has (RFC 8445 §7.2.2).
fn binding_request() -> Vec<u8> {
    let mut message = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    message.extend([7; 12]);
    let mut attribute = |kind: u16, value: &[u8]| {
        message.extend(kind.to_be_bytes());
        message.extend((value.len() as u16).to_be_bytes());
        message.extend(value);
    };
    attribute(0x0006, b"abcdefgh:abc");
    attribute(0x0024, &1_u32.to_be_bytes());
    attribute(0x0025, b"");
    attribute(0x802a, &1_u64.to_be_bytes());
    attribute(0x0008, &[9; 20]);
    let length = message.len() as u16 - 20;
    message[2..4].copy_from_slice(&length.to_be_bytes());
    message
}

/// The beginning of a handshake (RFC 6347 §4.1), cut short.
fn client_hello() -> Vec<u8> {
    let mut record = vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50];
    record.extend([1; 50]);
    record
}

/// Sound of somebody else.
fn noise(turn: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 111];
    packet.extend(turn.to_be_bytes());
    packet.extend([0; 8]);
    packet.extend([0x55; 160]);
    packet
}
