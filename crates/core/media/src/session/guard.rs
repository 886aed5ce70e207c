//! The no-silence guard: a peer who talks with nobody is never sent nothing for long. It is measured on
//! what leaves, whatever the reason for the silence: a pause that was ordered, words that are not there
//! yet, a flow that waits for another system. Then a soft tone says that the call stands, and says so
//! again after as long a silence, until something else is heard.

use std::collections::VecDeque;
use std::time::Duration;

use rappel_audio::FRAME_SAMPLES;
use rappel_rtp::Encoding;

use super::Session;
use crate::clip::Clip;
use crate::event::Event;
use crate::player::Player;

/// How long the peer has heard nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    /// Ticks of nothing that are borne; never less than one, `None` without a guard.
    borne: Option<u32>,
    /// Ticks since something was heard.
    quiet: u32,
}

impl Guard {
    /// Bears this much, rounded to ticks of 20 ms; zero bears any silence.
    pub(super) fn new(after: Duration) -> Self {
        let ticks = after.as_millis() / rappel_audio::FRAME_LENGTH.as_millis();
        let ticks = u32::try_from(ticks).unwrap_or(u32::MAX);
        Self {
            borne: (!after.is_zero()).then(|| ticks.max(1)),
            quiet: 0,
        }
    }

    /// Something is heard, or silence is as it should be.
    fn relax(&mut self) {
        self.quiet = 0;
    }

    /// One more tick of nothing; how many there were beyond what is borne, from 0 upwards.
    fn pass(&mut self) -> Option<u32> {
        let beyond = self.quiet.checked_sub(self.borne?);
        self.quiet = self.quiet.saturating_add(1);
        beyond
    }

    /// Which tick of a tone of so many it is then; `None` in the silence after it.
    fn place(&self, beyond: u32, ticks: usize) -> Option<usize> {
        let borne = usize::try_from(self.borne?).unwrap_or(usize::MAX);
        let place = beyond as usize % borne.saturating_add(ticks);
        (place < ticks).then_some(place)
    }
}

impl Session {
    /// Whether nobody hears anything of the sound that is played next: there is none, or it is a pause.
    pub(super) fn plays_nothing(&mut self) -> bool {
        !self.player.as_mut().is_some_and(Player::is_heard)
    }

    /// One tick in which the session has sound of its own to send, or `is_quiet`. When that has lasted
    /// too long, the next 20 ms of the tone under this law.
    pub(super) fn guard(
        &mut self,
        is_quiet: bool,
        (law, tone): (Encoding, &Clip),
        events: &mut VecDeque<Event>,
    ) -> Option<[u8; FRAME_SAMPLES]> {
        // Whoever talks with somebody hears what they say; whoever leaves a message talks.
        let talks =
            self.bridged.peer.is_some() || self.seat.is_some() || self.recordings.takes_message();
        if !is_quiet || talks || self.target().is_none() {
            self.guard.relax();
            return None;
        }
        let beyond = self.guard.pass()?;
        if beyond == 0 {
            events.push_back(Event::Quiet { leg: self.leg });
        }
        let mut sound = tone.encoded(law).chunks_exact(FRAME_SAMPLES);
        let place = self.guard.place(beyond, sound.len())?;
        sound.nth(place)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_borne_so_long_and_told_in_ticks_after_that() {
        let mut guard = Guard::new(Duration::from_millis(60));
        let passed = |guard: &mut Guard, ticks: usize| -> Vec<Option<u32>> {
            (0..ticks).map(|_| guard.pass()).collect()
        };
        assert_eq!(passed(&mut guard, 5), [None, None, None, Some(0), Some(1)]);
        guard.relax();
        assert_eq!(passed(&mut guard, 4), [None, None, None, Some(0)]);
        assert_eq!(
            passed(&mut Guard::new(Duration::from_millis(1)), 2),
            [None, Some(0)]
        );
        assert_eq!(passed(&mut Guard::new(Duration::ZERO), 9), [None; 9]);
    }

    #[test]
    fn the_tone_comes_again_after_as_long_a_silence() {
        let guard = Guard::new(Duration::from_millis(60));
        let places: Vec<Option<usize>> = (0..7).map(|beyond| guard.place(beyond, 2)).collect();
        assert_eq!(
            places,
            [Some(0), Some(1), None, None, None, Some(0), Some(1)]
        );
    }
}
