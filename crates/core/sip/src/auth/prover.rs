//! Our side of digest authentication over several requests: what was asked of us, how often each
//! nonce was used, and when asking again means that the password is wrong (RFC 3261 §22.2,
//! RFC 7616 §3.4, §3.5).

use rappel_model::Random;

use super::answer::{Account, answerable, prove};
use crate::header::{
    AuthenticationInfo, Authorization, DigestChallenge, Name, ProxyAuthenticate,
    ProxyAuthorization, WwwAuthenticate,
};
use crate::message::{Request, Response};

/// An account and what servers asked of it.
#[derive(Clone, Debug)]
pub(crate) struct Prover {
    account: Account,
    known: Vec<Known>,
}

/// A challenge and how often it was used.
#[derive(Clone, Debug)]
struct Known {
    asker: Asker,
    challenge: DigestChallenge,
    /// Requests sent with its nonce.
    count: u32,
}

/// Who asks: a server or a proxy, and in which realm. Each gets credentials of its own
/// (RFC 3261 §22.3).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asker {
    is_proxy: bool,
    realm: String,
}

/// What was answered for one request already, so that no server is answered for ever.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answered(Vec<Tries>);

#[derive(Clone, Debug)]
struct Tries {
    asker: Asker,
    fresh: u8,
    stale: u8,
}

impl Prover {
    /// An account that nobody has asked yet.
    pub(crate) fn new(account: Account) -> Self {
        Self {
            account,
            known: Vec::new(),
        }
    }

    /// Puts credentials for every known challenge into a request that is about to be sent, in place
    /// of those it has (RFC 3261 §22.2 allows them before anybody asks). The request must have its
    /// Request-URI, method and body.
    pub(crate) fn authorize(&mut self, request: &mut Request, random: &mut Random) {
        request.remove(&Name::Authorization);
        request.remove(&Name::ProxyAuthorization);
        for known in &mut self.known {
            known.count = known.count.saturating_add(1);
            let (challenge, count) = (&known.challenge, known.count);
            let Some(credentials) = prove(challenge, request, &self.account, count, random) else {
                continue;
            };
            if known.asker.is_proxy {
                request.push(&ProxyAuthorization(credentials));
            } else {
                request.push(&Authorization(credentials));
            }
        }
    }

    /// Takes the challenges of a 401 or 407. True when the request is worth sending again: every
    /// realm that asks is asked for the first time for this request, or says that only the nonce
    /// was too old (`stale`), which counts once. A realm that asks again otherwise has refused.
    pub(crate) fn learn(&mut self, refusal: &Response, answered: &mut Answered) -> bool {
        let asked = challenges(refusal);
        if asked.is_empty() {
            return false;
        }
        for (asker, challenge) in asked {
            let known = self.known.iter().position(|known| known.asker == asker);
            let same_nonce =
                known.is_some_and(|at| self.known[at].challenge.nonce == challenge.nonce);
            if same_nonce || !answered.may_answer(&asker, challenge.stale) {
                return false;
            }
            let fresh = Known {
                asker,
                challenge,
                count: 0,
            };
            match known {
                Some(at) => self.known[at] = fresh,
                None if self.known.len() < MAX_REALMS => self.known.push(fresh),
                None => return false,
            }
        }
        true
    }

    /// Takes what another request of the same dialog has learnt: its challenges, and of those that
    /// both know the higher count, since no count may be used twice.
    pub(crate) fn merge(&mut self, other: &Self) {
        for theirs in &other.known {
            let ours = self
                .known
                .iter_mut()
                .find(|ours| ours.asker == theirs.asker);
            match ours {
                Some(ours) if ours.challenge.nonce == theirs.challenge.nonce => {
                    ours.count = ours.count.max(theirs.count);
                }
                Some(ours) => *ours = theirs.clone(),
                None => self.known.push(theirs.clone()),
            }
        }
    }

    /// Takes the nonce that a server names for the next request (RFC 7616 §3.5); true when it names
    /// a new one. Only a server whose realm is beyond doubt is believed.
    pub(crate) fn note(&mut self, response: &Response) -> bool {
        let next = response
            .typed::<AuthenticationInfo>()
            .and_then(|info| info.next_nonce);
        let mut servers = self.known.iter_mut().filter(|k| !k.asker.is_proxy);
        if let (Some(next), Some(server), None) = (next, servers.next(), servers.next())
            && server.challenge.nonce != next
        {
            server.challenge.nonce = next;
            server.count = 0;
            return true;
        }
        false
    }
}

impl Answered {
    /// Whether this realm may be answered (once more), which counts.
    fn may_answer(&mut self, asker: &Asker, stale: bool) -> bool {
        let at = match self.0.iter().position(|tries| tries.asker == *asker) {
            Some(at) => at,
            None if self.0.len() < MAX_REALMS => {
                self.0.push(Tries {
                    asker: asker.clone(),
                    fresh: 0,
                    stale: 0,
                });
                self.0.len() - 1
            }
            None => return false,
        };
        let tries = &mut self.0[at];
        let count = match stale {
            true => &mut tries.stale,
            false => &mut tries.fresh,
        };
        *count += 1;
        *count == 1
    }
}

/// The challenges of a refusal: of each realm the first this build can answer, since servers name
/// the strongest first (RFC 8760 §2.4). A forking proxy may collect both kinds in one answer
/// (RFC 3261 §16.7 step 7).
fn challenges(refusal: &Response) -> Vec<(Asker, DigestChallenge)> {
    let servers = refusal.headers().all::<WwwAuthenticate>();
    let proxies = refusal.headers().all::<ProxyAuthenticate>();
    let servers = servers.iter().map(|header| (false, &header.0));
    let proxies = proxies.iter().map(|header| (true, &header.0));
    let mut chosen: Vec<(Asker, DigestChallenge)> = Vec::new();
    for (is_proxy, challenge) in servers.chain(proxies) {
        let Some(digest) = challenge.as_digest().filter(|digest| answerable(digest)) else {
            continue;
        };
        let realm = digest.realm.clone();
        let asker = Asker { is_proxy, realm };
        let is_new = chosen.iter().all(|(other, _)| *other != asker);
        if is_new && chosen.len() < MAX_REALMS {
            chosen.push((asker, digest.clone()));
        }
    }
    chosen
}

/// Most realms that one request proves itself to: proxies in a row, and the server.
const MAX_REALMS: usize = 8;

#[cfg(test)]
mod tests;
