//! Texts to the caller, and going on in writing.

use rappel_model::{Language, ListName, PhoneNumber, QuestionId, QueueName, Redacted};

/// One text is to be sent; `Event::Texted` follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Answered with the same number.
    pub question: QuestionId,
    /// To whom: a number, an address of e-mail or of SIP, as `by` says.
    pub to: Redacted<String>,
    /// How.
    pub by: Medium,
    /// Its words.
    pub body: Redacted<String>,
    /// Their language.
    pub language: Language,
    /// Why it may be sent.
    pub basis: Basis,
}

/// How a text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// A text message.
    Sms,
    /// An e-mail.
    Email,
    /// A SIP MESSAGE.
    Sip,
}

/// Why a text may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// It serves what the caller came for.
    Service,
    /// The caller has asked for it.
    Asked,
    /// The caller follows this list; the only one for commercial content.
    List(ListName),
}

/// What came of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texted {
    /// It is stored and on its way: it will be tried until it is sent or given up.
    Sent,
    /// A landline, a hidden number, somebody who does not want texts.
    NotPossible,
    /// It could not be stored or handed on.
    Failed,
}

/// The caller goes on in writing: a dialogue in a text queue is opened with a first message to
/// them. `Event::MovedToText` follows.
#[derive(Clone, Debug, PartialEq)]
pub struct ToText {
    /// Answered with the same number.
    pub question: QuestionId,
    /// The text queue.
    pub queue: QueueName,
    /// A mobile of the caller.
    pub number: PhoneNumber,
    /// The first message.
    pub body: Redacted<String>,
    /// Its language.
    pub language: Language,
    /// The dialogue inherits the time already waited.
    pub keep_place: bool,
}

/// What came of going on in writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The dialogue is open and its first message on its way.
    Done,
    /// No text reaches this number, or it wants none.
    NotPossible,
    /// It could not be stored.
    Failed,
}
