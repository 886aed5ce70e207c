//! Every body of `corpus/`, and what must come of it.

use super::*;

macro_rules! corpus {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!("../../../corpus/", $name, ".sdp")) as &[u8])),*]
    };
}

pub(super) const CORPUS: [(&str, &[u8]); 19] = corpus![
    "linphone",
    "linphone_video",
    "baresip",
    "sipp",
    "asterisk",
    "cisco",
    "fax_line",
    "secure_then_plain",
    "old_pbx",
    "hold_sendonly",
    "hold_inactive_session",
    "hold_zero",
    "ipv6",
    "dynamic_numbers",
    "no_common",
    "freeswitch",
    "everything",
    "chrome",
    "teams_sbc",
];

pub(super) fn body(name: &str) -> &'static [u8] {
    CORPUS.iter().find(|(n, _)| *n == name).unwrap().1
}

fn answered(name: &str) -> (bytes::Bytes, Stream) {
    let local = match name {
        "ipv6" => at("[2001:db8::1]:40000"),
        _ => at("198.51.100.1:40000"),
    };
    Negotiation::new(local, 77, BOTH.to_vec())
        .receive_offer(body(name), Direction::SendRecv)
        .unwrap_or_else(|refused| panic!("{name}: {refused}"))
}

fn stream(remote: &str, encoding: Encoding, payload_type: u8, event: Option<u8>) -> Stream {
    Stream {
        control: None,
        payload_type: payload_type.into(),
        telephone_event: event.map(PayloadType::from),
        ..Stream::plain(at(remote), encoding)
    }
}

#[test]
fn each_offer_is_understood() {
    use Encoding::{Pcma, Pcmu};
    let held = |s: Stream, direction| Stream { direction, ..s };
    let expected = [
        ("linphone", stream("192.0.2.10:7078", Pcmu, 0, Some(100))),
        (
            "linphone_video",
            stream("192.0.2.10:7078", Pcmu, 0, Some(101)),
        ),
        ("baresip", stream("203.0.113.99:16434", Pcmu, 0, Some(101))),
        ("sipp", stream("203.0.113.99:6000", Pcmu, 0, None)),
        ("asterisk", stream("198.51.100.4:14220", Pcma, 8, Some(101))),
        ("cisco", stream("203.0.113.8:18270", Pcma, 8, Some(96))),
        ("fax_line", stream("203.0.113.20:4000", Pcma, 8, Some(101))),
        (
            "secure_then_plain",
            stream("192.0.2.33:30002", Pcma, 8, None),
        ),
        ("old_pbx", stream("192.0.2.99:5004", Pcma, 8, None)),
        (
            "hold_sendonly",
            held(
                stream("203.0.113.99:16434", Pcmu, 0, Some(101)),
                Direction::RecvOnly,
            ),
        ),
        (
            "hold_inactive_session",
            held(
                stream("203.0.113.99:16434", Pcmu, 0, None),
                Direction::Inactive,
            ),
        ),
        (
            "hold_zero",
            held(stream("0.0.0.0:16434", Pcmu, 0, None), Direction::RecvOnly),
        ),
        ("ipv6", stream("[2001:db8::5]:16434", Pcmu, 0, Some(101))),
        // The event at the clock of our encodings, not the one at 48 kHz.
        (
            "freeswitch",
            stream("203.0.113.30:25000", Pcmu, 0, Some(101)),
        ),
        (
            "everything",
            stream("203.0.113.40:30000", Pcma, 8, Some(101)),
        ),
        (
            "dynamic_numbers",
            stream("192.0.2.6:16434", Pcma, 110, Some(97)),
        ),
    ];
    for (name, expected) in expected {
        let (control, comfort_noise) = (None, None);
        let answered = Stream {
            control,
            comfort_noise,
            pauses: false,
            ..answered(name).1
        };
        assert_eq!(answered, expected, "{name}");
    }
}

#[test]
fn an_answer_keeps_every_line_in_its_place() {
    let m = |name| lines(&answered(name).0, "m=").join("|");
    assert_eq!(
        m("linphone_video"),
        "m=audio 40000 RTP/AVPF 0 101|m=video 0 RTP/AVPF 96 97"
    );
    assert_eq!(
        m("fax_line"),
        "m=image 0 udptl t38|m=audio 40000 RTP/AVP 8 101"
    );
    assert_eq!(
        m("everything"),
        "m=application 0 UDP/BFCP *|m=video 0 RTP/AVP 96|m=message 0 TCP/MSRP *|\
         m=audio 40000 RTP/AVP 8 101|m=text 0 RTP/AVP 98|m=image 0 udptl t38|m=audio 0 RTP/AVP 0"
    );
    assert_eq!(
        m("secure_then_plain"),
        "m=audio 0 RTP/SAVP 8 0|m=audio 40000 RTP/AVP 8"
    );
}

#[test]
fn an_answer_is_a_plain_body() {
    let (answer, _) = answered("cisco");
    assert_eq!(
        text(&answer),
        "v=0\r\no=- 77 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\
         m=audio 40000 RTP/AVP 8 19 96\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:19 CN/8000\r\n\
         a=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    );
    assert_eq!(lines(&answered("ipv6").0, "c="), ["c=IN IP6 2001:db8::1"]);
}

#[test]
fn rtcp_goes_where_the_peer_says() {
    let rtcp = |name: &str, local: &str| {
        let mut side = Negotiation::new(at(local), 1, BOTH.to_vec());
        let (_, stream) = side.receive_offer(body(name), Direction::SendRecv).unwrap();
        stream.control
    };
    let v4 = "198.51.100.1:40000";
    assert_eq!(rtcp("baresip", v4), Some(at("203.0.113.99:16435")));
    assert_eq!(rtcp("sipp", v4), Some(at("203.0.113.99:6001")));
    assert_eq!(
        rtcp("ipv6", "[2001:db8::1]:2"),
        Some(at("[2001:db8::6]:16500"))
    );
    assert_eq!(rtcp("hold_zero", v4), None);
}

#[test]
fn refusals_know_their_status() {
    let refuse = |body: &[u8]| ours().receive_offer(body, Direction::SendRecv).unwrap_err();
    assert_eq!(refuse(body("no_common")), Refused::NoCommonEncoding);
    assert_eq!(refuse(body("no_common")).status(), 488);
    for (name, reason) in [
        ("chrome", Refused::BrowserOnly),
        ("teams_sbc", Refused::Secured),
    ] {
        let refused = refuse(body(name));
        assert_eq!((refused.clone(), refused.status()), (reason, 488));
    }
    assert_eq!(refuse(body("ipv6")).status(), 488, "we have no IPv6 here");

    for malformed in ["", "hello", "v=1\r\n", "v=0\r\nm=audio x RTP/AVP 0\r\n"] {
        assert_eq!(refuse(malformed.as_bytes()).status(), 400, "{malformed}");
    }
    let without_address = "v=0\r\nm=audio 4000 RTP/AVP 0\r\n";
    assert_eq!(refuse(without_address.as_bytes()).status(), 400);

    let with = |c: &str, m: &str| refuse(format!("v=0\r\nc={c}\r\nm={m}\r\n").as_bytes());
    assert_eq!(
        with("IN IP4 192.0.2.1", "audio 4 RTP/SAVP 0"),
        Refused::Secured
    );
    for nothing in ["audio 0 RTP/AVP 0", "video 4 RTP/AVP 0"] {
        assert_eq!(with("IN IP4 192.0.2.1", nothing), Refused::NoAudio);
    }
    for address in [
        "IN IP4 pbx.example",
        "IN IP4 300.1.1.1",
        "IN IP4 -pbx.example",
        "IN IP4 239.1.1.1/4",
        "TN RFC2543 1",
        "IN IP4 255.255.255.255",
    ] {
        assert!(
            matches!(with(address, "audio 4 RTP/AVP 0"), Refused::Address(_)),
            "{address}"
        );
    }
}

#[test]
fn bodies_are_bounded() {
    let mut long = body("sipp").to_vec();
    long.resize(MAX_BODY, b'\n');
    assert!(ours().receive_offer(&long, Direction::SendRecv).is_ok());
    long.push(b'\n');
    let refused = ours()
        .receive_offer(&long, Direction::SendRecv)
        .unwrap_err();
    assert_eq!((refused.clone(), refused.status()), (Refused::TooLong, 413));

    let many = |n| [body("sipp"), "m=video 4 RTP/AVP 0\r\n".repeat(n).as_bytes()].concat();
    let offer = many(MAX_LINES - 1);
    assert!(ours().receive_offer(&offer, Direction::SendRecv).is_ok());
    let refused = ours().receive_offer(&many(MAX_LINES), Direction::SendRecv);
    assert_eq!(refused.unwrap_err(), Refused::TooManyLines);
}

#[test]
fn old_holds_are_holds() {
    for address in ["IN IP4 0.0.0.0", "IN IP6 ::", "IN IP4 gone.invalid"] {
        let offer = format!("v=0\r\nc={address}\r\nm=audio 4 RTP/AVP 0\r\n");
        let (answer, stream) = ours()
            .receive_offer(offer.as_bytes(), Direction::SendRecv)
            .unwrap();
        assert_eq!(stream.direction, Direction::RecvOnly, "{address}");
        assert_eq!(lines(&answer, "a=recvonly").len(), 1);
    }
}

/// One m-line of a body taken apart: media, port, protocol and formats; then its direction.
fn taken_apart(body: &[u8]) -> Vec<(String, u16, String, Vec<String>, Direction)> {
    let session = sdp_types::Session::parse(body).expect("SDP");
    let media = session.medias.into_iter().map(|media| {
        let direction = media.attributes.iter().chain(&session.attributes);
        let direction = direction
            .filter_map(|a| Direction::from_attribute(&a.attribute))
            .next();
        let formats = media.fmt.split(' ').map(str::to_owned).collect();
        let direction = direction.unwrap_or(Direction::SendRecv);
        (media.media, media.port, media.proto, formats, direction)
    });
    media.collect()
}

/// What RFC 3264 §6 asks of every answer: a line for each line, of the same kind and in its place; no
/// format that was not offered; no more than was offered of either direction; one audio line of ours.
fn is_legal(offer: &[u8], answer: &[u8]) -> Result<(), String> {
    let (offer, answer) = (taken_apart(offer), taken_apart(answer));
    if offer.len() != answer.len() {
        return Err(format!("{} lines for {}", answer.len(), offer.len()));
    }
    for (offered, answered) in offer.iter().zip(&answer) {
        if (&offered.0, &offered.2) != (&answered.0, &answered.2) {
            return Err(format!("{answered:?} in the place of {offered:?}"));
        }
        let live = answered.1 != 0;
        if live && offered.1 == 0 {
            return Err(format!("{answered:?} revives a line that is over"));
        }
        if live && !answered.3.iter().all(|format| offered.3.contains(format)) {
            return Err(format!("{answered:?} has formats of nobody"));
        }
        let most = offered.4.reversed();
        if live && answered.4.and(most) != answered.4 {
            return Err(format!("{answered:?} wants more than {most:?}"));
        }
    }
    match answer.iter().filter(|line| line.1 != 0).count() {
        1 => Ok(()),
        live => Err(format!("{live} live lines")),
    }
}

fn any_line() -> impl Strategy<Value = String> {
    let media = prop::sample::select(vec![
        ("audio", "RTP/AVP"),
        ("audio", "RTP/AVPF"),
        ("audio", "RTP/SAVP"),
        ("audio", "UDP/TLS/RTP/SAVPF"),
        ("video", "RTP/AVP"),
        ("image", "udptl"),
        ("application", "UDP/BFCP"),
        ("message", "TCP/MSRP"),
        ("text", "RTP/AVP"),
    ]);
    let formats = prop::sample::subsequence(vec![0u8, 3, 8, 9, 18, 96, 101, 111, 126], 1..6);
    let port = prop::sample::select(vec![0u16, 5_004, 30_000, 65_534]);
    let direction = prop::option::of(any_direction());
    (media, formats.prop_shuffle(), port, direction).prop_map(
        |((media, proto), formats, port, direction)| {
            let numbers: Vec<String> = formats.iter().map(u8::to_string).collect();
            let mut line = format!("m={media} {port} {proto} {}\r\n", numbers.join(" "));
            for (number, name) in [
                (96, "PCMU/8000"),
                (101, "telephone-event/8000"),
                (111, "opus/48000/2"),
                (126, "telephone-event/48000"),
            ] {
                if formats.contains(&number) {
                    line.push_str(&format!("a=rtpmap:{number} {name}\r\n"));
                }
            }
            if let Some(direction) = direction {
                line.push_str(&format!("a={}\r\n", direction.attribute()));
            }
            line
        },
    )
}

#[test]
fn every_answer_to_the_corpus_is_legal() {
    for (name, offer) in CORPUS {
        let local = at(if name == "ipv6" {
            "[2001:db8::1]:40000"
        } else {
            "198.51.100.1:40000"
        });
        let mut side = Negotiation::new(local, 77, BOTH.to_vec());
        if let Ok((answer, _)) = side.receive_offer(offer, Direction::SendRecv) {
            // Some are written too carelessly for a strict reader.
            if sdp_types::Session::parse(offer).is_ok() {
                assert_eq!(is_legal(offer, &answer), Ok(()), "{name}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_answer_is_legal_against_its_offer(
        first in prop::collection::vec(any_line(), 1..7),
        second in prop::collection::vec(any_line(), 1..7),
        wanted in any_direction(),
    ) {
        let mut side = ours();
        for lines in [first, second] {
            let offer = format!(
                "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n{}",
                lines.concat(),
            );
            if let Ok((answer, stream)) = side.receive_offer(offer.as_bytes(), wanted) {
                prop_assert_eq!(is_legal(offer.as_bytes(), &answer), Ok(()), "{}", offer);
                prop_assert_eq!(stream.direction.and(wanted), stream.direction);
            }
        }
    }

    #[test]
    fn any_bytes_are_agreed_with_or_refused(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = ours().receive_offer(&body, Direction::SendRecv);
        let mut side = ours();
        side.offer(Direction::SendRecv);
        let _ = side.receive_answer(&body);
    }

    #[test]
    fn damaged_bodies_never_panic_and_answers_are_always_sdp(
        which in 0..CORPUS.len(), splice in 0..CORPUS.len(), cut in 0..900usize,
        changes in prop::collection::vec((0..900usize, any::<u8>()), 0..8),
        answer in any::<bool>(),
    ) {
        let (_, a) = CORPUS[which];
        let (_, b) = CORPUS[splice];
        let mut body = [&a[..cut.min(a.len())], &b[cut.min(b.len())..]].concat();
        for (at, byte) in changes {
            if let Some(slot) = body.get_mut(at) { *slot = byte; }
        }
        let mut side = ours();
        if answer {
            side.offer(Direction::SendRecv);
            let _ = side.receive_answer(&body);
        } else if let Ok((answer, stream)) = side.receive_offer(&body, Direction::SendRecv) {
            prop_assert!(sdp_types::Session::parse(&answer).is_ok());
            prop_assert!(stream.payload_type.sent < 128 && stream.payload_type.heard < 128);
            prop_assert_eq!(side.agreed(), Some(&stream));
        }
    }
}
