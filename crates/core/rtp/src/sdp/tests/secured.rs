//! Keys in offers and answers (RFC 4568), under every pair of policies.

use rappel_model::Secrecy;

use super::*;
use crate::srtp::{Keys, MAX_KEY, Suite};
use crate::stream::Security;

const POLICIES: [Secrecy; 3] = Secrecy::ALL;

fn material(seed: u8) -> Material {
    let mut bytes = [0; MAX_KEY * Suite::ALL.len()];
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = seed.wrapping_mul(31).wrapping_add(n as u8);
    }
    Material(bytes)
}

fn with(side: Negotiation, policy: Secrecy, seed: u8) -> Negotiation {
    side.protected(policy, material(seed))
}

fn keys(stream: &Stream) -> &Keys {
    match &stream.security {
        Security::Srtp(keys) => keys,
        other => panic!("{other:?} has no keys"),
    }
}

/// The stream is agreed the same on both sides, and each opens what the other protects.
fn fits(a: &Stream, b: &Stream) {
    let (a, b) = (keys(a), keys(b));
    assert_eq!((a.suite, a.ours, a.theirs), (b.suite, b.theirs, b.ours));
    assert_ne!(a.ours, a.theirs);
}

#[test]
fn every_pair_of_policies_ends_secured_plain_or_with_a_reason() {
    use Secrecy::{Off, Offered, Required};
    for offerer in POLICIES {
        for answerer in POLICIES {
            let (mut a, mut b) = (with(ours(), offerer, 1), with(theirs(), answerer, 2));
            let offer = a.offer(Direction::SendRecv);
            let proto = if offerer == Required {
                "RTP/SAVP"
            } else {
                "RTP/AVP"
            };
            assert!(lines(&offer, "m=")[0].contains(proto));
            let suites = if offerer == Off { 0 } else { Suite::ALL.len() };
            assert_eq!(lines(&offer, "a=crypto:").len(), suites);
            let answer = b.receive_offer(&offer, Direction::SendRecv);
            match (offerer, answerer) {
                (Off, Required) => assert_eq!(answer, Err(Refused::Unsecured)),
                (Required, Off) => assert_eq!(answer, Err(Refused::Secured)),
                (Off, _) | (_, Off) => {
                    let (answer, at_b) = answer.expect("plain will do");
                    assert_eq!(at_b.security, Security::Plain);
                    let at_a = a.receive_answer(&answer).expect("for both");
                    assert_eq!(at_a.security, Security::Plain);
                }
                (Offered | Required, Offered | Required) => {
                    let (answer, at_b) = answer.expect("both have keys");
                    assert_eq!(lines(&answer, "a=crypto:").len(), 1);
                    let at_a = a.receive_answer(&answer).expect("a good answer");
                    fits(&at_a, &at_b);
                    assert_eq!(keys(&at_a).suite, Suite::AeadAes128Gcm);
                }
            }
        }
    }
}

#[test]
fn a_hold_keeps_the_keys_and_new_keys_are_told() {
    let (mut a, mut b) = (
        with(ours(), Secrecy::Offered, 1),
        with(theirs(), Secrecy::Offered, 2),
    );
    let offer = a.offer(Direction::SendRecv);
    let (answer, _) = b.receive_offer(&offer, Direction::SendRecv).unwrap();
    let first = a.receive_answer(&answer).unwrap();
    let hold = a.offer(Direction::SendOnly);
    let (answer, _) = b.receive_offer(&hold, Direction::SendRecv).unwrap();
    let held = a.receive_answer(&answer).unwrap();
    assert_eq!(held.security, first.security);
    // The other side resumes: the keys still stand.
    let resume = b.offer(Direction::SendRecv);
    let (answer, at_a) = a.receive_offer(&resume, Direction::SendRecv).unwrap();
    let at_b = b.receive_answer(&answer).unwrap();
    assert_eq!(at_a.security, first.security);
    fits(&at_a, &at_b);

    a.renew_keys(material(9));
    let renewed = a.offer(Direction::SendRecv);
    let (answer, at_b) = b.receive_offer(&renewed, Direction::SendRecv).unwrap();
    let at_a = a.receive_answer(&answer).unwrap();
    fits(&at_a, &at_b);
    assert_ne!(keys(&at_a).ours, keys(&first).ours);
    assert_eq!(keys(&at_a).theirs, keys(&first).theirs);
}

#[test]
fn a_secured_line_is_taken_before_a_plain_one() {
    let key = "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR";
    let body = format!(
        "v=0\r\nc=IN IP4 192.0.2.33\r\nm=audio 30000 RTP/AVP 8\r\nm=audio 30002 RTP/SAVP 8\r\n\
         a=crypto:4 AES_256_CM_HMAC_SHA1_80 inline:AAAA\r\n\
         a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n"
    );
    let mut side = with(ours(), Secrecy::Offered, 1);
    let (answer, stream) = side
        .receive_offer(body.as_bytes(), Direction::SendRecv)
        .unwrap();
    assert_eq!(stream.remote.port(), 30002);
    assert_eq!(keys(&stream).suite, Suite::AesCm128HmacSha1_80);
    let m = lines(&answer, "m=");
    assert_eq!(m, ["m=audio 0 RTP/AVP 8", "m=audio 40000 RTP/SAVP 8"]);
    let crypto = lines(&answer, "a=crypto:");
    assert!(crypto[0].starts_with("a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:"));
    // Where SRTP is off, the plain line does.
    let (_, stream) = ours()
        .receive_offer(body.as_bytes(), Direction::SendRecv)
        .unwrap();
    assert_eq!(stream.remote.port(), 30000);
}

#[test]
fn an_answer_that_takes_no_key_of_ours_is_refused_where_keys_are_required() {
    let mut side = with(ours(), Secrecy::Required, 1);
    side.offer(Direction::SendRecv);
    let plain = body_of("RTP/AVP", "");
    assert_eq!(side.receive_answer(&plain), Err(Refused::Unsecured));
    let foreign = "a=crypto:9 AES_CM_128_HMAC_SHA1_80 \
                   inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n";
    let answer = body_of("RTP/SAVP", foreign);
    assert_eq!(side.receive_answer(&answer), Err(Refused::NoCommonKey));
    let mut offered = with(ours(), Secrecy::Offered, 1);
    offered.offer(Direction::SendRecv);
    let stream = offered.receive_answer(&plain).unwrap();
    assert_eq!(stream.security, Security::Plain);
    // From here on no hold brings keys up again.
    assert!(lines(&offered.offer(Direction::SendOnly), "a=crypto").is_empty());
}

fn body_of(proto: &str, attributes: &str) -> Vec<u8> {
    format!("v=0\r\nc=IN IP4 203.0.113.1\r\nm=audio 50000 {proto} 0\r\n{attributes}").into_bytes()
}
