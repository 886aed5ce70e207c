//! A session that only passes packets on has nothing to do in a tick, for as long as is known here: it
//! is left alone, so that a bridge costs its packets and nothing else.

use std::time::Duration;

use rappel_audio::FRAME_LENGTH;
use rappel_model::Instant;

use super::Session;
use super::send::BRIDGE_PATIENCE;

impl Session {
    /// So many ticks went by in which it was left alone.
    pub(crate) fn pass(&mut self, ticks: u8) {
        self.outgoing.pass(ticks);
    }

    /// How many of the ticks to come would find no work, if nothing but sound arrived: none where
    /// something is played, pressed, recorded or mixed, or where a browser has to be tended; else all
    /// before the next report, before the peer is missed, and before silence is owed to it.
    pub(crate) fn ticks_without_work(&self, now: Instant) -> u8 {
        #[cfg(feature = "browser")]
        if self.secrecy.association.is_some() {
            return 0;
        }
        let is_at_work = self.player.is_some()
            || self.digits.outgoing.is_busy()
            || !self.recordings.is_empty()
            || self.seat.is_some()
            || self.listens_aside()
            || self.has_passing_key()
            || self.is_lulled(now);
        // Whoever hears nobody is owed silence in every tick.
        let Some(last) = self
            .outgoing
            .last_sent()
            .filter(|_| self.bridged.peer.is_some())
        else {
            return 0;
        };
        if is_at_work {
            return 0;
        }
        let missed_at = self.liveness.missed_at();
        let missed = missed_at.map_or(BRIDGE_PATIENCE, |at| left(now, at));
        let time = left(now, self.control.next())
            .min(left(now, last + BRIDGE_PATIENCE))
            .min(missed);
        // The tick at that moment has work; those before have not.
        let ticks = time.as_nanos().div_ceil(FRAME_LENGTH.as_nanos());
        ticks.saturating_sub(1).min(u8::MAX.into()) as u8
    }
}

fn left(now: Instant, due: Instant) -> Duration {
    due.since(now)
}
