//! What the house tells a running flow: the answers to its asks, keys, and the end of the caller.

use std::time::Duration;

use rappel_model::record::MessageRecord;
use rappel_model::{MessageId, PlayId, QuestionId, RecordingId};

/// One piece of news for a flow.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A play order is over, played out or stopped.
    PlayEnded(PlayId),
    /// The caller pressed a key: `0`–`9`, `*`, `#`, `A`–`D`.
    Key(char),
    /// How ringing somebody ended. After `Answered` the conversation is over and the caller is
    /// still there.
    Reached(Reached),
    /// A recording is over.
    RecordingEnded {
        /// Which.
        recording: RecordingId,
        /// How long it is, trailing silence cut off.
        length: Duration,
        /// How much of it is speech.
        speech: Duration,
        /// False when the writer gave up: nothing of it may be promised.
        complete: bool,
    },
    /// A recording is kept: sound and row are on disk; or it could not be.
    Kept {
        /// The question it answers.
        question: QuestionId,
        /// The message, or why not.
        result: Result<MessageId, Refused>,
    },
    /// Whether the PIN was right.
    PinChecked {
        /// The question it answers.
        question: QuestionId,
        /// The answer.
        verdict: PinVerdict,
    },
    /// The messages of a user, new ones first, oldest first within each.
    Messages {
        /// The question it answers.
        question: QuestionId,
        /// The messages; empty when there is none.
        messages: Vec<MessageRecord>,
    },
    /// Something asked for is stored, or could not be.
    Done {
        /// The question it answers.
        question: QuestionId,
        /// Whether it is stored.
        stored: bool,
    },
    /// The caller is gone. What is being recorded is kept by the step; nothing can be played.
    CallerGone,
}

/// How ringing somebody ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// They talked; now the other side has hung up.
    Answered,
    /// It rang, nobody answered in time.
    NoAnswer,
    /// All devices said busy.
    Busy,
    /// All devices declined.
    Declined,
    /// No phone is registered, or none could be reached.
    Unreachable,
}

/// What is known of a typed PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinVerdict {
    /// Right.
    Right,
    /// Wrong.
    Wrong,
    /// This user has none: it must be set with `rappel user pin` first.
    NotSet,
    /// Too many wrong ones lately.
    Locked,
}

/// Why a message could not be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The mailbox holds as many as it may.
    MailboxFull,
    /// The disk is full, or the store failed.
    NotStored,
}
