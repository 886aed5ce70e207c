//! Forwarding one's own calls by telephone.

use rappel_model::QuestionId;
use rappel_model::office::{Leading, Order, When};

/// What a user of ours has dialled about the calls that come for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarding {
    /// Answered with the same number.
    pub question: QuestionId,
    /// What they want.
    pub order: Order,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forwarded {
    /// Calls go there: as wanted, and stored; or as they did before, when that was the question.
    To(When, Leading),
    /// It was cleared, and that is stored.
    Cleared,
    /// There is none.
    Nowhere,
    /// The number is nobody's, may not be called, or is their own.
    Refused,
    /// It could not be stored.
    NotStored,
}
