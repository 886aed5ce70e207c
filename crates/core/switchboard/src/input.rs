//! Everything that may enter the core. Read this and `output.rs` to know the system.

use std::net::SocketAddr;
use std::sync::Arc;

use rappel_model::record::{
    CallerLanguage, ForwardRecord, MessageRecord, OutsideCall, PastCall, RegistrationRecord,
};
use rappel_model::{DirectoryName, MessageId, QuestionId, Table, TenantId, TrunkName};
use rappel_rtp::Fingerprint;
use rappel_sip::Credentials;
use rappel_tenant::Version;

use crate::settings::Settings;

/// Something happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The network brought or lost something.
    Sip(rappel_sip::Input),
    /// News of a pacing thread.
    Media(rappel_media::Event),
    /// The answer to a question the core asked.
    Answer {
        /// Which question.
        question: QuestionId,
        /// What came of it.
        answer: Answer,
    },
    /// Engine settings: trunks, realm, limits. Given once before anything else.
    Settings(Arc<Settings>),
    /// Other trunks, and other rules of what companies may call: in force for calls that begin. What is
    /// known of trunks that stay as they are is kept, their registrations too.
    Carriers(Vec<rappel_trunk::Settings>, rappel_trunk::Policies),
    /// A tenant's files were read, checked and found good: swap them in. Calls in progress keep
    /// what they began with.
    Tenant(TenantId, Arc<Version>),
    /// A tenant is served no more: new calls to it are refused, calls in progress go on with what
    /// it said last.
    Withdraw(TenantId),
    /// All users that may register, whenever they change.
    Users(Vec<Credentials>),
    /// The ports that pacing threads have bound, by thread. Given once.
    Ports(Vec<Vec<SocketAddr>>),
    /// What each pacing thread shows to browsers, by thread. Given once; without, they are not served.
    Identities(Vec<Fingerprint>),
    /// All messages that are not deleted, at start.
    Messages(Vec<MessageRecord>),
    /// What the store remembers of callers, at start, once the tenants are known: calls of the last
    /// days, oldest first, and the languages that were chosen.
    Callers(Vec<PastCall>, Vec<CallerLanguage>),
    /// The answered calls to numbers outside that the store remembers, at start, once the tenants are
    /// known: what a company may spend in a day is not renewed by a restart.
    Outside(Vec<OutsideCall>),
    /// Where phones were reached before a restart, as the store knows it, at start, once the users are
    /// known.
    Registrations(Vec<RegistrationRecord>),
    /// How do the trunks stand? `Output::Trunks` answers with the same number.
    Trunks(u64),
    /// An operator takes a trunk out of use for calls outside that begin (`true`), or puts it back, as
    /// `Carriers::drain` has it. `Output::Trunks` answers with the same number: how they stand then.
    DrainTrunk(u64, TrunkName, bool),
    /// Where people have their calls forwarded, as the store knows it, at start.
    Forwards(Vec<ForwardRecord>),
    /// The rows of a tenant's directory were read, at first or again; `None` when they cannot be
    /// read and nothing is known of them.
    Directory(TenantId, DirectoryName, Option<Arc<Table>>),
    /// Stop: no new calls; end those that are in progress with words, then `Output::Drained`.
    Drain,
    /// Stop at once: calls in progress are hung up without words, and `Output::Drained` follows within
    /// two seconds, whoever has answered by then.
    Stop,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The message is kept: sound and row are durable.
    Kept(MessageId),
    /// It is stored.
    Stored,
    /// It could not be stored: why, for operators.
    NotStored(String),
    /// Whether the PIN was right.
    Pin(rappel_ivr::PinVerdict),
    /// What another system said.
    Http(rappel_ivr::HttpResult),
}
