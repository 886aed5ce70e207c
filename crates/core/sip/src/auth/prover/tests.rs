//! What is answered, how often, and what never is.

use rappel_model::Secret;

use super::*;
use crate::auth::Algorithm;
use crate::auth::digest::{Proof, Qop, ha1};
use crate::header::{CSeq, Credentials, DigestCredentials, Field, NameAddr, Via};
use crate::message::{Essentials, Method, StatusCode};

fn request() -> Request {
    let essentials = Essentials {
        via: Via::new(
            "UDP",
            "192.0.2.1:5060"
                .parse::<std::net::SocketAddr>()
                .unwrap()
                .into(),
            "z9hG4bKa",
        ),
        from: NameAddr::read("<sip:a@b>;tag=1").unwrap(),
        to: NameAddr::read("<sip:c@d>").unwrap(),
        call_id: "x".to_owned(),
        cseq: CSeq::new(1, Method::Invite),
    };
    Request::new("sip:c@d".parse().unwrap(), essentials).with_body("application/sdp", "v=0".into())
}

/// A 401 (or 407) with these header values.
fn refusal(status: StatusCode, name: &Name, values: &[&str]) -> Response {
    let mut response = request().respond(status);
    for value in values {
        response.push_field(Field::new(name.clone(), value));
    }
    response
}

fn unauthorized(values: &[&str]) -> Response {
    refusal(StatusCode::UNAUTHORIZED, &Name::WwwAuthenticate, values)
}

fn prover() -> Prover {
    Prover::new(Account {
        username: "rappel".to_owned(),
        password: Secret::new("secret"),
    })
}

/// The credentials of the next request.
fn next(prover: &mut Prover) -> (Vec<DigestCredentials>, Vec<DigestCredentials>) {
    let mut request = request();
    prover.authorize(&mut request, &mut Random::from_seed(1));
    let digest = |credentials: &Credentials| credentials.as_digest().cloned();
    let server = request.headers().all::<Authorization>();
    let proxy = request.headers().all::<ProxyAuthorization>();
    (
        server.iter().filter_map(|c| digest(&c.0)).collect(),
        proxy.iter().filter_map(|c| digest(&c.0)).collect(),
    )
}

#[test]
fn a_nonce_is_counted_from_request_to_request() {
    let mut prover = prover();
    assert_eq!(next(&mut prover).0, []);
    let refusal = unauthorized(&["Digest realm=\"r\", nonce=\"n\", qop=\"auth,auth-int\""]);
    assert!(prover.learn(&refusal, &mut Answered::default()));
    for count in 1..=3 {
        let (server, _) = next(&mut prover);
        let [one] = server.as_slice() else {
            panic!("{server:?}")
        };
        assert_eq!(
            (one.nonce_count, one.qop.as_deref()),
            (Some(count), Some("auth"))
        );
        let proof = Proof {
            algorithm: Algorithm::Md5,
            ha1: &ha1(Algorithm::Md5, "rappel", "r", &Secret::new("secret")),
            nonce: "n",
            qop: Qop::Auth {
                count,
                cnonce: one.cnonce.as_deref().unwrap(),
            },
            method: &Method::Invite,
            uri: "sip:c@d",
        };
        assert!(proof.matches(&one.response));
    }
}

#[test]
fn the_next_nonce_of_a_server_is_used_from_one_on() {
    let mut prover = prover();
    let refusal = unauthorized(&["Digest realm=\"r\", nonce=\"n\", qop=\"auth\""]);
    prover.learn(&refusal, &mut Answered::default());
    next(&mut prover);
    let ok = refusal_ok("nextnonce=\"m\"");
    prover.note(&ok);
    let (server, _) = next(&mut prover);
    assert_eq!(
        (server[0].nonce.as_str(), server[0].nonce_count),
        ("m", Some(1))
    );
    // The same once more does not begin to count again.
    prover.note(&ok);
    assert_eq!(next(&mut prover).0[0].nonce_count, Some(2));
}

fn refusal_ok(info: &str) -> Response {
    refusal(StatusCode::OK, &Name::AuthenticationInfo, &[info])
}

#[test]
fn auth_int_where_nothing_else_is_offered_proves_the_body() {
    let mut prover = prover();
    let refusal =
        unauthorized(&["Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256, qop=\"auth-int\""]);
    assert!(prover.learn(&refusal, &mut Answered::default()));
    let (server, _) = next(&mut prover);
    let proof = Proof {
        algorithm: Algorithm::Sha512_256,
        ha1: &ha1(Algorithm::Sha512_256, "rappel", "r", &Secret::new("secret")),
        nonce: "n",
        qop: Qop::Integrity {
            count: 1,
            cnonce: server[0].cnonce.as_deref().unwrap(),
            body: b"v=0",
        },
        method: &Method::Invite,
        uri: "sip:c@d",
    };
    assert!(proof.matches(&server[0].response));
}

#[test]
fn a_realm_is_answered_once_and_once_more_when_stale() {
    let mut prover = prover();
    let mut answered = Answered::default();
    let ask = |nonce: &str, stale: bool| {
        unauthorized(&[&format!(
            "Digest realm=\"r\", nonce=\"{nonce}\", qop=\"auth\", stale={stale}"
        )])
    };
    assert!(prover.learn(&ask("1", false), &mut answered));
    assert!(prover.learn(&ask("2", true), &mut answered));
    assert!(
        !prover.learn(&ask("3", true), &mut answered),
        "stale for ever"
    );
    assert!(
        !prover.learn(&ask("4", false), &mut answered),
        "a wrong password"
    );
    // The next request may be challenged anew, but not with a nonce it has used.
    let mut answered = Answered::default();
    assert!(!prover.learn(&ask("2", false), &mut answered));
    assert!(prover.learn(&ask("5", false), &mut answered));
}

#[test]
fn proxies_and_realms_get_credentials_of_their_own() {
    let mut prover = prover();
    let mut answered = Answered::default();
    let proxies = refusal(
        StatusCode::PROXY_AUTHENTICATION_REQUIRED,
        &Name::ProxyAuthenticate,
        &[
            "Digest realm=\"p\", nonce=\"1\"",
            "Digest realm=\"q\", nonce=\"2\"",
        ],
    );
    assert!(prover.learn(&proxies, &mut answered));
    let server = unauthorized(&[
        "Digest realm=\"p\", nonce=\"3\", algorithm=MD5-sess, qop=\"auth\"",
        "Digest realm=\"p\", nonce=\"4\", algorithm=SHA-256, qop=\"auth\"",
        "Digest realm=\"p\", nonce=\"5\", algorithm=MD5, qop=\"auth\"",
    ]);
    assert!(prover.learn(&server, &mut answered));
    let (server, proxies) = next(&mut prover);
    let of = |list: &[DigestCredentials]| {
        let names = list.iter().map(|c| (c.realm.clone(), c.nonce.clone()));
        names.collect::<Vec<_>>()
    };
    assert_eq!(of(&server), [("p".to_owned(), "4".to_owned())]);
    let both = [("p", "1"), ("q", "2")].map(|(r, n)| (r.to_owned(), n.to_owned()));
    assert_eq!(of(&proxies), both);
    assert_eq!(proxies[0].qop, None);
}

#[test]
fn what_nobody_can_answer_is_no_challenge() {
    let mut prover = prover();
    for values in [
        &[][..],
        &["Basic realm=\"x\""],
        &["Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess"],
        &["Digest realm=\"r\", nonce=\"n\", qop=\"auth-conf\""],
    ] {
        assert!(!prover.learn(&unauthorized(values), &mut Answered::default()));
    }
}

#[test]
fn realms_are_bounded() {
    let mut prover = prover();
    let mut answered = Answered::default();
    for realm in 0..MAX_REALMS {
        let ask = unauthorized(&[&format!("Digest realm=\"{realm}\", nonce=\"n\"")]);
        assert!(prover.learn(&ask, &mut answered));
    }
    let more = unauthorized(&["Digest realm=\"one more\", nonce=\"n\""]);
    assert!(!prover.learn(&more, &mut answered));
    assert!(!prover.learn(&more, &mut Answered::default()));
    assert_eq!(next(&mut prover).0.len(), MAX_REALMS);
}
