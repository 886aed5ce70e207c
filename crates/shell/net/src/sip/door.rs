//! The way in for one message, whatever brought it: guard, parser, inbox.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use rappel_model::Trouble;
use rappel_sip::guard::{Admission, Offence};
use rappel_sip::message::Response;
use rappel_sip::wire::{self, Malformed, Refusal};
use rappel_sip::{Flow, Input};

use super::connections::Standing;
use super::counters::Counters;
use super::gate::Gate;
use super::quiet::Quiet;
use super::tap::{Passage, Tap};
use super::{Inbox, RETRY, Timeouts};
use crate::clock::Clock;

/// Shared by all listeners and connections.
pub(super) struct Door<I> {
    inbox: I,
    gate: Gate,
    clock: Clock,
    pub(super) timeouts: Timeouts,
    pub(super) counters: Arc<Counters>,
    quiet: Quiet,
    tap: Option<Arc<dyn Tap>>,
}

/// What became of the bytes of one message.
pub(super) enum Entry {
    /// Read; it goes to the inbox.
    Message(Box<Input>),
    /// It cannot be read; this answer goes back, if any can.
    Answer(Option<Box<Refusal>>),
    /// Dropped without a word.
    Dropped,
}

impl<I: Inbox> Door<I> {
    pub(super) fn new(
        inbox: I,
        gate: Gate,
        clock: Clock,
        timeouts: Timeouts,
        counters: Arc<Counters>,
        tap: Option<Arc<dyn Tap>>,
    ) -> Self {
        Self {
            inbox,
            gate,
            clock,
            timeouts,
            counters,
            quiet: Quiet::default(),
            tap,
        }
    }

    /// Whether the log may say something about `source` now.
    pub(super) fn may_tell(&self, source: IpAddr) -> bool {
        self.quiet.may_tell(source, std::time::Instant::now())
    }

    /// Whether `source` may say something that is not SIP.
    pub(super) fn admits(&self, source: IpAddr, bytes: &[u8]) -> bool {
        let passes = matches!(self.gate.admit(source, bytes), Admission::Pass);
        if !passes {
            self.flooded(source);
        }
        passes
    }

    /// Judges and reads one message.
    pub(super) fn enter(&self, bytes: &Bytes, flow: Flow) -> Entry {
        let source = flow.remote.ip();
        match self.gate.admit(source, bytes) {
            Admission::Flood => {
                self.flooded(source);
                return Entry::Dropped;
            }
            Admission::Scanner => {
                self.counters.scanners.add();
                // A datagram could be somebody else's.
                if flow.transport.is_reliable() {
                    self.gate.offend(source, Offence::Scanner);
                }
                return Entry::Dropped;
            }
            Admission::Banned => {
                self.counters.banned.add();
                return Entry::Dropped;
            }
            Admission::Pass => {}
        }
        self.show(Passage::In, flow, bytes);
        match wire::parse(bytes) {
            Ok(message) => Entry::Message(Box::new(Input::Received { message, flow })),
            Err(malformed) => Entry::Answer(self.answer(&malformed, flow).map(Box::new)),
        }
    }

    /// Counts what is dropped because its source sends too fast; says so once in a second.
    fn flooded(&self, source: IpAddr) {
        self.counters.floods.add();
        if self.may_tell(source) {
            tracing::warn!(%source, "sends faster than [guard] rate; dropped unread");
            self.trouble(Trouble::Flood { source });
        }
    }

    /// Whose connections those of an address are, as far as places go.
    pub(super) fn standing(&self, source: IpAddr) -> Standing {
        match self.gate.is_friend(source) {
            true => Standing::Friend,
            false => Standing::Stranger,
        }
    }

    /// Whether connections from there are closed at once; counted.
    pub(super) fn is_banned(&self, source: IpAddr) -> bool {
        let banned = self.gate.is_banned(source);
        if banned {
            self.counters.banned.add();
        }
        banned
    }

    /// Shows one message that passes to whoever listens in.
    pub(super) fn show(&self, way: Passage, flow: Flow, bytes: &Bytes) {
        if let Some(tap) = &self.tap {
            tap.passed(self.clock.now().wall, way, flow, bytes);
        }
    }

    /// Tells whoever listens in what went wrong below the messages.
    pub(super) fn trouble(&self, trouble: Trouble) {
        if let Some(tap) = &self.tap {
            tap.troubled(self.clock.now().wall, trouble);
        }
    }

    /// The answer the signalling room made for a message nobody can read, its Via stamped.
    pub(super) fn answer(&self, malformed: &Malformed, flow: Flow) -> Option<Refusal> {
        self.counters.malformed.add();
        if flow.transport.is_reliable() {
            self.gate.offend(flow.remote.ip(), Offence::Garbage);
        }
        tracing::debug!(source = %flow.remote, why = malformed.why(), "malformed message");
        let mut refusal = malformed.reply()?;
        refusal.stamp(flow.remote);
        Some(refusal)
    }

    /// Puts in one input if there is room.
    pub(super) fn offer(&self, input: Input) -> Result<(), Box<Input>> {
        let transport = match &input {
            Input::Received { flow, .. } => Some(flow.transport),
            _ => None,
        };
        self.inbox.try_put(input)?;
        if let Some(transport) = transport {
            self.counters.received_by(transport);
        }
        Ok(())
    }

    /// Puts in what a datagram brought. Without room it is dropped, and a new call is told so.
    pub(super) fn offer_once(&self, input: Input) -> Option<Response> {
        let mark = match &input {
            Input::Received { message, .. } => self.gate.overload().mark(message),
            _ => None,
        };
        let Err(refused) = self.offer(input) else {
            if let Some(mark) = mark {
                self.gate.overload().note(mark);
            }
            return None;
        };
        self.counters.dropped.add();
        let Input::Received { message, flow } = *refused else {
            return None;
        };
        let answer = self.gate.overload().refuse(&message, flow.remote)?;
        self.counters.overload.add();
        Some(answer)
    }

    /// Puts in one input, waiting for room.
    pub(super) async fn put(&self, input: Input) {
        let mut input = match self.offer(input) {
            Ok(()) => return,
            Err(input) => input,
        };
        self.counters.waited.add();
        loop {
            tokio::time::sleep(RETRY).await;
            match self.offer(*input) {
                Ok(()) => return,
                Err(back) => input = back,
            }
        }
    }
}
