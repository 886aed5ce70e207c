//! A voice for sentences that nobody has recorded: a program on this machine, or a service asked by
//! HTTP. What was spoken once is kept on disk and never asked for again.

pub mod cache;
pub mod command;
pub mod http;
#[cfg(test)]
mod tests;

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rappel_audio::wav;
use rappel_model::Language;
use tokio::sync::Semaphore;
use tokio::time::timeout;

pub use cache::Kept;
pub use command::Program;
pub use http::Service;

/// A voice. Cheap to clone; at most [`MAX_AT_ONCE`] sentences are spoken at a time.
#[derive(Clone, Debug)]
pub struct Voice(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    speaker: Speaker,
    kept: Kept,
    limit: Duration,
    turns: Semaphore,
}

/// Who speaks.
#[derive(Clone, Debug)]
pub enum Speaker {
    /// A program.
    Program(Program),
    /// A service.
    Service(Service),
}

/// Why a sentence was not spoken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The limit has passed.
    #[error("the voice took too long")]
    TimedOut,
    /// The program or the service failed; in its own words, or ours.
    #[error("the voice failed: {0}")]
    Failed(String),
    /// What came is no sound we can use.
    #[error("what the voice said is no usable WAV: {0}")]
    NotSound(String),
    /// It cannot be kept.
    #[error("what was spoken cannot be kept: {0}")]
    NotKept(String),
}

impl Voice {
    /// A voice that gives up after `limit` and keeps what it says in `kept`.
    pub fn new(speaker: Speaker, kept: Kept, limit: Duration) -> Self {
        Self(Arc::new(Inner {
            speaker,
            kept,
            limit,
            turns: Semaphore::new(MAX_AT_ONCE),
        }))
    }

    /// The file in which `text` is spoken, at 8 kHz and 16 bits; spoken now if it never was.
    ///
    /// # Errors
    /// [`Error`]. The text itself is in none of them: it may be about a person.
    pub async fn say(&self, language: &Language, text: &str) -> Result<PathBuf, Error> {
        let name = cache::name(&self.0.speaker.identity(language), text);
        if let Some(path) = self.0.kept.find(&name) {
            return Ok(path);
        }
        let _turn = self
            .0
            .turns
            .acquire()
            .await
            .map_err(|_| Error::Failed("it is closed".into()))?;
        let spoken = timeout(self.0.limit, self.0.speaker.say(language, text)).await;
        let bytes = spoken.unwrap_or(Err(Error::TimedOut))?;
        let kept = self.0.kept.clone();
        let worked = tokio::task::spawn_blocking(move || {
            let wav = converted(&bytes)?;
            kept.keep(&name, &wav)
                .map_err(|e| Error::NotKept(e.to_string()))
        });
        worked
            .await
            .unwrap_or_else(|_| Err(Error::Failed("it panicked".into())))
    }
}

impl Speaker {
    /// All that makes this voice sound as it does, for the name under which its words are kept.
    fn identity(&self, language: &Language) -> String {
        match self {
            Self::Program(program) => program.identity(language),
            Self::Service(service) => service.identity(language),
        }
    }

    async fn say(&self, language: &Language, text: &str) -> Result<Vec<u8>, Error> {
        match self {
            Self::Program(program) => program.say(language, text).await,
            Self::Service(service) => service.say(language, text).await,
        }
    }
}

/// Any WAV as one of 8 kHz, 16 bits, one channel.
fn converted(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let not_sound = |e: wav::Error| Error::NotSound(e.to_string());
    let samples = wav::read(&*honest(bytes)).map_err(not_sound)?;
    if samples.is_empty() {
        return Err(Error::NotSound("it is empty".into()));
    }
    let mut file = Cursor::new(Vec::new());
    wav::write(&mut file, &samples).map_err(not_sound)?;
    Ok(file.into_inner())
}

/// Programs that write to a pipe cannot know how long a sound will be when they write its header,
/// and promise as much as the field holds. The lengths are set to what came.
fn honest(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.len() < 12 || &bytes[..4] != b"RIFF" {
        return bytes;
    }
    let whole = bytes.len();
    cut(&mut bytes[4..8], whole - 8);
    let mut at = 12;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if &head[..4] == b"data" {
            cut(&mut bytes[at + 4..at + 8], (whole - at - 8) & !1);
            break;
        }
        at += 8 + length + length % 2;
    }
    bytes
}

/// Lowers a length to what there is.
fn cut(field: &mut [u8], most: usize) {
    let mut told = [0; 4];
    told.copy_from_slice(field);
    let length = (u32::from_le_bytes(told) as usize).min(most);
    field.copy_from_slice(&(length as u32).to_le_bytes());
}

/// Sentences spoken at a time.
pub const MAX_AT_ONCE: usize = 4;

/// Largest sound a voice may give for one sentence, in bytes: three minutes of 48 kHz.
pub const MAX_SOUND: usize = 16 << 20;

/// Longest text spoken at once, in characters; a sentence has 600 at most.
pub const MAX_TEXT: usize = 2_000;
