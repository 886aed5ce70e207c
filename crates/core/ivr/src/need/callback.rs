//! Calls we owe: made, found again, moved, given up (FLOWS §6.4 `callback`, §6.3 `pending`).

use std::time::Duration;

use rappel_model::{
    Language, MessageId, PersonName, PhoneNumber, PromiseId, PromptKey, QuestionId, QueueName,
    RecordingId, Redacted, Timestamp,
};

/// A promise is wanted, or changed. `Event::CallbackAnswered` follows once it is stored: nothing is
/// said to the caller before.
#[derive(Clone, Debug, PartialEq)]
pub struct Callback {
    /// Answered with the same number.
    pub question: QuestionId,
    /// What to do.
    pub action: CallbackAction,
    /// Who will call; always given for a request, else who the promise was made for.
    pub debtor: Option<Debtor>,
    /// The promise to act on; none for a request.
    pub promise: Option<PromiseId>,
    /// The number to call; given for a request.
    pub number: Option<PhoneNumber>,
    /// When, for a request and a move.
    pub when: CallbackWhen,
    /// What it is about.
    pub reason: Option<Reason>,
    /// The sentence that confirms it as a text, with a link to change or cancel it; the tenant's
    /// own without one.
    pub receipt: Option<PromptKey>,
    /// The language spoken with the caller.
    pub language: Language,
}

/// What becomes of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackAction {
    /// A new one.
    Request,
    /// It stays as it is; told so that reports know that the caller asked.
    Keep,
    /// Another time.
    Move,
    /// It is given up.
    Cancel,
    /// As soon as somebody is free.
    Now,
}

/// Who owes the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Debtor {
    /// Whoever serves a queue.
    Queue(QueueName),
    /// One person.
    Person(PersonName),
}

/// When a call is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackWhen {
    /// When the caller's turn in the queue comes.
    KeepPlace,
    /// When the queue or the person is there again.
    NextOpen,
    /// Within a slot that was offered ([`Slots`]).
    Slot {
        /// Its beginning.
        from: Timestamp,
        /// Its end.
        to: Timestamp,
    },
    /// At this moment, as well as it can be.
    At(Timestamp),
}

/// What a call is about, in the caller's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Written by the flow.
    Text(Redacted<String>),
    /// Spoken by the caller; the room keeps or discards the recording.
    Recording(RecordingId),
}

/// Which slots can be promised honestly? `Event::Slots` follows, none or the earliest ones in order,
/// [`Slots::MOST`] at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Slots {
    /// Answered with the same number.
    pub question: QuestionId,
    /// Who would call; none asks for who owes the promise.
    pub debtor: Option<Debtor>,
    /// The promise that would be moved.
    pub promise: Option<PromiseId>,
    /// How long a slot is.
    pub length: Duration,
}

impl Slots {
    /// Most slots a caller is offered: each is a key, and more are not remembered.
    pub const MOST: usize = 3;
}

/// A promise that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Its identity.
    pub id: PromiseId,
    /// Not before.
    pub from: Timestamp,
    /// Not after.
    pub to: Timestamp,
}

/// What came of asking for a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackAnswer {
    /// It is promised, kept, moved or given up; this is what is stored now.
    Done(Promise),
    /// One is open for this number and queue already.
    Already(Promise),
    /// The number cannot be called: too short, unknown, an emergency number.
    BadNumber,
    /// The destination is not permitted, or does not want to be called.
    NotAllowed,
    /// No time can be promised honestly.
    NoneLeft,
    /// The promise to act on is no longer open.
    Gone,
    /// It could not be stored: nothing is promised.
    NotStored,
}

/// What a caller has open with us; all of it, so that the flow chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// A call we owe.
    pub callback: Option<Promise>,
    /// A message of theirs that nobody has heard, and its length.
    pub message: Option<(MessageId, Duration)>,
    /// A written dialogue.
    pub thread: bool,
    /// They hung up while waiting, not longer ago than was asked; their place is kept.
    pub just_called: bool,
}
