//! What the house tells a running flow: the answers to its asks, keys, and the end of the caller.

use std::collections::BTreeMap;
use std::time::Duration;

use rappel_model::record::MessageRecord;
use rappel_model::{KeyWay, MessageId, PlayId, QuestionId, RecordingId, Timestamp};

use crate::ask::Scalar;
use crate::need::{
    CallbackAnswer, Estimated, Forwarded, Measured, Moved, Pending, QueueNews, Texted, Transferred,
};

/// One piece of news for a flow.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A play order is over, played out or stopped.
    PlayEnded(PlayId),
    /// The caller pressed a key: `0`–`9`, `*`, `#`, `A`–`D`; and how it came.
    Key(char, KeyWay),
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
    /// What the caller's own sound is like.
    Measured(Measured),
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
    /// What a directory holds: the columns asked for of the first row that fits (`None` where the
    /// row has nothing), `Ok(None)` when no row fits.
    LookedUp {
        /// The question it answers.
        question: QuestionId,
        /// The row.
        result: Result<Option<Vec<Option<String>>>, Unavailable>,
    },
    /// What another system said.
    HttpAnswered {
        /// The question it answers.
        question: QuestionId,
        /// Its answer.
        result: HttpResult,
    },
    /// This engine cannot do what was asked yet, or no longer: the step fails.
    NotAvailable {
        /// The question it answers.
        question: QuestionId,
    },
    /// What becomes of the caller's place in a queue.
    Queued {
        /// The question it answers.
        question: QuestionId,
        /// The news.
        news: QueueNews,
    },
    /// How long it would take.
    Estimated {
        /// The question it answers.
        question: QuestionId,
        /// The answer.
        estimate: Estimated,
    },
    /// What came of asking for a callback.
    CallbackAnswered {
        /// The question it answers.
        question: QuestionId,
        /// The answer.
        answer: CallbackAnswer,
    },
    /// The slots that can be promised, each from and to, the earliest first.
    Slots {
        /// The question it answers.
        question: QuestionId,
        /// The slots; empty when none can be promised honestly.
        slots: Vec<(Timestamp, Timestamp)>,
    },
    /// What this caller has open with us.
    Pending {
        /// The question it answers.
        question: QuestionId,
        /// The answer.
        found: Pending,
    },
    /// What came of handing the call over.
    Transferred {
        /// The question it answers.
        question: QuestionId,
        /// The answer.
        outcome: Transferred,
    },
    /// What came of a wish to forward calls.
    Forwarded {
        /// The question it answers.
        question: QuestionId,
        /// The answer.
        outcome: Forwarded,
    },
    /// What came of a text.
    Texted {
        /// The question it answers.
        question: QuestionId,
        /// The answer.
        outcome: Texted,
    },
    /// What came of going on in writing.
    MovedToText {
        /// The question it answers.
        question: QuestionId,
        /// The answer.
        outcome: Moved,
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

/// A directory that cannot be read now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

/// What came of asking another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpResult {
    /// Status 2xx: the values at the paths asked for; paths without a value (or with `null`) are
    /// left out.
    Ok(BTreeMap<String, Scalar>),
    /// Status 404 or 410: what was asked for does not exist.
    Missing,
    /// No usable answer.
    Failed(HttpFailure),
}

/// Why another system gave no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpFailure {
    /// The limit has passed.
    TimedOut,
    /// Nobody answered at this address, or the connection broke.
    Unreachable,
    /// The address, or a redirection, is not on the allow list, or the secret does not exist.
    NotAllowed,
    /// Another status.
    Status(u16),
    /// The answer is larger than is read.
    TooLarge,
    /// The answer is no JSON, and values of it were wanted.
    NotJson,
}

impl HttpFailure {
    /// A word for tags and traces.
    pub fn word(self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::NotAllowed => "not_allowed",
            Self::Status(_) => "status",
            Self::TooLarge => "too_large",
            Self::NotJson => "not_json",
        }
    }
}
