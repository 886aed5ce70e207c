//! `goto`: go on in another flow and do not come back.

use std::sync::Arc;

use rappel_model::FlowName;

use super::{Answers, Facts, Key, Kind, Onward, Presence, Step, Turn, Verb, Voice, Work};
use crate::engine::Desk;
use crate::words::Help;

/// `goto`.
pub(super) const VERB: Verb = Verb {
    name: "goto",
    keys: &[Key::required("flow", Kind::Flow, "the flow").fr("le flux")],
    outcomes: &[],
    next: Presence::None,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Goes on in another flow and does not come back.",
        fr: "Continue dans un autre flux, sans retour.",
    },
    example: r#"do = "goto"
flow = "accueil""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Goto {
            flow: FlowName::from(keys.name("flow").unwrap_or_default()),
        }))
    },
};

#[derive(Clone, Debug)]
struct Goto {
    flow: FlowName,
}

impl Step for Goto {
    fn facts(&self) -> Facts<'_> {
        Facts {
            onward: Onward::Goto(&self.flow),
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new((*self).clone())
    }
}

impl Work for Goto {
    fn enter(&mut self, _: &mut Desk<'_>) -> Turn {
        Turn::Goto(self.flow.clone())
    }
}
