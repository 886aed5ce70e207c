//! The groups of verbs, as the manual has them (FLOWS §6).

use crate::words::Help;

/// A group of verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Opening and ending the call.
    Call,
    /// Speaking and listening.
    Talk,
    /// Deciding.
    Decide,
    /// People and queues.
    People,
    /// Leaving something.
    Leave,
    /// Recording, consent, marks.
    Mark,
}

impl Group {
    /// All groups in the order of the manual.
    pub const ALL: [Self; 6] = [
        Self::Call,
        Self::Talk,
        Self::Decide,
        Self::People,
        Self::Leave,
        Self::Mark,
    ];

    /// The group of a verb; marks for one that is in no group.
    pub fn of(verb: &str) -> Self {
        let found = Self::ALL.iter().find(|group| group.verbs().contains(&verb));
        found.copied().unwrap_or(Self::Mark)
    }

    /// Its verbs in the order of the manual, those of later releases included.
    pub const fn verbs(self) -> &'static [&'static str] {
        match self {
            Self::Call => &["answer", "ring", "reject", "hangup", "pause"],
            Self::Talk => &[
                "play",
                "menu",
                "collect",
                "language",
                "listen",
                "forward",
                "self_test",
                "recognize",
            ],
            Self::Decide => &[
                "hours", "switch", "set", "lookup", "http", "split", "screen", "pending", "flow",
                "goto", "return",
            ],
            Self::People => &[
                "reach",
                "estimate",
                "queue",
                "callback",
                "transfer",
                "park",
                "conference",
                "page",
            ],
            Self::Leave => &["voicemail", "text", "to_text", "follow", "survey", "task"],
            Self::Mark => &["consent", "record", "tag", "count", "event", "stream"],
        }
    }

    /// Its name.
    pub const fn title(self) -> Help {
        match self {
            Self::Call => Help {
                en: "opening, ending",
                fr: "début et fin",
            },
            Self::Talk => Help {
                en: "speaking, listening",
                fr: "parler, écouter",
            },
            Self::Decide => Help {
                en: "deciding",
                fr: "décider",
            },
            Self::People => Help {
                en: "people, queues",
                fr: "personnes, files d'attente",
            },
            Self::Leave => Help {
                en: "leaving something",
                fr: "laisser quelque chose",
            },
            Self::Mark => Help {
                en: "recording, marks",
                fr: "enregistrement, repères",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::{LATER_VERBS, VERBS};

    #[test]
    fn every_verb_is_in_one_group() {
        let all: Vec<&str> = Group::ALL
            .iter()
            .flat_map(|group| group.verbs())
            .copied()
            .collect();
        for name in VERBS.iter().map(|verb| verb.name).chain(LATER_VERBS) {
            let count = all.iter().filter(|verb| **verb == name).count();
            assert_eq!(count, 1, "{name}");
        }
        assert_eq!(Group::of("menu"), Group::Talk);
        assert_eq!(Group::of("nope"), Group::Mark);
    }
}
