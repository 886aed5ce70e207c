//! What a caller on paper hears, as sound: how long recordings are, and a WAV of a whole call.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

use rappel_audio::{RATE, length_of, samples_in, wav};
use rappel_model::{Instant, Sound, TenantId, Tone};
use rappel_prompts::Catalog;
use rappel_rehearsal::{Heard, Lengths};

/// Recordings of a company, read once and kept while a call is played.
pub(super) struct Recordings {
    catalog: Catalog,
    tenant: TenantId,
    read: RefCell<BTreeMap<String, Option<Vec<i16>>>>,
}

impl Recordings {
    pub(super) fn new(catalog: Catalog, tenant: TenantId) -> Self {
        Self {
            catalog,
            tenant,
            read: RefCell::default(),
        }
    }

    /// The samples of a recording at 8 kHz; `None` when there is none or it cannot be read: then its
    /// length is guessed and nothing of it is heard.
    fn with_samples<T>(&self, sound: &Sound, then: impl FnOnce(&[i16]) -> T) -> Option<T> {
        let Sound::Clip { language, key, .. } = sound else {
            return None;
        };
        let mut read = self.read.borrow_mut();
        let samples = read.entry(format!("{language}/{key}")).or_insert_with(|| {
            let found = self.catalog.find(&self.tenant, language, key).ok()?;
            found.samples().ok()
        });
        samples.as_deref().map(then)
    }
}

impl Lengths for Recordings {
    fn of(&self, sound: &Sound) -> Option<Duration> {
        self.with_samples(sound, |samples| length_of(samples.len() as u64))
    }
}

/// Writes what was heard to a WAV of 8 kHz, from the beginning of the call to its end. Talks and
/// recordings made during the call are silent in it.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(
    path: &Path,
    recordings: &Recordings,
    heard: &[Heard],
    whole: Duration,
) -> Result<(), String> {
    let mut sound = vec![0i16; count(whole.min(LONGEST))];
    for heard in heard {
        let from = count(heard.from.since(Instant::ZERO));
        let to = count(heard.to.since(Instant::ZERO)).min(sound.len());
        if from < to {
            lay(&mut sound[from..to], recordings, &heard.sounds);
        }
    }
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let file = File::create(path).map_err(|error| failed(&error))?;
    wav::write(BufWriter::new(file), &sound).map_err(|error| failed(&error))
}

/// Lays sounds into a stretch of time, again from the first until it is full.
fn lay(stretch: &mut [i16], recordings: &Recordings, sounds: &[Sound]) {
    let mut at = 0;
    let played = sounds
        .iter()
        .any(|sound| !matches!(sound, Sound::Recording(_)));
    while at < stretch.len() && played {
        let before = at;
        for sound in sounds {
            let room = &mut stretch[at..];
            at += match sound {
                Sound::Tone(Tone::Beep) => tone(room, BEEP_HZ, count(BEEP)),
                Sound::Tone(Tone::Ringing) => {
                    tone(room, RINGING_HZ, count(RINGING_ON));
                    count(RINGING).min(room.len())
                }
                // Nobody is put on hold on paper.
                Sound::Tone(Tone::Hold) => count(RINGING).min(room.len()),
                Sound::Pause(length) => count(*length).min(room.len()),
                sound => {
                    let copied = recordings.with_samples(sound, |samples| {
                        let length = samples.len().min(room.len());
                        room[..length].copy_from_slice(&samples[..length]);
                        length
                    });
                    copied.unwrap_or_default()
                }
            };
            if at >= stretch.len() {
                return;
            }
        }
        if at == before {
            return;
        }
    }
}

/// A sine at a quarter of full scale; how much of the room it took.
fn tone(room: &mut [i16], hertz: f64, length: usize) -> usize {
    let length = length.min(room.len());
    for (at, sample) in room[..length].iter_mut().enumerate() {
        let phase = std::f64::consts::TAU * hertz * at as f64 / f64::from(RATE);
        *sample = (phase.sin() * LOUD) as i16;
    }
    length
}

fn count(length: Duration) -> usize {
    usize::try_from(samples_in(length)).unwrap_or(usize::MAX)
}

const BEEP_HZ: f64 = 1_000.0;
const BEEP: Duration = Duration::from_millis(200);
const RINGING_HZ: f64 = 440.0;
const RINGING_ON: Duration = Duration::from_millis(1_500);
const RINGING: Duration = Duration::from_secs(5);
const LOUD: f64 = 8_192.0;
/// Longest call that is written: the longest call there is.
const LONGEST: Duration = Duration::from_secs(4 * 3_600);
