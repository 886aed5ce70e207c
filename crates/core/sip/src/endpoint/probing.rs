//! Probes: OPTIONS outside dialogs, and how long the answer took (RFC 3261 §11).

use std::collections::BTreeMap;

use rappel_model::{Instant, Now};

use super::course::{Course, OurContact};
use super::outgoing::Outcome;
use super::respond::{Capabilities, SDP};
use super::{Endpoint, Purpose};
use crate::header::{CSeq, NameAddr};
use crate::message::{Essentials, Method, Request};
use crate::output::Output;
use crate::probe::{Probe, ProbeId, ProbeOutcome};
use crate::transaction::table::TransactionId;
use crate::transaction::timer::PATIENCE;

/// All probes that wait for their answer.
#[derive(Debug, Default)]
pub(super) struct Probes {
    next: u64,
    sent: BTreeMap<ProbeId, Instant>,
}

impl Probes {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.sent.len()
    }
}

impl Endpoint {
    /// Asks a peer whether it is there. [`Output::Probed`] follows, once; without room for another
    /// it says `Unreachable` at once.
    pub fn probe(&mut self, now: Now, probe: Probe) -> ProbeId {
        self.probes.next += 1;
        let id = ProbeId(self.probes.next);
        if self.probes.len() >= self.settings.limits.probes {
            self.tell_probed(id, ProbeOutcome::Unreachable);
            return id;
        }
        self.probes.sent.insert(id, now.instant);
        let essentials = Essentials {
            via: self.unsent_via(),
            from: probe.from.with_tag(&self.tag()),
            to: NameAddr::new(probe.target.clone()),
            call_id: self.random.token(CALL_ID_LENGTH),
            cseq: CSeq::new(self.first_cseq(), Method::Options),
        };
        let request = Request::new(probe.target, essentials)
            .accept(&[SDP])
            .allow()
            .supported();
        let patience = probe.patience.min(PATIENCE);
        let course = Course::new(OurContact::Plain, probe.account, Some(patience.into()));
        let transaction = self.hold(request, course, Purpose::Probe(id));
        self.set_out(now, transaction, probe.way);
        id
    }

    /// A probe leaves, or leaves again: its round trip begins.
    pub(super) fn note_probe(&mut self, now: Now, id: TransactionId) {
        let purpose = self.transactions.client(id).map(|client| &client.purpose);
        if let Some(Purpose::Probe(probe)) = purpose
            && let Some(sent) = self.probes.sent.get_mut(probe)
        {
            *sent = now.instant;
        }
    }

    /// An OPTIONS of ours was answered, or not.
    pub(super) fn probe_outcome(&mut self, now: Now, id: ProbeId, outcome: &Outcome) {
        if outcome.status < 200 {
            return;
        }
        let Some(sent) = self.probes.sent.remove(&id) else {
            return;
        };
        let outcome = match (&outcome.response, outcome.status) {
            (Some(_), status) => ProbeOutcome::Answered {
                status,
                round_trip: now.instant.since(sent),
            },
            (None, 408) => ProbeOutcome::Silent,
            (None, _) => ProbeOutcome::Unreachable,
        };
        self.tell_probed(id, outcome);
    }

    fn tell_probed(&mut self, probe: ProbeId, outcome: ProbeOutcome) {
        self.outputs.push_back(Output::Probed { probe, outcome });
    }
}

/// Letters of a Call-ID: more than 120 bits of chance (RFC 3261 §8.1.1.4).
const CALL_ID_LENGTH: usize = 24;
