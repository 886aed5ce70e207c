//! What the numbers that test a phone's own call need of the house.

use rappel_model::QuestionId;
use rappel_model::record::StreamReport;

/// What a call's own sound is put to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfTest {
    /// The caller hears their own voice as it arrives, until the call ends.
    Echo,
    /// What is the caller's sound like so far? `Event::Measured` follows.
    Measure(QuestionId),
}

/// What the caller's sound is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The question it answers.
    pub question: QuestionId,
    /// The figures of their leg.
    pub report: StreamReport,
}
