//! What the caller hears, and for how long nothing is heard.

use std::collections::BTreeMap;
use std::time::Duration;

use rappel_ivr::Event;
use rappel_model::{Instant, PlayId, Sound};

use super::World;
use super::transcript::Transcript;
use crate::lengths::{guess, of_kind, words};
use crate::scene::{Heard, Scene};

/// What is being played, what was, and the longest silence.
#[derive(Debug, Default)]
pub(super) struct Sounding {
    /// Orders being heard: their place in `heard`, and whether there is anything to hear in them.
    playing: BTreeMap<PlayId, (usize, bool)>,
    heard: Vec<Heard>,
    quiet_since: Option<Instant>,
    longest: Duration,
}

impl Sounding {
    pub(super) fn heard(&self) -> &[Heard] {
        &self.heard
    }

    pub(super) fn longest_silence(&self) -> Duration {
        self.longest
    }

    fn began(&mut self, play: PlayId, at: Instant, sounds: Vec<Sound>) {
        let audible = sounds.iter().any(|s| !matches!(s, Sound::Pause(_)));
        if self.heard.len() < MAX_HEARD {
            self.playing.insert(play, (self.heard.len(), audible));
            let (from, to) = (at, at);
            self.heard.push(Heard { from, to, sounds });
        }
    }

    pub(super) fn ended(&mut self, play: PlayId, at: Instant) {
        if let Some((index, _)) = self.playing.remove(&play)
            && let Some(heard) = self.heard.get_mut(index)
        {
            heard.to = at;
        }
    }

    pub(super) fn stop_all(&mut self, at: Instant) {
        let playing: Vec<_> = self.playing.keys().copied().collect();
        for play in playing {
            self.ended(play, at);
        }
    }

    /// Called whenever something has happened: is there anything to hear, or does the engine wait?
    pub(super) fn judge_silence(&mut self, now: Instant, waits: bool) {
        let audible = self.playing.values().any(|(_, audible)| *audible);
        if let Some(since) = self.quiet_since {
            self.longest = self.longest.max(now.since(since));
        }
        self.quiet_since = (!waits && !audible).then(|| self.quiet_since.unwrap_or(now));
    }
}

impl World {
    /// Says the words, and makes their end come after as long as they take.
    pub(super) fn play(&mut self, play: PlayId, sounds: Vec<Sound>, forever: bool) {
        let mut said = Transcript::default();
        let mut clips = Vec::new();
        let mut length = Duration::ZERO;
        for sound in &sounds {
            let text = words(&self.version.prompts, sound);
            length += self.length_of(sound, &text.en);
            if let Sound::Clip { key, .. } = sound {
                clips.push(key.clone());
            }
            said.add(sound, &text);
        }
        self.sounding.began(play, self.now.instant, sounds);
        if let Some(words) = said.end() {
            self.scene(Scene::Said { words, clips });
        }
        if !forever {
            self.later(length.max(SHORTEST), Event::PlayEnded(play));
        }
    }

    pub(super) fn stop(&mut self, play: PlayId) {
        if self.sounding.playing.contains_key(&play) {
            self.sounding.ended(play, self.now.instant);
            self.coming.forget_end_of(play);
            self.later(Duration::ZERO, Event::PlayEnded(play));
        }
    }

    fn length_of(&self, sound: &Sound, text: &str) -> Duration {
        if let Sound::Recording(recording) = sound
            && let Some(length) = self.books.length_of(*recording)
        {
            return length;
        }
        let known = of_kind(sound).or_else(|| self.lengths.of(sound));
        known.unwrap_or_else(|| guess(text))
    }
}

/// The shortest sentence.
const SHORTEST: Duration = Duration::from_millis(100);
/// Most play orders of one call that are kept for listening.
const MAX_HEARD: usize = 50_000;
