//! Peers whose SDP names a host instead of an address (RFC 8866 §5.7): voice goes where their messages
//! come from, and `rappel doctor` has nothing to say of it.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use rappel_tests::wait::until;

use crate::peer::{OFFER, Peer};
use crate::{PASSWORD, add_user, codes, doctor, engine};

/// A port for voice, and SDP that names its host.
struct Voice {
    socket: UdpSocket,
    sdp: String,
}

impl Voice {
    fn at(address: [u8; 4], name: &str) -> Self {
        let socket = UdpSocket::bind((IpAddr::from(address), 0)).expect("a loopback address");
        let limit = Some(Duration::from_millis(10));
        socket.set_read_timeout(limit).expect("a limit can be set");
        let port = socket.local_addr().expect("it is bound").port();
        let sdp = OFFER
            .replace("127.0.0.1", name)
            .replace("audio 40000", &format!("audio {port}"));
        Self { socket, sdp }
    }

    /// One packet of A-law to the port that an SDP of the engine names.
    fn say(&self, number: u16, to: SocketAddr) {
        let mut packet = vec![0x80, 8];
        packet.extend(number.to_be_bytes());
        packet.extend((u32::from(number) * 160).to_be_bytes());
        packet.extend(7_u32.to_be_bytes());
        packet.extend([0xd5; 160]);
        self.socket.send_to(&packet, to).expect("loopback takes it");
    }

    /// How many packets of voice have come.
    fn hear(&self) -> usize {
        let mut packet = [0; 512];
        let come = std::iter::from_fn(|| self.socket.recv(&mut packet).ok());
        come.filter(|length| *length > 160).count()
    }
}

/// Where an SDP of the engine wants voice.
fn wanted(text: &str) -> SocketAddr {
    let line = text.lines().find(|line| line.starts_with("m=audio "));
    let port = line.and_then(|line| line.split(' ').nth(1)?.parse().ok());
    ([127, 0, 0, 1], port.expect("a port")).into()
}

#[test]
fn both_sides_of_a_call_may_name_their_host() {
    let engine = engine("");
    for user in ["poste-11", "poste-12"] {
        add_user(&engine, user, true);
    }
    let mut phone = Peer::at([127, 0, 0, 11], engine.sip);
    phone.register("poste-11", PASSWORD, "reg", "", 200);
    phone.forget();
    let theirs = Voice::at([127, 0, 0, 11], "phone-11.office.example");
    let ours = Voice::at([127, 0, 0, 12], "pbx.office.example");

    let mut caller = Peer::at([127, 0, 0, 12], engine.sip);
    let request = caller.request("INVITE", "11", "named", "", &ours.sdp);
    let refusal = caller.ask(&request, 401);
    let proof = caller.prove(&request, &refusal, "poste-12", PASSWORD);
    caller.send(&proof);
    let invite = phone.expect("INVITE ");
    let kind = "Content-Type: application/sdp\r\n";
    phone.respond(&invite, "200 OK", kind, &theirs.sdp);
    phone.expect("ACK ");
    let answer = caller.expect("SIP/2.0 200");
    let ack = caller.ack(&proof, &answer);
    caller.send(&ack.replace("branch=z9hG4bK", "branch=z9hG4bKa"));

    // Before they have said a word, voice of the one reaches the other: nothing was learned yet.
    let (to_caller, to_phone) = (wanted(&answer), wanted(&invite));
    let mut number = 0;
    let mut say = |voice: &Voice, to: SocketAddr| {
        number += 1;
        voice.say(number, to);
        thread::sleep(Duration::from_millis(20));
    };
    until(
        "the phone to hear the caller",
        Duration::from_secs(5),
        || {
            say(&ours, to_caller);
            (theirs.hear() > 0).then_some(())
        },
    );
    until(
        "the caller to hear the phone",
        Duration::from_secs(5),
        || {
            say(&theirs, to_phone);
            say(&ours, to_caller);
            (ours.hear() > 0).then_some(())
        },
    );
    for _ in 0..50 {
        say(&ours, to_caller);
        say(&theirs, to_phone);
    }
    let to = answer.lines().find(|line| line.starts_with("To:"));
    let to = format!("{}\r\n", to.expect("it has one").trim_end());
    let bye = caller.request("BYE", "11", "named", &to, "");
    caller.ask(&bye, 200);
    let bye = phone.expect("BYE ");
    phone.respond(&bye, "200 OK", "", "");
    for call_id in ["named", id_of(&invite)] {
        let (shown, found) = doctor(&engine, &[call_id]);
        assert!(!found && codes(&shown).is_empty(), "{shown}");
    }
}

fn id_of(request: &str) -> &str {
    let line = request
        .lines()
        .find_map(|line| line.strip_prefix("Call-ID:"));
    line.expect("it has one").trim()
}
