//! Both ends of a secured stream against each other, and against strangers.

use super::*;
use crate::packet::Header;

fn keys(suite: Suite, ours: u8, theirs: u8) -> Keys {
    Keys {
        suite,
        ours: MasterKey::new(suite, &[ours; MAX_KEY]),
        theirs: MasterKey::new(suite, &[theirs; MAX_KEY]),
    }
}

fn pair(suite: Suite) -> (Secured, Secured) {
    (
        Secured::new(keys(suite, 1, 2)),
        Secured::new(keys(suite, 2, 1)),
    )
}

fn plain(ssrc: u32, sequence: u16) -> Vec<u8> {
    let header = Header {
        marker: false,
        payload_type: 0,
        sequence,
        timestamp: u32::from(sequence) * 160,
        ssrc,
    };
    let mut packet = vec![0; 172];
    let sound: Vec<u8> = (0..160).map(|n| n as u8 ^ sequence as u8).collect();
    let length = header.write_packet(&sound, &mut packet).unwrap();
    packet.truncate(length);
    packet
}

fn protected(from: &mut Secured, packet: &[u8]) -> Vec<u8> {
    let mut out = [0; 1500];
    let length = from.protect(packet, &mut out).expect("it is RTP");
    out[..length].to_vec()
}

fn opened(to: &mut Secured, packet: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = packet.to_vec();
    let length = to.unprotect(&mut buffer)?;
    Some(buffer[..length].to_vec())
}

#[test]
fn what_is_protected_is_opened_by_the_other_side_alone() {
    for suite in Suite::ALL {
        let (mut a, mut b) = pair(suite);
        for n in 0..200 {
            let packet = plain(7, n);
            let sent = protected(&mut a, &packet);
            assert_eq!(sent.len(), packet.len() + suite.overhead());
            assert_ne!(sent[12..172], packet[12..], "{suite:?}: it is enciphered");
            assert_eq!(opened(&mut b, &sent), Some(packet), "{suite:?}");
            assert_eq!(opened(&mut a, &sent), None, "not under the other key");
        }
    }
}

#[test]
fn sequence_numbers_roll_over_under_loss_and_disorder() {
    let (mut a, mut b) = pair(Suite::AesCm128HmacSha1_80);
    let mut held = None;
    for n in 0..200_000u32 {
        let packet = plain(7, (30_000 + n) as u16);
        let sent = protected(&mut a, &packet);
        match n % 10 {
            3 => {}
            4 => held = Some((sent, packet)),
            5 => {
                assert_eq!(opened(&mut b, &sent), Some(packet), "{n}");
                let (late, packet) = held.take().expect("held one before");
                assert_eq!(opened(&mut b, &late), Some(packet), "{n} late");
            }
            _ => assert_eq!(opened(&mut b, &sent), Some(packet), "{n}"),
        }
    }
}

#[test]
fn a_repeated_packet_is_refused_and_so_is_one_that_was_changed() {
    for suite in Suite::ALL {
        let (mut a, mut b) = pair(suite);
        let first = protected(&mut a, &plain(7, 1));
        let second = protected(&mut a, &plain(7, 2));
        assert!(opened(&mut b, &first).is_some());
        assert_eq!(opened(&mut b, &first), None, "{suite:?}: a replay");
        for at in 0..second.len() {
            let mut changed = second.clone();
            changed[at] ^= 1;
            assert_eq!(opened(&mut b, &changed), None, "{suite:?}: byte {at}");
        }
        assert!(opened(&mut b, &second).is_some(), "{suite:?}: untouched");
    }
}

#[test]
fn a_second_source_of_the_peer_is_known_once_and_its_repetitions_are_refused() {
    let (mut a, mut b) = pair(Suite::AeadAes128Gcm);
    let mut seen = Vec::new();
    for ssrc in 1..=gate::MAX_SOURCES as u32 {
        let sent = protected(&mut a, &plain(ssrc, 9));
        assert!(opened(&mut b, &sent).is_some(), "source {ssrc}");
        seen.push(sent);
    }
    for sent in &seen {
        assert_eq!(opened(&mut b, sent), None, "also of the sources before");
    }
}

#[test]
fn a_peer_may_show_one_source_after_the_other_and_none_that_is_over_is_played_again() {
    for suite in Suite::ALL {
        let (mut a, mut b) = pair(suite);
        let mut overheard = Vec::new();
        let usual = 7;
        for ssrc in 100..120 {
            for number in 0..25 {
                let sent = protected(&mut a, &plain(ssrc, number));
                assert!(opened(&mut b, &sent).is_some(), "{suite:?}: {ssrc}");
                overheard.push(sent);
            }
            // Between one and the next its own phone speaks: whoever comes back stays.
            let own = protected(&mut a, &plain(usual, ssrc as u16));
            assert!(opened(&mut b, &own).is_some(), "{suite:?}: {ssrc}");
            overheard.push(own);
        }
        for sent in &overheard {
            assert_eq!(opened(&mut b, sent), None, "{suite:?}: a replay");
        }
        // What made room stays away, those heard last are read on.
        let over = protected(&mut a, &plain(100, 25));
        assert_eq!(opened(&mut b, &over), None);
        let last = protected(&mut a, &plain(119, 25));
        assert!(opened(&mut b, &last).is_some());
        // Under another key all of them may speak again.
        a.renew(keys(suite, 3, 2));
        b.renew(keys(suite, 2, 3));
        let again = protected(&mut a, &plain(100, 26));
        assert!(opened(&mut b, &again).is_some());
    }
}

#[test]
fn sources_of_reports_make_room_for_each_other_too() {
    let (mut a, mut b) = pair(Suite::AesCm128HmacSha1_80);
    let mut overheard = Vec::new();
    for ssrc in 1..=20 {
        let report = [0x80, 201, 0, 1, 0, 0, 0, ssrc];
        let mut out = [0; 100];
        let length = a.protect_control(&report, &mut out).unwrap();
        overheard.push(out[..length].to_vec());
        assert!(b.unprotect_control(&mut out[..length]).is_some(), "{ssrc}");
    }
    for sent in &mut overheard {
        assert_eq!(b.unprotect_control(sent), None, "a replay");
    }
}

#[test]
fn sources_that_are_over_are_bounded_and_nothing_new_is_read_beyond() {
    let (mut a, mut b) = pair(Suite::AesCm128HmacSha1_80);
    let most = (gate::MAX_SOURCES + gate::MAX_RETIRED) as u32;
    // In no order that could be that of the list.
    let name = |n: u32| n.wrapping_mul(0x9e37_79b1);
    for n in 0..most {
        let sent = protected(&mut a, &plain(name(n), 9));
        assert!(opened(&mut b, &sent).is_some(), "source {n}");
    }
    let beyond = protected(&mut a, &plain(name(most), 9));
    assert_eq!(opened(&mut b, &beyond), None, "the bound holds");
    for n in [0, most / 2, most - gate::MAX_SOURCES as u32 - 1] {
        let over = protected(&mut a, &plain(name(n), 10));
        assert_eq!(opened(&mut b, &over), None, "source {n}");
    }
    let last = protected(&mut a, &plain(name(most - 1), 10));
    assert!(opened(&mut b, &last).is_some(), "who speaks goes on");
}

#[test]
fn keys_are_renewed_without_a_lost_packet() {
    let suite = Suite::AesCm128HmacSha1_80;
    let (mut a, mut b) = pair(suite);
    assert!(opened(&mut b, &protected(&mut a, &plain(7, 1))).is_some());
    let on_its_way = protected(&mut a, &plain(7, 2));
    a.renew(keys(suite, 3, 2));
    b.renew(keys(suite, 2, 3));
    assert!(
        opened(&mut b, &on_its_way).is_some(),
        "under the key before"
    );
    assert_eq!(opened(&mut b, &on_its_way), None, "and once only");
    let fresh = protected(&mut a, &plain(7, 3));
    assert!(opened(&mut b, &fresh).is_some());
    // The direction whose key stayed goes on: its window still knows what it saw.
    let back = protected(&mut b, &plain(8, 1));
    assert!(opened(&mut a, &back).is_some());
    a.renew(keys(suite, 3, 2));
    assert_eq!(opened(&mut a, &back), None);
    let stale = protected(&mut Secured::new(keys(suite, 1, 2)), &plain(7, 4));
    assert_eq!(opened(&mut b, &stale), None, "the key before is over");
}

#[test]
fn control_packets_have_their_own_way() {
    for suite in Suite::ALL {
        let (mut a, mut b) = pair(suite);
        // A receiver report without blocks.
        let report = [0x80, 201, 0, 1, 0, 0, 0, 7];
        let mut out = [0; 100];
        let length = a.protect_control(&report, &mut out).unwrap();
        assert_eq!(length, report.len() + suite.control_overhead());
        let mut copy = out;
        let opened = b.unprotect_control(&mut copy[..length]).unwrap();
        assert_eq!(copy[..opened], report);
        assert_eq!(b.unprotect_control(&mut out[..length]), None, "a replay");
        for byte in 0..=255u8 {
            let mut forged = [byte; 60];
            forged[..8].copy_from_slice(&report);
            assert_eq!(b.unprotect_control(&mut forged), None, "{suite:?} {byte}");
        }
    }
}

#[test]
fn what_is_too_short_or_garbage_is_dropped() {
    for suite in Suite::ALL {
        let (mut a, mut b) = pair(suite);
        let good = protected(&mut a, &plain(7, 1));
        for length in 0..good.len() {
            assert_eq!(opened(&mut b, &good[..length]), None);
            b.unprotect_control(&mut good[..length].to_vec());
        }
        for first in 0..=255u8 {
            let mut garbage = vec![first; 60];
            assert_eq!(b.unprotect(&mut garbage.clone()), None);
            assert_eq!(b.unprotect_control(&mut garbage), None);
        }
        assert!(opened(&mut b, &good).is_some());
    }
}

#[test]
fn a_key_never_prints() {
    let text = format!("{:?}", keys(Suite::AeadAes128Gcm, 0x41, 0x42));
    assert_eq!(
        text,
        "Keys { suite: AeadAes128Gcm, ours: MasterKey(…), theirs: MasterKey(…) }"
    );
}
