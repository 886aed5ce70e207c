//! Which recording is which: read once, kept in the archive, and not read again as long as the file
//! system says that it is the same file.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rappel_store::Archive;

use crate::config::tenant_files::{self, recording_bytes};

/// The recordings this engine has read.
#[derive(Debug)]
pub(super) struct Digests {
    archive: Archive,
    seen: BTreeMap<PathBuf, (Mark, String)>,
    good: BTreeSet<String>,
}

/// What changes when a file does: its inode, its size, and the times of its bytes and of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Digests {
    pub(super) fn new(archive: Archive) -> Self {
        Self {
            archive,
            seen: BTreeMap::new(),
            good: BTreeSet::new(),
        }
    }

    /// Whether a recording was found playable before.
    pub(super) fn is_good(&self, digest: &str) -> bool {
        self.good.contains(digest)
    }

    /// A recording is playable.
    pub(super) fn good(&mut self, digest: &str) {
        if self.good.len() >= MAX_SEEN {
            self.good.clear();
        }
        self.good.insert(digest.to_owned());
    }
}

impl tenant_files::Digests for Digests {
    fn digest(&mut self, path: &Path) -> io::Result<String> {
        let mark = Mark::of(path)?;
        if let Some((known, digest)) = self.seen.get(path)
            && *known == mark
            && self.archive.sound(digest).exists()
        {
            return Ok(digest.clone());
        }
        let bytes = recording_bytes(path)?;
        let digest = self.archive.keep_sound(&bytes).map_err(io::Error::other)?;
        if self.seen.len() >= MAX_SEEN {
            self.seen.clear();
        }
        self.seen.insert(path.to_owned(), (mark, digest.clone()));
        Ok(digest)
    }
}

impl Mark {
    /// Of a file that is there.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let about = std::fs::metadata(path)?;
        Ok(Self {
            inode: about.ino(),
            size: about.size(),
            modified: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
        })
    }
}

/// Most recordings that are remembered; beyond, all are read again.
const MAX_SEEN: usize = 100_000;
