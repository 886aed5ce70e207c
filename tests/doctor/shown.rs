//! Healthy calls, and what is shown of them: ladder, messages, capture, metrics, Homer.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::Command;
use std::time::Duration;

use rappel_tests::Phone;
use rappel_tests::engine::{binary, free_port};
use rappel_tests::sipp::Scenario;
use rappel_tests::wait::until;

use crate::{LINE, PASSWORD, TRUNK, add_user, codes, doctor, engine};

#[test]
fn a_healthy_call_gives_no_finding_and_is_shown_in_every_way() {
    let (metrics, homer) = (free_port(), UdpSocket::bind("127.0.0.1:0").expect("a port"));
    let hep = homer.local_addr().expect("it is bound");
    let engine = engine(&format!(
        "\n[metrics]\nlisten = \"127.0.0.1:{metrics}\"\n[homer]\naddress = \"{hep}\"\nid = 7\npassword = \"pw\"\n"
    ));
    let phone = Phone::dial(engine.sip, TRUNK, LINE);
    phone.await_answer();
    let uid = call_of(&engine.log());
    // While the call is up.
    let ladder = engine.rappel(&["calls", "--sip", &uid]);
    assert!(
        ladder.contains("200 OK (INVITE)") && !ladder.contains("BYE"),
        "{ladder}"
    );
    phone.say(440.0, Duration::from_secs(4));
    std::thread::sleep(Duration::from_secs(4));
    phone.hang_up();
    until("the BYE to be seen", Duration::from_secs(5), || {
        engine
            .rappel(&["calls", "--sip", &uid])
            .contains("200 OK (BYE)")
            .then_some(())
    });
    let (shown, found) = doctor(&engine, &["--since", "1h"]);
    assert!(!found, "{shown}");
    assert!(shown.contains("nothing is wrong"), "{shown}");

    let ladder = engine.rappel(&["calls", "--sip", &uid[..10]]);
    for part in ["INVITE +xxxxxxxxx10", "PCMA", "│", "►", "ACK", "BYE"] {
        assert!(ladder.contains(part), "`{part}` is not in\n{ladder}");
    }
    assert!(
        engine
            .rappel(&["calls", "--sip", &uid, "--clear"])
            .contains(LINE)
    );

    // Written, read by tcpdump where it is installed, and by the doctor.
    let file = engine.folder().join("call.pcap");
    let path = file.to_str().expect("a plain path");
    engine.rappel(&["calls", "--sip", &uid, "--pcap", path, "--clear"]);
    if let Ok(out) = Command::new("tcpdump")
        .args(["-nn", "-v", "-r", path])
        .output()
    {
        let told = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(
            told.contains("INVITE sip:") && !told.contains("bad udp cksum"),
            "{told}"
        );
    }
    let (shown, found) = doctor(&engine, &["--trace", path]);
    assert!(!found, "{shown}");
    let text = engine.rappel(&["calls", "--sip", &uid, "--messages", "--clear"]);
    let saved = engine.folder().join("call.txt");
    std::fs::write(&saved, &text).expect("it can be written");
    let (shown, found) = doctor(&engine, &["--trace", saved.to_str().expect("a plain path")]);
    assert!(!found, "{shown}");

    let told = ask_metrics(metrics);
    for part in [
        "rappel_sip_requests_total{method=\"INVITE\",transport=\"UDP\",direction=\"in\"} 1",
        "status=\"200\",class=\"2xx\"",
        "rappel_setup_seconds_count 1",
        "rappel_media_ports_free",
        "rappel_trunk_calls{trunk=\"carrier\",direction=\"in\"} 0",
        "rappel_trunk_draining{trunk=\"carrier\"} 0",
        "rappel_media_packets_lost_total 0",
        "# EOF",
    ] {
        assert!(told.contains(part), "`{part}` is not in\n{told}");
    }

    let count = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|value| value.trim().parse().ok())
            .unwrap_or(0_u64)
    };
    assert!(count("rappel_media_packets_received_total") > 100, "{told}");
    assert!(count("rappel_media_packets_sent_total") > 100, "{told}");

    let mut packet = [0; 4096];
    homer
        .set_read_timeout(Some(Duration::from_secs(2)))
        .expect("a time limit can be set");
    let (length, _) = homer.recv_from(&mut packet).expect("Homer is told");
    assert_eq!(&packet[..4], b"HEP3");
    assert_eq!(usize::from(packet[4]) << 8 | usize::from(packet[5]), length);
    assert!(
        packet[..length]
            .windows(11)
            .any(|part| part == b"INVITE sip:")
    );
}

/// The name of the only call in the log.
fn call_of(log: &str) -> String {
    let line = log
        .lines()
        .find(|line| line.contains("Arrived"))
        .expect("a call came");
    let plain: String = line
        .replace("\u{1b}[3m", "")
        .replace("\u{1b}[0m", "")
        .replace("\u{1b}[2m", "");
    let at = plain.find("call=").expect("the log names it") + 5;
    plain[at..]
        .trim_start_matches('"')
        .chars()
        .take(26)
        .collect()
}

fn ask_metrics(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the door is open");
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .expect("it takes a request");
    let mut told = String::new();
    stream.read_to_string(&mut told).expect("it answers");
    told
}

#[test]
fn healthy_scenarios_of_sipp_give_no_finding() {
    let engine = engine("");
    add_user(&engine, "poste-11", true);
    Scenario::phone("register")
        .service("poste-11")
        .user("poste-11", PASSWORD)
        .run(&engine);
    Scenario::phone("options").run(&engine);
    let (shown, found) = doctor(&engine, &[]);
    assert!(!found, "{:?}\n{shown}", codes(&shown));
}

#[test]
fn calls_nobody_remembers_are_told_with_a_reason_and_no_engine_with_a_remedy() {
    let engine = engine("");
    let run = |args: &[&str], config: &std::path::Path| {
        let out = Command::new(binary())
            .args(args)
            .arg("--config")
            .arg(config)
            .output();
        let out = out.expect("rappel starts");
        assert!(!out.status.success());
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    let config = engine.folder().join("config");
    let told = run(&["calls", "--sip", "nobody", "--lang", "en"], &config);
    assert!(told.contains("remembers no message of `nobody`"), "{told}");
    assert!(told.contains("[sight] memory"), "{told}");
    let elsewhere = rappel_tests::engine::temporary_folder();
    let told = run(&["trace"], &elsewhere);
    assert!(told.contains("start one with `rappel serve`"), "{told}");
}
