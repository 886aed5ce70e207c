//! What a running flow wants: its whole vocabulary towards the rest of the house. Read it with
//! `event.rs`. A flow only asks; how a person is reached or a message kept is none of its business.

use std::fmt;
use std::time::Duration;

use rappel_model::{
    DirectoryName, FlowName, Language, MailboxName, MessageId, PersonName, PhoneNumber, PlayId,
    QuestionId, RecordingId, Redacted, Secret, Sound, StepName, TeamName, UserName,
};

use crate::need::{
    CallRecording, Callback, Consent, Estimate, Forwarding, Queueing, SelfTest, Slots, Survey,
    Task, Text, ToText, Transfer,
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
    /// Find a row of a directory; `Event::LookedUp` follows.
    Lookup {
        /// Answered with the same number.
        question: QuestionId,
        /// Its name, as declared by the tenant.
        directory: DirectoryName,
        /// The column to look in.
        by: String,
        /// What is looked for; telephone numbers are E.164 and match however they are written there.
        value: Redacted<String>,
        /// The columns wanted of the row, in this order.
        columns: Vec<String>,
    },
    /// Ask another system; `Event::HttpAnswered` follows.
    Http(HttpRequest),
    /// The caller chose this language; it is spoken first when they call again.
    Remember(Language),
    /// Wait for an agent; `Event::Queued` follows, again and again.
    Queue(Queueing),
    /// Leave the queue before an end came. Nothing is answered.
    LeaveQueue {
        /// The question of the [`Queueing`] that is left.
        question: QuestionId,
        /// How long the caller may come back to the same place; `None` gives it up.
        keep_place: Option<Duration>,
    },
    /// How long would it take? `Event::Estimated` follows.
    Estimate(Estimate),
    /// Make or change a promise to call back; `Event::CallbackAnswered` follows.
    Callback(Callback),
    /// Which slots can be promised? `Event::Slots` follows.
    Slots(Slots),
    /// Does this caller have something open with us? `Event::Pending` follows.
    Pending {
        /// Answered with the same number.
        question: QuestionId,
        /// Somebody who hung up while waiting counts for this long: 1 m to 1 h.
        recent: Duration,
    },
    /// Hand the call elsewhere; `Event::Transferred` follows.
    Transfer(Transfer),
    /// Send a text; `Event::Texted` follows.
    Text(Text),
    /// Go on in writing; `Event::MovedToText` follows.
    ToText(ToText),
    /// Leave people something to do; `Event::Done` follows.
    Task(Task),
    /// Forward the calls of the user who calls, or say where they go; `Event::Forwarded` follows.
    Forward(Forwarding),
    /// Keep what a caller thought of us; `Event::Done` follows.
    Survey(Survey),
    /// Keep what a caller agreed to; `Event::Done` follows.
    Consent(Consent),
    /// Begin, end or interrupt the recording of the call; `Event::Done` follows.
    RecordCall(CallRecording),
    /// Put the caller's sound to the test.
    SelfTest(SelfTest),
    /// From now on something secret is typed or heard, or no longer: no recording of the call holds it.
    Discreet(bool),
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

impl Ask {
    /// The question that waits for an answer, when this is one. Whoever cannot carry it out answers
    /// with [`crate::Event::NotAvailable`].
    pub fn question(&self) -> Option<QuestionId> {
        match self {
            Self::Queue(Queueing { question, .. })
            | Self::Estimate(Estimate { question, .. })
            | Self::Callback(Callback { question, .. })
            | Self::Slots(Slots { question, .. })
            | Self::Pending { question, .. }
            | Self::Transfer(Transfer { question, .. })
            | Self::Text(Text { question, .. })
            | Self::ToText(ToText { question, .. })
            | Self::Task(Task { question, .. })
            | Self::Survey(Survey { question, .. })
            | Self::Forward(Forwarding { question, .. })
            | Self::Consent(Consent { question, .. })
            | Self::RecordCall(CallRecording { question, .. })
            | Self::Keep { question, .. }
            | Self::CheckPin { question, .. }
            | Self::ListMessages { question, .. }
            | Self::Delete { question, .. }
            | Self::Lookup { question, .. }
            | Self::SelfTest(SelfTest::Measure(question)) => Some(*question),
            Self::Http(request) => Some(request.question),
            _ => None,
        }
    }
}

/// A request to another system. Its address was checked against the tenant's allow list; a
/// redirection must be checked again or refused. Its `Debug` shows no value and no path: they may be
/// about a person.
#[derive(Clone, PartialEq)]
pub struct HttpRequest {
    /// Answered with the same number.
    pub question: QuestionId,
    /// How it is asked.
    pub method: HttpMethod,
    /// The whole address, holes filled and escaped: `https://` (or `http://` where the allow list
    /// says so), at most 2,000 bytes.
    pub url: String,
    /// Sent as one JSON object, in this order; nothing is sent when empty.
    pub fields: Vec<(String, Scalar)>,
    /// The name of the secret that is sent as `Authorization: Bearer …`.
    pub auth: Option<String>,
    /// The limit of everything, repeats included.
    pub timeout: Duration,
    /// How often it may be repeated within the limit when nobody answered or the status was 5xx.
    pub retries: u32,
    /// The values wanted of the answer, as paths of names (or places in a list, from 0) joined by
    /// dots. Without any, the body need not be JSON.
    pub paths: Vec<String>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.split('/').nth(2).unwrap_or_default();
        f.debug_struct("HttpRequest")
            .field("question", &self.question)
            .field("method", &self.method)
            .field("host", &host)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// How another system is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    /// Reads.
    Get,
    /// Sends.
    Post,
    /// Replaces.
    Put,
}

/// A single value of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A string.
    Text(String),
    /// A number, digits as written: an amount keeps its cents.
    Number(String),
    /// `true` or `false`.
    YesNo(bool),
    /// A list or an object: no variable takes it.
    Nested,
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
    /// Whoever answers hears who calls and presses 1 before they are joined.
    pub screen: bool,
    /// A line shown to whoever is rung, and said where there is a voice for it; the call's tags
    /// without one.
    pub context: Option<String>,
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
    /// A number outside that one of our phones has dialled.
    Outside(PhoneNumber),
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
