//! Queues of a tenant, as files declare them: calls that wait for an agent, and written dialogues
//! (FLOWS §7.3, §7.6).

use std::time::Duration;

use crate::callback::CallbackRules;
use crate::ids::{CalendarName, PromptKey, QueueName, TeamName};

/// One queue: who serves it, when, and how waiting is made bearable.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// Its name.
    pub name: QueueName,
    /// Who serves it.
    pub team: TeamName,
    /// When it is served; without one it is served at any time.
    pub calendar: Option<CalendarName>,
    /// What waits in it.
    pub kind: QueueKind,
}

/// What waits in a queue.
#[derive(Clone, Debug, PartialEq)]
pub enum QueueKind {
    /// Callers (`kind = "voice"`, the default).
    Voice(Box<VoiceQueue>),
    /// Written dialogues (`kind = "text"`).
    Text(TextQueue),
}

/// How calls wait and are given to agents.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceQueue {
    /// Who is rung.
    pub strategy: Strategy,
    /// Other skills that will do after some time; the shortest time first.
    pub relax: Vec<Relax>,
    /// How long an agent's phone rings before the next one's.
    pub ring: Duration,
    /// An agent's rest after each call.
    pub wrap_up: Duration,
    /// Who has waited so long leaves by `on.timeout`.
    pub max_wait: Duration,
    /// Who comes when so many wait leaves by `on.full`.
    pub max_size: u32,
    /// What is heard between announcements.
    pub music: Music,
    /// The key that turns the music off.
    pub quiet_key: Option<char>,
    /// What becomes of those who wait at closing time.
    pub drain: Drain,
    /// What is said while waiting.
    pub announce: Announce,
    /// How the wait is reckoned.
    pub estimate: Estimate,
    /// How promises made on this queue are kept.
    pub callback: CallbackRules,
}

/// Who is rung for a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Who has been free for the longest time.
    #[default]
    LongestIdle,
    /// Everybody at once.
    Together,
    /// One after the other, in the order of the team.
    InTurn,
    /// Who has taken the fewest calls today.
    LeastCalls,
    /// Who has the skills asked for, best first.
    Skills,
}

impl Strategy {
    /// All of them with their words, the default first.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("longest_idle", Self::LongestIdle),
        ("together", Self::Together),
        ("in_turn", Self::InTurn),
        ("least_calls", Self::LeastCalls),
        ("skills", Self::Skills),
    ];
}

/// After this time in the queue, somebody with any of these skills will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relax {
    /// Waited so long.
    pub after: Duration,
    /// One of these is enough.
    pub skills: Vec<String>,
}

/// What is heard between announcements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Music {
    /// The engine's own.
    #[default]
    Default,
    /// Nothing but announcements; a soft tone tells that the call still stands.
    None,
    /// The recording of this name.
    Named(String),
}

/// What becomes of those who wait at closing time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drain {
    /// They are still served (`after_close`).
    #[default]
    AfterClose,
    /// They leave by `on.closed` (`at_close`).
    AtClose,
}

/// The announcement plan of a queue; a sentence that is absent is not said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announce {
    /// Said at entry, within 5 s.
    pub first: Option<PromptKey>,
    /// Says the wait; only while it can be said honestly.
    pub estimate: Option<PromptKey>,
    /// Said instead while it cannot.
    pub unknown: Option<PromptKey>,
    /// How often.
    pub every: Duration,
    /// A later estimate than the first promise is said with an apology, once, and never again.
    pub never_up: bool,
}

/// How the wait is reckoned and what of it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The upper end is kept for at least so many calls in 100.
    pub confidence: u8,
    /// Longer waits are said as "more than" this.
    pub ceiling: Duration,
}

/// How written dialogues are shared out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextQueue {
    /// Dialogues one person has at once, unless their own limit is lower.
    pub per_person: u32,
    /// The goal for a reply, in opening time.
    pub reply_by: Duration,
    /// Then the dialogue goes to somebody else and a supervisor is told; longer than `reply_by`.
    pub breach: Option<Duration>,
    /// The first automatic answer, with the expected time of reply.
    pub receipt: Option<PromptKey>,
}

impl Queue {
    /// Its rules for calls; `None` for a queue of written dialogues.
    pub fn voice(&self) -> Option<&VoiceQueue> {
        match &self.kind {
            QueueKind::Voice(voice) => Some(voice),
            QueueKind::Text(_) => None,
        }
    }

    /// Its rules for written dialogues; `None` for a queue of calls.
    pub fn text(&self) -> Option<&TextQueue> {
        match &self.kind {
            QueueKind::Text(text) => Some(text),
            QueueKind::Voice(_) => None,
        }
    }
}

/// What a queue does when its file says no more than who serves it.
impl Default for VoiceQueue {
    fn default() -> Self {
        Self {
            strategy: Strategy::default(),
            relax: Vec::new(),
            ring: Duration::from_secs(20),
            wrap_up: Duration::from_secs(30),
            max_wait: Duration::from_secs(15 * 60),
            max_size: 40,
            music: Music::default(),
            quiet_key: None,
            drain: Drain::default(),
            announce: Announce::default(),
            estimate: Estimate::default(),
            callback: CallbackRules::default(),
        }
    }
}

impl Default for Announce {
    fn default() -> Self {
        Self {
            first: None,
            estimate: None,
            unknown: None,
            every: Duration::from_secs(60),
            never_up: true,
        }
    }
}

impl Default for Estimate {
    fn default() -> Self {
        Self {
            confidence: 80,
            ceiling: Duration::from_secs(45 * 60),
        }
    }
}

impl Default for TextQueue {
    fn default() -> Self {
        Self {
            per_person: 4,
            reply_by: Duration::from_secs(10 * 60),
            breach: None,
            receipt: None,
        }
    }
}
