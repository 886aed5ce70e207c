//! Requests to names: they wait for the look-up, then leave (RFC 3263).

use rappel_model::Now;

use super::course::Hop;
use super::{Endpoint, Wake};
use crate::input::{Flow, Transport};
use crate::locate::{LocatorOutput, Target};
use crate::message::Message;
use crate::output::Output;
use crate::records::{LookupId, Records};
use crate::transaction::table::TransactionId;
use crate::way::{Host, Way};
use crate::wire;

/// Who waits for addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seeker {
    /// A held request.
    Request(TransactionId),
    /// The ACK of the 2xx with this tag, of that INVITE.
    Ack(TransactionId, String),
}

impl Endpoint {
    /// Sends a held request along a way, as soon as its addresses are known.
    pub(super) fn set_out(&mut self, now: Now, id: TransactionId, way: Way) {
        match way {
            Way::Flow(flow) => self.depart(now, id, vec![Hop { flow, host: None }]),
            Way::Host(host) => self.seek(now, Seeker::Request(id), &host),
        }
    }

    /// Sends a held request to a host, as soon as its addresses are known.
    pub(super) fn seek(&mut self, now: Now, seeker: Seeker, host: &Host) {
        if let Some(targets) = self.locator.seek(now, seeker.clone(), host) {
            self.located(now, seeker, targets);
        }
        self.settle_locator(now);
    }

    /// A look-up was answered.
    pub(super) fn handle_found(&mut self, now: Now, lookup: LookupId, records: Records) {
        self.locator.found(now, lookup, records);
        self.settle_locator(now);
    }

    /// A look-up was not answered.
    pub(super) fn wake_locator(&mut self, now: Now) {
        self.locator.handle_timeout(now);
        self.settle_locator(now);
    }

    /// Nobody waits for these addresses any more.
    pub(super) fn forget_seeker(&mut self, id: TransactionId) {
        self.locator.forget(&Seeker::Request(id));
    }

    fn settle_locator(&mut self, now: Now) {
        while let Some(output) = self.locator.poll_output() {
            match output {
                LocatorOutput::Lookup { lookup, name, kind } => {
                    self.outputs
                        .push_back(Output::Lookup { lookup, name, kind });
                }
                LocatorOutput::Located { key, targets } => self.located(now, key, targets),
            }
        }
        let deadline = self.locator.poll_timeout();
        self.agenda.set(&Wake::Locator, deadline);
    }

    fn located(&mut self, now: Now, seeker: Seeker, targets: Vec<Target>) {
        let listeners = &self.settings.listeners;
        let hops = targets.into_iter().filter_map(|target| {
            let flow = listeners.flow_to(target.transport, target.address)?;
            let host = target.name.filter(|_| flow.transport.is_secure());
            Some(Hop { flow, host })
        });
        let hops = hops.collect();
        match seeker {
            Seeker::Request(id) => self.depart_located(now, id, hops),
            Seeker::Ack(id, tag) => self.depart_ack(id, &tag, hops),
        }
    }

    /// The addresses of a held request are known. Inside a dialog the one its peer was heard from
    /// comes first, since it is there; and it stands in for a name that leads nowhere.
    fn depart_located(&mut self, now: Now, id: TransactionId, mut hops: Vec<Hop>) {
        let Some(course) = self.courses.get_mut(&id) else {
            return;
        };
        let fallback = course.fallback.take();
        if let Some(fallback) = fallback {
            let same = |hop: &Hop| is_same_way(hop.flow, fallback.flow);
            match hops.iter().position(same) {
                Some(at) => {
                    let known = hops.remove(at);
                    let host = known.host;
                    let flow = fallback.flow;
                    hops.insert(0, Hop { flow, host });
                }
                None if hops.is_empty() => hops.push(fallback),
                None => {}
            }
        }
        let hops = self.roomy(now, id, hops);
        self.depart(now, id, hops);
    }

    /// The same addresses, each of UDP after the same one of TCP when the request is too large for a
    /// datagram (RFC 3261 §18.1.1).
    fn roomy(&self, now: Now, id: TransactionId, hops: Vec<Hop>) -> Vec<Hop> {
        let Some(client) = self.transactions.client(id) else {
            return hops;
        };
        let length = wire::print(&Message::Request(client.request.clone())).len();
        let listeners = &self.settings.listeners;
        let each = hops.into_iter().flat_map(|hop| {
            let wanted = self.oversize.wants_tcp(now, length, hop.flow);
            let tcp = wanted.then(|| listeners.flow_to(Transport::Tcp, hop.flow.remote));
            let tcp = tcp.flatten().map(|flow| Hop { flow, host: None });
            tcp.into_iter().chain([hop])
        });
        each.collect()
    }
}

fn is_same_way(a: Flow, b: Flow) -> bool {
    a.transport == b.transport && a.remote == b.remote
}
