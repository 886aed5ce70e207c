//! What is true before a call on paper begins: what other systems answer, who is free, what is open
//! for the caller (FLOWS §18.15).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::Table;

/// The world a test or a trial begins in. Empty, nobody waits, one agent of each queue is free,
/// other systems answer that they know nothing, and nothing is open for the caller.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// What `http` steps are answered, by the name of the step.
    pub http: BTreeMap<String, Answer>,
    /// The queues, by name.
    pub queues: BTreeMap<String, Crowd>,
    /// Promises of a call that are open.
    pub callbacks: Vec<OpenCallback>,
    /// True when a message of the caller waits to be heard.
    pub message: bool,
    /// True when a written dialogue with the caller is open.
    pub thread: bool,
    /// True when the caller hung up while waiting a moment ago.
    pub just_called: bool,
    /// Rows of directories, found before those of the files.
    pub rows: Vec<Row>,
    /// The directories as their files are, by name.
    pub tables: BTreeMap<String, Arc<Table>>,
    /// Persons whose phones are busy, declined or off, by name.
    pub phones: BTreeMap<String, Phone>,
    /// Calls of this caller earlier today.
    pub attempts_today: u32,
    /// Whether one of them reached somebody.
    pub reached_today: bool,
    /// Whether the caller is in a contact list.
    pub known: bool,
    /// True plays the call as the engine of this release would: verbs it does not serve yet fail.
    pub as_served: bool,
    /// True when nobody answers, whoever is rung, and no queue has an agent.
    pub nobody: bool,
}

/// What an `http` step is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Found: values by their path.
    Ok(BTreeMap<String, String>),
    /// 404, or nothing of what was asked.
    Missing,
    /// No answer in time, refused, or nonsense.
    Failed,
}

/// Who waits in a queue, and who serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crowd {
    /// Agents signed in.
    pub agents: u32,
    /// Callers in front.
    pub waiting: u32,
    /// The honest interval of the wait; `None` when it cannot be told.
    pub wait: Option<(Duration, Duration)>,
    /// True when no further caller is taken.
    pub full: bool,
}

impl Default for Crowd {
    fn default() -> Self {
        Self {
            agents: 1,
            waiting: 0,
            wait: None,
            full: false,
        }
    }
}

/// A promise that was made before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenCallback {
    /// The queue it is in, when it is a queue's.
    pub queue: Option<String>,
    /// The person it is for, when it is a person's.
    pub person: Option<String>,
    /// The number that is called back; the caller's own when it is not said.
    pub number: Option<String>,
}

/// One row of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The directory.
    pub directory: String,
    /// Columns and their values, the key among them.
    pub columns: BTreeMap<String, String>,
}

/// How a person's phones are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phone {
    /// In a conversation.
    Busy,
    /// They decline.
    Declines,
    /// None is registered.
    Off,
}
