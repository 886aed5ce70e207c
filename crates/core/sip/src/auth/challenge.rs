//! The side that asks: challenges whose nonces need no memory, and the check of what comes back.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use rappel_model::{Instant, Now, Random, Secret};
use sha2::{Digest, Sha256};

use super::digest::{Algorithm, Proof, Qop, hex};
use crate::header::{
    Authorization, Challenge, DigestChallenge, DigestCredentials, WwwAuthenticate,
};
use crate::message::Request;
use crate::uri::{SipUri, Uri};

/// How long a nonce is good for.
pub const NONCE_LIFETIME: Duration = Duration::from_secs(300);

/// Asks senders to prove who they are and checks the proof (RFC 7616, RFC 3261 §22.2).
///
/// A nonce is a time and a serial number under a keyed hash that holds the address it was given to,
/// so a challenge costs no memory, and whoever answers one has been heard from that address: a wrong
/// proof over a good nonce cannot be forged in another's name. Memory is spent only on nonces that a
/// right proof has used, to refuse a second use of the same count.
#[derive(Debug)]
pub struct Authenticator {
    policy: Policy,
    key: Secret,
    opaque: String,
    serial: u64,
    /// Counts seen, by serial number of the nonce.
    used: BTreeMap<u64, Counts>,
    /// Nonces up to this serial number are stale: what was seen of them is forgotten.
    forgotten: u64,
}

/// What clients may do beside plain `auth`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Offer `auth-int` beside `auth`: the body is proven too. Off by default, because some phones
    /// choose it and compute it wrongly. It is understood in any case.
    pub integrity: bool,
    /// Believe clients of RFC 2069, which neither count nor add a nonce of their own: each nonce
    /// serves them once. On by default: phones of the past are among them.
    pub without_qop: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            integrity: false,
            without_qop: true,
        }
    }
}

/// What credentials are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They prove the user.
    Proven,
    /// There are none for this realm, or none this build can check: challenge.
    Absent,
    /// The nonce is old, of an earlier start or given to another address, whatever the proof; or the
    /// proof is right and its count was used: challenge with `stale=true`, and the phone tries again
    /// without asking anybody. That nothing is said of the proof makes every guess cost a nonce.
    Stale,
    /// The nonce is good and the proof is wrong, whoever the user is: challenge, or refuse.
    Wrong,
}

impl Authenticator {
    /// An authenticator whose nonces nobody else can make.
    pub fn new(policy: Policy, random: &mut Random) -> Self {
        let mut key = [0; 32];
        random.fill(&mut key);
        Self {
            policy,
            key: Secret::new(hex(&key)),
            opaque: random.token(OPAQUE_LENGTH),
            serial: 0,
            used: BTreeMap::new(),
            forgotten: 0,
        }
    }

    /// One challenge per algorithm, strongest first (RFC 8760 §2.3): put all of them into the 401
    /// that goes to `peer`.
    pub fn challenges(
        &mut self,
        now: Now,
        peer: IpAddr,
        realm: &str,
        algorithms: &[Algorithm],
        stale: bool,
    ) -> Vec<WwwAuthenticate> {
        let mut qop = vec!["auth".to_owned()];
        if self.policy.integrity {
            qop.push("auth-int".to_owned());
        }
        let mut algorithms = algorithms.to_vec();
        algorithms.sort_unstable();
        algorithms.dedup();
        algorithms
            .into_iter()
            .map(|algorithm| {
                WwwAuthenticate(Challenge::Digest(DigestChallenge {
                    realm: realm.to_owned(),
                    nonce: self.nonce(now.instant, peer),
                    opaque: Some(self.opaque.clone()),
                    algorithm: Some(algorithm.as_str().to_owned()),
                    qop: qop.clone(),
                    stale,
                }))
            })
            .collect()
    }

    /// Checks the credentials of a request that came from `peer`. `hashes` are those of the user that
    /// [`Authenticator::username`] names; an unknown user has none and costs the same hashes over as
    /// many bytes, so neither answer nor delay tells whether a user exists.
    pub fn check(
        &mut self,
        now: Now,
        request: &Request,
        peer: IpAddr,
        realm: &str,
        hashes: &[(Algorithm, Secret)],
    ) -> Verdict {
        let Some(credentials) = credentials(request, realm) else {
            return Verdict::Absent;
        };
        let named = credentials.algorithm.as_deref().unwrap_or("MD5");
        let Some(algorithm) = Algorithm::read(named) else {
            return Verdict::Absent;
        };
        let Some((count, qop)) = self.quality(&credentials, request.body()) else {
            return Verdict::Absent;
        };
        let known = hashes.iter().find(|(offered, _)| *offered == algorithm);
        let nobody = Secret::new("0".repeat(algorithm.digits()));
        let proof = Proof {
            algorithm,
            ha1: known.map_or(&nobody, |(_, ha1)| ha1),
            nonce: &credentials.nonce,
            qop,
            method: request.method(),
            uri: &credentials.uri,
        };
        let right = proof.matches(&credentials.response) && known.is_some();
        let issued = self.issued(&credentials.nonce, peer);
        let ours = credentials
            .opaque
            .as_ref()
            .is_none_or(|o| *o == self.opaque);
        let good = issued.filter(|(at, _)| ours && now.instant.since(*at) <= NONCE_LIFETIME);
        let Some((_, serial)) = good else {
            return Verdict::Stale;
        };
        if !right || !names_request_uri(&credentials.uri, request.uri()) {
            return Verdict::Wrong;
        }
        match self.use_once(serial, count) {
            true => Verdict::Proven,
            false => Verdict::Stale,
        }
    }

    /// The count and the quality of protection that credentials claim; `None` for what is no such
    /// claim, or one we do not believe.
    fn quality<'a>(
        &self,
        credentials: &'a DigestCredentials,
        body: &'a [u8],
    ) -> Option<(u32, Qop<'a>)> {
        let Some(qop) = &credentials.qop else {
            return self.policy.without_qop.then_some((0, Qop::None));
        };
        let count = credentials.nonce_count.filter(|count| *count > 0)?;
        let cnonce = credentials.cnonce.as_deref()?;
        if !(1..=MAX_CNONCE).contains(&cnonce.len()) {
            return None;
        }
        let is = |name: &str| qop.eq_ignore_ascii_case(name);
        let quality = match () {
            () if is("auth") => Qop::Auth { count, cnonce },
            () if is("auth-int") => Qop::Integrity {
                count,
                cnonce,
                body,
            },
            () => return None,
        };
        Some((count, quality))
    }

    /// Whom the request's credentials for `realm` name; nothing is proven by it.
    pub fn username(request: &Request, realm: &str) -> Option<String> {
        credentials(request, realm).map(|found| found.username)
    }

    /// Nonces whose use is remembered.
    pub fn remembered(&self) -> usize {
        self.used.len()
    }

    /// A nonce: 16 hexadecimal digits of time, 16 of serial number, 32 of keyed hash.
    fn nonce(&mut self, at: Instant, peer: IpAddr) -> String {
        self.serial += 1;
        let head = format!("{:016x}{:016x}", at.as_micros(), self.serial);
        let seal = self.seal(&head, peer);
        head + &seal
    }

    /// When a nonce was made, and its serial number, if it is one that we gave to `peer`.
    fn issued(&self, nonce: &str, peer: IpAddr) -> Option<(Instant, u64)> {
        if nonce.len() != 64 || !nonce.is_ascii() {
            return None;
        }
        let (head, seal) = nonce.split_at(32);
        if Secret::new(seal) != Secret::new(self.seal(head, peer)) {
            return None;
        }
        let at = u64::from_str_radix(&head[..16], 16).ok()?;
        let serial = u64::from_str_radix(&head[16..], 16).ok()?;
        Some((Instant::from_micros(at), serial))
    }

    /// A keyed hash, nested so that it cannot be extended, cut to 128 bits.
    fn seal(&self, head: &str, peer: IpAddr) -> String {
        let peer = peer.to_canonical().to_string();
        let key = self.key.reveal().as_bytes();
        let inner = Sha256::new()
            .chain_update(key)
            .chain_update(head)
            .chain_update(peer)
            .finalize();
        let outer = Sha256::new()
            .chain_update(key)
            .chain_update(inner)
            .finalize();
        hex(&outer[..16])
    }

    /// Notes one use; false when this count was used before.
    fn use_once(&mut self, serial: u64, count: u32) -> bool {
        if serial <= self.forgotten {
            return false;
        }
        let fresh = self.used.entry(serial).or_default().take(count);
        while self.used.len() > MAX_REMEMBERED {
            if let Some((oldest, _)) = self.used.pop_first() {
                self.forgotten = oldest;
            }
        }
        fresh
    }
}

/// Counts seen with one nonce: the highest, and which of the 64 up to it. Phones that send several
/// requests at once may count out of order.
#[derive(Debug, Default)]
struct Counts {
    highest: u32,
    seen: u64,
}

impl Counts {
    /// Notes a count; false when it was seen, or is too old to tell.
    fn take(&mut self, count: u32) -> bool {
        if count > self.highest || self.seen == 0 {
            let shift = count - self.highest;
            self.seen = self.seen.checked_shl(shift).unwrap_or(0) | 1;
            self.highest = count;
            return true;
        }
        let age = self.highest - count;
        let fresh = age < 64 && self.seen & (1 << age) == 0;
        if fresh {
            self.seen |= 1 << age;
        }
        fresh
    }
}

/// The digest credentials for that realm. There may be others, for proxies and other schemes.
fn credentials(request: &Request, realm: &str) -> Option<DigestCredentials> {
    request
        .headers()
        .all::<Authorization>()
        .into_iter()
        .filter_map(|header| header.0.as_digest().cloned())
        .find(|digest| digest.realm == realm)
}

/// RFC 7616 §3.4.6: both must name the same resource. Phones and the proxies behind them add and
/// drop parameters and the default port, so who and where are compared, no more.
fn names_request_uri(text: &str, request_uri: &Uri) -> bool {
    let Ok(uri) = Uri::read(text) else {
        return false;
    };
    match (uri.as_sip(), request_uri.as_sip()) {
        (Some(a), Some(b)) => {
            let port = |uri: &SipUri| uri.port.unwrap_or(if uri.secure { 5061 } else { 5060 });
            a.user() == b.user() && a.host.same(&b.host) && port(a) == port(b)
        }
        _ => uri.equivalent(request_uri),
    }
}

/// Most nonces whose use is remembered; beyond it the oldest become stale early.
const MAX_REMEMBERED: usize = 4096;

/// Longest client nonce in bytes: those of real phones have 8 to 64.
const MAX_CNONCE: usize = 256;

/// Letters of the opaque value, which is one per start.
const OPAQUE_LENGTH: usize = 16;

#[cfg(test)]
mod tests;
