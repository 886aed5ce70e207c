//! Whether a stream is secured, and with which keys: policy, offer and answer (RFC 4568 §5).

use std::fmt;

use rappel_model::Secrecy;

use super::Refused;
use super::crypto::Crypto;
use super::read::Line;
use crate::srtp::{Keys, MAX_KEY, MasterKey, Suite};
use crate::stream::Security;

/// Random bytes for our keys, one per suite: no two lines of an offer may share a key
/// (RFC 4568 §6.1). It never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Material(pub [u8; MAX_KEY * Suite::ALL.len()]);

/// Our side of what a session agrees about keys.
#[derive(Clone, Debug)]
pub(super) struct Protection {
    policy: Secrecy,
    material: Option<Material>,
}

impl Protection {
    /// Plain RTP alone: there is nothing to make keys of.
    pub(super) const OFF: Self = Self {
        policy: Secrecy::Off,
        material: None,
    };

    pub(super) const fn new(policy: Secrecy, material: Material) -> Self {
        Self {
            policy,
            material: Some(material),
        }
    }

    /// Other keys from the next offer on.
    pub(super) fn renew(&mut self, material: Material) {
        self.material = Some(material);
    }

    /// How the stream of an offered line is secured, with our part of it for the answer.
    pub(super) fn answer(&self, line: &Line) -> Result<(Security, Option<Crypto>), Refused> {
        let theirs = match self.policy {
            Secrecy::Off => None,
            Secrecy::Offered | Secrecy::Required => line.cryptos.first(),
        };
        match theirs.and_then(|theirs| Some((theirs, self.key(theirs.suite)?))) {
            Some((theirs, key)) => {
                let ours = Crypto { key, ..*theirs };
                Ok((agreed(&ours, theirs), Some(ours)))
            }
            None if line.is_secured() && self.policy == Secrecy::Off => Err(Refused::Secured),
            None if line.is_secured() => Err(Refused::NoCommonKey),
            None if self.policy == Secrecy::Required => Err(Refused::Unsecured),
            None => Ok((Security::Plain, None)),
        }
    }

    /// What we offer: a key per suite. Beside a stream that was agreed plain none is offered, so that
    /// a hold does not change what is protected.
    pub(super) fn offer(&self, agreed: Option<&Security>) -> Vec<Crypto> {
        if self.policy == Secrecy::Off || agreed == Some(&Security::Plain) {
            return Vec::new();
        }
        let crypto = |(n, suite): (usize, Suite)| {
            let key = self.key(suite)?;
            Some(Crypto {
                tag: n as u32 + 1,
                suite,
                key,
            })
        };
        let mut cryptos: Vec<_> = Suite::ALL
            .into_iter()
            .enumerate()
            .filter_map(crypto)
            .collect();
        if let Some(Security::Srtp(keys)) = agreed {
            cryptos.retain(|crypto| crypto.suite == keys.suite);
        }
        cryptos
    }

    /// Whether our offer leaves plain RTP open.
    pub(super) fn offers_plain(&self) -> bool {
        self.policy != Secrecy::Required
    }

    /// How the stream is secured when `offered` of ours was answered by `line`.
    pub(super) fn answered(&self, offered: &[Crypto], line: &Line) -> Result<Security, Refused> {
        let pair = line.cryptos.iter().find_map(|theirs| {
            let ours = offered
                .iter()
                .find(|ours| ours.tag == theirs.tag && ours.suite == theirs.suite)?;
            Some(agreed(ours, theirs))
        });
        match pair {
            Some(security) => Ok(security),
            None if line.is_secured() => Err(Refused::NoCommonKey),
            None if self.policy == Secrecy::Required => Err(Refused::Unsecured),
            None => Ok(Security::Plain),
        }
    }

    fn key(&self, suite: Suite) -> Option<MasterKey> {
        let at = Suite::ALL.iter().position(|s| *s == suite)?;
        let material = &self.material.as_ref()?.0[at * MAX_KEY..];
        Some(MasterKey::new(suite, material))
    }
}

fn agreed(ours: &Crypto, theirs: &Crypto) -> Security {
    Security::Srtp(Box::new(Keys {
        suite: theirs.suite,
        ours: ours.key,
        theirs: theirs.key,
    }))
}

impl Material {
    /// Nothing but zeros, to be filled.
    pub const EMPTY: Self = Self([0; MAX_KEY * Suite::ALL.len()]);
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Material(…)")
    }
}
