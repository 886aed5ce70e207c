//! The data folder: where the database and the recordings are.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rappel_model::RecordingId;

use crate::error::Error;

/// The data folder of one engine. Nothing in it is readable by anybody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at `path`, which need not exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.0.join("rappel.db")
    }

    /// The folder of recordings.
    pub fn recordings(&self) -> PathBuf {
        self.0.join("recordings")
    }

    /// The socket at which the running engine takes commands.
    pub fn control(&self) -> PathBuf {
        self.0.join("control.sock")
    }

    /// The file of one recording, whether it exists or not.
    pub fn recording(&self, recording: RecordingId) -> PathBuf {
        self.recordings().join(format!("{recording}.wav"))
    }

    /// Which recording a file of the folder is; `None` for anything we did not name.
    pub(crate) fn recording_of(file: &Path) -> Option<RecordingId> {
        let stem = file.file_stem()?.to_str()?;
        let id = RecordingId::parse(stem)?;
        (file.extension()? == "wav" && id.to_string() == stem).then_some(id)
    }

    /// Creates what is missing, for the owner only.
    pub(crate) fn create(&self) -> Result<(), Error> {
        for folder in [self.0.clone(), self.recordings()] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .map_err(|e| Error::io(&folder, &e))?;
        }
        Ok(())
    }

    /// Creates the database file, or takes an existing one from the eyes of others. SQLite gives
    /// its log and shared memory the mode of the database.
    pub(crate) fn protect_database(&self) -> Result<(), Error> {
        let path = self.database();
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|e| Error::io(&path, &e))?;
        fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(|e| Error::io(&path, &e))
    }

    /// Takes the folder for this process until the file is dropped or the process ends.
    pub(crate) fn lock(&self) -> Result<File, Error> {
        let path = self.0.join("rappel.lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|e| Error::io(&path, &e))?;
        for _ in 0..LOCK_ATTEMPTS {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                // Whoever had it may be ending just now, as when an engine is restarted.
                Err(fs::TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(fs::TryLockError::Error(e)) => return Err(Error::io(&path, &e)),
            }
        }
        Err(Error::Taken(self.0.display().to_string()))
    }

    /// Makes the names in the folder of recordings durable: a file that was synced may still be
    /// without a name after a power failure.
    pub(crate) fn sync_names(&self) -> Result<(), Error> {
        let path = self.recordings();
        File::open(&path)
            .and_then(|folder| folder.sync_all())
            .map_err(|e| Error::io(&path, &e))
    }

    /// Removes the file of a recording; one that is gone already is no error.
    pub(crate) fn remove(&self, recording: RecordingId) -> Result<(), Error> {
        let path = self.recording(recording);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io(&path, &e)),
            _ => Ok(()),
        }
    }
}

/// How often a folder that is taken is tried, and the pause between: a second in all.
const LOCK_ATTEMPTS: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);
