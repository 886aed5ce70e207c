//! The files of one tenant, or the shared ones, as text: the shell reads them, this room never does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rappel_ivr::{Words, words};

/// A folder as text: path below it → content, and the recordings in it, each by a digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    root: String,
    texts: BTreeMap<String, String>,
    recordings: Option<BTreeMap<String, String>>,
    columns: BTreeMap<String, Vec<String>>,
    tells_tables: bool,
    voice: bool,
    secrets: BTreeSet<String>,
    /// What recordings say of the words they say.
    fingerprints: BTreeMap<String, String>,
}

impl Files {
    /// An empty folder. `root` is what problems show before each path: `tenants/garage-martin`.
    pub fn new(root: impl Into<String>) -> Self {
        Self {
            root: root.into(),
            texts: BTreeMap::new(),
            recordings: None,
            columns: BTreeMap::new(),
            tells_tables: false,
            voice: false,
            secrets: BTreeSet::new(),
            fingerprints: BTreeMap::new(),
        }
    }

    /// Adds the text of a file; `path` is relative to the folder, with `/`: `flows/accueil.toml`.
    /// Refused beyond [`MAX_FILES`] files or [`MAX_FILE_BYTES`] bytes.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> Result<(), Refused> {
        let text = text.into();
        if text.len() > MAX_FILE_BYTES {
            return Err(Refused::TooLong);
        }
        if self.texts.len() >= MAX_FILES {
            return Err(Refused::TooMany);
        }
        self.texts.insert(path.into(), text);
        Ok(())
    }

    /// Tells which recordings the folder has, by their paths below `prompts/` without the ending:
    /// `fr/bonjour`, `fr/attente.1`. A folder that never tells is not checked for them.
    pub fn set_recordings(&mut self, paths: impl IntoIterator<Item = String>) {
        self.set_digests(paths.into_iter().map(|path| (path, String::new())));
    }

    /// The same with a digest of each recording's bytes, so that a version's fingerprint tells one
    /// recording from another.
    pub fn set_digests(&mut self, recordings: impl IntoIterator<Item = (String, String)>) {
        self.recordings = Some(recordings.into_iter().collect());
    }

    /// Tells which sentence a recording says, by the fingerprint it carries (FLOWS §18.8): the first 16
    /// hex digits of the SHA-256 of the words. Other comments in a recording are none and ignored.
    pub fn set_fingerprint(&mut self, path: impl Into<String>, fingerprint: &str) {
        let known = fingerprint.len() == 16 && fingerprint.bytes().all(|b| b.is_ascii_hexdigit());
        if known {
            self.fingerprints
                .insert(path.into(), fingerprint.to_ascii_lowercase());
        }
    }

    /// The fingerprint that a recording carries.
    pub(crate) fn fingerprint(&self, path: &str) -> Option<&str> {
        self.fingerprints.get(path).map(String::as_str)
    }

    /// Every recording that was told, with its digest, by path.
    pub fn recordings(&self) -> impl Iterator<Item = (&str, &str)> {
        let told = self.recordings.iter().flatten();
        told.map(|(path, digest)| (path.as_str(), digest.as_str()))
    }

    /// Tells the columns of a table in the folder: `clients.csv`. Its rows are data, not read here and
    /// no part of a version: a row that changes makes no other one.
    pub fn set_columns(&mut self, path: impl Into<String>, columns: Vec<String>) {
        self.columns.insert(path.into(), columns);
    }

    /// Tells that the folder has no other tables than those whose columns were told: a directory whose
    /// file is missing is a problem then.
    pub fn tell_all_tables(&mut self) {
        self.tells_tables = true;
    }

    /// The columns of a table, when they were told.
    pub fn columns(&self, path: &str) -> Option<&[String]> {
        self.columns.get(path).map(Vec::as_slice)
    }

    /// Tells that the engine has a synthesiser: a sentence without a recording is no silence then.
    pub fn set_voice(&mut self, voice: bool) {
        self.voice = voice;
    }

    /// Tells the names of the secrets that steps may name (`auth = "secret:NAME"`); told to the
    /// shared folder, they are for all tenants.
    pub fn set_secrets(&mut self, names: impl IntoIterator<Item = String>) {
        self.secrets = names.into_iter().collect();
    }

    /// Whether the folder told all its tables.
    pub(crate) fn tells_tables(&self) -> bool {
        self.tells_tables
    }

    /// Whether the engine has a synthesiser.
    pub(crate) fn has_voice(&self) -> bool {
        self.voice
    }

    /// The names of the secrets that were told.
    pub(crate) fn secrets(&self) -> &BTreeSet<String> {
        &self.secrets
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Every file, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(p, t)| (p.as_str(), t.as_str()))
    }

    /// Whether there is a recording of this path.
    pub fn has_recording(&self, path: &str) -> bool {
        self.recordings
            .as_ref()
            .is_some_and(|all| all.contains_key(path))
    }

    /// Whether the folder told its recordings.
    pub(crate) fn tells_recordings(&self) -> bool {
        self.recordings.is_some()
    }

    /// The path as problems show it.
    pub fn shown(&self, path: &str) -> String {
        if self.root.is_empty() {
            path.to_owned()
        } else {
            format!("{}/{path}", self.root)
        }
    }
}

/// Why a file was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// More than [`MAX_FILE_BYTES`].
    TooLong,
    /// More than [`MAX_FILES`] files.
    TooMany,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "a file may have {} KiB", MAX_FILE_BYTES / 1024),
            Self::TooMany => write!(f, "a folder may have {MAX_FILES} files"),
        }
    }
}

impl Refused {
    /// The same for operators.
    pub fn words(self) -> Words {
        let kib = MAX_FILE_BYTES / 1024;
        match self {
            Self::TooLong => words!(
                "a file may have {kib} KiB",
                "un fichier fait {kib} Kio au plus"
            ),
            Self::TooMany => words!(
                "a folder may have {MAX_FILES} files",
                "un dossier a {MAX_FILES} fichiers au plus"
            ),
        }
    }
}

impl std::error::Error for Refused {}

/// Longest file taken, in bytes.
pub const MAX_FILE_BYTES: usize = 256 * 1024;

/// Most files of one folder.
pub const MAX_FILES: usize = 500;
