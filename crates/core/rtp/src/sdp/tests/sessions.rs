//! Two sides over the life of a session.

use super::corpus::body;
use super::*;

#[test]
fn an_offer_is_answered_and_both_agree() {
    let (mut a, mut b) = (ours(), theirs());
    let offer = a.offer(Direction::SendRecv);
    assert_eq!(lines(&offer, "m="), ["m=audio 40000 RTP/AVP 8 0 101"]);
    let (answer, at_b) = b.receive_offer(&offer, Direction::SendRecv).unwrap();
    let at_a = a.receive_answer(&answer).unwrap();
    assert_eq!(at_a.format, Encoding::Pcmu.into());
    assert_eq!(at_a.remote, at("203.0.113.1:50000"));
    assert_eq!(at_b.remote, at("198.51.100.1:40000"));
    assert_eq!(at_a.telephone_event, Some(101.into()));
    assert_eq!((a.agreed(), b.agreed()), (Some(&at_a), Some(&at_b)));
}

#[test]
fn hold_and_resume_raise_the_version_and_a_repetition_does_not() {
    let (mut a, mut b) = (ours(), theirs());
    let first = a.offer(Direction::SendRecv);
    let (answer, _) = b.receive_offer(&first, Direction::SendRecv).unwrap();
    a.receive_answer(&answer).unwrap();
    let settled = a.offer(Direction::SendRecv);
    let (answer, _) = b.receive_offer(&settled, Direction::SendRecv).unwrap();
    a.receive_answer(&answer).unwrap();

    let hold = a.offer(Direction::SendOnly);
    assert_eq!(version(&hold), version(&settled) + 1);
    let (answer, held) = b.receive_offer(&hold, Direction::SendRecv).unwrap();
    assert_eq!(held.direction, Direction::RecvOnly);
    assert_eq!(version(&answer), 2);
    assert_eq!(
        a.receive_answer(&answer).unwrap().direction,
        Direction::SendOnly
    );

    let again = a.offer(Direction::SendOnly);
    assert_eq!(again, hold, "nothing changed, so nothing is new");
    let (same, _) = b.receive_offer(&again, Direction::SendRecv).unwrap();
    assert_eq!(same, answer);
    a.receive_answer(&same).unwrap();

    let resume = a.offer(Direction::SendRecv);
    assert_eq!(version(&resume), version(&hold) + 1);
    let (answer, on) = b.receive_offer(&resume, Direction::SendRecv).unwrap();
    assert_eq!(on.direction, Direction::SendRecv);
    assert_eq!(
        a.receive_answer(&answer).unwrap().direction,
        Direction::SendRecv
    );
}

#[test]
fn a_hold_by_address_keeps_the_stream_where_it_was() {
    let mut side = ours();
    side.receive_offer(body("sipp"), Direction::SendRecv)
        .unwrap();
    let (_, held) = side
        .receive_offer(body("hold_zero"), Direction::SendRecv)
        .unwrap();
    assert_eq!(held.remote, at("203.0.113.99:6000"));
    assert_eq!(held.direction, Direction::RecvOnly);
}

#[test]
fn early_media_and_the_final_answer_are_both_taken() {
    let (mut a, mut b) = (ours(), theirs());
    let offer = a.offer(Direction::SendRecv);
    let (early, _) = b.receive_offer(&offer, Direction::SendRecv).unwrap();
    a.receive_answer(&early).unwrap();
    assert!(a.receive_answer(&early).is_ok());
    let fork = body("baresip");
    assert_eq!(
        a.receive_answer(fork).unwrap().remote,
        at("203.0.113.99:16434")
    );
}

#[test]
fn an_offer_of_ours_keeps_the_lines_and_numbers_of_theirs() {
    let mut side = ours();
    side.receive_offer(body("fax_line"), Direction::SendRecv)
        .unwrap();
    let hold = side.offer(Direction::SendOnly);
    assert_eq!(
        lines(&hold, "m="),
        ["m=image 0 udptl t38", "m=audio 40000 RTP/AVP 8 0 101"]
    );

    let mut side = ours();
    side.receive_offer(body("dynamic_numbers"), Direction::SendRecv)
        .unwrap();
    let hold = side.offer(Direction::SendOnly);
    assert_eq!(lines(&hold, "m="), ["m=audio 40000 RTP/AVP 110 0 97"]);

    let opus_on_101 = text(body("dynamic_numbers"))
        .replace("97", "98 97")
        .replace(" 97", "");
    let mut side = ours();
    let (_, stream) = side
        .receive_offer(opus_on_101.as_bytes(), Direction::SendRecv)
        .unwrap();
    assert_eq!(stream.telephone_event, Some(98.into()));
}

#[test]
fn a_refused_offer_changes_nothing() {
    let mut side = ours();
    let (_, before) = side
        .receive_offer(body("asterisk"), Direction::SendRecv)
        .unwrap();
    assert!(
        side.receive_offer(body("no_common"), Direction::SendRecv)
            .is_err()
    );
    assert_eq!(side.agreed(), Some(&before));

    side.offer(Direction::SendOnly);
    let glare = side.receive_offer(body("asterisk"), Direction::SendRecv);
    assert_eq!(glare.unwrap_err().status(), 491);
    side.withdraw();
    assert_eq!(side.agreed(), Some(&before));
    assert!(
        side.receive_offer(body("asterisk"), Direction::SendRecv)
            .is_ok()
    );
}

#[test]
fn a_reoffer_in_another_order_keeps_the_encoding() {
    let mut side = ours();
    let (_, first) = side
        .receive_offer(body("asterisk"), Direction::SendRecv)
        .unwrap();
    assert_eq!(first.format, Encoding::Pcma.into());
    let (_, second) = side
        .receive_offer(body("baresip"), Direction::SendRecv)
        .unwrap();
    assert_eq!(
        second.format,
        Encoding::Pcma.into(),
        "baresip prefers PCMU but has both"
    );
    let (_, third) = side
        .receive_offer(body("sipp"), Direction::SendRecv)
        .unwrap();
    assert_eq!(third.format, Encoding::Pcmu.into(), "PCMA is gone");
}

#[test]
fn answers_must_fit_the_offer() {
    let nothing = ours().receive_answer(body("sipp")).unwrap_err();
    assert!(matches!(nothing, Refused::Mismatched(_)));

    let mut side = ours();
    side.offer(Direction::SendRecv);
    let more = side.receive_answer(body("linphone_video")).unwrap_err();
    assert!(matches!(more, Refused::Mismatched(_)));
    let none = side.receive_answer(b"v=0\r\n").unwrap_err();
    assert!(matches!(none, Refused::Mismatched(_)));
    let other = side.receive_answer(body("no_common")).unwrap_err();
    assert_eq!(other, Refused::NoCommonEncoding);
    let off = b"v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 0\r\n";
    assert_eq!(side.receive_answer(off).unwrap_err(), Refused::NoAudio);
    assert!(
        side.receive_answer(body("sipp")).is_ok(),
        "the offer is still open"
    );
}

#[test]
fn events_are_agreed_only_when_both_have_them() {
    let mut side = ours();
    side.offer(Direction::SendRecv);
    assert_eq!(
        side.receive_answer(body("sipp")).unwrap().telephone_event,
        None
    );
    // Another number than ours is what the answerer wants to receive (RFC 3264 §6.1).
    side.offer(Direction::SendRecv);
    assert_eq!(
        side.receive_answer(body("cisco")).unwrap().telephone_event,
        Some(PayloadType {
            sent: 96,
            heard: 101
        })
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_other_side_accepts_our_answer(
        a_has in any_encodings(), b_has in any_encodings(),
        a_wants in any_direction(), b_wants in any_direction(), rounds in 1..4usize,
    ) {
        let mut a = Negotiation::new(at("[2001:db8::a]:4000"), 1, a_has.clone());
        let mut b = Negotiation::new(at("[2001:db8::b]:5000"), 2, b_has.clone());
        let possible = a_has.iter().any(|e| b_has.contains(e));
        for _ in 0..rounds {
            let offer = a.offer(a_wants);
            match b.receive_offer(&offer, b_wants) {
                Ok((answer, at_b)) => {
                    prop_assert!(possible);
                    let at_a = a.receive_answer(&answer).unwrap();
                    prop_assert_eq!(at_a.format, at_b.format);
                    prop_assert_eq!(at_a.payload_type, at_b.payload_type);
                    prop_assert_eq!(at_a.telephone_event, at_b.telephone_event);
                    prop_assert_eq!(at_a.direction, at_b.direction.reversed());
                    prop_assert_eq!(at_a.direction.and(a_wants), at_a.direction);
                    prop_assert_eq!(at_b.direction.and(b_wants), at_b.direction);
                }
                Err(refused) => {
                    prop_assert!(!possible);
                    prop_assert_eq!(refused, Refused::NoCommonEncoding);
                    a.withdraw();
                }
            }
            std::mem::swap(&mut a, &mut b);
        }
    }
}

#[test]
fn wide_encodings_are_offered_under_their_numbers_and_with_events_of_their_clock() {
    let mut a = Negotiation::new(at("198.51.100.1:40000"), 77, Encoding::ALL.to_vec());
    let offer = a.offer(Direction::SendRecv);
    assert_eq!(
        lines(&offer, "m="),
        ["m=audio 40000 RTP/AVP 96 9 8 0 102 101"]
    );
    assert_eq!(
        lines(&offer, "a=rtpmap:96"),
        ["a=rtpmap:96 opus/48000/2"],
        "two channels, whatever is in them (RFC 7587 §7)"
    );
    assert_eq!(lines(&offer, "a=rtpmap:9 "), ["a=rtpmap:9 G722/8000"]);
    assert_eq!(
        lines(&offer, "a=rtpmap:102"),
        ["a=rtpmap:102 telephone-event/48000"]
    );
    let mut b = Negotiation::new(
        at("203.0.113.1:50000"),
        88,
        vec![Encoding::G722, Encoding::Opus],
    );
    let (answer, at_b) = b.receive_offer(&offer, Direction::SendRecv).unwrap();
    assert_eq!(lines(&answer, "m="), ["m=audio 50000 RTP/AVP 96 102"]);
    let at_a = a.receive_answer(&answer).unwrap();
    for stream in [at_a, at_b] {
        assert_eq!(stream.format, Encoding::Opus.into());
        assert_eq!(stream.telephone_event, Some(102.into()));
    }
    let again = a.offer(Direction::SendOnly);
    assert_eq!(lines(&again, "m="), lines(&offer, "m="));
}

#[test]
fn an_answer_may_number_a_format_anew_and_is_sent_under_that_number() {
    let mut a = Negotiation::new(at("198.51.100.1:40000"), 77, vec![Encoding::Opus]);
    a.offer(Direction::SendRecv);
    let answer = "v=0\r\no=- 1 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\n\
        m=audio 50000 RTP/AVP 111 126 13\r\na=rtpmap:111 opus/48000/2\r\n\
        a=rtpmap:126 telephone-event/48000\r\na=rtcp-mux\r\n";
    let stream = a.receive_answer(answer.as_bytes()).unwrap();
    let (sound, event) = (stream.payload_type, stream.telephone_event);
    assert_eq!((sound.sent, sound.heard), (111, 96));
    assert_eq!(event.map(|pt| (pt.sent, pt.heard)), Some((126, 102)));
    assert_eq!(stream.comfort_noise, None, "it was not offered");
    assert_eq!(stream.control, Some(at("203.0.113.1:50001")), "nor this");
}

#[test]
fn one_port_for_both_is_taken_over_from_an_offer() {
    let mut side = ours();
    let offer = text(body("baresip")).replace("a=rtcp:", "a=x-rtcp:") + "a=rtcp-mux\r\n";
    let (answer, stream) = side
        .receive_offer(offer.as_bytes(), Direction::SendRecv)
        .unwrap();
    assert_eq!(stream.control, Some(stream.remote));
    assert_eq!(lines(&answer, "a=rtcp-mux").len(), 1);
    let hold = side.offer(Direction::SendOnly);
    assert_eq!(lines(&hold, "a=rtcp-mux").len(), 1);
}

#[test]
fn events_at_8_khz_do_beside_opus_for_phones_that_know_no_other() {
    let mut side = Negotiation::new(at("198.51.100.1:40000"), 77, Encoding::ALL.to_vec());
    let offer = "v=0\r\nc=IN IP4 203.0.113.1\r\nm=audio 50000 RTP/AVP 96 101\r\n\
        a=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n";
    let (answer, stream) = side
        .receive_offer(offer.as_bytes(), Direction::SendRecv)
        .unwrap();
    assert_eq!(
        (stream.telephone_event, stream.event_clock),
        (Some(101.into()), 8_000)
    );
    assert_eq!(lines(&answer, "m="), ["m=audio 40000 RTP/AVP 96 101"]);
    assert_eq!(
        lines(&answer, "a=rtpmap:101"),
        ["a=rtpmap:101 telephone-event/8000"]
    );
    let hold = side.offer(Direction::SendOnly);
    assert_eq!(
        lines(&hold, "a=rtpmap:101"),
        ["a=rtpmap:101 telephone-event/8000"]
    );
}

#[test]
fn opus_falls_silent_where_its_receiver_says_so() {
    let offer = |parameters: &str| {
        let text = format!(
            "v=0\r\no=- 1 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\n\
             m=audio 50000 RTP/AVP 96 0\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 {parameters}\r\n"
        );
        let encodings = vec![Encoding::Opus, Encoding::Pcmu];
        let mut side = Negotiation::new(at("198.51.100.1:40000"), 77, encodings);
        let taken = side.receive_offer(text.as_bytes(), Direction::SendRecv);
        taken.unwrap().1.pauses
    };
    assert!(offer("useinbandfec=1; usedtx=1"));
    assert!(offer("usedtx=1"));
    assert!(!offer("useinbandfec=1"));
    assert!(!offer("usedtx=0"));
}

#[test]
fn where_messages_come_from_goes_with_the_stream_unless_nothing_is_sent_there() {
    let host = Some("203.0.113.9".parse().unwrap());
    for (blocked, expected) in [("192.0.2.0/24", host), ("203.0.113.0/28", None)] {
        let mut us = ours().avoiding([blocked.parse().unwrap()].into());
        let take = |us: &mut Negotiation| {
            us.receive_offer(body("asterisk"), Direction::SendRecv)
                .unwrap()
                .1
        };
        assert_eq!(take(&mut us).heard_from, None, "nobody told");
        us.hear_from("::ffff:203.0.113.9".parse().unwrap());
        assert_eq!(take(&mut us).heard_from, expected);
    }
}

#[test]
fn nobody_elsewhere_has_voice_sent_to_this_machine_or_its_neighbours() {
    let offer = |ip: &str, more: &str| {
        format!(
            "v=0\r\no=- 1 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio 4000 RTP/AVP 8\r\n{more}"
        )
    };
    for ip in ["127.0.0.1", "169.254.7.7", "169.254.169.254"] {
        let mut us = ours();
        let refused = us
            .receive_offer(offer(ip, "").as_bytes(), Direction::SendRecv)
            .unwrap_err();
        assert_eq!((refused.status(), refused.warning()), (488, Some(301)));
        assert!(refused.to_string().contains(ip), "{refused}");
        // Reports do not go there either.
        let reports = offer("203.0.113.1", &format!("a=rtcp:53 IN IP4 {ip}\r\n"));
        let (_, stream) = us
            .receive_offer(reports.as_bytes(), Direction::SendRecv)
            .unwrap();
        assert_eq!(stream.control, None, "{ip}");
    }
    // Who sees us on this machine is on it.
    let local = "127.0.0.1:20000".parse().unwrap();
    let mut us = Negotiation::new(local, 1, vec![Encoding::Pcma]);
    let taken = us.receive_offer(offer("127.0.0.1", "").as_bytes(), Direction::SendRecv);
    assert!(taken.is_ok(), "{:?}", taken.err());
}

#[test]
fn nothing_is_agreed_with_a_peer_at_a_blocked_address() {
    let blocked = [
        "203.0.113.64/26".parse().unwrap(),
        "2001:db8:b::/48".parse().unwrap(),
    ];
    let mut us = ours().avoiding(blocked.into());
    let offer = |ip: &str, more: &str| {
        let family = if ip.contains(':') { 6 } else { 4 };
        format!(
            "v=0\r\no=- 1 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP{family} {ip}\r\nt=0 0\r\n\
             m=audio 4000 RTP/AVP 8\r\n{more}"
        )
    };
    for (ip, status) in [
        (
            "203.0.113.65",
            Some(Refused::Blocked("203.0.113.65".parse().unwrap())),
        ),
        ("203.0.113.63", None),
        // Everybody, many, another family: nobody needs to block them.
        (
            "255.255.255.255",
            Some(Refused::Address("255.255.255.255".into())),
        ),
        ("224.0.1.1", Some(Refused::Address("224.0.1.1".into()))),
        (
            "2001:db8:b::1",
            Some(Refused::Address("2001:db8:b::1".into())),
        ),
    ] {
        let answer = us.receive_offer(offer(ip, "").as_bytes(), Direction::SendRecv);
        assert_eq!(answer.err(), status, "{ip}");
    }
    let elsewhere = offer("203.0.113.1", "a=rtcp:4005 IN IP4 203.0.113.70\r\n");
    let (_, stream) = us
        .receive_offer(elsewhere.as_bytes(), Direction::SendRecv)
        .unwrap();
    assert_eq!(stream.control, None, "reports do not go there either");
    // In an answer it ends the dialog that was to be.
    us.offer(Direction::SendRecv);
    let refused = us
        .receive_answer(offer("203.0.113.65", "").as_bytes())
        .unwrap_err();
    assert_eq!((refused.status(), refused.warning()), (488, Some(301)));
    assert_eq!(
        refused.to_string(),
        "voice is not sent to 203.0.113.65 from here"
    );
}

#[test]
fn a_host_name_stands_for_where_the_body_came_from() {
    let offer = |name: &str, more: &str| {
        format!(
            "v=0\r\no=- 1 1 IN IP4 {name}\r\ns=-\r\nc=IN IP4 {name}\r\nt=0 0\r\n\
             m=audio 4000 RTP/AVP 8\r\n{more}"
        )
    };
    let take = |us: &mut Negotiation, body: &str| {
        let taken = us.receive_offer(body.as_bytes(), Direction::SendRecv);
        taken.map(|(_, stream)| stream)
    };
    let named = |name: &str| Err(Refused::Address(name.to_owned()));
    for name in [
        "phone-7.office.example",
        "localhost",
        "Host_1.",
        "a.b.c.d.e",
    ] {
        let mut us = ours();
        assert_eq!(take(&mut us, &offer(name, "")), named(name), "from nobody");
        us.hear_from("::ffff:203.0.113.9".parse().unwrap());
        let stream = take(&mut us, &offer(name, "")).unwrap();
        assert_eq!(stream.remote, at("203.0.113.9:4000"), "{name}");
        assert_eq!(stream.control, Some(at("203.0.113.9:4001")));
        let elsewhere = format!("a=rtcp:5003 IN IP4 {name}\r\n");
        let stream = take(&mut us, &offer(name, &elsewhere)).unwrap();
        assert_eq!(stream.control, Some(at("203.0.113.9:5003")));
        // An address is an address, wherever it was said.
        let stream = take(&mut us, &offer("203.0.113.77", "")).unwrap();
        assert_eq!(stream.remote, at("203.0.113.77:4000"));
        // A hold by a name without an address is no name.
        let stream = take(&mut us, &offer("gone.invalid", "")).unwrap();
        assert_eq!(stream.direction, Direction::RecvOnly);
        us.offer(Direction::SendRecv);
        let stream = us.receive_answer(offer(name, "").as_bytes()).unwrap();
        assert_eq!(stream.remote, at("203.0.113.9:4000"), "an answer");
    }
    // What is mistyped is not guessed at; nor is anything sent where nothing may be.
    let mut us = ours().avoiding(["203.0.113.64/26".parse().unwrap()].into());
    us.hear_from("203.0.113.9".parse().unwrap());
    let long = format!("{}.example", "a".repeat(64));
    for wrong in [
        "300.1.1.1",
        "203.0.113",
        "-a.example",
        "a..example",
        "a%b",
        &long,
    ] {
        assert_eq!(take(&mut us, &offer(wrong, "")), named(wrong));
    }
    us.hear_from("203.0.113.65".parse().unwrap());
    let blocked = Refused::Blocked("203.0.113.65".parse().unwrap());
    assert_eq!(take(&mut us, &offer("pbx.example", "")), Err(blocked));
    us.hear_from("2001:db8::9".parse().unwrap());
    let other = take(&mut us, &offer("pbx.example", ""));
    assert_eq!(other, named("pbx.example"), "no way from IPv4 to IPv6");
}
