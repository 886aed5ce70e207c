//! Who sent a request: digest credentials checked, challenges made (RFC 3261 §22, RFC 8760).

use rappel_model::Now;

use super::Endpoint;
use crate::auth::{Algorithm, Verdict};
use crate::header::{Authorization, WwwAuthenticate};
use crate::input::Flow;
use crate::message::{Request, StatusCode};
use crate::output::UserId;
use crate::transaction::table::{Server, TransactionId};
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
}

impl Endpoint {
    /// Checks the first digest credentials of a request that name a realm of ours.
    pub(super) fn authenticate(&mut self, now: Now, request: &Request) -> Sender {
        let digests = request.headers().all::<Authorization>();
        for header in digests {
            let Some(digest) = header.0.as_digest() else {
                continue;
            };
            let known = self.users.find(&digest.username, &digest.realm);
            if known.is_none() && !self.users.has_realm(&digest.realm, &self.settings.realm) {
                continue;
            }
            let hashes = known.map_or(&[][..], |user| &user.ha1);
            let verdict = self
                .authenticator
                .check(now, request, &digest.realm, hashes);
            match (verdict, known) {
                (Verdict::Proven, Some(user)) => return Sender::User(user.id.clone()),
                (Verdict::Stale, _) => return Sender::Doubtful(Doubt::Stale),
                (Verdict::Wrong | Verdict::Proven, _) => return Sender::Doubtful(Doubt::Wrong),
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
        }
    }

    /// Answers 401 to a request that must prove its sender (RFC 3261 §22.2): the user whose address
    /// stands in To for REGISTER (§10.3 step 3), in From for everything else.
    pub(super) fn challenge_request(&mut self, now: Now, id: TransactionId, stale: bool) {
        let Some(request) = self.transactions.server(id).and_then(Server::request) else {
            return;
        };
        let claimed = match request.method() {
            crate::message::Method::Register => request.to().uri.clone(),
            _ => request.from().uri.clone(),
        };
        let challenges = self.challenges(now, &claimed, stale);
        if let Some(mut response) = self.response(id, StatusCode::UNAUTHORIZED) {
            for challenge in &challenges {
                response.push(challenge);
            }
            self.answer(now, id, response);
        }
    }

    /// The challenges for whoever an address names: the algorithms and realm of that user, or the
    /// default set for a name we do not know. A user with other algorithms than the default set, or
    /// another realm, can be told from a name we do not know by them: what a phone is offered is set
    /// user by user, because an old phone that is offered what it cannot compute gives up.
    pub(super) fn challenges(
        &mut self,
        now: Now,
        claimed: &Uri,
        stale: bool,
    ) -> Vec<WwwAuthenticate> {
        let domain = claimed
            .as_sip()
            .map(|uri| uri.host.to_string())
            .unwrap_or_default();
        let user = claimed
            .user()
            .and_then(|name| self.users.named(&name, &domain));
        match user {
            Some(user) => {
                let algorithms: Vec<Algorithm> =
                    user.ha1.iter().map(|(algorithm, _)| *algorithm).collect();
                self.authenticator
                    .challenges(now, &user.realm, &algorithms, stale)
            }
            None => {
                self.authenticator
                    .challenges(now, &self.settings.realm, &Algorithm::USUAL, stale)
            }
        }
    }
}
