//! The machine: it is shown every message and the diary, and says which belong together.

use std::collections::{BTreeMap, VecDeque};

use rappel_model::{CallUid, Event, Fact, LegId, TenantId, Timestamp, Trouble};

use crate::captured::Captured;
use crate::known::KnownBan;
use crate::ring::{Limits, Ring};

/// What passed lately, and which calls it was.
#[derive(Debug, Default)]
pub struct Sight {
    ring: Ring,
    stories: BTreeMap<CallUid, Story>,
    /// The calls in the order they began.
    order: VecDeque<CallUid>,
    by_call_id: BTreeMap<String, CallUid>,
    /// What the diary told of no call.
    facts: VecDeque<Event>,
    /// What went wrong below the messages.
    troubles: VecDeque<(Timestamp, Trouble)>,
}

/// What the diary told of one call.
#[derive(Debug, Default)]
struct Story {
    legs: Vec<(LegId, String)>,
    tenant: Option<TenantId>,
    /// Without what all of them share.
    facts: Vec<(Timestamp, Fact)>,
}

impl Story {
    /// Keeps one more entry. Thousands of stories are remembered, most of them short: each has room
    /// for little more than it holds.
    fn keep(&mut self, event: Event) {
        if self.facts.len() >= MAX_FACTS_OF_CALL {
            return;
        }
        if self.facts.len() == self.facts.capacity() {
            self.facts.reserve_exact(FACTS_AT_ONCE);
        }
        self.tenant = event.tenant.or_else(|| self.tenant.take());
        self.facts.push((event.at, event.fact));
    }

    /// The entries as the diary told them.
    fn told(&self, call: CallUid) -> impl Iterator<Item = Event> {
        self.facts.iter().map(move |(at, fact)| Event {
            at: *at,
            tenant: self.tenant.clone(),
            call: Some(call),
            fact: fact.clone(),
        })
    }
}

/// Messages that belong together, and what the diary told beside them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Which call, when it is one of the engine's.
    pub call: Option<CallUid>,
    /// The legs of the calls seen, each with its Call-ID.
    pub legs: Vec<(CallUid, LegId, String)>,
    /// By time.
    pub messages: Vec<Captured>,
    /// By time.
    pub facts: Vec<Event>,
    /// What went wrong below the messages, by time; told of no single call.
    pub troubles: Vec<(Timestamp, Trouble)>,
    /// Who is banned now.
    pub bans: Vec<KnownBan>,
    /// How many messages made room for others.
    pub omitted: u64,
}

/// What came of looking for a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// This one.
    One(Box<Trace>),
    /// Several begin like that: their names, at most [`MAX_NAMED`].
    Several(Vec<String>),
    /// None that is remembered.
    None,
}

impl Sight {
    /// A sight that has seen nothing.
    pub fn new(limits: Limits) -> Self {
        Self {
            ring: Ring::new(limits),
            ..Self::default()
        }
    }

    /// A message passed; true when it repeats another. Keep-alives are no messages.
    pub fn see(&mut self, message: Captured) -> bool {
        !message.is_keep_alive() && self.ring.push(message)
    }

    /// The diary told something.
    pub fn hear(&mut self, event: Event) {
        let Some(call) = event.call else {
            self.facts.push_back(event);
            if self.facts.len() > MAX_FACTS {
                self.facts.pop_front();
            }
            return;
        };
        if !self.stories.contains_key(&call) {
            self.order.push_back(call);
            if self.order.len() > MAX_STORIES
                && let Some(gone) = self.order.pop_front()
                && let Some(story) = self.stories.remove(&gone)
            {
                for (_, call_id) in story.legs {
                    self.by_call_id.remove(&call_id);
                }
            }
        }
        let story = self.stories.entry(call).or_default();
        if let Fact::Leg { leg, call_id } = &event.fact
            && story.legs.len() < MAX_LEGS
        {
            story.legs.push((*leg, call_id.clone()));
            self.by_call_id.insert(call_id.clone(), call);
        }
        story.keep(event);
    }

    /// Something went wrong below the messages.
    pub fn suffer(&mut self, at: Timestamp, trouble: Trouble) {
        if let Trouble::Flood { .. } = trouble {
            // The newest of a source is enough, or a flood would wash away all else.
            let mut floods = self.troubles.iter();
            let same = floods.position(|(_, other)| *other == trouble);
            let is_flood = |(_, other): &(_, Trouble)| matches!(other, Trouble::Flood { .. });
            let mut floods = self.troubles.iter().filter(|other| is_flood(other));
            let first = floods
                .nth(MAX_FLOODS - 1)
                .and_then(|_| self.troubles.iter().position(is_flood));
            if let Some(gone) = same.or(first) {
                self.troubles.remove(gone);
            }
        }
        self.troubles.push_back((at, trouble));
        if self.troubles.len() > MAX_TROUBLES {
            self.troubles.pop_front();
        }
    }

    /// The call that `id` names or begins to name: a call of the engine's, or a Call-ID. All legs of
    /// a call are found by any of their Call-IDs.
    pub fn find(&self, id: &str) -> Found {
        let upper = id.to_ascii_uppercase();
        if let Some(call) = CallUid::parse(id)
            && self.stories.contains_key(&call)
        {
            return Found::One(Box::new(self.of_call(call)));
        }
        if self.ring.group(id).is_some() {
            return Found::One(Box::new(self.of_call_id(id)));
        }
        if id.is_empty() {
            return Found::None;
        }
        let calls = self.stories.keys().copied();
        let mut calls: Vec<CallUid> = calls
            .filter(|call| call.to_string().starts_with(&upper))
            .collect();
        let mut lone = Vec::new();
        for name in self.ring.names(id) {
            match self.by_call_id.get(name) {
                Some(call) if !calls.contains(call) => calls.push(*call),
                Some(_) => {}
                None => lone.push(name),
            }
        }
        match (&calls[..], &lone[..]) {
            ([], []) => Found::None,
            ([call], []) => Found::One(Box::new(self.of_call(*call))),
            ([], [name]) => Found::One(Box::new(self.of_call_id(name))),
            _ => {
                let lone = lone.iter().map(|name| (*name).to_owned());
                let names = calls.iter().map(ToString::to_string).chain(lone);
                Found::Several(names.take(MAX_NAMED).collect())
            }
        }
    }

    /// Everything that is remembered since `since`.
    pub fn recent(&self, since: Option<Timestamp>) -> Trace {
        let is_in = |at: Timestamp| since.is_none_or(|since| at >= since);
        let mut trace = Trace::default();
        for (name, group) in self.ring.groups() {
            if name.is_empty() {
                // What has no Call-ID is no call: each message stands for itself.
                let messages = group.messages.iter().filter(|message| is_in(message.at));
                trace.messages.extend(messages.cloned());
            } else if group.messages.back().is_some_and(|last| is_in(last.at)) {
                // A call is told whole, or its beginning would look like a fault.
                trace.messages.extend(group.messages.iter().cloned());
                trace.omitted += group.omitted;
            }
        }
        for (call, story) in &self.stories {
            trace.add_legs(*call, story);
            let told = story.told(*call);
            trace.facts.extend(told.filter(|event| is_in(event.at)));
        }
        trace
            .facts
            .extend(self.facts.iter().filter(|event| is_in(event.at)).cloned());
        let troubles = self.troubles.iter().filter(|(at, _)| is_in(*at));
        trace.troubles = troubles.cloned().collect();
        trace.in_order()
    }

    /// The call a Call-ID belongs to.
    pub fn call_of(&self, call_id: &str) -> Option<CallUid> {
        self.by_call_id.get(call_id).copied()
    }

    /// The messages themselves.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    fn of_call_id(&self, call_id: &str) -> Trace {
        match self.by_call_id.get(call_id) {
            Some(call) => self.of_call(*call),
            None => {
                let mut trace = Trace::default();
                self.add_group(&mut trace, call_id);
                trace.in_order()
            }
        }
    }

    fn of_call(&self, call: CallUid) -> Trace {
        let mut trace = Trace {
            call: Some(call),
            ..Trace::default()
        };
        if let Some(story) = self.stories.get(&call) {
            trace.add_legs(call, story);
            trace.facts.extend(story.told(call));
            for (_, call_id) in &story.legs {
                self.add_group(&mut trace, call_id);
            }
        }
        trace.in_order()
    }

    fn add_group(&self, trace: &mut Trace, call_id: &str) {
        if let Some(group) = self.ring.group(call_id) {
            trace.messages.extend(group.messages.iter().cloned());
            trace.omitted += group.omitted;
        }
    }
}

impl Trace {
    /// A trace of these messages alone, as a file holds them.
    pub fn of(mut messages: Vec<Captured>) -> Self {
        messages.retain(|message| !message.is_keep_alive());
        let trace = Self {
            messages,
            ..Self::default()
        };
        trace.in_order()
    }

    fn add_legs(&mut self, call: CallUid, story: &Story) {
        let legs = story.legs.iter();
        self.legs
            .extend(legs.map(|(leg, call_id)| (call, *leg, call_id.clone())));
    }

    /// Stable sorts: what passed at the same microsecond stays in the order it was seen.
    fn in_order(mut self) -> Self {
        self.messages.sort_by_key(|message| message.at);
        self.facts.sort_by_key(|event| event.at);
        self
    }
}

/// Most calls whose diary is remembered.
pub const MAX_STORIES: usize = 5_000;
/// Most entries of the diary that are remembered of one call.
pub const MAX_FACTS_OF_CALL: usize = 300;
/// Entries of one call for which room is made at once.
const FACTS_AT_ONCE: usize = 8;
/// Most entries of the diary that are remembered beside calls.
pub const MAX_FACTS: usize = 2_000;
/// Most faults below the messages that are remembered.
pub const MAX_TROUBLES: usize = 1_000;
/// Most sources of which is remembered that they sent too fast.
pub const MAX_FLOODS: usize = 100;
/// Most legs of one call that are joined.
pub const MAX_LEGS: usize = 64;
/// Most names that are told when several calls begin alike.
pub const MAX_NAMED: usize = 20;

#[cfg(test)]
mod tests;
