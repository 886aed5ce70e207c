//! `pause`: a short silence.

use std::sync::Arc;
use std::time::Duration;

use super::{Answers, Facts, Key, Kind, Presence, Step, Turn, Verb, Voice, Work};
use crate::engine::Desk;
use crate::words::Help;

/// `pause`.
pub(super) const VERB: Verb = Verb {
    name: "pause",
    keys: &[Key::new(
        "for",
        Kind::Duration("0s", "2s"),
        Some("1s"),
        "how long, 2s at most",
    )
    .fr("combien de temps, 2s au plus")],
    outcomes: &[],
    next: Presence::Required,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: false,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "A short silence; longer ones are refused.",
        fr: "Un court silence ; les plus longs sont refusés.",
    },
    example: r#"do = "pause"
for = "1s"
next = "accueil""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Pause {
            length: keys.duration("for"),
        }))
    },
};

#[derive(Clone, Debug)]
struct Pause {
    length: Duration,
}

impl Step for Pause {
    fn facts(&self) -> Facts<'_> {
        Facts {
            silence: self.length,
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new((*self).clone())
    }
}

impl Work for Pause {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        desk.wake_in(self.length, "pause");
        Turn::Stay
    }

    fn on_timeout(&mut self, _: &mut Desk<'_>) -> Turn {
        Turn::NEXT
    }
}
