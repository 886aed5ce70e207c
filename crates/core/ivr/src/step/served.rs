//! What the engine cannot do yet, and what callers live instead: said by `rappel check` (W10) and by
//! the manual.

use std::collections::BTreeMap;
use std::ops::Range;

use super::settings::Setting;
use super::{Presence, Verb};
use crate::words::Help;

impl Verb {
    /// Whether the call ends when a step of it says no `next`: true where `next` may be left out and
    /// there is no other way.
    pub(crate) fn may_end(&self) -> bool {
        let other = self.press != Presence::None || !self.outcomes.is_empty();
        self.next == Presence::Optional && !other
    }

    /// What callers live instead while the engine cannot do the verb's work, or not all of it;
    /// `None` for a verb that does all its table says.
    pub fn instead(&self) -> Option<Help> {
        let own = INSTEAD.iter().find(|(name, _)| *name == self.name);
        own.map(|(_, help)| *help)
            .or_else(|| (!self.served).then_some(FAILS))
    }
}

/// The verb, or the word of it, that a step uses while it is not served, and what happens instead.
pub(crate) fn not_served(
    verb: &'static Verb,
    settings: &BTreeMap<&'static str, (Setting, Range<usize>)>,
) -> Option<(&'static str, Help)> {
    if verb.name == "reach" {
        let screens = matches!(settings.get("screen"), Some((Setting::YesNo(true), _)));
        return match screens {
            true => Some(("screen", JOINS)),
            false => settings
                .contains_key("context")
                .then_some(("context", UNSEEN)),
        };
    }
    verb.instead().map(|instead| (verb.name, instead))
}

/// Verbs that do something else meanwhile than take `on.error`.
const INSTEAD: &[(&str, Help)] = &[
    (
        "queue",
        Help {
            en: "Until then the team of the queue rings once: on.answered, or on.no_agents.",
            fr: "D'ici là l'équipe de la file sonne une fois : on.answered, sinon on.no_agents.",
        },
    ),
    (
        "estimate",
        Help {
            en: "Until then no wait is known: on.unknown, or on.closed.",
            fr: "D'ici là aucune attente n'est connue : on.unknown, ou on.closed.",
        },
    ),
    (
        "pending",
        Help {
            en: "Until then nothing can be open: on.none.",
            fr: "D'ici là rien ne peut être en cours : on.none.",
        },
    ),
];

const FAILS: Help = Help {
    en: "Until then the step takes on.error, else the flow's on_error.",
    fr: "D'ici là l'étape prend on.error, sinon on_error du flux.",
};

const JOINS: Help = Help {
    en: "Until then whoever answers is joined at once.",
    fr: "D'ici là, qui décroche est relié aussitôt.",
};

const UNSEEN: Help = Help {
    en: "Until then nobody is shown it.",
    fr: "D'ici là, cette ligne n'est montrée à personne.",
};

#[cfg(test)]
mod tests {
    use super::super::VERBS;
    use super::*;

    #[test]
    fn what_is_said_instead_belongs_to_a_verb() {
        for (name, help) in INSTEAD {
            assert!(VERBS.iter().any(|verb| verb.name == *name), "{name}");
            assert!(!help.en.is_empty() && !help.fr.is_empty());
        }
        for verb in VERBS {
            assert!(verb.served || verb.instead().is_some(), "{}", verb.name);
        }
    }
}
