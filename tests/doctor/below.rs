//! Faults below the messages: secure connections that are not made, names that lead nowhere, addresses
//! that are banned, registrations that ran out. Each alone, and named alone.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rappel_tests::carrier::{Carrier, Manners};
use rappel_tests::engine::{free_port, temporary_folder};
use rappel_tests::names::{Names, Record};
use rappel_tests::secure::{Authority, believe};
use rappel_tests::secure_carrier::SecureCarrier;
use rappel_tests::sipp::add_carrier;
use rappel_tests::wait::until;
use rappel_tests::{Engine, Phone};

use crate::peer::{OFFER, Peer};
use crate::{PASSWORD, add_user, codes, doctor};

const SECOND: Duration = Duration::from_secs(1);

/// Changes `rappel.toml`, and adds to it.
fn write(config: &Path, change: impl FnOnce(String) -> String) {
    let path = config.join("rappel.toml");
    let text = fs::read_to_string(&path).expect("there is a rappel.toml");
    fs::write(path, change(text)).expect("it can be written");
}

/// Waits until the doctor names this of all that passed, and nothing else.
fn assert_alone(engine: &Engine, code: &str, told: &[&str]) {
    let shown = until(&format!("`{code}`"), 15 * SECOND, || {
        let (shown, found) = doctor(engine, &["--clear"]);
        let all = codes(&shown);
        assert!(
            !found || all.iter().all(|named| *named == code),
            "it is {code}, not\n{shown}"
        );
        if !found {
            thread::sleep(Duration::from_millis(300));
        }
        found.then_some(shown)
    });
    for part in told {
        assert!(shown.contains(part), "`{part}` is not in\n{shown}");
    }
    // The same in French, with the same name.
    let french = Command::new(rappel_tests::engine::binary())
        .args(["doctor", "--lang", "fr", "--config"])
        .arg(engine.folder().join("config"))
        .output()
        .expect("rappel starts");
    let french = String::from_utf8_lossy(&french.stdout).into_owned();
    assert_eq!(codes(&french), [code], "{french}");
    assert!(french.contains('é') || french.contains('à'), "{french}");
}

/// An engine with one trunk over TLS, by name, at a carrier with this certificate (or at a plain one
/// without), and a phone.
fn calls_over_tls(carrier: SocketAddr, authority: &Path) -> (Engine, Names) {
    let names = Names::start(&[("carrier.test", Record::A(Ipv4Addr::LOCALHOST))]);
    let port = carrier.port();
    let engine = Engine::start_with(|config| {
        names.be_asked(config);
        believe(config, authority);
        write(config, |text| {
            text + &format!(
                "\n[trunk.safe]\nhost = \"carrier.test\"\nport = {port}\ntransport = \"tls\"\n\
                 country = \"33\"\nprobe = \"1s\"\n"
            )
        });
    });
    (engine, names)
}

fn secure_carrier((chain, key): &(PathBuf, PathBuf)) -> SecureCarrier {
    SecureCarrier::start(1, (chain, key), Manners::default())
}

#[test]
fn certificates_of_carriers_are_judged_aloud() {
    let folder = temporary_folder();
    let ours = Authority::new(&folder, "ours");
    let other = Authority::new(&folder, "other");
    let expired = ours.sign("expired", "DNS:carrier.test", 0);
    thread::sleep(Duration::from_millis(1_100));
    for (files, code, told) in [
        (expired, "tls-expired", "The trunk \"safe\""),
        (
            ours.sign("misnamed", "DNS:else.test", 30),
            "tls-name",
            "not for \"carrier.test\"",
        ),
        (
            other.sign("foreign", "DNS:carrier.test", 30),
            "tls-authority",
            "[sip.tls] authorities",
        ),
    ] {
        let carrier = secure_carrier(&files);
        let (engine, _names) = calls_over_tls(carrier.address, &ours.path());
        assert_alone(&engine, code, &[told, "safe"]);
    }
    // A listener that answers every connection in clear.
    let listener = std::net::TcpListener::bind(("127.0.0.1", free_port())).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _gone = stream
                .write_all(b"SIP/2.0 400 Bad Request\r\n\r\n")
                .is_err();
            thread::sleep(SECOND);
        }
    });
    let (engine, _names) = calls_over_tls(address, &ours.path());
    assert_alone(&engine, "tls-plain-peer", &["does not speak TLS", "5061"]);
    let _gone = fs::remove_dir_all(folder);
}

#[test]
fn a_carrier_with_a_good_certificate_gives_no_finding() {
    let folder = temporary_folder();
    let ours = Authority::new(&folder, "ours");
    let carrier = secure_carrier(&ours.sign("good", "DNS:carrier.test", 30));
    let (engine, _names) = calls_over_tls(carrier.address, &ours.path());
    add_user(&engine, "poste-12", false);
    carrier.await_request("OPTIONS", 1, 5 * SECOND);
    let account = ("poste-12", PASSWORD);
    let phone = Phone::dial_as(engine.sip, [127, 0, 0, 1], "0472001122", account);
    phone.await_answer();
    phone.say(440.0, SECOND);
    thread::sleep(SECOND);
    phone.hang_up();
    thread::sleep(Duration::from_millis(2_500));
    let (shown, found) = doctor(&engine, &["--clear"]);
    // The carrier of this test says nothing: that alone may be told.
    assert!(!found || codes(&shown) == ["no-audio-from-peer"], "{shown}");
    let _gone = fs::remove_dir_all(folder);
}

/// An engine that listens for TLS with these files.
fn listens((chain, key): &(PathBuf, PathBuf), port: u16) -> Engine {
    Engine::start_with(|config| {
        write(config, |text| {
            text + &format!(
                "\n[[sip.listener]]\ntransports = [\"tls\"]\nport = {port}\n\
                 [[sip.certificate]]\nchain = \"{}\"\nkey = \"{}\"\n",
                chain.display(),
                key.display()
            )
        });
    })
}

/// A client of TLS that checks what it is shown: `openssl s_client`.
fn knock(port: u16, more: &[&str]) {
    let address = format!("127.0.0.1:{port}");
    let _refused = Command::new("openssl")
        .args(["s_client", "-connect", &address, "-verify_return_error"])
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("openssl is installed");
}

#[test]
fn what_peers_say_of_our_certificate_is_told() {
    let folder = temporary_folder();
    let ours = Authority::new(&folder, "ours");
    let other = Authority::new(&folder, "other");
    let files = ours.sign("engine", "DNS:sip.test", 30);
    let (ours_path, other_path) = (ours.path(), other.path());
    let (ours_path, other_path) = (
        ours_path.to_str().expect("a plain path"),
        other_path.to_str().expect("a plain path"),
    );

    let port = free_port();
    let engine = listens(&files, port);
    // Who checks and is content gives no finding.
    knock(
        port,
        &["-CAfile", ours_path, "-verify_hostname", "sip.test"],
    );
    let (shown, found) = doctor(&engine, &["--clear"]);
    assert!(!found, "{shown}");
    knock(port, &["-CAfile", other_path]);
    assert_alone(
        &engine,
        "tls-own-authority",
        &["127.0.0.1", "[[sip.certificate]]"],
    );
    drop(engine);

    let port = free_port();
    let engine = listens(&files, port);
    knock(
        port,
        &["-CAfile", ours_path, "-verify_hostname", "else.test"],
    );
    assert_alone(&engine, "tls-own-name", &["subjectAltName"]);
    drop(engine);

    let expired = ours.sign("old", "DNS:sip.test", 0);
    thread::sleep(Duration::from_millis(1_100));
    let port = free_port();
    let mut engine = listens(&expired, port);
    engine.may_complain();
    knock(port, &["-CAfile", ours_path]);
    assert_alone(&engine, "tls-own-expired", &["Renew"]);
    drop(engine);

    // In clear to the port of TLS, and TLS to the port of TCP.
    let port = free_port();
    let engine = listens(&files, port);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let sent =
        stream.write_all(b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\n\r\n");
    sent.expect("it takes them");
    let _closed = stream.read(&mut [0; 64]);
    assert_alone(&engine, "tls-plain-here", &["without encryption"]);
    drop(engine);

    let engine = listens(&files, free_port());
    knock(engine.sip.port(), &[]);
    assert_alone(&engine, "tls-not-here", &["speaks TLS", "5061"]);
    drop(engine);
    let _gone = fs::remove_dir_all(folder);
}

#[test]
fn names_that_lead_nowhere_or_late_are_told() {
    let srv = |port: u16, target: &'static str| Record::Srv {
        priority: 1,
        weight: 1,
        port,
        target,
    };
    let carrier = Carrier::start(1, Manners::default());
    let there = Record::A(Ipv4Addr::LOCALHOST);
    let by_port = format!("port = {}\n", carrier.address.port());
    for (records, more, delay, code, told) in [
        (vec![], "", 0, "dns-name", "\"named.test\" has no address"),
        (
            vec![("_sip._udp.named.test", srv(5060, "gone.test"))],
            "transport = \"udp\"\n",
            0,
            "dns-target",
            "\"gone.test\"",
        ),
        (
            vec![("_sip._udp.named.test", srv(0, "."))],
            "transport = \"udp\"\n",
            0,
            "dns-not-offered",
            "the trunk \"named\"",
        ),
        (
            vec![("named.test", there.clone())],
            &*by_port,
            300,
            "dns-slow",
            "[sip.dns] servers",
        ),
        (
            vec![("named.test", there)],
            &*by_port,
            30_000,
            "dns-unanswered",
            "No name server",
        ),
    ] {
        let names = Names::start(&records);
        names.slow_down(Duration::from_millis(delay));
        let engine = Engine::start_with(|config| {
            names.be_asked(config);
            write(config, |text| {
                text + &format!(
                    "\n[trunk.named]\nhost = \"named.test\"\ncountry = \"33\"\nprobe = \"1m\"\n{more}"
                )
            });
        });
        assert_alone(&engine, code, &[told]);
    }
}

#[test]
fn a_banned_phone_is_named_with_the_way_to_hear_it_again() {
    let engine = Engine::start_with(|config| {
        write(config, |text| {
            let changed = text.replace("offences    = 20 ", "offences    = 3 ");
            assert_ne!(changed, text, "the demo has the key");
            changed
        });
    });
    add_user(&engine, "poste-11", true);
    let mut phone = Peer::at([127, 0, 0, 11], engine.sip);
    for number in 0..3 {
        let call_id = format!("guess-{number}");
        phone.register("poste-11", "wrong", &call_id, "", 403);
    }
    assert_alone(
        &engine,
        "banned",
        &[
            "127.0.0.11",
            "wrong passwords",
            "\"poste-11\"",
            "rappel bans lift 127.0.0.11",
        ],
    );
    engine.rappel(&["bans", "lift", "127.0.0.11"]);
    phone.register("poste-11", PASSWORD, "right", "", 200);
    // What led to it is no secret once it is over.
    let (shown, _) = doctor(&engine, &["--clear"]);
    assert_eq!(codes(&shown), ["wrong-password"], "{shown}");
}

#[test]
fn a_call_to_a_phone_whose_registration_ran_out_says_so() {
    let engine = Engine::start_with(add_carrier);
    for user in ["poste-11", "poste-12"] {
        add_user(&engine, user, true);
    }
    let mut phone = Peer::at([127, 0, 0, 1], engine.sip);
    phone.register("poste-11", PASSWORD, "reg", "Expires: 60\r\n", 200);
    // Its shortest life is a minute (RFC 3261 §10.3), and that is real time here.
    phone.stay(61 * SECOND);
    let mut caller = Peer::at([127, 0, 0, 1], engine.sip);
    let request = caller.request("INVITE", "11", "nobody-rings", "", OFFER);
    let refusal = caller.ask(&request, 401);
    let proof = caller.prove(&request, &refusal, "poste-12", PASSWORD);
    let refused = caller.ask(&proof, 480);
    assert!(refused.contains("Reason:"), "{refused}");
    assert_alone(
        &engine,
        "registration-lapsed",
        &["\"11\" was called", "\"poste-11\"", "keep-alive"],
    );
    let killed = Command::new("kill")
        .args(["-9", &engine.pid().to_string()])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
}
