//! The published torture messages (RFC 4475 and RFC 5118), all 61, sent to a running engine: each has
//! the reaction its RFC asks for, seen at the socket. The table is printed.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use rappel_tests::Engine;
use socket2::{Domain, Socket, Type};

/// What is seen of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// Its first final answer.
    Status(u16),
    /// Nothing.
    Silence,
}

use Seen::{Silence, Status};

/// Each message, what is to be seen of it, and why. The sender is a trunk: requests it may make are
/// served, and the numbers it dials belong to nobody (404).
const MESSAGES: &[(&str, Seen, &str)] = &[
    // RFC 4475 §3.1.1: valid, to be processed.
    (
        "rfc4475/wsinv",
        Status(481),
        "§3.1.1.1 well-formed, within a dialog that is not ours",
    ),
    (
        "rfc4475/intmeth",
        Status(501),
        "§3.1.1.2 well-formed; the method is unknown",
    ),
    (
        "rfc4475/esc01",
        Status(404),
        "§3.1.1.3 well-formed; the user is unknown",
    ),
    (
        "rfc4475/escnull",
        Status(401),
        "§3.1.1.4 well-formed; registering needs a password",
    ),
    (
        "rfc4475/esc02",
        Status(501),
        "§3.1.1.5 the method is not REGISTER",
    ),
    ("rfc4475/lwsdisp", Status(200), "§3.1.1.6 well-formed"),
    (
        "rfc4475/longreq",
        Status(404),
        "§3.1.1.7 well-formed; the user is unknown",
    ),
    (
        "rfc4475/dblreq",
        Status(401),
        "§3.1.1.8 the first request alone is served",
    ),
    ("rfc4475/semiuri", Status(200), "§3.1.1.9 well-formed"),
    (
        "rfc4475/transports",
        Status(200),
        "§3.1.1.10 unknown transports below the first are left alone",
    ),
    (
        "rfc4475/mpart01",
        Status(405),
        "§3.1.1.11 well-formed; MESSAGE is not served",
    ),
    (
        "rfc4475/unreason",
        Silence,
        "§3.1.1.12 a response to nothing",
    ),
    (
        "rfc4475/noreason",
        Silence,
        "§3.1.1.13 a response to nothing",
    ),
    // §3.1.2: invalid.
    ("rfc4475/badinv01", Status(400), "§3.1.2.1"),
    (
        "rfc4475/clerr",
        Status(400),
        "§3.1.2.2 the body is shorter than it says",
    ),
    ("rfc4475/ncl", Status(400), "§3.1.2.3 a negative length"),
    (
        "rfc4475/scalar02",
        Status(400),
        "§3.1.2.4 numbers that do not fit",
    ),
    (
        "rfc4475/scalarlg",
        Silence,
        "§3.1.2.5 a response with numbers that do not fit",
    ),
    ("rfc4475/quotbal", Status(400), "§3.1.2.6"),
    ("rfc4475/ltgtruri", Status(400), "§3.1.2.7"),
    ("rfc4475/lwsruri", Status(400), "§3.1.2.8"),
    ("rfc4475/lwsstart", Status(400), "§3.1.2.9"),
    ("rfc4475/trws", Status(400), "§3.1.2.10"),
    ("rfc4475/escruri", Status(400), "§3.1.2.11"),
    (
        "rfc4475/baddate",
        Status(404),
        "§3.1.2.12 the date is not looked at, as it may be",
    ),
    ("rfc4475/regbadct", Status(400), "§3.1.2.13"),
    ("rfc4475/badaspec", Status(400), "§3.1.2.14"),
    ("rfc4475/baddn", Status(400), "§3.1.2.15"),
    ("rfc4475/badvers", Status(505), "§3.1.2.16"),
    ("rfc4475/mismatch01", Status(400), "§3.1.2.17"),
    ("rfc4475/mismatch02", Status(400), "§3.1.2.18 400 or 501"),
    (
        "rfc4475/bigcode",
        Silence,
        "§3.1.2.19 a response that cannot be read",
    ),
    // §3.2 to §3.4.
    (
        "rfc4475/badbranch",
        Status(400),
        "§3.2.1 a branch that identifies nothing",
    ),
    ("rfc4475/insuf", Status(400), "§3.3.1 headers are missing"),
    ("rfc4475/unkscm", Status(416), "§3.3.2"),
    ("rfc4475/novelsc", Status(416), "§3.3.3"),
    (
        "rfc4475/unksm2",
        Status(401),
        "§3.3.4 To is looked at after the password",
    ),
    ("rfc4475/bext01", Status(420), "§3.3.5"),
    ("rfc4475/invut", Status(415), "§3.3.6"),
    (
        "rfc4475/regaut01",
        Status(401),
        "§3.3.7 as if nothing had been proved",
    ),
    ("rfc4475/multi01", Status(400), "§3.3.8"),
    ("rfc4475/mcl01", Status(400), "§3.3.9"),
    ("rfc4475/bcast", Silence, "§3.3.10 a response meant for all"),
    (
        "rfc4475/zeromf",
        Status(200),
        "§3.3.11 it has arrived: OPTIONS may be answered here",
    ),
    ("rfc4475/cparam01", Status(401), "§3.3.12 well-formed"),
    ("rfc4475/cparam02", Status(401), "§3.3.13 well-formed"),
    ("rfc4475/regescrt", Status(401), "§3.3.14 well-formed"),
    (
        "rfc4475/sdp01",
        Status(404),
        "§3.3.15 well-formed; the user is unknown",
    ),
    (
        "rfc4475/inv2543",
        Status(400),
        "§3.4.1 read as RFC 2543 wrote it; without a Contact no dialog can be made",
    ),
    // RFC 5118 §4.
    ("rfc5118/ipv6-good", Status(401), "§4.1"),
    (
        "rfc5118/ipv6-bad",
        Status(400),
        "§4.2 an address without brackets",
    ),
    (
        "rfc5118/port-ambiguous",
        Status(401),
        "§4.3 well-formed, whatever was meant",
    ),
    ("rfc5118/port-unambiguous", Status(401), "§4.4"),
    (
        "rfc5118/via-received-param-with-delim",
        Status(481),
        "§4.5 well-formed; no such dialog",
    ),
    ("rfc5118/via-received-param-no-delim", Status(200), "§4.5"),
    (
        "rfc5118/ipv6-in-sdp",
        Status(404),
        "§4.6 well-formed; the user is unknown",
    ),
    (
        "rfc5118/mult-ip-in-header",
        Status(481),
        "§4.7 well-formed; no such dialog",
    ),
    (
        "rfc5118/mult-ip-in-sdp",
        Status(404),
        "§4.8 well-formed; the user is unknown",
    ),
    (
        "rfc5118/ipv4-mapped-ipv6",
        Status(404),
        "§4.9 well-formed; the user is unknown",
    ),
    (
        "rfc5118/ipv6-bug-abnf-3-colons",
        Status(200),
        "§4.10 read, though nobody should write it",
    ),
    ("rfc5118/ipv6-correct-abnf-2-colons", Status(200), "§4.10"),
];

/// Where the messages come from: an address of this test alone.
const SENDER: Ipv4Addr = Ipv4Addr::new(127, 0, 77, 1);

/// The ports that the topmost Vias name, 5060 where they name none.
const PORTS: [u16; 7] = [5060, 5061, 5050, 5070, 6050, 1919, 19823];

fn engine() -> Engine {
    Engine::start_with(|folder| {
        let path = folder.join("rappel.toml");
        let mut text = std::fs::read_to_string(&path).expect("the fixture has a rappel.toml");
        text += &format!("\n[trunk.torture]\naddress = [\"{SENDER}\"]\n");
        std::fs::write(&path, text).expect("the configuration can be written");
    })
}

fn message(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("torture");
    std::fs::read(folder.join(format!("{name}.dat"))).expect("a message of the corpus")
}

#[test]
fn every_torture_message_has_the_reaction_its_rfc_asks_for() {
    let engine = engine();
    let sockets: Vec<UdpSocket> = PORTS.iter().map(|port| listen(*port)).collect();
    let mut wrong = Vec::new();
    for (name, expected, why) in MESSAGES {
        let message = message(name);
        sockets[0]
            .send_to(&message, engine.sip)
            .expect("loopback takes it");
        let patience = match expected {
            Silence => Duration::from_millis(300),
            Status(_) => Duration::from_secs(3),
        };
        let seen = first_final(&sockets, patience, engine.sip, call_id(&message));
        println!("{name:38} {seen:?} {why}");
        if seen != *expected {
            wrong.push(format!("{name}: {seen:?}, not {expected:?}: {why}"));
        }
    }
    assert_eq!(MESSAGES.len(), 61);
    assert!(wrong.is_empty(), "{wrong:#?}");
    still_well(&engine, &sockets);
}

/// Over a stream a message is answered alike; one whose length is false is waited for, or its
/// connection is closed.
#[test]
fn over_a_stream_no_torture_message_is_taken_for_another() {
    let engine = engine();
    let mut wrong = Vec::new();
    for (name, expected, _) in MESSAGES {
        let seen = over_tcp(engine.sip, &message(name));
        let unframed = UNFRAMED.contains(name) && seen == Silence;
        if seen != *expected && !unframed {
            wrong.push(format!("{name}: {seen:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn listen(port: u16) -> UdpSocket {
    let socket = UdpSocket::bind((SENDER, port)).expect("the address is this test's alone");
    socket
        .set_read_timeout(Some(Duration::from_millis(20)))
        .expect("a socket takes a timeout");
    socket
}

/// Messages with a false length, or with something behind them that is none: the rest is waited for,
/// or the connection is closed.
const UNFRAMED: &[&str] = &["rfc4475/clerr", "rfc4475/dblreq"];

/// The first final answer. That of an INVITE is acknowledged, so that it does not come again.
fn first_final(
    sockets: &[UdpSocket],
    patience: Duration,
    server: SocketAddr,
    wanted: Option<String>,
) -> Seen {
    let start = Instant::now();
    let mut buffer = [0; 65_536];
    while start.elapsed() < patience {
        for socket in sockets {
            if let Ok(length) = socket.recv(&mut buffer)
                && let Some(status) = status(&buffer[..length]).filter(|status| *status >= 200)
            {
                if let Some(ack) = ack(&String::from_utf8_lossy(&buffer[..length])) {
                    socket
                        .send_to(ack.as_bytes(), server)
                        .expect("loopback takes it");
                }
                // One that crossed its acknowledgement belongs to an earlier message.
                let found = call_id(&buffer[..length]);
                if wanted.is_none() || found.is_none() || found == wanted {
                    return Status(status);
                }
            }
        }
    }
    Silence
}

/// The Call-ID of a message, however its name is written.
fn call_id(message: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(message);
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = name.trim().to_ascii_lowercase();
        (name == "call-id" || name == "i").then(|| value.trim().to_owned())
    })
}

/// The ACK of a refused INVITE: the headers of the refusal, which are those of the INVITE and our tag
/// (RFC 3261 §17.1.1.3).
fn ack(refusal: &str) -> Option<String> {
    let line = |name: &str| {
        let mut lines = refusal.lines();
        lines.find(|line| line.to_ascii_lowercase().starts_with(name))
    };
    let cseq = line("cseq:")?.strip_suffix("INVITE")?;
    let [via, from, to, call_id] = ["via:", "from:", "to:", "call-id:"].map(line);
    Some(format!(
        "ACK sip:torture SIP/2.0\r\n{}\r\nMax-Forwards: 70\r\n{}\r\n{}\r\n{}\r\n{cseq}ACK\r\n\
         Content-Length: 0\r\n\r\n",
        via?, from?, to?, call_id?
    ))
}

fn status(bytes: &[u8]) -> Option<u16> {
    let line = bytes.strip_prefix(b"SIP/2.0 ")?;
    std::str::from_utf8(line.get(..3)?).ok()?.parse().ok()
}

fn over_tcp(server: SocketAddr, message: &[u8]) -> Seen {
    let stream = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    stream
        .bind(&SocketAddr::from((SENDER, 0)).into())
        .expect("the address is this test's alone");
    stream.connect(&server.into()).expect("it listens");
    let mut stream = TcpStream::from(stream);
    stream
        .set_read_timeout(Some(Duration::from_millis(500)))
        .expect("a stream takes a timeout");
    stream.write_all(message).expect("it reads");
    let mut all = Vec::new();
    let mut buffer = [0; 65_536];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        all.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&all).into_owned();
        let finals = text
            .split("SIP/2.0 ")
            .filter_map(|rest| rest.get(..3)?.parse().ok());
        if let Some(status) = finals
            .into_iter()
            .find(|status: &u16| (200..700).contains(status))
        {
            return Status(status);
        }
    }
    Silence
}

/// After all that, the engine serves as before.
fn still_well(engine: &Engine, sockets: &[UdpSocket]) {
    let options = format!(
        "OPTIONS sip:{server} SIP/2.0\r\nVia: SIP/2.0/UDP {SENDER}:5060;branch=z9hG4bKwell\r\n\
         Max-Forwards: 70\r\nFrom: <sip:a@{SENDER}>;tag=w\r\nTo: <sip:{server}>\r\n\
         Call-ID: well\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
        server = engine.sip
    );
    sockets[0]
        .send_to(options.as_bytes(), engine.sip)
        .expect("loopback takes it");
    let seen = first_final(sockets, Duration::from_secs(3), engine.sip, None);
    assert_eq!(seen, Status(200), "the engine is well");
}
