//! The ACK of a 2xx to an INVITE of ours (RFC 3261 §13.2.2.4): a message of its own, outside any
//! transaction, that is kept for every repetition of the 2xx.

use rappel_model::Now;

use super::Endpoint;
use super::course::{Hop, rooted};
use super::seeking::Seeker;
use crate::dialog::Dialog;
use crate::header::{Name, Via};
use crate::input::Flow;
use crate::message::{Message, Request};
use crate::next_hop::transport_name;
use crate::output::Output;
use crate::transaction::table::TransactionId;
use crate::wire;

impl Endpoint {
    /// Sends the ACK of a 2xx, with the credentials of its INVITE (RFC 3261 §22.1), and keeps it with
    /// the transaction. Where the peer is at a name, it waits for the look-up; should the 2xx be
    /// repeated meanwhile, it goes the way that came.
    pub(super) fn send_ack(&mut self, now: Now, id: TransactionId, dialog: &Dialog, tag: &str) {
        let branch = self.branch();
        let Some(client) = self.transactions.client_mut(id) else {
            return;
        };
        let (mut ack, flow) = dialog.ack(client.request.cseq().number, &branch);
        for name in [Name::Authorization, Name::ProxyAuthorization] {
            for credentials in client.request.headers().fields(&name) {
                ack.push_line(credentials);
            }
        }
        let flow = rooted(&self.settings.listeners, flow, dialog.flow);
        let ack = by(ack, flow);
        let bytes = wire::print(&Message::Request(ack.clone()));
        client.acks.insert(tag.to_owned(), (bytes, flow));
        match dialog.named_hop() {
            Some(name) => {
                let key = (id, tag.to_owned());
                self.unsent_acks.insert(key, ack);
                self.seek(now, Seeker::Ack(id, tag.to_owned()), &name);
            }
            None => {
                self.acknowledge_again(id, tag);
            }
        }
    }

    /// The addresses of whoever awaits an ACK are known; none when there are none.
    pub(super) fn depart_ack(&mut self, id: TransactionId, tag: &str, hops: Vec<Hop>) {
        let Some(ack) = self.unsent_acks.remove(&(id, tag.to_owned())) else {
            return;
        };
        let Some(client) = self.transactions.client_mut(id) else {
            return;
        };
        if let Some(kept) = client.acks.get_mut(tag) {
            let seen = kept.1;
            let there = hops.iter().find(|hop| hop.flow.remote == seen.remote);
            if let (None, Some(hop)) = (there, hops.first()) {
                let ack = by(ack, hop.flow);
                *kept = (wire::print(&Message::Request(ack)), hop.flow);
            }
        }
        self.acknowledge_again(id, tag);
    }

    /// Sends the ACK of a 2xx again, when its branch was acknowledged before.
    pub(super) fn acknowledge_again(&mut self, id: TransactionId, tag: &str) -> bool {
        let client = self.transactions.client(id);
        let Some(client) = client.filter(|client| client.acks.contains_key(tag)) else {
            return false;
        };
        if let Some((bytes, flow)) = client.acks.get(tag).cloned() {
            let host = client.host.clone();
            self.outputs.push_back(Output::Send { bytes, flow, host });
        }
        true
    }
}

/// An ACK that takes `flow`.
fn by(mut ack: Request, flow: Flow) -> Request {
    let branch = ack.via().branch().to_owned();
    let name = transport_name(flow.transport);
    ack.set_via(Via::new(name, flow.local.into(), &branch));
    ack
}
