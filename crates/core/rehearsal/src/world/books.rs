//! What a call on paper writes down: marks, messages, promises, texts, tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rappel_ivr::Caller;
use rappel_ivr::need::Promise;
use rappel_model::record::MessageRecord;
use rappel_model::{FlowName, MessageId, RecordingId, StepName};

/// Everything written down so far.
#[derive(Clone, Debug, Default)]
pub struct Books {
    tags: BTreeMap<String, String>,
    counts: BTreeMap<String, u64>,
    troubles: Vec<String>,
    messages: Vec<MessageRecord>,
    /// Messages kept, those deleted since included.
    kept: usize,
    visits: Vec<(FlowName, StepName)>,
    /// Promises of a call, those closed since included.
    pub(crate) promises: Vec<Owed>,
    /// Texts sent, and dialogues opened.
    pub(crate) texts: usize,
    /// Tasks opened, by team or queue: one each.
    pub(crate) tasks: BTreeSet<String>,
    /// Consents stored: kind and answer.
    pub(crate) consents: Vec<(String, bool)>,
    /// Answers to questions, in order.
    pub(crate) answers: Vec<String>,
}

/// A call that is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The promise: its identity and its window.
    pub promise: Promise,
    /// The queue or person who calls.
    pub by: String,
    /// The number that is called.
    pub number: String,
    /// Why it was closed; `None` while it is open.
    pub closed: Option<String>,
    /// Made in this call, not before.
    pub made_here: bool,
}

impl Books {
    pub(super) fn tag(&mut self, name: String, value: String) {
        self.tags.insert(name, value);
    }

    pub(super) fn count(&mut self, name: String) {
        *self.counts.entry(name).or_default() += 1;
    }

    pub(super) fn trouble(&mut self, cause: String) {
        self.troubles.push(cause);
    }

    pub(super) fn visited(&mut self, flow: FlowName, step: StepName) {
        self.visits.push((flow, step));
    }

    pub(super) fn keep(&mut self, message: MessageRecord) {
        self.kept += 1;
        self.messages.push(message);
    }

    pub(super) fn delete(&mut self, id: MessageId) {
        self.messages.retain(|message| message.id != id);
    }

    /// The caller has reached somebody: what was owed to them is settled (promise 5).
    pub(super) fn reached(&mut self, caller: Option<&Caller>) {
        let number = caller.and_then(|caller| caller.number.as_ref());
        let Some(number) = number.map(ToString::to_string) else {
            return;
        };
        for promise in &mut self.promises {
            if promise.closed.is_none() && promise.number == number {
                promise.closed = Some("reached_by_call".to_owned());
            }
        }
        self.tasks.clear();
    }

    pub(super) fn length_of(&self, recording: RecordingId) -> Option<Duration> {
        let mut messages = self.messages.iter();
        messages
            .find(|m| m.recording == recording)
            .map(|m| m.length)
    }

    /// Tags on the call.
    pub fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    /// Named counters.
    pub fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    /// Steps that failed: `STEP:CAUSE`.
    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }

    /// Messages that are kept now.
    pub fn messages(&self) -> &[MessageRecord] {
        &self.messages
    }

    /// How many messages were kept.
    pub fn messages_kept(&self) -> usize {
        self.kept
    }

    /// The steps that were entered, in order.
    pub fn visits(&self) -> &[(FlowName, StepName)] {
        &self.visits
    }

    /// Promises of a call, those closed since included.
    pub fn promises(&self) -> &[Owed] {
        &self.promises
    }

    /// Texts sent and dialogues opened.
    pub fn texts(&self) -> usize {
        self.texts
    }

    /// Tasks that are open.
    pub fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// Consents stored: kind and whether it was given.
    pub fn consents(&self) -> &[(String, bool)] {
        &self.consents
    }

    /// Answers to the questions of a survey.
    pub fn answers(&self) -> &[String] {
        &self.answers
    }
}
