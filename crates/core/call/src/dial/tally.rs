//! What became of everybody who was rung, summed up for the flow.

use rappel_ivr::Reached;

use crate::cause::Cause;

/// How the devices that have ended, ended.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    no_answer: u32,
    busy: u32,
    declined: u32,
    unreachable: u32,
    /// Why somebody could not be reached, where that says more than their absence; the first counts.
    obstacle: Option<Cause>,
}

impl Tally {
    pub(super) fn count(&mut self, cause: Cause) {
        match cause.reached() {
            Reached::NoAnswer => self.no_answer += 1,
            Reached::Busy => self.busy += 1,
            Reached::Declined => self.declined += 1,
            Reached::Unreachable => {
                self.unreachable += 1;
                let telling = TELLING.contains(&cause).then_some(cause);
                self.obstacle = self.obstacle.or(telling);
            }
            Reached::Answered => {}
        }
    }

    /// How many have ended.
    pub(super) fn len(self) -> u32 {
        self.no_answer + self.busy + self.declined + self.unreachable
    }

    /// What a caller is refused with, when that says more than that nobody could be reached.
    pub(super) fn obstacle(self) -> Option<Cause> {
        let unreachable = self.result() == Reached::Unreachable;
        self.obstacle.filter(|_| unreachable)
    }

    /// The best of all: what a person did tells more than what a network did, and a phone that rang
    /// out more than one that refused.
    pub(super) fn result(self) -> Reached {
        match self {
            Self { no_answer: 1.., .. } => Reached::NoAnswer,
            Self { busy: 1.., .. } => Reached::Busy,
            Self { declined: 1.., .. } => Reached::Declined,
            _ => Reached::Unreachable,
        }
    }
}

/// What keeps somebody from being reached and says more than their absence.
const TELLING: [Cause; 4] = [
    Cause::MediaRefused,
    Cause::NotFound,
    Cause::NotAllowed,
    Cause::Congestion,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_did_counts_more_than_what_networks_did() {
        let tally = |all: &[Cause]| {
            let mut tally = Tally::default();
            all.iter().for_each(|cause| tally.count(*cause));
            (tally.result(), tally.obstacle())
        };
        use Cause::{Busy, Declined, MediaRefused, NoAnswer, Unreachable};
        assert_eq!(tally(&[]), (Reached::Unreachable, None));
        assert_eq!(tally(&[Unreachable, Busy]), (Reached::Busy, None));
        assert_eq!(tally(&[Declined, Declined]), (Reached::Declined, None));
        assert_eq!(tally(&[Declined, Busy]), (Reached::Busy, None));
        let all = [Busy, NoAnswer, Declined, MediaRefused];
        assert_eq!(tally(&all), (Reached::NoAnswer, None));
        let obstacle = (Reached::Unreachable, Some(MediaRefused));
        assert_eq!(tally(&[Unreachable, MediaRefused]), obstacle);
    }
}
