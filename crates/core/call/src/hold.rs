//! What a party hears whom the other has put on hold (RFC 3264 §8.4). Its own session is not touched:
//! it may go on talking, and nothing has to be agreed again with it when the other comes back.

use rappel_media::Command;
use rappel_model::{Deadline, Instant, LegId, Now, PlayId, Sound, Tone};
use rappel_rtp::{Direction, Stream};

use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::hand::Purpose;
use crate::leg::{Leg, Role, Waits};
use crate::negotiate::{Session, is_held};
use crate::rules::{House, OnHold};

impl Call {
    /// Whom a leg talks with, when that is one.
    pub(crate) fn partner(&self, leg: LegId) -> Option<LegId> {
        match self.charge {
            _ if self.is_conference() => None,
            Charge::Talking { callee } if leg == callee => Some(self.caller),
            Charge::Talking { callee } if leg == self.caller => Some(callee),
            _ => None,
        }
    }

    /// Lets `leg` hear that `holder` has put it on hold, or that it is over.
    pub(crate) fn hear_hold(&mut self, leg: LegId, holder: LegId) {
        let wanted = self.heard_on_hold(holder);
        let Some(waiting) = self.legs.get_mut(&leg).filter(|leg| leg.waits != wanted) else {
            return;
        };
        if wanted.is_some() && !is_agreed(waiting) {
            return;
        }
        self.forget_hold(leg);
        let Some(wanted) = wanted else { return };
        if let Some(waiting) = self.legs.get_mut(&leg) {
            waiting.waits = Some(wanted);
        }
        let (play, after) = (HOLD, self.about.quiet_after);
        if wanted == Waits::Theirs {
            self.order(leg, Command::StandAside { leg, play, after });
        }
        let sounds = match self.about.on_hold {
            OnHold::Music | OnHold::Theirs => vec![self.music()],
            OnHold::Tone => vec![Sound::Tone(Tone::Hold)],
            OnHold::Silence => vec![Sound::Pause(QUIET)],
        };
        let (stop_on_key, forever) = (false, true);
        self.order(
            leg,
            Command::Play {
                leg,
                play,
                sounds,
                stop_on_key,
                forever,
            },
        );
    }

    /// What whoever talks with `holder` hears, when that is not what `holder` says.
    fn heard_on_hold(&self, holder: LegId) -> Option<Waits> {
        let holder = self.legs.get(&holder).filter(|holder| !holder.is_ended())?;
        let stream = holder.session.as_ref()?.agreed().filter(|s| is_held(s))?;
        if self.about.on_hold != OnHold::Theirs || !sends(stream) {
            return Some(Waits::Ours);
        }
        (!self.about.quiet_after.is_zero()).then_some(Waits::Theirs)
    }

    /// What a caller of this company hears who waits.
    pub(crate) fn music(&self) -> Sound {
        let Some(tenant) = self.about.tenant.clone() else {
            return Sound::Tone(Tone::Hold);
        };
        Sound::music(tenant, self.about.language.clone())
    }

    /// Since when a phone of ours has held the caller, where a caller can be forgotten; and its leg.
    pub(crate) fn held_since(&self) -> Option<(Instant, LegId)> {
        let Charge::Talking { callee } = self.charge else {
            return None;
        };
        let leg = self.legs.get(&callee).filter(|_| !self.is_conference())?;
        let since = leg.holds.filter(|_| matches!(leg.role, Role::Device(_)))?;
        self.may_serve().then_some((since, callee))
    }

    /// When a caller whom a phone of ours holds has been forgotten.
    pub(crate) fn forgotten(&self) -> Option<Deadline> {
        let (since, _) = self.held_since()?;
        let at = since + self.about.hold_return;
        Some(Deadline::new(at, "forgotten on hold"))
    }

    /// A caller who was forgotten on hold comes back to whoever holds them, as one who is parked does:
    /// the held call ends at that phone, and it rings with the caller.
    pub(crate) fn hold_timeout(&mut self, now: Now, house: &mut House<'_>) {
        let late = self.forgotten().is_some_and(|due| now.instant >= due.at);
        let (Charge::Talking { callee }, true) = (&self.charge, late) else {
            return;
        };
        let callee = *callee;
        let user = self.legs.get(&callee).and_then(|leg| leg.role.user());
        let Some(by) = user.cloned() else { return };
        self.draft.stage(now, format!("forgotten on hold by {by}"));
        self.part(now, house, callee);
        self.end_leg(now, house, callee, Cause::Normal, Farewell::Ours);
        self.purpose = Purpose::default();
        self.await_return(now, by, callee);
    }

    /// The leg waits for nobody any more.
    pub(crate) fn forget_hold(&mut self, leg: LegId) {
        if let Some(waiting) = self.legs.get_mut(&leg).filter(|leg| leg.waits.is_some()) {
            waiting.waits = None;
            self.order(leg, Command::Stop { leg, play: HOLD });
        }
    }
}

/// Whether a holder says that they send something themselves (RFC 3264 §8.4).
fn sends(stream: &Stream) -> bool {
    stream.direction == Direction::RecvOnly
}

fn is_agreed(leg: &Leg) -> bool {
    let session = leg.session.as_ref().filter(|_| !leg.is_ended());
    session.and_then(Session::agreed).is_some()
}

/// The play order of what is heard on hold; flows number theirs from zero upwards.
pub(crate) const HOLD: PlayId = PlayId(u64::MAX - 1);

/// A piece of silence, repeated for as long as the hold lasts.
const QUIET: std::time::Duration = std::time::Duration::from_secs(1);
