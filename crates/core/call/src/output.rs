//! What leaves a call.

use std::time::Duration;

use rappel_ivr::Ask;
use rappel_media::Command;
use rappel_model::record::{CallRecord, CallRecording, MessageRecord, RecordingBegan};
use rappel_model::{Fact, LegId, MessageId, QuestionId, RecordingId, Secret, Sound, UserName};
use rappel_sip::DialogId;

use crate::refer::{Search, Sought};

/// Something a call wants done or wants known.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// An order to the pacing thread that owns all legs of the call.
    Media {
        /// Which thread.
        thread: usize,
        /// The number of the version whose prompts the names of sounds belong to.
        version: u32,
        /// The order.
        command: Command<Sound>,
    },
    /// Something for the diary.
    Fact(Fact),
    /// A wish of its flow that is none of the call's business.
    Wish(Wish),
    /// Where is a call to go? [`Input::Found`](crate::Input::Found) answers.
    Find {
        /// Who wants to know.
        search: Search,
        /// What is looked for.
        sought: Sought,
    },
    /// A user joins two of their calls: whoever talks in the other one is wanted here.
    /// [`Call::give_up`](crate::Call::give_up) there, then [`Call::take_in`](crate::Call::take_in) here.
    Fetch {
        /// The leg that asked.
        leg: LegId,
        /// The dialog of theirs in the other call.
        dialog: DialogId,
        /// The user who asked.
        user: UserName,
    },
    /// The call is over, with its record. Nothing follows.
    Ended(Box<CallRecord>),
}

/// What a flow wants of the house around the call. Questions carry the flow's own number; the
/// answer is an [`Input::Granted`](crate::Input::Granted) with the same.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Keep a recording as a message.
    Keep {
        /// The flow's question.
        question: QuestionId,
        /// The message as it would be stored.
        message: Box<MessageRecord>,
    },
    /// A recording begins: where it goes should the engine die before more is said.
    Began(Box<RecordingBegan>),
    /// A recording of the call begins: kept from now on, should the engine die.
    Taping(Box<CallRecording>),
    /// A recording of the call is over.
    Taped {
        /// Which.
        recording: RecordingId,
        /// How long it is.
        length: Duration,
        /// Its end is missing.
        cut: bool,
    },
    /// Throw a recording away.
    Discard(RecordingId),
    /// Is this the user's PIN?
    CheckPin {
        /// The flow's question.
        question: QuestionId,
        /// Whose.
        user: UserName,
        /// What was typed.
        pin: Secret,
    },
    /// Which messages wait for this user?
    ListMessages {
        /// The flow's question.
        question: QuestionId,
        /// Who asks.
        user: UserName,
    },
    /// A message was heard.
    MarkHeard(MessageId),
    /// Delete a message.
    Delete {
        /// The flow's question.
        question: QuestionId,
        /// Which.
        message: MessageId,
    },
    /// Add one to a named counter.
    Count(String),
    /// Anything else a flow asks: the call has no part in it.
    Errand(Box<Ask>),
}
