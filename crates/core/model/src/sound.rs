//! What a caller may be made to hear, by name. The core names sounds; the shell turns the names
//! into frames before a pacing thread sees them.

use std::time::Duration;

use crate::ids::{Language, RecordingId, TenantId};

/// One thing to play. A list of them is played without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// A recorded sentence, or a piece of one: `bonjour`, `attente.1`, `number/21`.
    Clip {
        /// Whose recordings come first; the shared ones are the fallback.
        tenant: TenantId,
        /// In which language.
        language: Language,
        /// The key in the catalogue of prompts.
        key: String,
    },
    /// Words that no recording says: a synthesiser speaks them, when the engine has one; without one
    /// they are left out.
    Speech {
        /// In which language.
        language: Language,
        /// The words.
        text: String,
    },
    /// A recording made by us: a message, or one that is being reviewed.
    Recording(RecordingId),
    /// A tone made on the spot.
    Tone(Tone),
    /// Nothing, for this long (at most 2 s between words).
    Pause(Duration),
}

impl Sound {
    /// The key of what is heard by whoever waits, unless a queue names another: a company's recording of
    /// this name, the operator's, or a tune of the engine's. It has no words, and so any language's will do.
    pub const MUSIC: &str = "music";

    /// What callers of a company hear who wait.
    pub fn music(tenant: TenantId, language: Language) -> Self {
        Self::Clip {
            tenant,
            language,
            key: Self::MUSIC.to_owned(),
        }
    }

    /// Whether it is that music.
    pub fn is_music(&self) -> bool {
        matches!(self, Self::Clip { key, .. } if key == Self::MUSIC)
    }
}

/// Tones the engine makes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// The beep before a recording: 1 kHz, 200 ms.
    Beep,
    /// Ringing as the caller's country hears it, until stopped (ITU-T E.180; France and most of
    /// Europe: 440 Hz, 1.5 s on, 3.5 s off).
    Ringing,
    /// What somebody hears who is on hold, until stopped: two soft short tones every two seconds.
    Hold,
}
