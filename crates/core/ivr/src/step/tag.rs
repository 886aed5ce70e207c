//! `tag`: write tags on the call. The mark itself is a key of every step; this verb does nothing else.

use std::sync::Arc;

use super::{Answers, Presence, Step, Turn, Verb, Voice, Work};
use crate::engine::Desk;
use crate::words::Help;

/// `tag`.
pub(super) const VERB: Verb = Verb {
    name: "tag",
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
        en: "Writes tags on the call: tags.NAME = \"text\".",
        fr: "Écrit des étiquettes sur l'appel : tags.NOM = \"texte\".",
    },
    example: r#"do = "tag"
tags.motif = "devis"
next = "fin""#,
    served: true,
    read: |_| Ok(Arc::new(Tag)),
};

#[derive(Debug)]
struct Tag;

impl Step for Tag {
    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Self)
    }
}

impl Work for Tag {
    fn enter(&mut self, _: &mut Desk<'_>) -> Turn {
        Turn::NEXT
    }
}
