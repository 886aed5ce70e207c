//! What is left for people to do, and what callers thought of us.

use std::time::Duration;

use rappel_model::{PromptKey, QuestionId, QueueName, Redacted, TeamName};

/// A task for people; at most one is open per caller and owner, a second one adds a line to it. The
/// answer is `Event::Done`.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Answered with the same number.
    pub question: QuestionId,
    /// Whose.
    pub owner: TaskOwner,
    /// What to do.
    pub title: Redacted<String>,
    /// Until when, from now, in opening time.
    pub due: Duration,
}

/// Who has something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskOwner {
    /// Whoever serves a queue.
    Queue(QueueName),
    /// A team.
    Team(TeamName),
}

/// The answers of a caller to a survey. The answer is `Event::Done`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Answered with the same number.
    pub question: QuestionId,
    /// In the order asked; a caller who leaves early has given the first ones.
    pub answers: Vec<SurveyAnswer>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyAnswer {
    /// The question, as it was said.
    pub prompt: PromptKey,
    /// The key pressed, `0`–`9`.
    pub key: char,
}
