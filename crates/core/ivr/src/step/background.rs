//! What a caller hears while somebody is being found for them: music, or the ringing tone.

use rappel_model::queue::Music;
use rappel_model::{PlayId, Sound, Tone};

use crate::engine::Desk;
use crate::event::Event;

/// A loop in the background of a wait.
#[derive(Debug, Default)]
pub(super) struct Background {
    /// The recording that is looped; the ringing tone without one.
    clip: Option<String>,
    play: Option<PlayId>,
}

impl Background {
    /// The music of a queue. Without any the ringing tone is heard: a caller must know that the call
    /// still stands.
    pub(super) fn of(music: &Music) -> Self {
        let clip = match music {
            Music::Named(name) => Some(name.clone()),
            Music::Default => Some(Sound::MUSIC.to_owned()),
            Music::None => None,
        };
        Self { clip, play: None }
    }

    /// Starts the loop, unless it sounds already.
    pub(super) fn start(&mut self, desk: &mut Desk<'_>) {
        if self.play.is_some() {
            return;
        }
        let sound = match &self.clip {
            Some(key) => Sound::Clip {
                tenant: desk.around.tenant.clone(),
                language: desk.state.language.clone(),
                key: key.clone(),
            },
            None => Sound::Tone(Tone::Ringing),
        };
        self.play = desk.play(vec![sound], false, true);
    }

    /// Stops the loop, if it sounds.
    pub(super) fn stop(&mut self, desk: &mut Desk<'_>) {
        if let Some(play) = self.play.take() {
            desk.stop(play);
        }
    }

    /// Something else is played in its place: its end is no news.
    pub(super) fn replaced(&mut self) {
        self.play = None;
    }

    /// The caller wants no music: the ringing tone is heard from now on.
    pub(super) fn hush(&mut self, desk: &mut Desk<'_>) {
        if self.clip.take().is_some() && self.play.is_some() {
            self.play = None;
            self.start(desk);
        }
    }

    /// A loop that ends by itself had nothing to play: the ringing tone takes its place.
    pub(super) fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) {
        if let Event::PlayEnded(play) = event
            && self.play == Some(*play)
        {
            self.play = None;
            if self.clip.take().is_some() {
                self.start(desk);
            }
        }
    }
}
