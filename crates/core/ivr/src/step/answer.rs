//! `answer`: answer now.

use std::sync::Arc;

use super::{Answers, Presence, Step, Turn, Verb, Voice, Work};
use crate::engine::Desk;
use crate::words::Help;

/// `answer`.
pub(super) const VERB: Verb = Verb {
    name: "answer",
    keys: &[],
    outcomes: &[],
    next: Presence::Required,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: false,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Answers the call now; without it, the first step that plays or listens answers.",
        fr: "Décroche maintenant ; sinon, la première étape qui parle ou écoute décroche.",
    },
    example: r#"do = "answer"
next = "accueil""#,
    served: true,
    read: |_| Ok(Arc::new(Answer)),
};

#[derive(Debug)]
struct Answer;

impl Step for Answer {
    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Self)
    }
}

impl Work for Answer {
    fn enter(&mut self, _: &mut Desk<'_>) -> Turn {
        Turn::NEXT
    }
}
