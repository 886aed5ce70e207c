//! The last words to a caller whose call the engine ends: because it stops, or because nobody is left for a
//! caller who was answered elsewhere and cannot be refused any more.

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
        let speaks = cause == Cause::Draining && self.recording.is_none();
        if !speaks || !self.caller_is_up() {
            self.end_caller(now, house, cause, EndedBy::Engine, Farewell::Ours);
            return;
        }
        self.draft.stage(now, "stopping: last words");
        self.drop_referral(now, house);
        self.let_others_go(now, house, cause);
        self.say_last(now, house, STOPPING, cause);
    }

    /// A flow has nothing more for its caller, and refuses them. One who was answered, since somebody
    /// left them in the place of another caller, cannot be refused: they are told. While somebody is
    /// there who left them, they come back instead.
    pub(crate) fn turn_away(&mut self, now: Now, house: &mut House<'_>, cause: Cause) {
        if let Some(referral) = self.referral.take() {
            self.flow = None;
            self.bring_back(now, house, referral, cause.reached());
            return;
        }
        let hears = self.caller_is_up() && self.patron == self.caller;
        if !hears || self.is_passed_on(self.caller) {
            self.bow_out(now, house, cause, None);
            return;
        }
        self.flow = None;
        self.draft
            .stage(now, format!("{}: told in words", cause.word()));
        self.say_last(now, house, NOT_AVAILABLE, cause);
    }

    /// Says a shared prompt to the caller, who is let go after it.
    fn say_last(&mut self, now: Now, house: &mut House<'_>, key: &str, cause: Cause) {
        let Some(tenant) = self.about.tenant.clone() else {
            self.end_caller(now, house, cause, EndedBy::Engine, Farewell::Ours);
            return;
        };
        let until = now.instant + LONGEST;
        self.charge = Charge::Farewell { until, cause };
        let (leg, language) = (self.caller, self.about.language.clone());
        let words = Sound::Clip {
            tenant,
            language,
            key: key.to_owned(),
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
        if let Charge::Farewell { cause, .. } = self.charge {
            self.end_caller(now, house, cause, EndedBy::Engine, Farewell::Ours);
        }
    }

    /// When the last words have taken too long.
    pub(crate) fn farewell_until(&self) -> Option<Instant> {
        match self.charge {
            Charge::Farewell { until, .. } => Some(until),
            _ => None,
        }
    }
}

/// What is said when the engine stops: one of the shared prompts.
const STOPPING: &str = "apology";

/// What is said when nobody is left: another one.
const NOT_AVAILABLE: &str = "not-available";

/// The play order of the last words; flows number theirs from zero upwards.
pub(crate) const FAREWELL: PlayId = PlayId(u64::MAX - 2);

/// Longest last words.
const LONGEST: Duration = Duration::from_secs(8);
