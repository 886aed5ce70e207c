//! What an address still says after its request went elsewhere (RFC 3263 §4.3): a late provisional
//! answer is cancelled, a late 2xx acknowledged and ended, so that nobody is left in a call alone.

use rappel_model::Now;

use super::course::{Course, OurContact};
use super::outgoing::{Outcome, hop_by_hop};
use super::{Endpoint, Purpose, Wake};
use crate::dialog::Dialog;
use crate::message::Method;
use crate::transaction::table::TransactionId;

impl Endpoint {
    /// Nobody waits for this request any more. An INVITE goes on to listen, under a handle of its
    /// own.
    pub(super) fn abandon(&mut self, now: Now, id: TransactionId) {
        let branch = self.branch();
        let Some(client) = self.transactions.client(id) else {
            return;
        };
        let mut request = client.request.clone();
        let mut via = request.via().clone();
        via.params.set("branch", &branch);
        request.set_via(via);
        if let Some(left) = self.transactions.supersede(id, request) {
            self.leave_behind(now, id, left);
        }
        self.drop_client(id);
    }

    /// The transaction of `id` goes on as `left`, and its request elsewhere.
    pub(super) fn leave_behind(&mut self, now: Now, id: TransactionId, left: TransactionId) {
        self.agenda.set(&Wake::Transaction(id), None);
        let prover = self
            .courses
            .get(&id)
            .and_then(|course| course.prover.clone());
        let Some(client) = self.transactions.client_mut(left) else {
            return;
        };
        if *client.request.method() == Method::Invite {
            client.purpose = Purpose::Abandoned;
            let course = Course::new(OurContact::None, None, None).proved_by(prover);
            self.courses.insert(left, course);
        }
        client.abandon(now);
        self.settle_client(left);
    }

    /// An abandoned INVITE was answered.
    pub(super) fn abandoned_outcome(&mut self, now: Now, id: TransactionId, outcome: &Outcome) {
        let Some(response) = &outcome.response else {
            return;
        };
        match outcome.status {
            // Told once: the transaction swallows the rest.
            ..200 => {
                if let Some(client) = self.transactions.client(id) {
                    let cancel = hop_by_hop(&client.request, Method::Cancel);
                    let (flow, host) = (client.flow, client.host.clone());
                    self.start_by(now, cancel, (flow, host), None, Purpose::Alone);
                }
            }
            200..300 => {
                let tag = response.to().tag().unwrap_or_default().to_owned();
                if self.acknowledge_again(id, &tag) {
                    return;
                }
                let most = self.settings.limits.forks;
                let client = self.transactions.client(id);
                let Some(client) = client.filter(|client| client.acks.len() < most) else {
                    return;
                };
                let dialog = Dialog::uac(&client.request, response, client.flow, false);
                self.send_ack(now, id, &dialog, &tag);
                self.end_branch(now, id, dialog);
            }
            _ => {}
        }
    }

    /// Ends a branch of an INVITE of ours that nobody wants (RFC 3261 §13.2.2.4): its BYE.
    pub(super) fn end_branch(&mut self, now: Now, invite: TransactionId, mut branch: Dialog) {
        let via = self.branch();
        let course = self.courses.get(&invite);
        let prover = course.and_then(|course| course.prover.clone());
        let host = self.transactions.client(invite);
        let host = host.and_then(|client| client.host.clone());
        let (bye, flow) = branch.request(Method::Bye, &via);
        self.start_by(now, bye, (flow, host), prover, Purpose::Alone);
    }
}
