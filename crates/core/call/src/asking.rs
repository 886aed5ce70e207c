//! A hand-over that is announced: whoever answers hears who calls, and is joined once they press 1.
//! The caller hears ringing meanwhile. Any other key is a no, and so is hanging up.

use std::time::Duration;

use rappel_ivr::Reached;
use rappel_media::Command;
use rappel_model::{Instant, LegId, Now, PlayId, Sound, Tone};

use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::rules::House;

impl Call {
    /// Somebody has answered and is asked whether they take the call.
    pub(crate) fn ask(&mut self, now: Now, callee: LegId) {
        // Who would hear no question is not left with it: the time to answer is over at once.
        let until = match self.is_passed_on(callee) {
            true => now.instant,
            false => now.instant + PATIENCE,
        };
        self.charge = Charge::Asking { callee, until };
        self.draft.stage(now, "asked to take the call");
        let Some(tenant) = self.about.tenant.clone() else {
            return;
        };
        let language = self.about.language.clone();
        let press = Sound::Clip {
            tenant,
            language: language.clone(),
            key: "press-1".to_owned(),
        };
        let text = self.announced(language.as_str());
        let sounds = vec![
            Sound::Tone(Tone::Beep),
            Sound::Speech { language, text },
            press,
            Sound::Pause(BETWEEN),
        ];
        self.order(
            callee,
            Command::Play {
                leg: callee,
                play: ASK,
                sounds,
                stop_on_key: true,
                forever: true,
            },
        );
    }

    /// A key of whoever is asked.
    pub(crate) fn replies(&mut self, now: Now, house: &mut House<'_>, from: LegId, digit: char) {
        let Charge::Asking { callee, .. } = self.charge else {
            return;
        };
        if from != callee {
            return;
        }
        if digit != '1' {
            self.declines(now, house, Reached::Declined);
            return;
        }
        let leg = callee;
        self.order(leg, Command::Stop { leg, play: ASK });
        self.charge = Charge::Flow;
        self.stop_ringing();
        if self.answer_caller(now, house) {
            self.draft.stage(now, "taken");
            self.join(now, callee);
            self.handed_over(now, house);
        } else {
            self.end_leg(now, house, callee, Cause::Normal, Farewell::Ours);
        }
    }

    /// Whoever was asked does not take the call, or says nothing.
    pub(crate) fn declines(&mut self, now: Now, house: &mut House<'_>, reached: Reached) {
        let Charge::Asking { callee, .. } = self.charge else {
            return;
        };
        self.draft.stage(now, "not taken");
        self.charge = Charge::Flow;
        self.stop_ringing();
        self.end_leg(now, house, callee, Cause::Normal, Farewell::Ours);
        self.reached(now, house, reached);
    }

    /// When whoever is asked has said nothing for too long.
    pub(crate) fn asking_until(&self) -> Option<Instant> {
        match self.charge {
            Charge::Asking { until, .. } => Some(until),
            _ => None,
        }
    }

    /// Who calls, in words: the name, else the number digit by digit.
    fn announced(&self, language: &str) -> String {
        let caller = &self.about.caller;
        let digits = |number: &str| {
            let digits: Vec<String> = number.chars().map(String::from).collect();
            digits.join(" ")
        };
        let number = caller.number.as_ref().map(|number| digits(number.as_str()));
        let who = caller.name.clone().or(number);
        match (language.starts_with("fr"), who) {
            (true, Some(who)) => format!("Appel de {who}."),
            (true, None) => "Appel d'un numéro masqué.".to_owned(),
            (false, Some(who)) => format!("Call from {who}."),
            (false, None) => "Call from a hidden number.".to_owned(),
        }
    }
}

/// How long somebody may think about it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Silence before they are asked again.
const BETWEEN: Duration = Duration::from_millis(1_500);

/// The play order of the question; flows number theirs from zero upwards.
pub(crate) const ASK: PlayId = PlayId(u64::MAX - 3);
