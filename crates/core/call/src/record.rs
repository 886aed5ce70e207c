//! What is written down of a call while it lasts, and the record it becomes.

use std::collections::BTreeMap;

use rappel_model::record::{CallRecord, EndedBy, LegRecord, Outcome, Stage};
use rappel_model::{FlowName, MessageId, Now};
use rappel_rtp::sdp::Refused;

use crate::arrival::{Arrival, Service};
use crate::cause::Cause;

/// The record of a call that is not over.
#[derive(Debug)]
pub(crate) struct Draft {
    record: CallRecord,
    end: Option<End>,
    /// Something was recorded for a mailbox.
    recorded: bool,
    /// Something could not be kept, or a step failed beyond rescue.
    failed: bool,
    /// The person reached has hung up, and no step has begun since.
    callee_left: bool,
    /// The flow of the last step.
    flow: Option<FlowName>,
}

/// How it ended for the caller.
#[derive(Clone, Copy, Debug)]
struct End {
    cause: Cause,
    by: EndedBy,
}

impl Draft {
    /// The record of a call that has just arrived.
    pub(crate) fn new(now: Now, arrival: &Arrival) -> Self {
        let flow: Option<FlowName> = match &arrival.service {
            Service::Flow { flow, .. } => Some(flow.clone()),
            Service::Refuse(_) => None,
        };
        Self {
            record: CallRecord {
                uid: arrival.uid,
                tenant: arrival.tenant.clone(),
                line: arrival.line.clone(),
                flow: flow.clone(),
                version: arrival.version.clone(),
                origin: arrival.origin.clone(),
                direction: arrival.direction,
                caller: arrival.caller.shown(),
                called: arrival.called.clone(),
                started: now.wall,
                ringing: None,
                answered: None,
                first_sound: None,
                connected: None,
                ended: now.wall,
                outcome: Outcome::Failed,
                cause: Cause::Failure.q850(),
                status: None,
                ended_by: EndedBy::Engine,
                message: None,
                tags: BTreeMap::new(),
                legs: Vec::new(),
                stages: Vec::new(),
            },
            end: None,
            recorded: false,
            failed: false,
            callee_left: false,
            flow,
        }
    }

    /// Writes a line of the trace; beyond [`MAX_STAGES`] the trace stays as it is.
    pub(crate) fn stage(&mut self, now: Now, what: impl Into<String>) {
        let stages = &mut self.record.stages;
        if stages.len() >= MAX_STAGES {
            return;
        }
        if stages.len() == stages.capacity() {
            // Thousands of calls are up at a time, most of them with a short trace.
            stages.reserve_exact(STAGES_AT_ONCE);
        }
        stages.push(Stage {
            at: now.wall,
            what: what.into(),
        });
    }

    /// A body that came cannot be agreed with. Part of why is the peer's word: cut, in letters that no terminal obeys,
    /// and told so often at most.
    pub(crate) fn voice_refused(&mut self, now: Now, refused: &Refused) {
        let told = self.record.stages.iter();
        let told = told.filter(|stage| stage.what.starts_with(REFUSED));
        if told.count() >= MAX_REFUSALS {
            return;
        }
        let why = refused.to_string();
        let why = why.chars().filter(|c| c.is_ascii_graphic() || *c == ' ');
        let why: String = why.take(MAX_REFUSAL).collect();
        self.stage(now, format!("{REFUSED}{why}"));
    }

    /// The caller pressed a key; `None` when it is secret. Secret keys in a row are one line, written
    /// at the first: neither how many they were nor how fast they came is anybody's business.
    pub(crate) fn key(&mut self, now: Now, key: Option<char>) {
        match key {
            Some(key) => self.stage(now, format!("key {key}")),
            None if self.record.stages.last().is_some_and(|s| s.what == HIDDEN) => {}
            None => self.stage(now, HIDDEN),
        }
    }

    /// The caller hears ringing; true the first time.
    pub(crate) fn ringing(&mut self, now: Now) -> bool {
        let first = self.record.ringing.is_none();
        self.record.ringing.get_or_insert(now.wall);
        first
    }

    /// The caller was answered.
    pub(crate) fn answered(&mut self, now: Now) {
        self.record.answered.get_or_insert(now.wall);
        self.record.status = Some(200);
    }

    /// Something is on its way to the caller.
    pub(crate) fn first_sound(&mut self, now: Now) {
        self.record.first_sound.get_or_insert(now.wall);
    }

    /// The caller talks with a person.
    pub(crate) fn connected(&mut self, now: Now) {
        self.record.connected.get_or_insert(now.wall);
        self.first_sound(now);
    }

    /// A tag of the flow; beyond [`MAX_TAGS`] only known ones change.
    pub(crate) fn tag(&mut self, name: String, value: String) {
        if self.record.tags.len() < MAX_TAGS || self.record.tags.contains_key(&name) {
            self.record.tags.insert(name, value);
        }
    }

    /// A recording was asked for.
    pub(crate) fn recorded(&mut self) {
        self.recorded = true;
    }

    /// A message is kept.
    pub(crate) fn kept(&mut self, message: MessageId) {
        self.record.message = Some(message);
    }

    /// Something of ours went wrong.
    pub(crate) fn failed(&mut self) {
        self.failed = true;
    }

    /// The person reached has hung up.
    pub(crate) fn callee_left(&mut self) {
        self.callee_left = true;
    }

    /// A flow has begun a step: what comes now is its own doing. The trace says which flow whenever
    /// it is another than before.
    pub(crate) fn step_begun(&mut self, now: Now, flow: FlowName) {
        self.callee_left = false;
        if self.flow.as_ref() != Some(&flow) {
            self.stage(now, format!("flow {flow}"));
            self.flow = Some(flow);
        }
    }

    /// The caller's leg ended; the first telling counts. A flow that had nothing more to do for the
    /// caller when the person reached hung up did not end the call: that person did.
    pub(crate) fn ended(&mut self, cause: Cause, by: EndedBy) {
        let by = match by {
            EndedBy::Engine if self.callee_left => EndedBy::Callee,
            by => by,
        };
        self.end.get_or_insert(End { cause, by });
    }

    /// The final status the caller's unanswered INVITE was refused with.
    pub(crate) fn refused(&mut self, status: u16) {
        self.record.status.get_or_insert(status);
    }

    /// The finished record.
    pub(crate) fn finish(&mut self, now: Now, legs: Vec<LegRecord>) -> CallRecord {
        let end = self.end.unwrap_or(End {
            cause: Cause::Failure,
            by: EndedBy::Engine,
        });
        let mut record = self.record.clone();
        record.ended = now.wall;
        record.cause = end.cause.q850();
        record.ended_by = end.by;
        record.outcome = self.outcome(end);
        record.legs = legs;
        record
    }

    /// How it ended, in the order that matters to whoever reads the record: what was reached comes
    /// before what went wrong.
    fn outcome(&self, end: End) -> Outcome {
        let record = &self.record;
        if record.connected.is_some() {
            return Outcome::Served;
        }
        if record.message.is_some() {
            return Outcome::MessageLeft;
        }
        if self.failed {
            return Outcome::Failed;
        }
        match (end.cause, record.answered) {
            (Cause::MediaLost | Cause::SignallingLost | Cause::Failure, _) => Outcome::Failed,
            (Cause::Cancelled | Cause::NoAnswer, None) => Outcome::Missed,
            // Who was left to ring and gave up was answered in another call.
            (Cause::Normal, None) if end.by == EndedBy::Caller => Outcome::Missed,
            (_, None) => Outcome::Refused,
            // A message too short to be one is a missed call, and so is a caller who heard nothing.
            (_, Some(_)) if self.recorded || record.first_sound.is_none() => Outcome::Missed,
            (_, Some(_)) => Outcome::FlowOnly,
        }
    }
}

/// The line of the trace that stands for secret keys.
const HIDDEN: &str = "keys (hidden)";

/// Longest trace; a flow ends after 200 steps without a key (FLOWS §8).
pub(crate) const MAX_STAGES: usize = 2_000;

/// How the line begins that tells why a body was refused.
const REFUSED: &str = "voice refused: ";

/// Most characters of that.
const MAX_REFUSAL: usize = 200;

/// Most such lines of one call: a peer may offer what is refused again and again.
const MAX_REFUSALS: usize = 8;

/// Lines of the trace for which room is made at once.
const STAGES_AT_ONCE: usize = 8;

/// Most tags of one call.
pub(crate) const MAX_TAGS: usize = 100;

#[cfg(test)]
mod tests {
    use rappel_model::record::{CallDirection, Origin};
    use rappel_model::{CallUid, PhoneNumber, Secrecy};

    use super::*;

    fn draft() -> Draft {
        let flow = rappel_sip::Flow {
            transport: rappel_sip::Transport::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "198.51.100.7:5060".parse().unwrap(),
            connection: None,
        };
        let address = rappel_sip::header::NameAddr::read("<sip:a@b>").unwrap();
        let arrival = Arrival {
            uid: CallUid(1),
            incoming: Box::new(rappel_sip::Incoming {
                dialog: rappel_sip::DialogId(1),
                uri: address.uri.clone(),
                from: address.clone(),
                to: address,
                user: None,
                flow,
                body: bytes::Bytes::new(),
                headers: rappel_sip::header::Headers::default(),
                replaces: None,
            }),
            tenant: None,
            origin: Origin::Trunk("t".into()),
            direction: CallDirection::Inbound,
            line: None,
            version: None,
            caller: crate::CallerId {
                number: PhoneNumber::parse("+33612345678"),
                ..crate::CallerId::default()
            },
            called: "100".to_owned(),
            is_for_help: false,
            service: Service::Refuse(Cause::NotFound),
            secrecy: Secrecy::Off,
        };
        Draft::new(Now::default(), &arrival)
    }

    #[test]
    fn why_voice_is_refused_is_told_in_bounds() {
        let mut draft = draft();
        let refused = Refused::Address("\u{1b}[2J\u{202e}é".repeat(100));
        for _ in 0..100 {
            draft.voice_refused(Now::default(), &refused);
        }
        let stages = draft.finish(Now::default(), Vec::new()).stages;
        assert_eq!(stages.len(), MAX_REFUSALS);
        for stage in stages {
            assert_eq!(stage.what.len(), REFUSED.len() + MAX_REFUSAL);
            assert!(stage.what.bytes().all(|b| (b' '..=b'~').contains(&b)));
            assert!(
                stage
                    .what
                    .starts_with("voice refused: cannot send to the address [2J[2J")
            );
        }
    }

    #[test]
    fn trace_and_tags_are_bounded() {
        let mut draft = draft();
        for n in 0..=MAX_STAGES {
            draft.stage(Now::default(), format!("stage {n}"));
        }
        for n in 0..=MAX_TAGS {
            draft.tag(format!("tag{n:03}"), "x".to_owned());
        }
        draft.tag("tag000".to_owned(), "changed".to_owned());
        let record = draft.finish(Now::default(), Vec::new());
        assert_eq!(record.stages.len(), MAX_STAGES);
        assert_eq!(record.tags.len(), MAX_TAGS);
        assert_eq!(record.tags["tag000"], "changed");
    }

    #[test]
    fn secret_keys_are_one_line_and_others_one_each() {
        let mut draft = draft();
        for key in [Some('1'), None, None, None, Some('#'), Some('#'), None] {
            draft.key(Now::default(), key);
        }
        draft.stage(Now::default(), "step again (listen)");
        draft.key(Now::default(), None);
        let stages = draft.finish(Now::default(), Vec::new()).stages;
        let told: Vec<_> = stages.iter().map(|stage| stage.what.as_str()).collect();
        let step = "step again (listen)";
        assert_eq!(
            told,
            ["key 1", HIDDEN, "key #", "key #", HIDDEN, step, HIDDEN]
        );
    }

    #[test]
    fn the_outcome_is_what_mattered_most() {
        let finish = |write: fn(&mut Draft), cause| {
            let mut draft = draft();
            write(&mut draft);
            draft.ended(cause, EndedBy::Caller);
            draft.ended(Cause::Failure, EndedBy::Engine);
            draft.finish(Now::default(), Vec::new()).outcome
        };
        assert_eq!(finish(|_| {}, Cause::Cancelled), Outcome::Missed);
        assert_eq!(finish(|_| {}, Cause::Busy), Outcome::Refused);
        assert_eq!(finish(|_| {}, Cause::Failure), Outcome::Failed);
        let answered = |draft: &mut Draft| draft.answered(Now::default());
        assert_eq!(finish(answered, Cause::Normal), Outcome::Missed);
        let heard = |draft: &mut Draft| {
            draft.answered(Now::default());
            draft.first_sound(Now::default());
        };
        assert_eq!(finish(heard, Cause::Normal), Outcome::FlowOnly);
        let too_short = |draft: &mut Draft| {
            draft.answered(Now::default());
            draft.first_sound(Now::default());
            draft.recorded();
        };
        assert_eq!(finish(too_short, Cause::Normal), Outcome::Missed);
        let not_kept = |draft: &mut Draft| {
            draft.answered(Now::default());
            draft.recorded();
            draft.failed();
        };
        assert_eq!(finish(not_kept, Cause::Normal), Outcome::Failed);
        let kept = |draft: &mut Draft| {
            draft.answered(Now::default());
            draft.failed();
            draft.kept(MessageId(1));
        };
        assert_eq!(finish(kept, Cause::Normal), Outcome::MessageLeft);
        let talked = |draft: &mut Draft| {
            draft.answered(Now::default());
            draft.connected(Now::default());
        };
        assert_eq!(finish(talked, Cause::MediaLost), Outcome::Served);
    }
}
