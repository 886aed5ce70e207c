//! Orders with words that must be spoken first (FLOWS §5): begun with what is there, so that nobody
//! waits for the words before, and extended as the rest comes. After a while the caller hears "one
//! moment"; what is not there in time is left out, and told.

use std::sync::Arc;
use std::time::Duration;

use rappel_media::{Clip, Command};
use rappel_model::{Language, LegId, PlayId, Sound, TenantId};
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, timeout_at};

use super::courier::{Order, Sounds, clip};

/// What comes of an order later.
#[derive(Debug)]
pub(super) enum Later {
    /// More of it.
    More(Command<Arc<Clip>>),
    /// Some of it never came.
    LeftOut(LegId, PlayId),
}

/// What becomes of an order at once.
pub(super) enum Begun {
    /// The words that are there; the rest follows.
    Words(Command<Arc<Clip>>),
    /// It has none to be spoken.
    Back(Order),
}

/// Takes an order with words to be spoken: what can be played at once. The rest follows by `later`.
pub(super) fn begin<S: Sounds>(
    sounds: &Arc<S>,
    (version, order): Order,
    later: &mpsc::Sender<Later>,
) -> Begun {
    let spoken = |sounds: &[Sound]| sounds.iter().any(|s| matches!(s, Sound::Speech { .. }));
    match order {
        Command::Play {
            leg,
            play,
            sounds: names,
            stop_on_key,
            forever: false,
        } if spoken(&names) => {
            let ready = names.iter().map_while(|name| sounds.ready(version, name));
            let first: Vec<_> = ready.collect();
            let rest = Rest {
                sounds: Arc::clone(sounds),
                version,
                leg,
                play,
                later: later.clone(),
                began: Instant::now(),
                given: first.iter().map(|clip| clip.length()).sum(),
                patient: false,
            };
            tokio::spawn(rest.follow(names[first.len()..].to_vec()));
            Begun::Words(Command::Begin {
                leg,
                play,
                sounds: first,
                stop_on_key,
            })
        }
        order => Begun::Back((version, order)),
    }
}

/// The rest of one order.
struct Rest<S> {
    sounds: Arc<S>,
    version: u32,
    leg: LegId,
    play: PlayId,
    later: mpsc::Sender<Later>,
    began: Instant,
    /// The length of all that was given so far: until then the caller hears something.
    given: Duration,
    /// "One moment" was said.
    patient: bool,
}

/// Words on their way.
type Spoken = JoinHandle<Result<Arc<Clip>, String>>;

impl<S: Sounds> Rest<S> {
    async fn follow(mut self, names: Vec<Sound>) {
        // All at once: the second word is made while the first is heard.
        let mut voices: Vec<Option<Spoken>> = names.iter().map(|name| self.ask(name)).collect();
        let tenant = names.iter().find_map(|name| match name {
            Sound::Clip { tenant, .. } => Some(tenant.clone()),
            _ => None,
        });
        let tenant = tenant.unwrap_or_else(|| TenantId::from(""));
        let (mut gathered, mut missed) = (Vec::new(), false);
        for (name, voice) in names.into_iter().zip(&mut voices) {
            let (Some(voice), Sound::Speech { language, .. }) = (voice, &name) else {
                let (sounds, version) = (Arc::clone(&self.sounds), self.version);
                let read = move || clip(&*sounds, version, &name);
                let read = tokio::task::spawn_blocking(read).await;
                gathered.extend(read.ok().flatten());
                continue;
            };
            self.give(std::mem::take(&mut gathered), false).await;
            match self.wait(voice, language, &tenant).await {
                Some(clip) => gathered.push(clip),
                None => missed = true,
            }
        }
        self.give(gathered, true).await;
        if missed {
            let told = Later::LeftOut(self.leg, self.play);
            let _stopped = self.later.send(told).await.is_err();
        }
    }

    fn ask(&self, name: &Sound) -> Option<Spoken> {
        let Sound::Speech { language, text } = name else {
            return None;
        };
        let (sounds, language) = (Arc::clone(&self.sounds), language.clone());
        let text = text.clone();
        Some(tokio::spawn(
            async move { sounds.speak(&language, &text).await },
        ))
    }

    /// The words, if they come in time.
    async fn wait(
        &mut self,
        voice: &mut Spoken,
        language: &Language,
        tenant: &TenantId,
    ) -> Option<Arc<Clip>> {
        if let Ok(spoken) = timeout_at(self.began + self.given.max(MOMENT), &mut *voice).await {
            return told(spoken);
        }
        if !std::mem::replace(&mut self.patient, true) {
            let moment = Sound::Clip {
                tenant: tenant.clone(),
                language: language.clone(),
                key: "one-moment".to_owned(),
            };
            let said = self.sounds.ready(self.version, &moment);
            self.give(said.into_iter().collect(), false).await;
        }
        match timeout_at(self.began + self.given.max(ENOUGH), &mut *voice).await {
            Ok(spoken) => told(spoken),
            Err(_) => {
                tracing::warn!(leg = %self.leg, "words are left out: the voice is too slow");
                voice.abort();
                None
            }
        }
    }

    async fn give(&mut self, sounds: Vec<Arc<Clip>>, last: bool) {
        if sounds.is_empty() && !last {
            return;
        }
        // What comes after a silence is heard from now on.
        let silent = self.began.elapsed().max(self.given);
        self.given = silent + sounds.iter().map(|clip| clip.length()).sum::<Duration>();
        let more = Command::Extend {
            leg: self.leg,
            play: self.play,
            sounds,
            last,
        };
        // The other end is gone only when the engine stops.
        let _stopped = self.later.send(Later::More(more)).await.is_err();
    }
}

fn told(spoken: Result<Result<Arc<Clip>, String>, JoinError>) -> Option<Arc<Clip>> {
    let spoken = spoken.unwrap_or_else(|error| Err(error.to_string()));
    spoken
        .inspect_err(|error| tracing::warn!(error, "words are left out"))
        .ok()
}

/// How long words may take before the caller hears "one moment".
const MOMENT: Duration = Duration::from_secs(1);

/// How long they may take before they are left out.
const ENOUGH: Duration = Duration::from_secs(4);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rappel_model::{RecordingId, Tone};

    use rappel_rtp::Encoding;

    use super::*;

    /// Tones and prompts are ready; each word takes as long as its text says, in milliseconds.
    struct Slow(BTreeMap<&'static str, Arc<Clip>>);

    impl Sounds for Slow {
        fn at_hand(&self, _: u32, _: &Sound) -> Option<Arc<Clip>> {
            None
        }

        fn ready(&self, _: u32, sound: &Sound) -> Option<Arc<Clip>> {
            match sound {
                Sound::Clip { key, .. } => self.0.get(key.as_str()).cloned(),
                Sound::Tone(_) => self.0.get("tone").cloned(),
                _ => None,
            }
        }

        fn prepare(&self, _: u32, _: &Sound, _: Encoding) {}

        fn read(&self, _: RecordingId) -> Result<Arc<Clip>, String> {
            Err("none".into())
        }

        async fn speak(&self, _: &Language, text: &str) -> Result<Arc<Clip>, String> {
            let millis: u64 = text.parse().map_err(|_| "it fails".to_owned())?;
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Ok(sound(20))
        }
    }

    fn sound(millis: usize) -> Arc<Clip> {
        Arc::new(Clip::from_samples(&vec![1; millis * 8]))
    }

    /// Plays words of these durations between two tones; says when what came, in ms, how long it is,
    /// and whether something was left out.
    async fn played(words: &[&str]) -> (Vec<(u64, u64)>, bool) {
        let sounds = [("tone", sound(500)), ("one-moment", sound(700))];
        let sounds = Arc::new(Slow(sounds.into()));
        let (later, mut told) = mpsc::channel(16);
        let mut names = vec![Sound::Tone(Tone::Beep)];
        names.extend(words.iter().map(|text| Sound::Speech {
            language: "fr".into(),
            text: (*text).to_owned(),
        }));
        names.push(Sound::Tone(Tone::Beep));
        let order = Command::Play {
            leg: LegId(1),
            play: PlayId(1),
            sounds: names,
            stop_on_key: false,
            forever: false,
        };
        let began = Instant::now();
        let Begun::Words(first) = begin(&sounds, (1, order), &later) else {
            panic!("there are words");
        };
        drop(later);
        assert!(matches!(first, Command::Begin { sounds, .. } if sounds.len() == 1));
        let (mut came, mut left_out) = (Vec::new(), false);
        while let Some(later) = told.recv().await {
            match later {
                Later::More(Command::Extend { sounds, .. }) => {
                    let length: Duration = sounds.iter().map(|clip| clip.length()).sum();
                    let at = began.elapsed().as_millis() as u64;
                    came.push((at / 10 * 10, length.as_millis() as u64));
                }
                Later::More(other) => panic!("{other:?}"),
                Later::LeftOut(..) => left_out = true,
            }
        }
        (came, left_out)
    }

    #[tokio::test(start_paused = true)]
    async fn words_come_behind_what_is_heard_before_them() {
        assert_eq!(played(&["300"]).await, (vec![(300, 520)], false));
        // The second is made while the first is.
        assert_eq!(
            played(&["300", "400"]).await,
            (vec![(300, 20), (400, 520)], false)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn slow_words_are_announced_and_very_slow_ones_left_out() {
        let moment = (1_000, 700);
        assert_eq!(played(&["2500"]).await, (vec![moment, (2_500, 520)], false));
        assert_eq!(played(&["9000"]).await, (vec![moment, (4_000, 500)], true));
        assert_eq!(played(&["never"]).await, (vec![(0, 500)], true));
        let both = played(&["2500", "9000"]).await;
        assert_eq!(both, (vec![moment, (2_500, 20), (4_000, 500)], true));
    }
}
