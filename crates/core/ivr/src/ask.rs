//! What a running flow wants: its whole vocabulary towards the rest of the house. Read it with
//! `event.rs`. A flow only asks; how a person is reached or a message kept is none of its business.

use std::time::Duration;

use rappel_model::{
    FlowName, Language, MailboxName, MessageId, PersonName, PlayId, QuestionId, RecordingId,
    Secret, Sound, StepName, TeamName, UserName,
};

/// One wish of a flow.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Answer the caller's leg now; ignored when it is answered.
    Answer,
    /// Let the caller hear the network's ringing (180) until something else is asked.
    Ring,
    /// Refuse the caller without answering. The flow is over.
    Reject(Refusal),
    /// End the call. The flow is over.
    Hangup {
        /// A word for reports.
        reason: Option<String>,
    },
    /// Play to the caller; `Event::PlayEnded` follows.
    Play {
        /// Names the order.
        play: PlayId,
        /// In order, without a gap.
        sounds: Vec<Sound>,
        /// A key stops it.
        stop_on_key: bool,
        /// From the first again until stopped.
        forever: bool,
    },
    /// Stop a play order.
    Stop(PlayId),
    /// Ring somebody and join them to the caller; `Event::Reached` follows.
    Reach(Reach),
    /// Record the caller; `Event::RecordingEnded` follows.
    Record {
        /// The recording to make.
        recording: RecordingId,
        /// The mailbox it is for: where it goes should the engine die before more is said.
        mailbox: MailboxName,
        /// Longest length.
        max: Duration,
        /// This much silence ends it.
        silence: Duration,
    },
    /// End a recording now.
    StopRecording(RecordingId),
    /// Keep a recording as a message; `Event::Kept` follows once sound and row are on disk.
    Keep {
        /// Answered with the same number.
        question: QuestionId,
        /// Its sound.
        recording: RecordingId,
        /// Where.
        mailbox: MailboxName,
        /// How long it is.
        length: Duration,
        /// Marked urgent by the caller.
        urgent: bool,
    },
    /// Throw a recording away.
    Discard(RecordingId),
    /// Is this the user's PIN? `Event::PinChecked` follows.
    CheckPin {
        /// Answered with the same number.
        question: QuestionId,
        /// Whose.
        user: UserName,
        /// What was typed.
        pin: Secret,
    },
    /// Which messages wait for this user? `Event::Messages` follows.
    ListMessages {
        /// Answered with the same number.
        question: QuestionId,
        /// Who asks; their own mailboxes and their teams' are meant.
        user: UserName,
    },
    /// A message was heard to its end (or long enough to be told).
    MarkHeard(MessageId),
    /// A message is deleted; `Event::Done` follows once that is stored.
    Delete {
        /// Answered with the same number.
        question: QuestionId,
        /// Which.
        message: MessageId,
    },
    /// Write a tag on the call.
    Tag {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Add one to a named counter.
    Count(String),
    /// The caller is spoken to in this language from now on.
    Speak(Language),
    /// For the diary: a step was entered.
    Entered {
        /// The flow it belongs to.
        flow: FlowName,
        /// Which.
        step: StepName,
        /// Its verb.
        verb: &'static str,
    },
    /// For the diary: a step was left by this way (`press.2`, `on.closed`, `next`).
    Left {
        /// The flow it belongs to.
        flow: FlowName,
        /// Which.
        step: StepName,
        /// The way out.
        way: String,
    },
    /// For the diary: a key was taken; `None` where the step keeps it secret.
    Heard(Option<char>),
    /// A step failed and its rescue begins (FLOWS §8): `STEP:CAUSE`.
    Trouble(String),
}

/// Whom to ring, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    /// Who. Absence, focus and opening hours were already looked at by the step.
    pub who: Whom,
    /// How long in all.
    pub ring: Duration,
    /// For a team: who rings when.
    pub order: Order,
}

/// One person, one team or one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// All phones of a person.
    Person(PersonName),
    /// The members of a team.
    Team(TeamName),
    /// The devices of one user: an extension that was dialled.
    User(UserName),
}

/// In which order a team rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Everybody at once.
    Together,
    /// One after the other, in the order written.
    InTurn,
    /// One after the other, who has talked least recently first.
    LongestIdle,
}

/// How a call is refused without being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 486 Busy Here, Q.850 17.
    Busy,
    /// 603 Decline, Q.850 21.
    Declined,
    /// 480 Temporarily Unavailable, Q.850 20.
    Unavailable,
    /// 404 Not Found, Q.850 1.
    NotInService,
}
