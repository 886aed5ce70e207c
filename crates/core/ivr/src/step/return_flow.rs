//! `return`: end a flow that was run by another, and go back to it.

use std::sync::Arc;

use super::{Answers, Facts, Onward, Presence, Step, Turn, Verb, Voice, Work};
use crate::engine::Desk;
use crate::words::Help;

/// `return`.
pub(super) const VERB: Verb = Verb {
    name: "return",
    keys: &[],
    outcomes: &[],
    next: Presence::None,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Ends this flow and goes back to the step that ran it; ends the call where nobody did.",
        fr: "Termine ce flux et revient à l'étape qui l'a lancé ; termine l'appel s'il n'y en a pas.",
    },
    example: r#"do = "return""#,
    served: true,
    read: |_| Ok(Arc::new(Return)),
};

#[derive(Clone, Copy, Debug)]
struct Return;

impl Step for Return {
    fn facts(&self) -> Facts<'_> {
        Facts {
            onward: Onward::Back,
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(*self)
    }
}

impl Work for Return {
    fn enter(&mut self, _: &mut Desk<'_>) -> Turn {
        Turn::Return
    }
}
