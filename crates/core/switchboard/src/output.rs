//! Everything that may leave the core.

use std::time::Duration;

use std::sync::Arc;

use bytes::Bytes;
use rappel_ivr::HttpRequest;
use rappel_media::Command;
use rappel_model::record::{
    CallRecord, CallRecording, CallerLanguage, ConsentRecord, ForwardRecord, MessageRecord,
    RecordingBegan, RegistrationRecord,
};
use rappel_model::{
    Event, MessageId, QuestionId, RecordingId, Secret, Sound, TenantId, Timestamp, UserName,
};
use rappel_sip::guard::Report;
use rappel_sip::{Flow, LookupId, RecordKind};

/// Something to be done by the shell.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send one SIP message.
    Sip {
        /// The whole message.
        bytes: Bytes,
        /// Where to.
        flow: Flow,
        /// The name a secure peer must prove to have; see `rappel_sip::Output::Send`.
        host: Option<Arc<str>>,
    },
    /// Ask the domain name system; `Input::Sip(Found)` brings the answer.
    Lookup {
        /// The number of the answer.
        lookup: LookupId,
        /// The name.
        name: String,
        /// What is asked of it.
        kind: RecordKind,
    },
    /// What the guard of the listeners must know of a source.
    Source(Report),
    /// An order to a pacing thread; orders to one thread keep their order.
    Media {
        /// Which thread.
        thread: usize,
        /// The number of the tenant's version that the call began with: its prompts are meant.
        version: u32,
        /// The order; sounds are still names.
        command: Command<Sound>,
    },
    /// A question to the world; `Input::Answer` follows.
    Ask {
        /// The number of its answer.
        question: QuestionId,
        /// The question.
        ask: Question,
    },
    /// Something to keep, no answer expected; the writer batches these.
    Write(Write),
    /// An entry of the diary.
    Diary(Event),
    /// How the trunks stand, and what companies have used today, for the `Input::Trunks` of this
    /// number.
    Trunks(u64, Box<TrunkReport>),
    /// The last call is over after `Input::Drain`.
    Drained,
}

/// How the trunks stand at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrunkReport {
    /// Every trunk, by name.
    pub trunks: Vec<rappel_trunk::TrunkState>,
    /// Every company, by name: what it uses of what it may.
    pub companies: Vec<(TenantId, rappel_trunk::Used)>,
}

/// A question to the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Keep a message: answer `Kept` only when its sound and its row are both durable.
    KeepMessage(Box<MessageRecord>),
    /// Delete a message: its sound removed, its row marked.
    DeleteMessage {
        /// Which.
        message: MessageId,
        /// Its sound.
        recording: RecordingId,
        /// When.
        at: Timestamp,
    },
    /// Is this the user's PIN?
    CheckPin {
        /// Whose company.
        tenant: TenantId,
        /// Whose.
        user: UserName,
        /// What was typed.
        pin: Secret,
    },
    /// Keep a consent: answer `Stored` only when it is durable.
    KeepConsent(Box<ConsentRecord>),
    /// Keep a forward, or that it was cleared: answer `Stored` only when it is durable.
    KeepForward(Box<ForwardRecord>),
    /// Ask another system; answer within the request's limit, whatever it does.
    Http {
        /// Whose secrets are meant.
        tenant: TenantId,
        /// What to ask.
        request: Box<HttpRequest>,
        /// What the address, and that of any redirection, must begin with.
        allow: Vec<String>,
    },
}

/// Something to keep.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// The record of a call that is over.
    Call(Box<CallRecord>),
    /// A message was heard, first at this time.
    Heard {
        /// Which.
        message: MessageId,
        /// When.
        at: Timestamp,
    },
    /// A named counter rose by one.
    Count {
        /// Whose.
        tenant: TenantId,
        /// Which.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// A recording begins for a mailbox: should the engine die, the file becomes a message of it.
    RecordingBegan(Box<RecordingBegan>),
    /// A recording of a call begins.
    CallRecordingBegan(Box<CallRecording>),
    /// A recording of a call is over: its sound and its length are to be on disk.
    CallRecordingEnded {
        /// Which.
        recording: RecordingId,
        /// How long it is.
        length: Duration,
        /// Its end is missing.
        cut: bool,
    },
    /// A caller chose a language.
    CallerLanguage(CallerLanguage),
    /// Where a user's phones are reached.
    Registration(Box<RegistrationRecord>),
    /// A recording nobody wants: remove its file.
    Discard(RecordingId),
}
