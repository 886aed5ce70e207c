//! What a voice has said, on disk, by the SHA-256 of voice, text and format.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

/// A folder of spoken sentences, within a bound in bytes; what was not used for the longest time
/// goes first.
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
    max_bytes: u64,
    /// Held while the folder is looked through for what may go.
    sweeping: Arc<Mutex<()>>,
}

/// The name under which a sentence is kept.
pub(super) fn name(identity: &str, text: &str) -> String {
    let mut hash = Sha256::new();
    for part in [identity, text, FORMAT] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Kept {
    /// The folder, made when missing, which may hold `max_bytes` ([`MAX_BYTES`] is a good bound).
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(folder: impl Into<PathBuf>, max_bytes: u64) -> io::Result<Self> {
        let folder = folder.into();
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            max_bytes,
            sweeping: Arc::default(),
        })
    }

    /// The file of a sentence that was spoken before; it counts as used now.
    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        let path = self.path(name);
        let file = fs::File::options().append(true).open(&path).ok()?;
        // Without a new time it only goes earlier than it must.
        let _used = file.set_modified(SystemTime::now());
        Some(path)
    }

    /// Keeps a sentence; beyond the bound, old ones go.
    pub(super) fn keep(&self, name: &str, wav: &[u8]) -> io::Result<PathBuf> {
        let path = self.path(name);
        let beside = self.folder.join(format!("{name}.new"));
        fs::write(&beside, wav)?;
        fs::rename(&beside, &path)?;
        self.sweep(&path)?;
        Ok(path)
    }

    fn sweep(&self, newest: &Path) -> io::Result<()> {
        let _alone = self.sweeping.lock().unwrap_or_else(PoisonError::into_inner);
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let about = entry.metadata()?;
            files.push((about.modified()?, about.len(), entry.path()));
        }
        let mut bytes: u64 = files.iter().map(|(_, size, _)| size).sum();
        files.sort();
        for (_, size, path) in files {
            if bytes <= self.max_bytes {
                break;
            }
            if path != newest {
                fs::remove_file(&path)?;
                bytes -= size;
            }
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.wav"))
    }
}

/// What is kept: a new format makes new names.
const FORMAT: &str = "wav 8000 s16 mono";

/// A bound that holds nine hours of speech: 512 MiB.
pub const MAX_BYTES: u64 = 512 << 20;
