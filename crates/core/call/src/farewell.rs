//! The last words to a caller whose call the engine ends because it stops.

use std::time::Duration;

use rappel_media::Command;
use rappel_model::record::EndedBy;
use rappel_model::{Instant, Now, PlayId, Sound};

use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::rules::House;

impl Call {
    /// The engine stops: whoever talks with the caller is let go, the caller hears why, and is then
    /// let go as well. One who cannot hear it, and one whose message is being recorded, is let go at
    /// once: a message is kept as far as it was spoken, and asks for no words.
    pub(crate) fn bid_farewell(&mut self, now: Now, house: &mut House<'_>, cause: Cause) {
        if matches!(self.charge, Charge::Farewell { .. }) {
            return;
        }
        let words = self
            .about
            .tenant
            .clone()
            .filter(|_| cause == Cause::Draining);
        let Some(tenant) = words.filter(|_| self.caller_is_up() && self.recording.is_none()) else {
            self.end_caller(now, house, cause, EndedBy::Engine, Farewell::Ours);
            return;
        };
        self.draft.stage(now, "stopping: last words");
        self.drop_referral(now, house);
        self.let_others_go(now, house, cause);
        let until = now.instant + LONGEST;
        self.charge = Charge::Farewell { until };
        let (leg, language) = (self.caller, self.about.language.clone());
        let words = Sound::Clip {
            tenant,
            language,
            key: WORDS.to_owned(),
        };
        self.order(
            leg,
            Command::Play {
                leg,
                play: FAREWELL,
                sounds: vec![words],
                stop_on_key: false,
                forever: false,
            },
        );
    }

    /// The last words were heard, or took too long.
    pub(crate) fn farewell_is_over(&mut self, now: Now, house: &mut House<'_>) {
        if matches!(self.charge, Charge::Farewell { .. }) {
            let cause = Cause::Draining;
            self.end_caller(now, house, cause, EndedBy::Engine, Farewell::Ours);
        }
    }

    /// When the last words have taken too long.
    pub(crate) fn farewell_until(&self) -> Option<Instant> {
        match self.charge {
            Charge::Farewell { until } => Some(until),
            _ => None,
        }
    }
}

/// What is said: one of the shared prompts.
const WORDS: &str = "apology";

/// The play order of the last words; flows number theirs from zero upwards.
pub(crate) const FAREWELL: PlayId = PlayId(u64::MAX - 2);

/// Longest last words.
const LONGEST: Duration = Duration::from_secs(8);
