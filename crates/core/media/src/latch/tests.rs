//! Peers at home and behind translators, those who are silent, and strangers of every patience.

use proptest::prelude::*;

use super::*;

const SIGNALLED: &str = "10.0.0.1:4000";
const BESIDE: &str = "10.0.0.1:4002";
const TRANSLATED: &str = "203.0.113.9:31000";
const NEIGHBOUR: &str = "203.0.113.9:31001";
const STRANGER: &str = "198.51.100.7:9";

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// One of the peer's packets.
fn packet(sequence: u16) -> Header {
    Header {
        marker: false,
        payload_type: 0,
        sequence,
        timestamp: 0,
        ssrc: 7,
    }
}

fn seconds(n: u64) -> Instant {
    Instant::from_micros(n * 1_000_000)
}

/// Where the messages of a phone behind a translator come from.
fn translator() -> Option<IpAddr> {
    Some(at(TRANSLATED).ip())
}

/// A phone behind a translator, which has signalled an address nobody else can see.
fn signalled() -> Latch {
    Latch::new(seconds(0), at(SIGNALLED), translator())
}

/// Whether one of so many packets in a row is believed.
fn believes(latch: &mut Latch, now: Instant, from: &str, packets: usize) -> bool {
    (0..packets).any(|_| latch.accept(now, at(from), &packet(0)))
}

/// A latch that has learned a source behind the translator in its first second.
fn learned(from: &str) -> Latch {
    let mut latch = signalled();
    assert!(!believes(
        &mut latch,
        seconds(1),
        from,
        usize::from(PROOF) - 1
    ));
    assert_eq!(latch.target(), Some(at(SIGNALLED)));
    assert!(latch.accept(seconds(1), at(from), &packet(0)));
    assert_eq!(latch.target(), Some(at(from)));
    latch
}

#[test]
fn a_peer_behind_a_translator_is_learned_within_its_first_packets_and_kept() {
    let mut latch = learned(TRANSLATED);
    for other in [STRANGER, NEIGHBOUR] {
        assert!(!believes(&mut latch, seconds(2), other, 100));
    }
    assert_eq!(latch.target(), Some(at(TRANSLATED)));
}

#[test]
fn a_third_host_is_a_stranger_however_silent_the_peer_is() {
    for heard_from in [None, Some(at(SIGNALLED).ip()), translator()] {
        let mut latch = Latch::new(seconds(0), at(SIGNALLED), heard_from);
        for second in 0..40 {
            let stranger = believes(&mut latch, seconds(second), STRANGER, 500);
            assert!(!stranger && !latch.is_peer(at(STRANGER)), "{second} s");
        }
        assert_eq!(latch.target(), Some(at(SIGNALLED)));
        latch.signal(seconds(40), at(SIGNALLED), heard_from);
        assert!(!believes(&mut latch, seconds(40), STRANGER, 500));
        assert!(
            latch.accept(seconds(41), at(SIGNALLED), &packet(0)),
            "heard at last"
        );
    }
}

#[test]
fn only_the_host_of_the_messages_can_be_a_translator() {
    for heard_from in [None, Some(at(SIGNALLED).ip()), Some(at(STRANGER).ip())] {
        let mut latch = Latch::new(seconds(0), at(SIGNALLED), heard_from);
        assert!(!believes(&mut latch, seconds(1), TRANSLATED, 100));
    }
    // Whichever way its address is written.
    let mapped = Some("::ffff:203.0.113.9".parse().unwrap());
    let mut latch = Latch::new(seconds(0), at(SIGNALLED), mapped);
    let mapped = "[::ffff:203.0.113.9]:31000";
    assert!(believes(&mut latch, seconds(1), mapped, PROOF.into()));
}

#[test]
fn the_signalled_address_is_believed_whenever_it_speaks() {
    for second in [2, 29, 30, 31, 3_600] {
        let mut latch = learned(TRANSLATED);
        assert!(
            latch.accept(seconds(second), at(SIGNALLED), &packet(0)),
            "{second} s"
        );
        assert_eq!(latch.target(), Some(at(SIGNALLED)));
        for other in [TRANSLATED, BESIDE, STRANGER] {
            assert!(!believes(&mut latch, seconds(second), other, 100));
        }
        // Also to who has its key, and before its tag is looked at.
        let mut latch = learned(TRANSLATED);
        assert!(latch.could_be(seconds(second), at(SIGNALLED)));
        latch.prove(seconds(second), at(SIGNALLED));
        assert_eq!(latch.target(), Some(at(SIGNALLED)));
    }
}

#[test]
fn another_port_of_the_signalled_host_takes_over_while_learning_only() {
    let proof = usize::from(PROOF);
    let mut latch = learned(TRANSLATED);
    assert!(!believes(&mut latch, seconds(29), BESIDE, proof - 1));
    assert!(latch.accept(seconds(29), at(BESIDE), &packet(0)));
    assert!(latch.accept(seconds(40), at(SIGNALLED), &packet(0)));
    assert!(!believes(&mut latch, seconds(41), BESIDE, 100));
    let mut latch = learned(TRANSLATED);
    assert!(!believes(&mut latch, seconds(30), BESIDE, 100));
}

#[test]
fn packets_of_a_source_behind_a_translator_count_only_in_a_row() {
    let mut latch = signalled();
    for _ in 0..4 * PROOF {
        assert!(!latch.accept(seconds(1), at(NEIGHBOUR), &packet(0)));
        assert!(!latch.accept(seconds(1), at(TRANSLATED), &packet(0)));
    }
    assert_eq!(latch.target(), Some(at(SIGNALLED)));
    assert!(latch.accept(seconds(1), at(SIGNALLED), &packet(0)));
    assert!(!believes(&mut latch, seconds(2), TRANSLATED, 100));
}

#[test]
fn after_the_window_only_the_signalled_host_may_begin() {
    let mut latch = signalled();
    assert!(!believes(&mut latch, seconds(10), TRANSLATED, 100));
    assert!(!latch.accept(seconds(31), at("10.0.0.1:5000"), &packet(0)));
    assert!(believes(&mut latch, seconds(31), "10.0.0.1:5000", 4));
}

#[test]
fn the_key_proves_a_source_anywhere_while_learning() {
    let mut latch = signalled();
    latch.prove(seconds(40), at(STRANGER));
    assert_eq!(latch.target(), Some(at(STRANGER)));
    assert!(!latch.could_be(seconds(40), at(TRANSLATED)));
    latch.prove(seconds(40), at(TRANSLATED));
    assert_eq!(latch.target(), Some(at(STRANGER)));
}

#[test]
fn a_new_address_moves_the_stream_and_the_same_one_begins_learning_anew_elsewhere() {
    let mut latch = learned(TRANSLATED);
    latch.signal(seconds(50), at(SIGNALLED), translator());
    // Until something is learned all stays as it was.
    assert_eq!(latch.target(), Some(at(TRANSLATED)));
    assert!(latch.is_peer(at(TRANSLATED)));
    let mut moved = latch;
    assert!(believes(&mut moved, seconds(51), NEIGHBOUR, PROOF.into()));
    assert_eq!(moved.target(), Some(at(NEIGHBOUR)));
    let mut stays = latch;
    stays.signal(seconds(55), at(SIGNALLED), translator());
    assert!(
        stays.accept(seconds(56), at(TRANSLATED), &packet(0)),
        "known already"
    );
    assert!(!believes(&mut stays, seconds(56), NEIGHBOUR, 100));
    // Its messages come from another translator now.
    let other = Some(at(STRANGER).ip());
    let mut roams = latch;
    roams.signal(seconds(55), at(SIGNALLED), other);
    assert_eq!(roams.target(), Some(at(TRANSLATED)));
    assert!(believes(&mut roams, seconds(56), STRANGER, PROOF.into()));

    latch.signal(seconds(60), at("10.0.0.2:4000"), None);
    assert_eq!(latch.target(), Some(at("10.0.0.2:4000")));
    assert!(!believes(&mut latch, seconds(61), TRANSLATED, 100));
}

#[test]
fn what_was_learned_at_the_signalled_host_stands_when_it_signals_again() {
    for from in [SIGNALLED, BESIDE] {
        let mut latch = signalled();
        assert!(believes(&mut latch, seconds(1), from, PROOF.into()));
        latch.signal(seconds(50), at(SIGNALLED), translator());
        assert_eq!(latch.target(), Some(at(from)));
        assert!(!believes(&mut latch, seconds(51), TRANSLATED, 100));
        assert_eq!(
            latch.accept(seconds(51), at(BESIDE), &packet(0)),
            from == BESIDE
        );
    }
}

#[test]
fn strays_at_another_port_of_the_signalled_host_move_nothing() {
    let mut latch = signalled();
    for n in 0..20_u16 {
        // One of each source, and of two ports in turn.
        let stray = Header {
            ssrc: n.into(),
            ..packet(n)
        };
        assert!(!latch.accept(seconds(1), at(BESIDE), &stray));
        assert!(!latch.accept(seconds(1), at("10.0.0.1:5000"), &packet(n)));
        assert!(!latch.accept(seconds(1), at("10.0.0.1:5002"), &packet(n)));
    }
    assert_eq!(latch.target(), Some(at(SIGNALLED)));
}

/// A time in milliseconds.
fn millis(n: u64) -> Instant {
    Instant::from_micros(n * 1_000)
}

/// A peer that spoke from there up to packet 500, at 10 s of the call.
fn spoke_from(from: &str) -> Latch {
    let mut latch = match from {
        SIGNALLED => signalled(),
        from => learned(from),
    };
    assert!(latch.accept(seconds(10), at(from), &packet(500)));
    latch
}

#[test]
fn a_stream_that_goes_on_at_another_port_of_its_host_is_followed_once_the_first_is_silent() {
    for (from, moved) in [(SIGNALLED, BESIDE), (TRANSLATED, NEIGHBOUR)] {
        let mut latch = spoke_from(from);
        assert!(!latch.accept(millis(10_020), at(moved), &packet(501)));
        assert!(!latch.accept(millis(10_499), at(moved), &packet(524)));
        assert_eq!(latch.target(), Some(at(from)));
        assert!(latch.accept(millis(10_500), at(moved), &packet(525)));
        assert_eq!(latch.target(), Some(at(moved)), "our voice goes there, too");
        // And once more, an hour later.
        assert!(!latch.accept(millis(10_520), at("203.0.113.9:9"), &packet(526)));
        assert!(latch.accept(seconds(3_600), at(moved), &packet(527)));
        assert!(latch.accept(millis(3_600_600), at(from), &packet(550)));
        assert_eq!(latch.target(), Some(at(from)));
    }
    // After a refresh that changed nothing, too.
    let mut latch = spoke_from(SIGNALLED);
    latch.signal(seconds(40), at(SIGNALLED), translator());
    assert!(latch.accept(seconds(40), at(BESIDE), &packet(501)));
}

#[test]
fn who_does_not_go_on_with_the_stream_never_moves_it_however_silent_the_peer_is() {
    for (from, beside) in [(SIGNALLED, BESIDE), (TRANSLATED, NEIGHBOUR)] {
        let mut latch = spoke_from(from);
        for n in 0..2_000_u64 {
            let now = millis(10_500 + n * 20);
            let other = Header {
                ssrc: 8,
                ..packet(501 + n as u16)
            };
            assert!(!latch.accept(now, at(beside), &other), "another source");
            for stale in [500, 499, 0, 500 + MAX_LOST + 1] {
                assert!(!latch.accept(now, at(beside), &packet(stale)), "{stale}");
            }
            // The right numbers, from another host.
            assert!(!latch.accept(now, at(STRANGER), &packet(501)));
        }
        let elsewhere = if from == SIGNALLED {
            TRANSLATED
        } else {
            BESIDE
        };
        assert!(!latch.accept(seconds(60), at(elsewhere), &packet(501)));
        assert_eq!(latch.target(), Some(at(from)));
        assert!(latch.accept(seconds(61), at(from), &packet(501)));
    }
}

#[test]
fn the_key_follows_a_port_too_and_no_host() {
    for (from, moved) in [(SIGNALLED, BESIDE), (TRANSLATED, NEIGHBOUR)] {
        let mut latch = spoke_from(from);
        let busy = millis(40_400);
        assert!(latch.accept(seconds(40), at(from), &packet(501)));
        assert!(!latch.could_be(busy, at(moved)), "not worth a tag");
        latch.prove(busy, at(moved));
        assert_eq!(latch.target(), Some(at(from)));
        let silent = millis(40_500);
        assert!(latch.could_be(silent, at(moved)));
        assert!(!latch.could_be(silent, at(STRANGER)));
        latch.prove(silent, at(STRANGER));
        assert_eq!(latch.target(), Some(at(from)));
        latch.prove(silent, at(moved));
        assert_eq!(latch.target(), Some(at(moved)));
    }
}

#[test]
fn an_answer_after_early_media_lets_a_silent_peer_be_learned_anew() {
    let mut latch = signalled();
    latch.signal(seconds(40), at(SIGNALLED), translator());
    assert!(believes(&mut latch, seconds(41), TRANSLATED, PROOF.into()));
}

#[test]
fn packets_move_nothing_where_checks_do() {
    let mut latch = Latch::by_checks(seconds(0));
    assert!(
        latch.accept(seconds(1), at(STRANGER), &packet(0)),
        "looked at before"
    );
    latch.prove(seconds(1), at(STRANGER));
    assert_eq!(latch.target(), None);
    latch.choose(at(TRANSLATED));
    for _ in 0..2 * PROOF {
        latch.accept(seconds(2), at(STRANGER), &packet(0));
        latch.prove(seconds(2), at(SIGNALLED));
    }
    assert_eq!(latch.target(), Some(at(TRANSLATED)));
}

#[test]
fn an_address_of_nobody_is_no_target() {
    let target = |text| Latch::new(seconds(0), at(text), None).target();
    assert_eq!(target("0.0.0.0:4000"), None);
    assert_eq!(target("10.0.0.1:0"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever arrives and is agreed again, and when: a stranger is never believed nor sent to, the
    /// signalled address always, others only where and when they may.
    #[test]
    fn strangers_are_never_believed_and_the_signalled_address_always(
        steps in prop::collection::vec((0_u64..2_000_000, 0_usize..6), 0..120),
    ) {
        let sources = [SIGNALLED, BESIDE, TRANSLATED, NEIGHBOUR, STRANGER].map(at);
        let mut latch = signalled();
        let (mut now, mut since, mut row, mut spoke) = (0, 0, (0, 0), false);
        for (gap, source) in steps {
            now += gap;
            let instant = Instant::from_micros(now);
            let before = latch.target();
            let Some(&from) = sources.get(source) else {
                latch.signal(instant, sources[0], translator());
                prop_assert_eq!(latch.target(), before, "nobody is lost by a refresh");
                (since, row) = (now, (0, 0));
                continue;
            };
            // A stranger does not come between: else it could keep the peer from being learned.
            row = match source {
                4 => row,
                _ if row.0 == source => (source, row.1 + 1),
                _ => (source, 1),
            };
            let believed = latch.accept(instant, from, &packet(0));
            prop_assert_eq!(latch.target() == Some(from), believed || before == Some(from));
            match source {
                0 => {
                    prop_assert!(believed);
                    spoke = true;
                }
                4 => prop_assert!(!believed),
                2 | 3 if believed && before != Some(from) => {
                    prop_assert!(row.1 >= usize::from(PROOF));
                    prop_assert!(now - since < 10_000_000);
                }
                _ => {}
            }
            if spoke {
                prop_assert_eq!(latch.target(), Some(sources[0]), "nothing is nearer");
            }
        }
    }
}
