//! The handshake (DTLS 1.2 and 1.3 by the crate `dimpl`), and the keys for SRTP that come out of it
//! (RFC 5764 §4.2). Its timers are ours: it is told what time it is.

// The crate counts in the instants of the standard library. None is read here: each is our own instant
// added to one that the shell has read once.
#![expect(clippy::disallowed_types, reason = "instants are made, never read")]

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant as Foreign};

use dimpl::{Config, Dtls, DtlsCertificate, Output, SrtpProfile};
use rappel_model::Instant;
use sha2::{Digest, Sha256};

use super::{MAX_FLIGHT, News};
use crate::peering::{Fingerprint, HandshakeFailure, Peering, Role};
use crate::srtp::{Keys, MasterKey, Suite};

/// Who we are to browsers: a certificate and its key. Each pacing thread has its own, so that a stream
/// that moves to another begins a handshake of its own.
pub struct Identity {
    certificate: DtlsCertificate,
    fingerprint: Fingerprint,
    config: Arc<Config>,
    /// What the instant zero of ours is to the crate.
    epoch: Foreign,
}

/// A certificate, or its key, that cannot be used.
#[derive(Debug)]
pub struct Unusable(dimpl::Error);

impl Identity {
    /// A certificate with its private key, ECDSA over P-256 in DER (the key as PKCS #8), and what the
    /// instant zero of ours is in the standard library's time.
    ///
    /// # Errors
    /// When the ciphers cannot be set up.
    pub fn new(
        certificate: Vec<u8>,
        private_key: Vec<u8>,
        epoch: Foreign,
    ) -> Result<Self, Unusable> {
        let config = Config::builder()
            .mtu(MTU)
            // The peer has proved its address by its checks: a cookie would prove it again.
            .use_server_cookie(false)
            .flight_start_rto(FIRST_REPETITION)
            .flight_retries(REPETITIONS)
            .handshake_timeout(LONGEST_HANDSHAKE)
            .build()
            .map_err(Unusable)?;
        Ok(Self {
            fingerprint: Fingerprint(Sha256::digest(&certificate).into()),
            certificate: DtlsCertificate {
                certificate,
                private_key,
            },
            config: Arc::new(config),
            epoch,
        })
    }

    /// What SDP says of the certificate.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.fingerprint).finish()
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no ciphers for DTLS: {}", self.0)
    }
}

impl std::error::Error for Unusable {}

/// One handshake, and what follows it.
#[derive(Debug)]
pub(super) struct Handshake {
    dtls: Dtls,
    epoch: Foreign,
    expected: Fingerprint,
    role: Role,
    stage: Stage,
    /// When the crate wants to be woken.
    due: Option<Instant>,
    /// When there must be keys.
    limit: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// No certificate was seen yet.
    Begun,
    /// It was the right one.
    Known,
    /// There are keys. What still comes are repetitions, and the peer's goodbye.
    Done,
    /// What is wrong; not told yet, or told.
    Failed(HandshakeFailure, bool),
}

impl Handshake {
    pub(super) fn new(now: Instant, identity: &Identity, peering: &Peering) -> Self {
        let (config, certificate) = (Arc::clone(&identity.config), identity.certificate.clone());
        let mut dtls = Dtls::new_auto(config, certificate, foreign(identity.epoch, now));
        dtls.set_active(peering.role == Role::Active);
        let mut handshake = Self {
            dtls,
            epoch: identity.epoch,
            expected: peering.fingerprint,
            role: peering.role,
            stage: Stage::Begun,
            due: None,
            limit: now + LONGEST_WAIT,
        };
        handshake.handle_timeout(now);
        // Whoever speaks first has something to say as soon as there is a way.
        handshake.due = Some(now);
        handshake
    }

    pub(super) fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        if matches!(self.stage, Stage::Failed(..)) {
            return;
        }
        // Repetitions are counted from the time it is, so that must be known first.
        let taken = self.dtls.handle_timeout(foreign(self.epoch, now));
        let taken = taken.and_then(|()| self.dtls.handle_packet(datagram));
        if taken.is_err() {
            self.fail(HandshakeFailure::Refused);
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if matches!(self.stage, Stage::Failed(..)) {
            return;
        }
        if self.dtls.handle_timeout(foreign(self.epoch, now)).is_err() || now >= self.limit {
            self.fail(HandshakeFailure::TimedOut);
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match self.stage {
            Stage::Begun | Stage::Known => {
                Some(self.due.map_or(self.limit, |due| due.min(self.limit)))
            }
            Stage::Done => self.due,
            Stage::Failed(_, told) => (!told).then_some(self.limit),
        }
    }

    /// Whether there is bad news to be told, way or no way.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.stage, Stage::Failed(_, false))
    }

    /// Says what is to be said, and tells what became of it.
    pub(super) fn drain(&mut self, now: Instant, mut send: impl FnMut(&[u8])) -> Option<News> {
        let mut buffer = [0; MAX_FLIGHT];
        let mut news = None;
        // The crate ends every round with when it wants to be woken; the bound is for one that does not.
        for _ in 0..MAX_OUTPUTS {
            if let Stage::Failed(why, told) = self.stage {
                self.stage = Stage::Failed(why, true);
                return (!told).then_some(News::Failed(why));
            }
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => send(packet),
                Output::Timeout(at) => {
                    let due = at.saturating_duration_since(self.epoch);
                    let due = Instant::from_micros(u64::try_from(due.as_micros()).unwrap_or(0));
                    // What is due now was done: the next beat is soon enough.
                    self.due = Some(due.max(now + BEAT));
                    break;
                }
                Output::PeerCert(certificate) => {
                    match Fingerprint(Sha256::digest(certificate).into()) == self.expected {
                        true => self.stage = Stage::Known,
                        false => self.fail(HandshakeFailure::Fingerprint),
                    }
                }
                Output::KeyingMaterial(material, profile) if self.stage == Stage::Known => {
                    match keys(&material, profile, self.role) {
                        Some(keys) => {
                            self.stage = Stage::Done;
                            news = Some(News::Keys(Box::new(keys)));
                        }
                        None => self.fail(HandshakeFailure::Refused),
                    }
                }
                // A side that shows no certificate has proved nothing.
                Output::KeyingMaterial(..) => self.fail(HandshakeFailure::Fingerprint),
                Output::BufferTooSmall { .. } => self.fail(HandshakeFailure::Refused),
                _ => {}
            }
        }
        news
    }

    /// Only before there are keys: afterwards they hold, whatever else is said here.
    fn fail(&mut self, why: HandshakeFailure) {
        match self.stage {
            Stage::Begun | Stage::Known => self.stage = Stage::Failed(why, false),
            // Nothing more is looked at, and nothing is told.
            Stage::Done => self.stage = Stage::Failed(why, true),
            Stage::Failed(..) => {}
        }
    }
}

/// RFC 5764 §4.2: the client's key, the server's, the client's salt, the server's.
fn keys(material: &[u8], profile: SrtpProfile, role: Role) -> Option<Keys> {
    let suite = match profile {
        SrtpProfile::AEAD_AES_256_GCM => Suite::AeadAes256Gcm,
        SrtpProfile::AEAD_AES_128_GCM => Suite::AeadAes128Gcm,
        SrtpProfile::AES128_CM_SHA1_80 => Suite::AesCm128HmacSha1_80,
        _ => return None,
    };
    let key = suite.cipher_key_length();
    let salt = suite.key_length() - key;
    if material.len() < 2 * (key + salt) {
        return None;
    }
    let (keys, salts) = material.split_at(2 * key);
    let of = |side: usize| {
        let both = [&keys[side * key..][..key], &salts[side * salt..][..salt]].concat();
        MasterKey::new(suite, &both)
    };
    let (client, server) = (of(0), of(1));
    let (ours, theirs) = match role {
        Role::Active => (client, server),
        Role::Passive => (server, client),
    };
    Some(Keys {
        suite,
        ours,
        theirs,
    })
}

fn foreign(epoch: Foreign, now: Instant) -> Foreign {
    epoch + now.since(Instant::from_micros(0))
}

/// Bytes of our packets, small enough for any tunnel between us.
const MTU: usize = 1_150;

/// How long we wait for an answer before we say something again, the first time: the way was just proved.
const FIRST_REPETITION: Duration = Duration::from_millis(250);

/// How often we say it again, each time after twice as long.
const REPETITIONS: usize = 5;

/// From the peer's first word to keys.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(15);

/// From the agreement to keys: somebody may be asked first whether the page may use the microphone.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The beat of media: whoever drives us does not look more often.
const BEAT: Duration = Duration::from_millis(20);

/// Things the crate says in one round.
const MAX_OUTPUTS: usize = 64;
