//! Sound ready to send, made once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rappel_media::Clip;
use rappel_model::{Language, Sound, TenantId, Tone};
use rappel_rtp::Encoding;

use crate::catalog::{Catalog, Recording};
use crate::error::{Broken, Unusable};

/// Clips of one catalogue. What was used is kept, up to a bound in bytes; what was not used for the
/// longest time goes first. Whoever plays a clip keeps it alive.
///
/// The lock is held to look up, to keep and to let go, never while a file is read or encoded.
#[derive(Debug)]
pub struct Cache {
    catalog: Catalog,
    max_bytes: usize,
    kept: Arc<Mutex<Kept>>,
    beep: Arc<Clip>,
    ringing: Arc<Clip>,
    hold: Arc<Clip>,
}

/// Clips by recording, and when each was used last.
#[derive(Debug, Default)]
struct Kept {
    clips: BTreeMap<String, Entry>,
    bytes: usize,
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    clip: Arc<Clip>,
    used: u64,
    /// What it weighed when it was weighed last.
    bytes: usize,
}

impl Cache {
    /// A cache over `catalog` that keeps at most `max_bytes` of sound ([`MAX_BYTES`] is a good
    /// bound).
    pub fn new(catalog: Catalog, max_bytes: usize) -> Self {
        Self {
            catalog,
            max_bytes,
            kept: Arc::default(),
            beep: Arc::new(Clip::tone(Tone::Beep)),
            ringing: Arc::new(Clip::tone(Tone::Ringing)),
            hold: Arc::new(Clip::tone(Tone::Hold)),
        }
    }

    /// A cache over another catalogue that keeps its sound together with this one's: a file that
    /// both name is encoded once, and the bound is one for both.
    pub fn over(&self, catalog: Catalog) -> Self {
        Self {
            catalog,
            max_bytes: self.max_bytes,
            kept: Arc::clone(&self.kept),
            beep: Arc::clone(&self.beep),
            ringing: Arc::clone(&self.ringing),
            hold: Arc::clone(&self.hold),
        }
    }

    /// The catalogue below.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The clip that says `key`. Reads and encodes it at its first use, which takes milliseconds;
    /// after [`warm`](Self::warm) no file is read.
    ///
    /// # Errors
    /// [`Unusable`]: there is no recording, or it is broken.
    pub fn clip(
        &self,
        tenant: &TenantId,
        language: &Language,
        key: &str,
    ) -> Result<Arc<Clip>, Unusable> {
        let recording = self.catalog.find(tenant, language, key);
        self.encoded(&recording.map_err(Unusable::Missing)?)
            .map_err(Unusable::Broken)
    }

    /// What a name of the core stands for; `None` for what lies elsewhere: a recording made by us is
    /// in the store, speech is a synthesiser's.
    ///
    /// # Errors
    /// As [`clip`](Self::clip).
    pub fn sound(&self, sound: &Sound) -> Result<Option<Arc<Clip>>, Unusable> {
        Ok(Some(match sound {
            Sound::Clip {
                tenant,
                language,
                key,
            } => self.clip(tenant, language, key)?,
            Sound::Tone(Tone::Beep) => Arc::clone(&self.beep),
            Sound::Tone(Tone::Ringing) => Arc::clone(&self.ringing),
            Sound::Tone(Tone::Hold) => Arc::clone(&self.hold),
            Sound::Pause(length) => Arc::new(Clip::pause(*length)),
            Sound::Recording(_) | Sound::Speech { .. } => return Ok(None),
        }))
    }

    /// The same, as far as it is kept this moment: nothing is read and nothing encoded, so that threads
    /// which may not wait can ask.
    pub fn kept_sound(&self, sound: &Sound) -> Option<Arc<Clip>> {
        match sound {
            Sound::Clip {
                tenant,
                language,
                key,
            } => {
                let recording = self.catalog.find(tenant, language, key).ok()?;
                self.kept().find(&name_of(&recording))
            }
            _ => self.sound(sound).ok()?,
        }
    }

    /// Codes a sound for an encoding that is not G.711, once for all calls that have it: a prompt from
    /// its recording as wide as that is. What is not kept here is left alone. Takes about a
    /// hundredth of the sound's length, so no thread that others wait for may do it.
    pub fn prepare(&self, sound: &Sound, encoding: Encoding) {
        let Ok(Some(clip)) = self.sound(sound) else {
            return;
        };
        if clip.is_prepared(encoding) {
            return;
        }
        let recording = match sound {
            Sound::Clip {
                tenant,
                language,
                key,
            } => self.catalog.find(tenant, language, key).ok(),
            Sound::Tone(_) => None,
            Sound::Pause(_) | Sound::Recording(_) | Sound::Speech { .. } => return,
        };
        // A file that has broken since it was read: what was read of it is still good.
        let wide = recording.as_ref().and_then(|r| r.wide_samples().ok()?);
        clip.prepare(encoding, wide.as_deref());
        if let Some(recording) = recording {
            self.kept().weigh(&name_of(&recording), self.max_bytes);
        }
    }

    /// Reads every operator's file, so that no call waits for one and every broken one is known
    /// before a call needs it.
    pub fn warm(&self) -> Vec<Broken> {
        let files = self.catalog.files();
        files
            .filter_map(|(_, path)| self.encoded(&Recording::File(path.to_owned())).err())
            .collect()
    }

    /// The sound of one file.
    ///
    /// # Errors
    /// [`Broken`]: nobody could hear it.
    pub fn file(&self, path: &Path) -> Result<Arc<Clip>, Broken> {
        self.encoded(&Recording::File(path.to_owned()))
    }

    /// Reads one file, so that the first call that needs it does not.
    ///
    /// # Errors
    /// [`Broken`]: no caller could hear it.
    pub fn warm_file(&self, path: &Path) -> Result<(), Broken> {
        self.encoded(&Recording::File(path.to_owned())).map(drop)
    }

    /// Bytes of sound kept now.
    pub fn bytes(&self) -> usize {
        self.kept().bytes
    }

    fn encoded(&self, recording: &Recording) -> Result<Arc<Clip>, Broken> {
        let name = name_of(recording);
        if let Some(clip) = self.kept().find(&name) {
            return Ok(clip);
        }
        let clip = Arc::new(Clip::from_samples(&recording.samples()?));
        self.kept().keep(name, &clip, self.max_bytes);
        Ok(clip)
    }

    /// A thread that died while it held the lock left whole entries behind.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name_of(recording: &Recording) -> String {
    match recording {
        Recording::File(path) => path.to_string_lossy().into_owned(),
        // No path begins with a NUL.
        Recording::Embedded(name, _) => format!("\0{name}"),
    }
}

impl Kept {
    fn find(&mut self, name: &str) -> Option<Arc<Clip>> {
        self.uses += 1;
        let entry = self.clips.get_mut(name)?;
        entry.used = self.uses;
        Some(Arc::clone(&entry.clip))
    }

    fn keep(&mut self, name: String, clip: &Arc<Clip>, max_bytes: usize) {
        let bytes = clip.bytes();
        if bytes > max_bytes {
            return;
        }
        self.uses += 1;
        self.bytes += bytes;
        let entry = Entry {
            clip: Arc::clone(clip),
            used: self.uses,
            bytes,
        };
        if let Some(before) = self.clips.insert(name, entry) {
            self.bytes -= before.bytes;
        }
        self.forget_beyond(max_bytes);
    }

    /// A clip weighs more than it did.
    fn weigh(&mut self, name: &str, max_bytes: usize) {
        if let Some(entry) = self.clips.get_mut(name) {
            let bytes = entry.clip.bytes();
            self.bytes = self.bytes - entry.bytes + bytes;
            entry.bytes = bytes;
        }
        self.forget_beyond(max_bytes);
    }

    fn forget_beyond(&mut self, max_bytes: usize) {
        while self.bytes > max_bytes {
            let oldest = self.clips.iter().min_by_key(|(_, entry)| entry.used);
            let Some(name) = oldest.map(|(name, _)| name.clone()) else {
                return;
            };
            if let Some(gone) = self.clips.remove(&name) {
                self.bytes -= gone.bytes;
            }
        }
    }
}

/// A bound that holds an hour of announcements: 64 MiB.
pub const MAX_BYTES: usize = 64 << 20;

#[cfg(test)]
mod tests;
