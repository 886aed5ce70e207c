//! Who sent a request: digest credentials checked, challenges made (RFC 3261 §22, RFC 8760).

use std::net::IpAddr;

use rappel_model::Now;

use super::Endpoint;
use crate::auth::{Algorithm, Verdict};
use crate::guard::Report;
use crate::header::{Authorization, WwwAuthenticate};
use crate::input::Flow;
use crate::message::{Request, StatusCode};
use crate::output::{Output, UserId};
use crate::transaction::table::TransactionId;
use crate::uri::Uri;

/// Who sent a request, as far as it proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// It carries no credentials for a realm of ours.
    Nobody,
    /// Its credentials prove this user.
    User(UserId),
    /// Its credentials prove nothing.
    Doubtful(Doubt),
}

/// Why credentials prove nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// The nonce is old or used: the phone tries again by itself.
    Stale,
    /// The password is wrong, or nobody has that name: both are answered the same.
    Wrong,
    /// There were too many wrong passwords for that name, and this one was not looked at.
    Blocked,
}

impl Endpoint {
    /// Checks the first digest credentials of a request that name a realm of ours. Wrong ones are
    /// counted, by name and for the guard by source.
    pub(super) fn authenticate(&mut self, now: Now, request: &Request, flow: Flow) -> Sender {
        let source = flow.remote.ip();
        let digests = request.headers().all::<Authorization>();
        for header in digests {
            let Some(digest) = header.0.as_digest() else {
                continue;
            };
            let known = self.users.find(&digest.username, &digest.realm);
            if known.is_none() && !self.users.has_realm(&digest.realm, &self.settings.realm) {
                continue;
            }
            let name = digest.username.as_str();
            let registered = known.is_some_and(|user| self.registrar.is_at(&user.id, source));
            if !self.tries.may_try(now, name, source, registered) {
                return Sender::Doubtful(Doubt::Blocked);
            }
            let hashes = known.map_or(&[][..], |user| &user.ha1);
            let realm = &digest.realm;
            let check = &mut self.authenticator;
            match (check.check(now, request, source, realm, hashes), known) {
                (Verdict::Proven, Some(user)) => {
                    self.tries.proven(name, source);
                    return Sender::User(user.id.clone());
                }
                (Verdict::Stale, _) => return Sender::Doubtful(Doubt::Stale),
                (Verdict::Wrong | Verdict::Proven, _) => {
                    self.tries.failed(now, name, source);
                    let report = Report::WrongPassword(source);
                    self.outputs.push_back(Output::Source(report));
                    return Sender::Doubtful(Doubt::Wrong);
                }
                (Verdict::Absent, _) => {}
            }
        }
        Sender::Nobody
    }

    /// Answers a request whose credentials prove nothing: a stale nonce is challenged again
    /// (RFC 7616 §3.3), anything else is refused without saying what was wrong.
    pub(super) fn answer_doubt(&mut self, now: Now, id: TransactionId, doubt: Doubt, flow: Flow) {
        match doubt {
            Doubt::Stale => self.challenge_request(now, id, true),
            Doubt::Wrong => {
                self.reply(now, id, StatusCode::FORBIDDEN);
                self.refused(flow, "wrong credentials");
            }
            Doubt::Blocked => {
                self.reply(now, id, StatusCode::FORBIDDEN);
                self.refused(flow, "too many wrong passwords for one name");
            }
        }
    }

    /// Answers 401 to a request that must prove its sender (RFC 3261 §22.2): the user whose address
    /// stands in To for REGISTER (§10.3 step 3), in From for everything else.
    pub(super) fn challenge_request(&mut self, now: Now, id: TransactionId, stale: bool) {
        let Some(server) = self.transactions.server(id) else {
            return;
        };
        let peer = server.flow.remote.ip();
        let Some(request) = server.request() else {
            return;
        };
        let claimed = match request.method() {
            crate::message::Method::Register => request.to().uri.clone(),
            _ => request.from().uri.clone(),
        };
        let challenges = self.challenges(now, peer, &claimed, stale);
        if let Some(mut response) = self.response(id, StatusCode::UNAUTHORIZED) {
            for challenge in &challenges {
                response.push(challenge);
            }
            self.answer(now, id, response);
        }
    }

    /// The challenges for whoever an address names: the algorithms and realm of that user. What a
    /// phone is offered is set user by user, because an old phone that is offered what it cannot
    /// compute gives up; a name we do not know is offered what one of the users is offered, always
    /// the same for the same name, so that the offer does not tell which names there are.
    pub(super) fn challenges(
        &mut self,
        now: Now,
        peer: IpAddr,
        claimed: &Uri,
        stale: bool,
    ) -> Vec<WwwAuthenticate> {
        let domain = claimed
            .as_sip()
            .map(|uri| uri.host.to_string())
            .unwrap_or_default();
        let name = claimed.user().unwrap_or_default();
        let known = self.users.named(&name, &domain);
        let like = known.or_else(|| self.users.like(&self.tag_key, &name));
        let realm = known.map_or(&self.settings.realm, |user| &user.realm);
        let algorithms: Vec<Algorithm> = match like {
            Some(user) => user.ha1.iter().map(|(algorithm, _)| *algorithm).collect(),
            None => Algorithm::USUAL.to_vec(),
        };
        self.authenticator
            .challenges(now, peer, realm, &algorithms, stale)
    }
}
