//! The side that answers: credentials for a challenge (RFC 7616 §3.4, RFC 3261 §22.2, RFC 8760 §2.4).

use rappel_model::{Random, Secret};

use super::digest::{Algorithm, Proof, Qop, ha1};
use crate::header::{Authorization, Credentials, DigestChallenge, DigestCredentials};
use crate::header::{ProxyAuthenticate, ProxyAuthorization, WwwAuthenticate};
use crate::message::{Request, Response, StatusCode};

/// An account of ours at somebody else's server.
#[derive(Clone, Debug)]
pub struct Account {
    /// The name it proves.
    pub username: String,
    /// Its password.
    pub password: Secret,
}

/// Adds credentials to `request` that answer the challenges of a 401 or 407; the request must
/// already have its next CSeq and branch. Of each realm the first challenge this build can answer
/// counts, since servers name the strongest first. `nonce_count` says how many requests use the
/// challenge's nonce, this one included.
///
/// False when nothing could be answered: another status, or no challenge of a known kind.
pub fn answer(
    request: &mut Request,
    refusal: &Response,
    account: &Account,
    nonce_count: u32,
    random: &mut Random,
) -> bool {
    let (server, proxy) = match refusal.status() {
        StatusCode::UNAUTHORIZED => (refusal.headers().all::<WwwAuthenticate>(), Vec::new()),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            (Vec::new(), refusal.headers().all::<ProxyAuthenticate>())
        }
        _ => return false,
    };
    let server: Vec<_> = server.iter().filter_map(|c| c.0.as_digest()).collect();
    let proxy: Vec<_> = proxy.iter().filter_map(|c| c.0.as_digest()).collect();
    let for_server = respond_to(&server, request, account, nonce_count, random);
    let for_proxy = respond_to(&proxy, request, account, nonce_count, random);
    let answered = !for_server.is_empty() || !for_proxy.is_empty();
    for credentials in for_server {
        request.push(&Authorization(credentials));
    }
    for credentials in for_proxy {
        request.push(&ProxyAuthorization(credentials));
    }
    answered
}

fn respond_to(
    challenges: &[&DigestChallenge],
    request: &Request,
    account: &Account,
    count: u32,
    random: &mut Random,
) -> Vec<Credentials> {
    let mut realms = Vec::new();
    let mut answers = Vec::new();
    for challenge in challenges {
        if realms.contains(&&challenge.realm) {
            continue;
        }
        if let Some(credentials) = prove(challenge, request, account, count, random) {
            realms.push(&challenge.realm);
            answers.push(credentials);
        }
    }
    answers
}

/// Whether this build can answer a challenge.
pub(super) fn answerable(challenge: &DigestChallenge) -> bool {
    algorithm(challenge).is_some() && protection(challenge).is_some()
}

/// Credentials that answer one challenge; `None` for a hash or a protection this build does not
/// know.
pub(super) fn prove(
    challenge: &DigestChallenge,
    request: &Request,
    account: &Account,
    count: u32,
    random: &mut Random,
) -> Option<Credentials> {
    let algorithm = algorithm(challenge)?;
    let protection = protection(challenge)?;
    let uri = request.uri().to_string();
    let ha1 = ha1(
        algorithm,
        &account.username,
        &challenge.realm,
        &account.password,
    );
    let cnonce = random.token(CNONCE_LEN);
    let proof = Proof {
        algorithm,
        ha1: &ha1,
        nonce: &challenge.nonce,
        qop: match protection {
            Protection::None => Qop::None,
            Protection::Auth => Qop::Auth {
                count,
                cnonce: &cnonce,
            },
            Protection::Integrity => Qop::Integrity {
                count,
                cnonce: &cnonce,
                body: request.body(),
            },
        },
        method: request.method(),
        uri: &uri,
    };
    let response = proof.compute();
    let qop = match protection {
        Protection::None => None,
        Protection::Auth => Some("auth"),
        Protection::Integrity => Some("auth-int"),
    };
    Some(Credentials::Digest(DigestCredentials {
        username: account.username.clone(),
        realm: challenge.realm.clone(),
        nonce: challenge.nonce.clone(),
        uri,
        response,
        // Returned as it came; absent stays absent, for servers that predate the parameter.
        algorithm: challenge.algorithm.clone(),
        qop: qop.map(str::to_owned),
        nonce_count: qop.map(|_| count),
        cnonce: qop.map(|_| cnonce),
        opaque: challenge.opaque.clone(),
    }))
}

/// What a proof covers.
#[derive(Clone, Copy)]
enum Protection {
    /// A server of RFC 2069.
    None,
    /// Method and Request-URI.
    Auth,
    /// The body as well.
    Integrity,
}

fn algorithm(challenge: &DigestChallenge) -> Option<Algorithm> {
    Algorithm::read(challenge.algorithm.as_deref().unwrap_or("MD5"))
}

/// `auth` where it is offered: bodies are changed on the way by more routers than one would think.
/// `auth-int` where nothing else is.
fn protection(challenge: &DigestChallenge) -> Option<Protection> {
    let offers = |name: &str| challenge.qop.iter().any(|qop| qop == name);
    if challenge.qop.is_empty() {
        Some(Protection::None)
    } else if offers("auth") {
        Some(Protection::Auth)
    } else if offers("auth-int") {
        Some(Protection::Integrity)
    } else {
        None
    }
}

/// Length of a client nonce: about 124 bits.
const CNONCE_LEN: usize = 24;
