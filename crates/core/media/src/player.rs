//! What a session plays: clips one after the other, byte by byte, without a gap.

use std::sync::Arc;

use rappel_audio::FRAME_SAMPLES;
use rappel_audio::codec::MAX_ENCODED;
use rappel_model::PlayId;
use rappel_rtp::Encoding;

use crate::clip::Clip;

/// One play order under way.
#[derive(Debug)]
pub(crate) struct Player {
    play: PlayId,
    sounds: Vec<Arc<Clip>>,
    stop_on_key: bool,
    forever: bool,
    /// More sounds will come.
    open: bool,
    /// The clip being played and the next byte of it.
    place: (usize, usize),
    started: bool,
    /// The last frame was made of pauses alone.
    paused: bool,
}

/// What a tick made of a play order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Played {
    /// A frame, and more to come.
    Frame,
    /// The last frame.
    Last,
    /// There was nothing left, or nothing at all.
    Nothing,
}

impl Player {
    pub(crate) fn new(
        play: PlayId,
        sounds: Vec<Arc<Clip>>,
        stop_on_key: bool,
        forever: bool,
    ) -> Self {
        // A loop around nothing would never end: it is over at once instead.
        let forever = forever && sounds.iter().any(|clip| !clip.is_empty());
        Self {
            play,
            sounds,
            stop_on_key,
            forever,
            open: false,
            place: (0, 0),
            started: false,
            paused: false,
        }
    }

    /// An order of which not all sounds are there.
    pub(crate) fn open(play: PlayId, sounds: Vec<Arc<Clip>>, stop_on_key: bool) -> Self {
        Self {
            open: true,
            ..Self::new(play, sounds, stop_on_key, false)
        }
    }

    /// More sounds; with `last`, no more will come.
    pub(crate) fn extend(&mut self, sounds: Vec<Arc<Clip>>, last: bool) {
        if self.open {
            self.sounds.extend(sounds);
            self.open = !last;
        }
    }

    /// Whether more sounds will come.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    pub(crate) fn play(&self) -> PlayId {
        self.play
    }

    pub(crate) fn stops_on_key(&self) -> bool {
        self.stop_on_key
    }

    /// Whether the last frame was a pause.
    pub(crate) fn pauses(&self) -> bool {
        self.paused
    }

    /// True once, when the first frame has been made.
    pub(crate) fn starts(&mut self) -> bool {
        !std::mem::replace(&mut self.started, true)
    }

    /// Whether somebody hears what comes next.
    pub(crate) fn is_heard(&mut self) -> bool {
        if self.rest(Encoding::Pcma).is_none() {
            return false;
        }
        let (clip, at) = self.place;
        self.sounds[clip].is_heard(at)
    }

    /// Copies the next 20 ms into `frame`, across as many clips as they take; what is missing at the
    /// very end is silence.
    pub(crate) fn next(
        &mut self,
        encoding: Encoding,
        silence: u8,
        frame: &mut [u8; FRAME_SAMPLES],
    ) -> Played {
        let mut filled = 0;
        let mut goes_on = false;
        let mut paused = true;
        while filled < FRAME_SAMPLES {
            let Some(rest) = self.rest(encoding) else {
                break;
            };
            let count = rest.len().min(FRAME_SAMPLES - filled);
            frame[filled..filled + count].copy_from_slice(&rest[..count]);
            filled += count;
            goes_on = count < rest.len();
            paused &= self.sounds[self.place.0].is_silent();
            self.place.1 += count;
        }
        if filled == 0 {
            return Played::Nothing;
        }
        frame[filled..].fill(silence);
        self.paused = paused;
        if goes_on || self.rest(encoding).is_some() {
            Played::Frame
        } else {
            Played::Last
        }
    }

    /// Copies the next 20 ms as they were coded ahead for `encoding`, and says how many bytes they
    /// are; `None` when they were not, or a clip before this one ended within a frame: [`Self::next`]
    /// has them then.
    pub(crate) fn next_coded(
        &mut self,
        encoding: Encoding,
        out: &mut [u8; MAX_ENCODED],
    ) -> Option<(Played, usize)> {
        let length = self.rest(Encoding::Pcma)?.len();
        let (clip, from) = self.place;
        let frame = from / FRAME_SAMPLES;
        let coded = self.sounds[clip].coded(encoding)?.frame(frame)?;
        if !from.is_multiple_of(FRAME_SAMPLES) {
            return None;
        }
        let count = coded.len().min(MAX_ENCODED);
        out[..count].copy_from_slice(&coded[..count]);
        self.place.1 += length.min(FRAME_SAMPLES);
        self.paused = false;
        let played = match self.rest(Encoding::Pcma) {
            Some(_) => Played::Frame,
            None => Played::Last,
        };
        Some((played, count))
    }

    /// What is left of the clip being played, after stepping over clips that are over.
    fn rest(&mut self, encoding: Encoding) -> Option<&[u8]> {
        loop {
            if self.place.0 == self.sounds.len() {
                if !self.forever {
                    return None;
                }
                self.place = (0, 0);
            }
            if self.place.1 < self.sounds[self.place.0].encoded(encoding).len() {
                break;
            }
            self.place = (self.place.0 + 1, 0);
        }
        let (clip, from) = self.place;
        Some(&self.sounds[clip].encoded(encoding)[from..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(value: i16, samples: usize) -> Arc<Clip> {
        Arc::new(Clip::from_samples(&vec![value; samples]))
    }

    fn played(player: &mut Player) -> (Played, [u8; FRAME_SAMPLES]) {
        let mut frame = [0; FRAME_SAMPLES];
        let played = player.next(Encoding::Pcma, 0xd5, &mut frame);
        (played, frame)
    }

    #[test]
    fn clips_of_odd_lengths_follow_each_other_sample_by_sample() {
        let sounds = vec![
            clip(1_000, 100),
            clip(-1_000, 7),
            clip(0, 0),
            clip(5_000, 213),
        ];
        let whole: Vec<u8> = sounds
            .iter()
            .flat_map(|c| c.encoded(Encoding::Pcma).to_vec())
            .collect();
        let mut player = Player::new(PlayId(1), sounds, false, false);
        let (first, a) = played(&mut player);
        let (second, b) = played(&mut player);
        assert_eq!((first, second), (Played::Frame, Played::Last));
        assert_eq!([a, b].concat(), whole);
        assert_eq!(played(&mut player).0, Played::Nothing);
    }

    #[test]
    fn the_last_frame_is_filled_up_with_silence() {
        let mut player = Player::new(PlayId(1), vec![clip(1_000, 10)], false, false);
        let (played, frame) = played(&mut player);
        assert_eq!(played, Played::Last);
        assert!(frame[10..].iter().all(|&b| b == 0xd5));
    }

    #[test]
    fn an_order_that_is_open_goes_on_where_it_was_when_more_comes() {
        let mut player = Player::open(PlayId(1), vec![clip(1_000, 200)], false);
        assert_eq!(played(&mut player).0, Played::Frame);
        assert_eq!(played(&mut player).0, Played::Last);
        assert_eq!(played(&mut player).0, Played::Nothing);
        assert!(player.is_open());
        player.extend(vec![clip(2_000, 160)], false);
        let (more, frame) = played(&mut player);
        assert_eq!(more, Played::Last);
        assert_eq!(frame[..], *clip(2_000, 160).encoded(Encoding::Pcma));
        player.extend(vec![clip(3_000, 10)], true);
        assert!(!player.is_open());
        player.extend(vec![clip(3_000, 999)], true);
        assert_eq!(played(&mut player).0, Played::Last);
        assert_eq!(
            played(&mut player).0,
            Played::Nothing,
            "what comes too late is not played"
        );
    }

    #[test]
    fn a_loop_has_no_seam_and_a_loop_around_nothing_ends() {
        let mut player = Player::new(
            PlayId(1),
            vec![clip(1_000, 100), clip(2_000, 50)],
            false,
            true,
        );
        let mut bytes = Vec::new();
        for _ in 0..15 {
            let (played, frame) = played(&mut player);
            assert_eq!(played, Played::Frame);
            bytes.extend(frame);
        }
        assert!(bytes.chunks_exact(150).all(|round| round == &bytes[..150]));
        let mut empty = Player::new(PlayId(1), vec![clip(0, 0)], false, true);
        assert_eq!(played(&mut empty).0, Played::Nothing);
        let mut nothing = Player::new(PlayId(1), Vec::new(), false, true);
        assert_eq!(played(&mut nothing).0, Played::Nothing);
    }
}
