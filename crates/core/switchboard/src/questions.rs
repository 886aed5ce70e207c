//! Questions that wait for an answer of the world, and what their answers are for.

use std::collections::BTreeMap;

use rappel_model::record::{ForwardRecord, MessageRecord};
use rappel_model::{CallUid, MessageId, QuestionId, TenantId};

/// All questions without an answer.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    open: BTreeMap<QuestionId, Open>,
    last: u64,
}

/// One question.
#[derive(Debug)]
pub(crate) struct Open {
    /// Whose call.
    pub(crate) tenant: TenantId,
    /// The call whose flow asked.
    pub(crate) call: CallUid,
    /// The flow's own number; the engine's is another, because flows all count from zero.
    pub(crate) asked: QuestionId,
    /// What it is about.
    pub(crate) about: About,
}

/// What a question is about.
#[derive(Debug)]
pub(crate) enum About {
    /// A message to keep.
    Keep(Box<MessageRecord>),
    /// A message to delete.
    Delete(MessageId),
    /// A PIN.
    Pin,
    /// A forward to keep.
    Forward(Box<ForwardRecord>),
    /// A row to keep.
    Row,
    /// Another system.
    Http,
}

impl Questions {
    /// Numbers a question; gives it back when `bound` are open already.
    pub(crate) fn ask(&mut self, question: Open, bound: usize) -> Result<QuestionId, Box<Open>> {
        if self.open.len() >= bound {
            return Err(Box::new(question));
        }
        self.last += 1;
        let id = QuestionId(self.last);
        self.open.insert(id, question);
        Ok(id)
    }

    /// The question that is answered; `None` for one that was never asked, or answered before.
    pub(crate) fn answered(&mut self, id: QuestionId) -> Option<Open> {
        self.open.remove(&id)
    }

    /// How many are open.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Open {
        Open {
            tenant: "acme".into(),
            call: CallUid(1),
            asked: QuestionId(0),
            about: About::Pin,
        }
    }

    #[test]
    fn questions_are_bounded_and_answered_once() {
        let mut questions = Questions::default();
        let first = questions.ask(question(), 2).unwrap();
        questions.ask(question(), 2).unwrap();
        assert!(questions.ask(question(), 2).is_err());
        assert!(questions.answered(first).is_some());
        assert!(questions.answered(first).is_none());
        assert!(questions.ask(question(), 2).is_ok());
    }
}
