//! `reject`: refuse without answering.

use std::sync::Arc;
use std::time::Duration;

use super::{Answers, Facts, Key, Kind, Onward, Presence, Step, Turn, Verb, Voice, Work};
use crate::ask::{Ask, Refusal};
use crate::engine::Desk;
use crate::words::Help;

/// `reject`.
pub(super) const VERB: Verb = Verb {
    name: "reject",
    keys: &[
        Key::new(
            "as",
            Kind::Word(&["busy", "declined", "unavailable", "not_in_service"], &[]),
            Some("busy"),
            "what the caller's network is told",
        )
        .fr("ce que le réseau de l'appelant apprend"),
        Key::new(
            "after",
            Kind::Duration("0s", "60s"),
            Some("0s"),
            "ringing before",
        )
        .fr("sonnerie avant le refus"),
    ],
    outcomes: &[],
    next: Presence::None,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: false,
    waits: false,
    voice: Voice::Closes(&[]),
    internal: false,
    help: Help {
        en: "Refuses the call without answering: the caller pays nothing.",
        fr: "Refuse l'appel sans décrocher : l'appelant ne paie rien.",
    },
    example: r#"do = "reject"
as = "busy"
after = "2s""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Reject {
            refusal: match keys.word("as") {
                "declined" => Refusal::Declined,
                "unavailable" => Refusal::Unavailable,
                "not_in_service" => Refusal::NotInService,
                _ => Refusal::Busy,
            },
            after: keys.duration("after"),
        }))
    },
};

#[derive(Clone, Debug)]
struct Reject {
    refusal: Refusal,
    after: Duration,
}

impl Step for Reject {
    fn facts(&self) -> Facts<'_> {
        Facts {
            onward: Onward::End { worded: true },
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new((*self).clone())
    }
}

impl Work for Reject {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        if self.after.is_zero() || desk.state.answered {
            return self.on_timeout(desk);
        }
        desk.ask(Ask::Ring);
        desk.wake_in(self.after, "reject");
        Turn::Stay
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        // A call that was answered before can only be ended.
        if desk.state.answered {
            desk.ask(Ask::Hangup {
                reason: Some("rejected".to_owned()),
            });
        } else {
            desk.ask(Ask::Reject(self.refusal));
        }
        Turn::End
    }
}
