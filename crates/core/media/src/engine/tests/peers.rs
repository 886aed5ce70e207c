//! What arrives from peers, strangers and the dead.

use proptest::prelude::*;

use super::*;

fn header(sequence: u16) -> Header {
    Header {
        marker: false,
        payload_type: 0,
        sequence,
        timestamp: u32::from(sequence) * 160,
        ssrc: 77,
    }
}

#[test]
fn packets_follow_the_peer_behind_its_translator_and_no_stranger() {
    let mut house = House::with_a();
    house.tick();
    let translated = address(31_000);
    for sequence in 1..=5 {
        house.packet_from(A, translated, header(sequence), &[0xff; 160]);
    }
    house.tick();
    house.packet_from(
        A,
        SocketAddr::from(([203, 0, 113, 5], 9)),
        header(6),
        &[0xff; 160],
    );
    house.tick();
    let targets: Vec<u16> = house.sent().iter().map(|s| s.to.port()).collect();
    assert_eq!(targets, [4_001, 31_000, 31_000]);
}

#[test]
fn a_port_that_changes_in_the_middle_of_a_call_is_followed_and_heard() {
    let mut house = House::with_both(Encoding::Pcmu);
    house.order(Command::Bridge { a: A, b: B });
    for n in 0..50 {
        house.packet_from(A, address(4_001), header(n), &[0x80; 160]);
        house.packet(B, 0, n, &[0x80; 160]);
        house.tick();
    }
    house.sent();
    // Its translator forgets it; somebody else on that host tries at the same time.
    for n in 50..150 {
        let other = Header {
            ssrc: 78,
            ..header(n)
        };
        house.packet_from(A, address(31_001), other, &[0x85; 160]);
        house.packet_from(A, address(31_000), header(n), &[0x80; 160]);
        house.packet(B, 0, n, &[0x80; 160]);
        house.tick();
    }
    let sent = house.sent();
    let heard: Vec<&Sent> = sent.iter().filter(|s| s.leg == B).collect();
    assert!(
        heard.iter().all(|s| s.payload != [0x85; 160]),
        "a stranger is heard"
    );
    let heard = heard.iter().filter(|s| s.payload == [0x80; 160]).count();
    assert!((74..=76).contains(&heard), "{heard} of 100");
    let targets: Vec<u16> = sent
        .iter()
        .filter(|s| s.leg == A)
        .map(|s| s.to.port())
        .collect();
    assert!(targets[..24].iter().all(|port| *port == 4_001));
    assert!(
        targets[26..].iter().all(|port| *port == 31_000),
        "{targets:?}"
    );
}

#[test]
fn a_peer_who_is_silent_is_not_replaced_by_who_finds_its_port() {
    const LOUD: u8 = 0x80;
    // The line has a noise of its own, far below this.
    let hears = |sent: &[Sent]| {
        let mut heard = sent.iter().filter(|sent| sent.leg == B);
        heard.any(|sent| {
            let mut samples = [0; FRAME_SAMPLES];
            Codec::Pcma.decode(&sent.payload, &mut samples);
            samples.iter().any(|sample| sample.unsigned_abs() > 1_000)
        })
    };
    for packets in [8, 50, 500] {
        let mut house = House::with_a();
        house.open(B);
        house.connect(B, stream_b(Encoding::Pcma));
        house.order(Command::Bridge { a: A, b: B });
        // Before a refresh, and right after one; then the peer speaks, long after.
        for round in 0..2 {
            for n in 0..packets {
                let sequence = round * 500 + n;
                let stranger = SocketAddr::from(([203, 0, 113, 5], 9));
                let mut header = header(sequence);
                house.packet_from(A, stranger, header, &[LOUD; 160]);
                header.payload_type = EVENTS_A;
                house.packet_from(A, stranger, header, &key(1, true, 800));
                house.tick();
            }
            house.connect(A, stream_a());
        }
        house.ticks(50 * 31);
        let sent = house.sent();
        assert!(sent.iter().all(|sent| sent.to.port() != 9));
        assert!(
            house
                .news()
                .iter()
                .all(|news| !matches!(news, Event::Digit { .. } | Event::Started { .. }))
        );
        assert!(!hears(&sent), "B hears the stranger");
        house.packet(A, 0, 2_000, &[LOUD; 160]);
        house.tick();
        assert!(hears(&house.sent()));
    }
}

#[test]
fn a_silent_peer_behind_a_translator_is_found_at_the_host_of_its_messages() {
    let mut house = House::with_a();
    let translator = SocketAddr::from(([203, 0, 113, 9], 31_000));
    let behind = Stream {
        heard_from: Some(translator.ip()),
        ..stream_a()
    };
    house.connect(A, behind);
    house.sent();
    for n in 1..=6 {
        house.packet_from(A, translator, header(n), &[0xff; 160]);
    }
    house.tick();
    assert_eq!(house.sent()[0].to, translator);
}

#[test]
fn a_stranger_long_after_the_start_cannot_take_the_stream_or_press_keys() {
    let mut house = House::with_a();
    house.packet(A, 0, 1, &[0xff; 160]);
    house.ticks(50 * 31);
    house.packet(A, 0, 2, &[0xff; 160]);
    house.news();
    let stranger = SocketAddr::from(([203, 0, 113, 5], 9));
    for sequence in 3..200 {
        let mut header = header(sequence);
        header.payload_type = EVENTS_A;
        house.packet_from(A, stranger, header, &key(1, true, 800));
    }
    house.sent();
    house.tick();
    assert!(house.news().is_empty());
    assert_eq!(house.sent()[0].to, address(4_001));
}

#[test]
fn every_key_is_told_once_whatever_the_network_does() {
    let mut house = House::with_a();
    for (press, code) in [1u8, 1, 11].into_iter().enumerate() {
        let timestamp = 10_000 + press as u32 * 4_000;
        let first = press as u16 * 20;
        for (n, end) in [false, false, true, true, true].into_iter().enumerate() {
            let payload = key(code, end, 160 * (n as u16 + 1).min(3));
            house.packet_at(A, EVENTS_A, first + n as u16, timestamp, &payload);
            // A duplicate made by the network.
            house.packet_at(A, EVENTS_A, first + n as u16, timestamp, &payload);
        }
    }
    let digits: String = house
        .news()
        .iter()
        .filter_map(|e| match e {
            Event::Digit { digit, .. } => Some(*digit),
            _ => None,
        })
        .collect();
    assert_eq!(digits, "11#");
}

#[test]
fn keys_are_heard_as_tones_when_no_event_was_agreed() {
    let mut house = House::with_a();
    house.connect(
        A,
        Stream {
            telephone_event: None,
            ..stream_a()
        },
    );
    let mut sound = Vec::new();
    for digit in "42#".chars() {
        sound.extend(rappel_audio::dtmf::KeyTone::new(digit, Duration::from_millis(80)).unwrap());
        sound.extend([0; 800]);
    }
    for (n, chunk) in sound.chunks_exact(160).enumerate() {
        let mut coded = [0; 160];
        Codec::Pcmu.encode(chunk, &mut coded);
        house.packet(A, 0, n as u16, &coded);
    }
    let digits: Vec<char> = house
        .news()
        .iter()
        .filter_map(|e| match e {
            Event::Digit {
                digit,
                way: KeyWay::Tone,
                ..
            } => Some(*digit),
            _ => None,
        })
        .collect();
    assert_eq!(digits, ['4', '2', '#']);
}

#[test]
fn a_dead_peer_is_reported_once_per_silence() {
    let mut house = House::with_a();
    house.packet(A, 0, 1, &[0xff; 160]);
    house.ticks(50 * 20 - 1);
    assert_eq!(house.news(), [Event::Started { leg: A }]);
    house.ticks(500);
    assert_eq!(house.news(), [Event::Lost { leg: A }]);
    house.packet(A, 0, 2, &[0xff; 160]);
    house.ticks(50 * 20);
    assert_eq!(house.news(), [Event::Lost { leg: A }]);
}

#[test]
fn a_peer_on_hold_or_without_an_agreement_is_not_missed() {
    let mut house = House::new();
    house.open(A);
    house.ticks(50 * 60);
    for direction in [
        Direction::SendOnly,
        Direction::Inactive,
        Direction::RecvOnly,
    ] {
        house.connect(
            A,
            Stream {
                direction,
                ..stream_a()
            },
        );
        house.ticks(50 * 60);
    }
    assert!(house.news().is_empty());
    house.connect(A, stream_a());
    house.ticks(50 * 20);
    assert_eq!(house.news(), [Event::Lost { leg: A }]);
}

#[test]
fn a_peer_we_do_not_listen_to_presses_no_keys() {
    let mut house = House::with_a();
    house.connect(
        A,
        Stream {
            direction: Direction::SendOnly,
            ..stream_a()
        },
    );
    house.packet(A, EVENTS_A, 1, &key(1, true, 800));
    assert_eq!(house.news(), [Event::Started { leg: A }]);
}

#[test]
fn reports_tell_the_peer_what_was_sent_and_heard() {
    let mut house = House::with_a();
    for n in 0..500 {
        if n % 10 != 3 {
            house.packet(A, 0, n, &[0xff; 160]);
        }
        house.tick();
    }
    let reports = std::mem::take(&mut house.wire.reports);
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[1].0, address(4_002), "the port above");
    let heard = rappel_rtp::rtcp::read(&reports[1].1, 0x1001).unwrap();
    let sender = heard.sender.unwrap();
    assert_eq!(heard.ssrc, SSRC_A);
    assert_eq!(sender.octets, sender.packets * 160);
    let about = heard.about_us.unwrap();
    assert!((24..=27).contains(&about.fraction_lost), "{about:?}");
}

#[test]
fn reports_of_the_peer_show_that_it_lives_and_those_of_strangers_do_not() {
    let mut house = House::with_a();
    house.ticks(500);
    let mut report = house.wire.reports.pop().unwrap().1;
    let stranger = SocketAddr::from(([203, 0, 113, 5], 9));
    house
        .engine
        .handle_control(house.now, A, address(4_002), &mut report);
    house.ticks(500);
    assert!(house.news().is_empty());
    house
        .engine
        .handle_control(house.now, A, stranger, &mut report);
    house
        .engine
        .handle_control(house.now, A, address(4_002), &mut report[..9]);
    house.ticks(500);
    assert_eq!(house.news(), [Event::Lost { leg: A }]);
}

#[test]
fn one_port_of_the_peers_host_reports_beside_those_it_named() {
    let report = |house: &mut House, port: u16| {
        let mut report = [0; 256];
        let mut peer = rappel_rtp::rtcp::Reporter::new(9, "peer");
        let now = house.now.instant;
        let length = peer.report(now, None, None, None, &mut report).unwrap();
        let (now, from) = (house.now, address(port));
        let report = &mut report[..length];
        house.engine.handle_control(now, A, from, report);
    };
    let strangers = |house: &mut House| {
        house.order(Command::Measure { leg: A });
        match house.news()[..] {
            [Event::Measured { report, .. }] => report.turned_away.strangers,
            ref news => panic!("{news:?}"),
        }
    };
    let mut house = House::with_a();
    // Its own two ports, in any order, and what cannot be read teaches nothing.
    house
        .engine
        .handle_control(house.now, A, address(6_666), &mut [0x80, 201, 0, 9]);
    report(&mut house, 4_002);
    report(&mut house, 4_001);
    assert_eq!(strangers(&mut house), 0);
    // The first other one may be the translator's; a second one is somebody else.
    report(&mut house, 31_000);
    report(&mut house, 31_001);
    report(&mut house, 31_000);
    report(&mut house, 4_002);
    assert_eq!(strangers(&mut house), 1);
    // The same agreement again changes nothing, a new address begins anew.
    house.connect(A, stream_a());
    report(&mut house, 31_001);
    assert_eq!(strangers(&mut house), 2);
    let moved = Stream {
        remote: address(5_001),
        control: Some(address(5_002)),
        ..stream_a()
    };
    house.connect(A, moved);
    report(&mut house, 31_001);
    assert_eq!(strangers(&mut house), 2);
}

#[test]
fn on_hold_reports_go_on_without_a_senders_half() {
    let mut house = House::with_a();
    house.connect(
        A,
        Stream {
            direction: Direction::RecvOnly,
            ..stream_a()
        },
    );
    house.packet(A, 0, 1, &[0xff; 160]);
    house.ticks(250);
    let report = house.wire.reports.pop().unwrap().1;
    assert_eq!(rappel_rtp::rtcp::read(&report, 0).unwrap().sender, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn garbage_does_no_harm(
        bytes in prop::collection::vec(any::<u8>(), 0..300), rtp in any::<bool>()
    ) {
        let mut house = House::with_both(Encoding::Pcma);
        house.order(Command::Bridge { a: A, b: B });
        house.order(Command::Record {
            leg: A,
            recording: RecordingId(1),
            subject: Subject::Message,
            limits: RecordLimits {
                max: Duration::from_secs(60),
                silence: Duration::ZERO,
                stop_on_key: true,
            },
        });
        let mut datagram = bytes;
        if rtp && datagram.len() > 1 {
            datagram[0] = 0x80 | datagram[0] & 0x3f;
            datagram[1] = [0, 8, EVENTS_A][usize::from(datagram[1]) % 3];
        }
        let (now, from) = (house.now, address(4_001));
        house.engine.handle_packet(now, A, from, &mut datagram, &mut house.wire);
        let relayed = house.sent();
        prop_assert!(relayed.len() <= 1 && relayed.iter().all(|s| s.leg == B));
        house.ticks(5);
        house.order(Command::Close { leg: A });
        let closed = house.news().into_iter().filter(|e| matches!(e, Event::Closed { .. }));
        prop_assert_eq!(closed.count(), 1);
    }
}

#[test]
fn a_session_that_was_heard_of_says_goodbye() {
    let mut house = House::with_a();
    house.order(Command::Close { leg: A });
    assert!(house.wire.reports.is_empty(), "nobody has heard of it");
    let mut house = House::with_a();
    house.ticks(2);
    house.order(Command::Close { leg: A });
    let (to, goodbye) = house.wire.reports.pop().unwrap();
    assert_eq!(to, address(4_002));
    assert!(rappel_rtp::rtcp::read(&goodbye, 0).unwrap().goodbye);
}

#[test]
fn what_a_session_is_like_is_told_while_it_lives() {
    let mut house = House::with_a();
    for n in (0..60).filter(|n| n % 20 != 5) {
        house.packet(A, 0, n, &[0xff; 160]);
        house.tick();
    }
    house.news();
    house.order(Command::Measure { leg: A });
    let news = house.news();
    let [Event::Measured { leg: A, report }] = news[..] else {
        panic!("{news:?}");
    };
    assert_eq!((report.received, report.lost, report.loss()), (57, 3, 500));
    assert_eq!(report.codec, Some(rappel_model::record::VoiceCodec::Pcmu));
    assert!((200..430).contains(&report.mos.unwrap()), "{report:?}");
}

/// What the peer of A says of our sound.
fn told_of_a(house: &mut House, fraction_lost: u8) {
    let block = rappel_rtp::sequence::Block {
        ssrc: SSRC_A,
        fraction_lost,
        lost: 10,
        highest: 1,
        jitter: 16,
    };
    let mut report = [0; 256];
    let mut peer = rappel_rtp::rtcp::Reporter::new(9, "peer");
    let length = peer
        .report(house.now.instant, None, Some(block), None, &mut report)
        .unwrap();
    let (now, from) = (house.now, address(4_002));
    house
        .engine
        .handle_control(now, A, from, &mut report[..length]);
}

#[test]
fn opus_repeats_more_for_a_peer_that_misses_packets() {
    let speech: Vec<i16> = (0..16_000i32)
        .map(|n| ((n * n / 97) % 9_000 - 4_500) as i16)
        .collect();
    let clip = Arc::new(Clip::from_samples(&speech));
    let coded = |fraction: Option<u8>| {
        let mut house = House::new();
        house.open(A);
        house.connect(A, Stream::plain(address(4_001), Encoding::Opus));
        house.ticks(5);
        if let Some(fraction) = fraction {
            told_of_a(&mut house, fraction);
        }
        house.sent();
        house.play(A, 1, vec![clip.clone()]);
        house.ticks(90);
        let sent = house.sent();
        sent.into_iter().map(|s| s.payload).collect::<Vec<_>>()
    };
    assert_eq!(coded(None), coded(None));
    assert_ne!(coded(None), coded(Some(70)));
}

/// A datagram as it is, at the port of A.
fn datagram(house: &mut House, from: SocketAddr, bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    house
        .engine
        .handle_packet(house.now, A, from, &mut bytes, &mut house.wire);
}

#[test]
fn what_is_turned_away_is_counted_by_its_kind_and_moves_nothing() {
    let mut house = House::with_both(Encoding::Pcmu);
    house.order(Command::Bridge { a: A, b: B });
    house.packet(A, 0, 1, &[0x80; 160]);
    house.news();
    house.sent();
    let (peer, stranger) = (address(4_001), SocketAddr::from(([203, 0, 113, 5], 9)));
    for sequence in 2..7 {
        house.packet_from(A, stranger, header(sequence), &[0x80; 160]);
        house.packet_from(A, address(4_003), header(sequence), &[0x80; 160]);
        let unread = Header {
            payload_type: 77,
            ..header(sequence)
        };
        house.packet_from(A, stranger, unread, &[0x80; 160]);
    }
    // Cut short, another version, longer than any packet, DTLS; then a phone that opens its way.
    let long = [&[0x80, 0][..], &[0x55; MAX_PACKET]].concat();
    for bytes in [
        &[0x80, 0, 0][..],
        &[0xc0; 40],
        &long,
        &[22; 40],
        &[0, 1, 0, 0],
    ] {
        datagram(&mut house, peer, bytes);
    }
    let mut goodbye = [0x80, 203, 0, 0];
    house
        .engine
        .handle_control(house.now, A, stranger, &mut goodbye);
    assert!(house.sent().is_empty() && house.news().is_empty());
    house.order(Command::Measure { leg: A });
    let news = house.news();
    let [Event::Measured { report, .. }] = news[..] else {
        panic!("{news:?}");
    };
    let turned_away = rappel_model::record::TurnedAway {
        strangers: 16,
        forged: 0,
        malformed: 4,
    };
    assert_eq!(report.turned_away, turned_away);
    assert_eq!((report.received, report.unread), (1, 0));
}

#[test]
fn a_blocked_network_is_a_stranger_even_where_a_peer_is_still_learned() {
    let mut house = House::with_a();
    let blocked = SocketAddr::from(([192, 0, 2, 200], 4_001));
    for sequence in 1..20 {
        house.packet_from(A, blocked, header(sequence), &[0xff; 160]);
    }
    house.tick();
    assert_eq!(house.sent()[0].to, address(4_001));
    house.order(Command::Measure { leg: A });
    let news = house.news();
    let [Event::Measured { report, .. }] = news[..] else {
        panic!("{news:?}");
    };
    assert_eq!((report.received, report.turned_away.strangers), (0, 19));
}

#[test]
fn jitter_is_of_when_packets_came_and_not_of_when_they_were_read() {
    let jitter = |ago: fn(u64) -> u64| {
        let mut house = House::with_a();
        house.ticks(10);
        for n in 0..200 {
            house.tick();
            let ago = Duration::from_millis(ago(n.into()));
            house.packet_that_came(ago, (A, address(4_001)), header(n), &[0x55; 160]);
        }
        house.news();
        house.order(Command::Measure { leg: A });
        let news = house.news();
        let [Event::Measured { report, .. }] = news[..] else {
            panic!("{news:?}");
        };
        report.jitter_us
    };
    assert_eq!(jitter(|_| 0), 0);
    assert_eq!(jitter(|_| 130), 0);
    // 8 ms from one to the next, with the eighths of a millisecond of their clock.
    let uneven = jitter(|n| 10 + n % 2 * 8);
    assert!((7_500..=8_000).contains(&uneven), "{uneven}");
}
