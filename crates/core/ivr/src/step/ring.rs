//! `ring`: let the network play ringing for a while.

use std::sync::Arc;
use std::time::Duration;

use super::{Answers, Key, Kind, Presence, Step, Turn, Verb, Voice, Work};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::words::Help;

/// `ring`.
pub(super) const VERB: Verb = Verb {
    name: "ring",
    keys: &[
        Key::new("for", Kind::Duration("1s", "60s"), Some("10s"), "how long")
            .fr("combien de temps"),
    ],
    outcomes: &[],
    next: Presence::Required,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: false,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Lets the network play ringing; does nothing once the call is answered.",
        fr: "Laisse le réseau faire entendre la sonnerie ; sans effet une fois l'appel décroché.",
    },
    example: r#"do = "ring"
for = "5s"
next = "accueil""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Ring {
            length: keys.duration("for"),
        }))
    },
};

#[derive(Clone, Debug)]
struct Ring {
    length: Duration,
}

impl Step for Ring {
    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new((*self).clone())
    }
}

impl Work for Ring {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        // After the answer there is no ringing, and waiting would be a silence.
        if desk.state.answered {
            return Turn::NEXT;
        }
        desk.ask(Ask::Ring);
        desk.wake_in(self.length, "ring");
        Turn::Stay
    }

    fn on_timeout(&mut self, _: &mut Desk<'_>) -> Turn {
        Turn::NEXT
    }
}
