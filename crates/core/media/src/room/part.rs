//! Who hears whom in a room. One table, and nothing else decides it.

use rappel_model::LegId;

/// What a member of a room is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Hears everybody and is heard by everybody: a conference, or a supervisor who barged in.
    Full,
    /// Hears everybody and is heard by nobody: a silent supervisor.
    Listen,
    /// Hears everybody and is heard by one member alone: a supervisor who prompts a colleague.
    Whisper {
        /// Who hears it; nobody while that leg is not in the room.
        to: LegId,
    },
}

/// A member of a room, as far as it matters for who hears whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) leg: LegId,
    pub(crate) part: Part,
}

/// Whether one member of a room hears another.
///
/// | speaker | is heard by |
/// |---|---|
/// | full member | everybody but itself |
/// | listener | nobody |
/// | whispers to a member | that member alone, and not by itself |
pub(crate) fn hears(listener: Place, speaker: Place) -> bool {
    listener.leg != speaker.leg
        && match speaker.part {
            Part::Full => true,
            Part::Listen => false,
            Part::Whisper { to } => to == listener.leg,
        }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part() -> impl Strategy<Value = Part> {
        prop_oneof![
            Just(Part::Full),
            Just(Part::Listen),
            (0..6u64).prop_map(|to| Part::Whisper { to: LegId(to) }),
        ]
    }

    proptest! {
        #[test]
        fn a_whisper_has_one_hearer_a_listener_none_and_nobody_hears_itself(
            parts in prop::collection::vec(part(), 1..6),
        ) {
            let places: Vec<Place> = parts
                .iter()
                .enumerate()
                .map(|(n, &part)| Place { leg: LegId(n as u64), part })
                .collect();
            for &speaker in &places {
                let hearers: Vec<LegId> = places
                    .iter()
                    .filter(|&&listener| hears(listener, speaker))
                    .map(|place| place.leg)
                    .collect();
                prop_assert!(!hearers.contains(&speaker.leg));
                match speaker.part {
                    Part::Full => prop_assert_eq!(hearers.len(), places.len() - 1),
                    Part::Listen => prop_assert!(hearers.is_empty()),
                    Part::Whisper { to } => prop_assert!(hearers.iter().all(|leg| *leg == to)),
                }
            }
        }

        #[test]
        fn what_a_listener_does_changes_nothing_for_whom_it_hears(
            mine in part(), other in part(), theirs in part(),
        ) {
            let speaker = Place { leg: LegId(1), part: theirs };
            let hear = |part| hears(Place { leg: LegId(0), part }, speaker);
            prop_assert_eq!(hear(mine), hear(other));
        }
    }
}
