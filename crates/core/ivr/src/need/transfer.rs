//! Handing the call to somebody else.

use std::time::Duration;

use rappel_model::{DestinationName, LineName, PersonName, QuestionId, TeamName};

/// The call is to be handed elsewhere; `Event::Transferred` follows. The caller is never dropped:
/// whatever fails brings them back to the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Answered with the same number.
    pub question: QuestionId,
    /// Where.
    pub to: TransferTo,
    /// How.
    pub kind: TransferKind,
    /// How long the other side rings: 15 s to 2 m.
    pub ring: Duration,
    /// Which number the other side sees.
    pub show: Shown,
}

/// Where a call may be handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferTo {
    /// A person's phones.
    Person(PersonName),
    /// A team, everybody at once.
    Team(TeamName),
    /// What answers one of our own lines.
    Line(LineName),
    /// A number outside that the tenant has declared.
    Destination(DestinationName),
}

/// How a call is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferKind {
    /// The caller hears the other side ring and is joined when it answers.
    Blind,
    /// The other side is told who calls and agrees before it is joined.
    Attended,
    /// As blind, and the engine stays on the line: a conversation cut short brings the caller back.
    Supervised,
}

/// Which number the other side sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The caller's.
    Caller,
    /// The one that was called.
    Line,
}

/// What came of handing the call over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transferred {
    /// They talked and the other side has hung up, or the call has left the house.
    Done,
    /// The other side is busy or declined.
    Busy,
    /// It rang, nobody answered in time.
    NoAnswer,
    /// It could not be rung at all.
    Failed,
}
