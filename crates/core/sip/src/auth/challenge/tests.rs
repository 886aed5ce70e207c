//! Who is believed, how often, for how long, and how much that may cost.

use super::*;
use crate::auth::{Account, answer, ha1};
use crate::header::{CSeq, NameAddr, Via};
use crate::message::{Essentials, Method, StatusCode};
use crate::uri::HostPort;

const REALM: &str = "example.org";
const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

fn at(seconds: u64) -> Now {
    Now::default().after(Duration::from_secs(seconds))
}

fn request() -> Request {
    let uri = |text: &str| Uri::read(text).unwrap();
    let address = NameAddr::new(uri("sip:ana@example.org"));
    Request::new(
        uri("sip:example.org"),
        Essentials {
            via: Via::new("UDP", HostPort::read("192.0.2.1").unwrap(), "z9hG4bK1"),
            from: address.clone().with_tag("f"),
            to: address,
            call_id: "c1".into(),
            cseq: CSeq::new(1, Method::Register),
        },
    )
}

fn hashes(algorithms: &[Algorithm], password: &str) -> Vec<(Algorithm, Secret)> {
    let hash = |a: &Algorithm| (*a, ha1(*a, "ana", REALM, &Secret::new(password)));
    algorithms.iter().map(hash).collect()
}

struct World {
    server: Authenticator,
    random: Random,
}

impl World {
    fn new() -> Self {
        let mut random = Random::from_seed(1);
        Self {
            server: Authenticator::new(Policy::default(), &mut random),
            random,
        }
    }

    /// A challenge, and the request that answers it with `count`.
    fn round(&mut self, now: Now, algorithms: &[Algorithm], count: u32) -> Request {
        let mut refusal = request().respond(StatusCode::UNAUTHORIZED);
        for challenge in self.server.challenges(now, PEER, REALM, algorithms, false) {
            refusal.push(&challenge);
        }
        let account = Account {
            username: "ana".into(),
            password: Secret::new("right"),
        };
        let mut again = request();
        let answered = answer(&mut again, &refusal, &account, count, &mut self.random);
        assert!(answered);
        again
    }
}

#[test]
fn the_strongest_offered_algorithm_is_used_and_proves_the_user() {
    for offered in [&[Algorithm::Md5][..], &[Algorithm::Md5, Algorithm::Sha256]] {
        let mut world = World::new();
        let request = world.round(at(0), offered, 1);
        let used = credentials(&request, REALM).unwrap().algorithm.unwrap();
        assert_eq!(used, offered.last().unwrap().as_str());
        assert_eq!(
            Authenticator::username(&request, REALM).as_deref(),
            Some("ana")
        );
        let verdict = world
            .server
            .check(at(1), &request, PEER, REALM, &hashes(offered, "right"));
        assert_eq!(verdict, Verdict::Proven);
    }
}

#[test]
fn wrong_password_unknown_user_and_unoffered_algorithm_are_the_same() {
    let mut world = World::new();
    let request = world.round(at(0), &Algorithm::USUAL, 1);
    for known in [
        hashes(&Algorithm::ALL, "wrong"),
        Vec::new(),
        hashes(&[Algorithm::Md5], "right"),
    ] {
        let verdict = world.server.check(at(1), &request, PEER, REALM, &known);
        assert_eq!(verdict, Verdict::Wrong);
    }
    assert_eq!(
        world.server.remembered(),
        0,
        "a wrong proof costs no memory"
    );
}

#[test]
fn a_nonce_lives_five_minutes_and_one_start() {
    let mut world = World::new();
    let known = hashes(&Algorithm::ALL, "right");
    let request = world.round(at(10), &Algorithm::ALL, 1);
    assert_eq!(
        world.server.check(at(311), &request, PEER, REALM, &known),
        Verdict::Stale
    );
    assert_eq!(
        world.server.check(at(310), &request, PEER, REALM, &known),
        Verdict::Proven
    );
    let mut restarted = Authenticator::new(Policy::default(), &mut world.random);
    assert_eq!(
        restarted.check(at(11), &request, PEER, REALM, &known),
        Verdict::Stale
    );
}

#[test]
fn a_count_is_good_once_in_any_order() {
    let mut world = World::new();
    let known = hashes(&Algorithm::ALL, "right");
    let request = world.round(at(0), &Algorithm::ALL, 1);
    assert_eq!(
        world.server.check(at(1), &request, PEER, REALM, &known),
        Verdict::Proven
    );
    assert_eq!(
        world.server.check(at(1), &request, PEER, REALM, &known),
        Verdict::Stale
    );
    let mut counts = Counts::default();
    assert!(counts.take(3) && counts.take(1) && counts.take(2) && counts.take(70));
    assert!(!counts.take(3) && !counts.take(70) && counts.take(7) && !counts.take(6));
    let mut once = Counts::default();
    assert!(
        once.take(0) && !once.take(0),
        "without qop a nonce serves once"
    );
    assert!(once.take(u32::MAX));
}

#[test]
fn another_uri_realm_or_method_is_not_proven() {
    let mut world = World::new();
    let known = hashes(&Algorithm::ALL, "right");
    let good = world.round(at(0), &Algorithm::ALL, 1);
    let mut foreign = credentials(&good, REALM).unwrap();
    foreign.uri = "sip:elsewhere.example".into();
    let mut request = request();
    request.push(&Authorization(crate::header::Credentials::Digest(foreign)));
    assert_eq!(
        world.server.check(at(1), &request, PEER, REALM, &known),
        Verdict::Wrong
    );
    assert_eq!(
        world.server.check(at(1), &good, PEER, "other", &known),
        Verdict::Absent
    );
    let mut essentials = good.essentials();
    essentials.cseq.method = Method::Invite;
    let mut invite = Request::new(good.uri().clone(), essentials);
    invite.push(&good.typed::<Authorization>().unwrap());
    assert_eq!(
        world.server.check(at(1), &invite, PEER, REALM, &known),
        Verdict::Wrong
    );
}

#[test]
fn a_default_port_and_parameters_do_not_make_another_resource() {
    let uri = |text: &str| Uri::read(text).unwrap();
    for (text, request_uri, same) in [
        ("sip:h", "sip:h:5060;transport=tcp", true),
        ("sip:%61na@H", "sip:ana@h", true),
        ("sip:h:5070", "sip:h", false),
        ("sip:ana@h", "sip:bob@h", false),
        ("tel:+1-2", "tel:+12", true),
        ("sip:", "sip:h", false),
    ] {
        assert_eq!(names_request_uri(text, &uri(request_uri)), same, "{text}");
    }
}

#[test]
fn memory_is_bounded_and_what_is_forgotten_is_refused() {
    let mut world = World::new();
    for serial in 1..=MAX_REMEMBERED as u64 + 5 {
        assert!(world.server.use_once(serial, 1));
    }
    assert_eq!(world.server.remembered(), MAX_REMEMBERED);
    assert!(!world.server.use_once(5, 2), "a forgotten nonce is stale");
    assert!(world.server.use_once(6, 2));
}

#[test]
fn forged_and_odd_nonces_are_not_ours() {
    let mut world = World::new();
    let nonce = world.server.nonce(at(0).instant, PEER);
    assert!(world.server.issued(&nonce, PEER).is_some());
    let forged = format!("{}{}", "0".repeat(32), &nonce[32..]);
    for odd in ["", "é", &forged, &nonce[1..], &"é".repeat(32)] {
        assert!(world.server.issued(odd, PEER).is_none(), "{odd}");
    }
}

/// Neither the answer nor the work done for it tells whether somebody has that name.
#[test]
fn an_unknown_user_costs_as_much_as_a_wrong_password() {
    use crate::auth::digest::tests::WORK;
    for offered in Algorithm::ALL {
        let mut world = World::new();
        let request = world.round(at(0), &[offered], 1);
        let mut spent = |known: &[(Algorithm, Secret)]| {
            let before = WORK.get();
            let verdict = world.server.check(at(1), &request, PEER, REALM, known);
            let after = WORK.get();
            (verdict, after.0 - before.0, after.1 - before.1)
        };
        let wrong = spent(&hashes(&Algorithm::ALL, "wrong"));
        assert_eq!(wrong.0, Verdict::Wrong);
        assert_eq!(wrong.1, 2, "H(method:uri) and the response");
        assert_eq!(spent(&[]), wrong);
    }
}

#[test]
fn a_nonce_is_good_at_the_address_it_was_given_to() {
    let mut world = World::new();
    let known = hashes(&Algorithm::ALL, "right");
    let request = world.round(at(0), &Algorithm::ALL, 1);
    let elsewhere = "192.0.2.8".parse().unwrap();
    let check = world
        .server
        .check(at(1), &request, elsewhere, REALM, &known);
    assert_eq!(check, Verdict::Stale);
    let mapped = "::ffff:192.0.2.7".parse().unwrap();
    let check = world.server.check(at(1), &request, mapped, REALM, &known);
    assert_eq!(check, Verdict::Proven, "the same address, written as IPv6");
}

#[test]
fn a_guess_over_a_nonce_that_is_not_good_learns_nothing() {
    let mut world = World::new();
    let request = world.round(at(0), &Algorithm::ALL, 1);
    for password in ["right", "wrong"] {
        let known = hashes(&Algorithm::ALL, password);
        let check = world.server.check(at(999), &request, PEER, REALM, &known);
        assert_eq!(check, Verdict::Stale);
    }
}

/// What a client claims beside `auth`, and whether it is believed.
#[test]
fn qualities_of_protection_are_believed_as_the_policy_says() {
    let mut random = Random::from_seed(4);
    let strict = Policy {
        integrity: true,
        without_qop: false,
    };
    for (policy, qop, cnonce, believed) in [
        (Policy::default(), None, None, true),
        (strict, None, None, false),
        (strict, Some("auth-int"), Some("c"), true),
        (strict, Some("AUTH"), Some("c"), true),
        (strict, Some("auth"), None, false),
        (strict, Some("auth"), Some(""), false),
        (strict, Some("token"), Some("c"), false),
    ] {
        let mut server = Authenticator::new(policy, &mut random);
        let challenge = server.challenges(at(0), PEER, REALM, &[Algorithm::Md5], false);
        let digest = challenge[0].0.as_digest().unwrap().clone();
        assert_eq!(digest.qop.len(), 1 + usize::from(policy.integrity));
        let known = hashes(&[Algorithm::Md5], "right");
        let mut asked = request();
        let quality = match (qop, cnonce) {
            (None, _) => Qop::None,
            (Some("auth-int"), Some(cnonce)) => Qop::Integrity {
                count: 1,
                cnonce,
                body: b"",
            },
            (_, cnonce) => Qop::Auth {
                count: 1,
                cnonce: cnonce.unwrap_or_default(),
            },
        };
        let proof = Proof {
            algorithm: Algorithm::Md5,
            ha1: &known[0].1,
            nonce: &digest.nonce,
            qop: quality,
            method: asked.method(),
            uri: "sip:example.org",
        };
        let credentials = DigestCredentials {
            username: "ana".into(),
            realm: REALM.into(),
            nonce: digest.nonce.clone(),
            uri: "sip:example.org".into(),
            response: proof.compute(),
            algorithm: None,
            cnonce: cnonce.map(str::to_owned),
            opaque: digest.opaque.clone(),
            qop: qop.map(str::to_owned),
            nonce_count: qop.map(|_| 1),
        };
        asked.push(&Authorization(crate::header::Credentials::Digest(
            credentials,
        )));
        let verdict = server.check(at(1), &asked, PEER, REALM, &known);
        assert_eq!(verdict == Verdict::Proven, believed, "{qop:?} {cnonce:?}");
    }
}

#[test]
fn a_client_nonce_has_a_longest_length() {
    let server = Authenticator::new(Policy::default(), &mut Random::from_seed(2));
    let mut credentials = DigestCredentials {
        username: "ana".into(),
        realm: REALM.into(),
        nonce: "n".into(),
        uri: "sip:x".into(),
        response: "r".into(),
        algorithm: None,
        cnonce: Some("x".repeat(MAX_CNONCE)),
        opaque: None,
        qop: Some("auth".into()),
        nonce_count: Some(1),
    };
    assert!(server.quality(&credentials, b"").is_some());
    credentials.cnonce = Some("x".repeat(MAX_CNONCE + 1));
    assert!(server.quality(&credentials, b"").is_none());
}
