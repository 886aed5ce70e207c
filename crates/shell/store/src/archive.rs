//! The versions of tenants' files that the engine took: kept whole, so that it can go back.
//!
//! ```text
//! data/versions/sounds.d/<sha-256>.wav     recordings, each content once, for all versions
//! data/versions/<tenant>/<number>.jsonl    one version: what it is, then its texts
//! data/versions/<tenant>/state.json        which one runs
//! ```
//!
//! Every file is written beside its place and moved there once it is on disk: after a crash there is
//! the old one or the new one. A sound is there before a version names it, and a version before the
//! state does.

mod durable;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rappel_model::{TenantId, Timestamp, VersionId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::folder::Folder;

/// The kept versions of one data folder. Only the running engine writes there.
#[derive(Clone, Debug)]
pub struct Archive {
    root: PathBuf,
}

/// The files of one version: texts by their path below the configuration folder, recordings by the
/// same path and the digest of their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptFiles {
    /// `tenants/garage/lines.toml` → its text.
    pub texts: BTreeMap<String, String>,
    /// `shared/prompts/fr/bonjour.wav` → its digest.
    pub recordings: BTreeMap<String, String>,
}

/// One kept version, without its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its number and fingerprint.
    pub id: VersionId,
    /// When the engine first took it.
    pub accepted: Timestamp,
}

/// Which version of a tenant runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Its number.
    pub number: u32,
    /// True when somebody went back to it: the files in the configuration folder wait until they
    /// are loaded again.
    pub rolled_back: bool,
    /// The highest number ever given.
    last: u32,
}

/// The first line of a version's file.
#[derive(Serialize, Deserialize)]
struct Head {
    number: u32,
    fingerprint: String,
    /// Microseconds since 1970.
    accepted: i64,
    recordings: BTreeMap<String, String>,
}

impl Archive {
    /// The archive of a data folder; made when missing.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn open(folder: &Folder) -> Result<Self, Error> {
        let root = folder.path().join("versions");
        durable::folder(&root.join(SOUNDS))?;
        Ok(Self { root })
    }

    /// Keeps the bytes of a recording and returns the digest they are found by. The same bytes are
    /// kept once.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn keep_sound(&self, bytes: &[u8]) -> Result<String, Error> {
        let digest = digest(bytes);
        let path = self.sound(&digest);
        if !path.exists() {
            durable::write(&path, bytes)?;
        }
        Ok(digest)
    }

    /// The file of a recording that was kept.
    pub fn sound(&self, digest: &str) -> PathBuf {
        self.root.join(SOUNDS).join(format!("{digest}.wav"))
    }

    /// Keeps the files of a version that was found good, unless the same are kept already, and
    /// returns the number they have. Beyond [`MAX_KEPT`] versions the lowest number is forgotten,
    /// but never the one that runs.
    ///
    /// # Errors
    /// The disk refuses: nothing has changed.
    pub fn accept(
        &self,
        tenant: &TenantId,
        fingerprint: &str,
        files: &KeptFiles,
        at: Timestamp,
    ) -> Result<u32, Error> {
        let kept = self.versions(tenant)?;
        for same in kept
            .iter()
            .filter(|kept| kept.id.fingerprint == fingerprint)
        {
            if self.files(tenant, same.id.number).as_ref() == Ok(files) {
                return Ok(same.id.number);
            }
        }
        let highest = kept.last().map_or(0, |kept| kept.id.number);
        let state = self.running(tenant)?.unwrap_or_default();
        let number = highest.max(state.last) + 1;
        let head = Head {
            number,
            fingerprint: fingerprint.to_owned(),
            accepted: at.as_micros(),
            recordings: files.recordings.clone(),
        };
        let text = format!("{}\n{}\n", json(&head)?, json(&files.texts)?);
        durable::folder(&self.of(tenant))?;
        durable::write(&self.path(tenant, number), text.as_bytes())?;
        let surplus = (kept.len() + 1).saturating_sub(MAX_KEPT);
        let old = kept.iter().map(|kept| kept.id.number);
        for number in old.filter(|n| *n != state.number).take(surplus) {
            durable::remove(&self.path(tenant, number))?;
        }
        Ok(number)
    }

    /// Notes which version runs; it is what the next start finds.
    ///
    /// # Errors
    /// The disk refuses: nothing has changed.
    pub fn run(&self, tenant: &TenantId, number: u32, rolled_back: bool) -> Result<(), Error> {
        let before = self.running(tenant)?.unwrap_or_default();
        let state = Running {
            number,
            rolled_back,
            last: before.last.max(number),
        };
        if state == before {
            return Ok(());
        }
        durable::write(&self.of(tenant).join(STATE), json(&state)?.as_bytes())
    }

    /// Which version runs, or ran last; `None` for a tenant that never did.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn running(&self, tenant: &TenantId) -> Result<Option<Running>, Error> {
        let path = self.of(tenant).join(STATE);
        match durable::read(&path)? {
            None => Ok(None),
            Some(text) => serde_json::from_str(&text)
                .map(Some)
                .map_err(|_| damaged(&path)),
        }
    }

    /// The kept versions, lowest number first. A file that cannot be read is told in the log and
    /// left out.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn versions(&self, tenant: &TenantId) -> Result<Vec<Summary>, Error> {
        let mut found: Vec<_> = self.heads(tenant)?.into_iter().map(Summary::from).collect();
        found.sort_by_key(|summary| summary.id.number);
        Ok(found)
    }

    /// The files of a kept version.
    ///
    /// # Errors
    /// [`Error::Unknown`] when it is not kept; [`Error::Damaged`] when it cannot be read.
    pub fn files(&self, tenant: &TenantId, number: u32) -> Result<KeptFiles, Error> {
        let path = self.path(tenant, number);
        let text = durable::read(&path)?;
        let text = text.ok_or_else(|| Error::Unknown(format!("version {number} of {tenant}")))?;
        let read = || -> Option<KeptFiles> {
            let (head, texts) = text.split_once('\n')?;
            let head: Head = serde_json::from_str(head).ok()?;
            let texts = serde_json::from_str(texts).ok()?;
            Some(KeptFiles {
                texts,
                recordings: head.recordings,
            })
        };
        read().ok_or_else(|| damaged(&path))
    }

    /// Removes every sound that neither a kept version nor `in_use` names. Returns how many.
    ///
    /// # Errors
    /// The folder cannot be listed, or a version cannot: then nothing is removed.
    pub fn sweep(&self, in_use: &BTreeSet<PathBuf>) -> Result<usize, Error> {
        let mut wanted = in_use.clone();
        for entry in entries(&self.root)? {
            let name = entry.file_name().map(|name| name.to_string_lossy());
            if let Some(tenant) = name.filter(|name| *name != SOUNDS) {
                for head in self.heads(&TenantId::from(&*tenant))? {
                    wanted.extend(head.recordings.values().map(|digest| self.sound(digest)));
                }
            }
        }
        let mut removed = 0;
        for path in entries(&self.root.join(SOUNDS))? {
            if !wanted.contains(&path) {
                durable::remove(&path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn heads(&self, tenant: &TenantId) -> Result<Vec<Head>, Error> {
        let folder = self.of(tenant);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut heads = Vec::new();
        for path in entries(&folder)? {
            if path.extension().is_none_or(|ending| ending != ENDING) {
                continue;
            }
            match durable::first_line(&path).map(|line| serde_json::from_str(&line)) {
                Ok(Ok(head)) => heads.push(head),
                Ok(Err(error)) => {
                    tracing::warn!(path = %path.display(), %error, "a kept version is damaged");
                }
                Err(error) => tracing::warn!(%error, "a kept version cannot be read"),
            }
        }
        Ok(heads)
    }

    fn of(&self, tenant: &TenantId) -> PathBuf {
        self.root.join(tenant.as_str())
    }

    fn path(&self, tenant: &TenantId, number: u32) -> PathBuf {
        self.of(tenant).join(format!("{number}.{ENDING}"))
    }
}

impl From<Head> for Summary {
    fn from(head: Head) -> Self {
        Self {
            id: VersionId {
                number: head.number,
                fingerprint: head.fingerprint,
            },
            accepted: Timestamp::from_micros(head.accepted),
        }
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect()
    };
    list().map_err(|e| Error::io(folder, &e))
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|e| Error::Bug(format!("writing JSON: {e}")))
}

/// What tells the bytes of one recording from another's: their SHA-256 in hex.
pub fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn damaged(path: &Path) -> Error {
    Error::Damaged(path.display().to_string())
}

/// Most versions kept of one tenant.
pub const MAX_KEPT: usize = 20;

/// The folder of recordings; no name of a tenant has a dot.
const SOUNDS: &str = "sounds.d";

const STATE: &str = "state.json";

const ENDING: &str = "jsonl";
