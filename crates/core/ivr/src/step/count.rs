//! `count`: add one to a named counter. The mark itself is a key of every step; this verb does nothing else.

use std::sync::Arc;

use super::{Answers, Presence, Step, Turn, Verb, Voice, Work};
use crate::engine::Desk;
use crate::words::Help;

/// `count`.
pub(super) const VERB: Verb = Verb {
    name: "count",
    keys: &[],
    outcomes: &[],
    next: Presence::Required,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Adds one to a named counter: count = \"name\".",
        fr: "Ajoute un à un compteur : count = \"nom\".",
    },
    example: r#"do = "count"
count = "devis"
next = "fin""#,
    served: true,
    read: |_| Ok(Arc::new(Count)),
};

#[derive(Debug)]
struct Count;

impl Step for Count {
    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Self)
    }
}

impl Work for Count {
    fn enter(&mut self, _: &mut Desk<'_>) -> Turn {
        Turn::NEXT
    }
}
