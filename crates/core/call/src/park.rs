//! Calls that are parked: somebody of the company hands whom they talk with to a numbered place
//! (REFER to `*68` or `703`), and any phone fetches them there. Whoever parks hears the number before
//! they are let go; whoever is parked hears music. A call that nobody fetches in time goes back to
//! whoever parked it as if it came for them: it rings, follows their forwards, and ends in their
//! mailbox. Until somebody has it, it can still be fetched.
//!
//! ```text
//!                REFER *68            INVITE 703
//! Talking(a, b) ───────────► Parked ──────────────► Talking(b, c)
//!                              │ nobody comes
//!                              └─────► the flow of an extension, for whoever parked
//! ```

use rappel_ivr::say::{PAUSE, Piece, digits};
use rappel_media::Command;
use rappel_model::record::EndedBy;
use rappel_model::{Deadline, Instant, LegId, Now, PlayId, Sound, Tone, UserName};

use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::output::Output;
use crate::refer::{Destination, Search, Sought};
use crate::rules::House;

/// A call waits at its place.
#[derive(Debug)]
pub(crate) struct Parked {
    /// Who parked it.
    by: UserName,
    /// The leg that is told the place; it may be gone by now.
    told: LegId,
    /// When it goes back.
    until: Instant,
}

impl Parked {
    pub(crate) fn poll_timeout(&self) -> Deadline {
        Deadline::new(self.until, "parked call returns")
    }
}

impl Call {
    /// The place where this call can be fetched.
    pub fn slot(&self) -> Option<u32> {
        self.slot
    }

    /// Whoever talked with `told` waits at a place from here on. The two are apart already, and who
    /// waits is the one that is served.
    pub(crate) fn park(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        told: LegId,
        (by, slot): (UserName, u32),
    ) {
        self.forget_referral();
        self.draft.stage(now, format!("parked at {slot} by {by}"));
        self.slot = Some(slot);
        let until = now.instant + house.around.office.park_return;
        self.charge = Charge::Parked(Parked { by, told, until });
        self.play_parked(vec![self.music()]);
        self.tell_place(house, told, slot);
    }

    /// Who is served goes back to `by` at once, without a place; `told` is over.
    pub(crate) fn await_return(&mut self, now: Now, by: UserName, told: LegId) {
        let until = now.instant;
        self.charge = Charge::Parked(Parked { by, told, until });
    }

    /// A play order of ours on a leg is over.
    pub(crate) fn parked_play_ended(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
        play: PlayId,
    ) {
        let Charge::Parked(parked) = &self.charge else {
            return;
        };
        if play == PLACE && leg == parked.told {
            self.dismiss_referrer(now, house, leg);
        } else if play == MUSIC && leg == self.caller {
            // A loop that ends by itself had nothing to play; a caller must know that the call stands.
            self.play_parked(vec![Sound::Tone(Tone::Hold)]);
        }
    }

    /// A parked call that nobody has fetched goes back to whoever parked it.
    pub(crate) fn park_timeout(&mut self, now: Now) {
        let Charge::Parked(parked) = &mut self.charge else {
            return;
        };
        if now.instant < parked.until {
            return;
        }
        // Asked once: the answer comes within the same step.
        parked.until = now.instant + ANSWER;
        let (search, sought) = (Search::Parked, Sought::Own(parked.by.clone()));
        if self.slot.is_some() {
            self.draft.stage(now, "nobody fetched it");
        }
        self.put(Output::Find { search, sought });
    }

    /// The flow that serves a call which goes back.
    pub(crate) fn return_parked(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        to: Option<Destination>,
    ) {
        if !matches!(self.charge, Charge::Parked(_)) {
            return;
        }
        let slot = self.slot;
        self.unpark(now, house);
        match to {
            Some(Destination::Serve(service, line)) if self.may_serve() => {
                self.slot = slot;
                self.serve(now, house, *service, line);
            }
            _ => {
                let by = EndedBy::Engine;
                self.end_caller(now, house, Cause::Unreachable, by, Farewell::Ours);
            }
        }
    }

    /// The call is at its place no more; whoever parked it is let go if they are still being told.
    pub(crate) fn unpark(&mut self, now: Now, house: &mut House<'_>) {
        self.slot = None;
        if !matches!(self.charge, Charge::Parked(_)) {
            return;
        }
        if let Charge::Parked(parked) = std::mem::replace(&mut self.charge, Charge::Flow) {
            let leg = self.caller;
            self.order(leg, Command::Stop { leg, play: MUSIC });
            self.dismiss_referrer(now, house, parked.told);
        }
    }

    fn play_parked(&mut self, sounds: Vec<Sound>) {
        let leg = self.caller;
        self.order(
            leg,
            Command::Play {
                leg,
                play: MUSIC,
                sounds,
                stop_on_key: false,
                forever: true,
            },
        );
    }

    /// Says the place to whoever has parked the call.
    fn tell_place(&mut self, house: &House<'_>, leg: LegId, slot: u32) {
        let mut sounds = vec![self.clip(house, "parked-at".to_owned())];
        for piece in digits(&slot.to_string()) {
            sounds.push(match piece {
                Piece::Clip(key) => self.clip(house, key),
                Piece::Pause | Piece::Speech(_) => Sound::Pause(PAUSE),
            });
        }
        self.order(
            leg,
            Command::Play {
                leg,
                play: PLACE,
                sounds,
                stop_on_key: false,
                forever: false,
            },
        );
    }

    /// A recording in the company's first language.
    fn clip(&self, house: &House<'_>, key: String) -> Sound {
        let language = house.around.languages.first();
        Sound::Clip {
            tenant: house.around.tenant.clone(),
            language: language.cloned().unwrap_or_else(|| "fr".into()),
            key,
        }
    }
}

/// The play order of what is heard while parked; flows number theirs from zero upwards.
pub(crate) const MUSIC: PlayId = PlayId(u64::MAX - 8);

/// The play order of the place that is told.
pub(crate) const PLACE: PlayId = PlayId(u64::MAX - 9);

/// How long the switchboard may take to say what serves a call that goes back.
const ANSWER: std::time::Duration = std::time::Duration::from_secs(1);
