//! Consent, and recording the call it allows.

use std::time::Duration;

use rappel_model::record::RecordedRate;
use rappel_model::{Language, PromptKey, QuestionId};

/// What a caller was told and answered is to be kept as proof, with the moment it is asked. The
/// answer is `Event::Done`.
#[derive(Clone, Debug, PartialEq)]
pub struct Consent {
    /// Answered with the same number.
    pub question: QuestionId,
    /// To what.
    pub kind: ConsentKind,
    /// The sentences that were said.
    pub prompts: Vec<PromptKey>,
    /// Their words as written, in the language spoken: what a later change of the sentence cannot
    /// touch.
    pub wording: String,
    /// The language spoken.
    pub language: Language,
    /// The answer.
    pub answer: ConsentAnswer,
}

/// What consent is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentKind {
    /// The call is recorded.
    Recording,
    /// The caller may be contacted.
    Contact,
    /// Data about the caller are kept.
    Data,
}

/// What the caller answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentAnswer {
    /// Nothing was asked: the caller was told and stayed.
    Informed,
    /// Key 1.
    Yes,
    /// Key 2.
    No,
    /// Nothing, or nothing that was offered: counts as no.
    Silence,
}

/// The recording of the call itself is begun, ended or interrupted. The answer is `Event::Done`:
/// true once it is so.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecording {
    /// Answered with the same number.
    pub question: QuestionId,
    /// What to do.
    pub action: RecordAction,
    /// Whose voice, for a start.
    pub sides: Sides,
    /// How finely, for a start.
    pub rate: RecordedRate,
    /// What for, in the operator's words.
    pub why: Option<String>,
    /// How long it is kept; the tenant's rule without one.
    pub keep: Option<Duration>,
}

/// What to do with the recording of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordAction {
    /// It begins; already running is no fault.
    Start,
    /// It ends and is kept.
    Stop,
    /// It holds silence in the place of what follows.
    Pause,
    /// It goes on.
    Resume,
}

/// Whose voice is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// Everybody's.
    Both,
    /// Ours.
    Agent,
    /// Theirs.
    Caller,
}
