//! Where each recording lies.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use rappel_audio::wav;
use rappel_model::{Language, Sound, TenantId};

use crate::embedded;
use crate::error::{Broken, Missing};

/// All recordings that may be played: those of tenants, those shared by all, and the engine's own,
/// looked up in this order. It holds names, not sound.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    tenants: BTreeMap<TenantId, Folder>,
    shared: Folder,
}

/// The recordings of one folder: `fr/bonjour` → its file.
type Folder = BTreeMap<String, PathBuf>;

/// One recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recording {
    /// An operator's file.
    File(PathBuf),
    /// One of the engine's own: its name and its bytes.
    Embedded(&'static str, &'static [u8]),
}

impl Catalog {
    /// The engine's own recordings alone.
    pub fn embedded() -> Self {
        Self::default()
    }

    /// Adds what lies in `folder/prompts/LANGUAGE/KEY.wav` of a folder offered to all tenants;
    /// replaces what was added before. A folder that does not exist holds nothing.
    ///
    /// # Errors
    /// The folder cannot be read, or holds more than [`MAX_RECORDINGS`].
    pub fn set_shared(&mut self, folder: &Path) -> io::Result<()> {
        self.shared = recordings_in(folder)?;
        Ok(())
    }

    /// The same for the folder of one tenant.
    ///
    /// # Errors
    /// As [`set_shared`](Self::set_shared).
    pub fn set_tenant(&mut self, tenant: TenantId, folder: &Path) -> io::Result<()> {
        self.tenants.insert(tenant, recordings_in(folder)?);
        Ok(())
    }

    /// Offers these files to all tenants: names like `fr/bonjour`, and where each lies. Replaces
    /// what was offered before.
    pub fn set_shared_files(&mut self, files: impl IntoIterator<Item = (String, PathBuf)>) {
        self.shared = files.into_iter().collect();
    }

    /// The same for one tenant.
    pub fn set_tenant_files(
        &mut self,
        tenant: TenantId,
        files: impl IntoIterator<Item = (String, PathBuf)>,
    ) {
        self.tenants.insert(tenant, files.into_iter().collect());
    }

    /// The recording that says `key`: the tenant's before the shared before the engine's, in the
    /// language, in the same language elsewhere (`fr` for `fr-CH`), or at last in English. Music has no
    /// words: that of any language will do.
    ///
    /// # Errors
    /// [`Missing`] when none of them has it.
    pub fn find(
        &self,
        tenant: &TenantId,
        language: &Language,
        key: &str,
    ) -> Result<Recording, Missing> {
        let plain = language.as_str().split('-').next().unwrap_or_default();
        [language.as_str(), plain, LAST_RESORT]
            .into_iter()
            .find_map(|language| self.exactly(tenant, &format!("{language}/{key}")))
            .or_else(|| (key == Sound::MUSIC).then(|| self.in_any_language(tenant, key))?)
            .ok_or_else(|| Missing {
                tenant: tenant.clone(),
                language: language.clone(),
                key: key.to_owned(),
            })
    }

    /// The recording of `key` in this very language: the tenant's before the shared before the
    /// engine's.
    pub fn in_language(
        &self,
        tenant: &TenantId,
        language: &Language,
        key: &str,
    ) -> Option<Recording> {
        self.exactly(tenant, &format!("{language}/{key}"))
    }

    /// A recording of `key` in whichever language there is one.
    fn in_any_language(&self, tenant: &TenantId, key: &str) -> Option<Recording> {
        let own = self.tenants.get(tenant).into_iter().flatten();
        let mut files = own.chain(&self.shared);
        let found = files.find(|(name, _)| name.split_once('/').is_some_and(|(_, k)| k == key));
        found.map(|(_, path)| Recording::File(path.clone()))
    }

    fn exactly(&self, tenant: &TenantId, name: &str) -> Option<Recording> {
        let own = self.tenants.get(tenant).and_then(|folder| folder.get(name));
        if let Some(path) = own.or_else(|| self.shared.get(name)) {
            return Some(Recording::File(path.clone()));
        }
        let (name, bytes) = embedded::recording(name)?;
        Some(Recording::Embedded(name, bytes))
    }

    /// The names of a tenant's own recordings, `fr/bonjour`, as `tenant::Files` wants them.
    pub fn of_tenant(&self, tenant: &TenantId) -> BTreeSet<String> {
        let folder = self.tenants.get(tenant);
        folder
            .map(|f| f.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// The names of the recordings offered to all tenants: the shared folder's and the engine's.
    pub fn of_all(&self) -> BTreeSet<String> {
        let shared = self.shared.keys().cloned();
        shared.chain(embedded::names().map(str::to_owned)).collect()
    }

    /// Every operator's file, with whose it is (`None` for the shared folder).
    pub fn files(&self) -> impl Iterator<Item = (Option<&TenantId>, &Path)> {
        let shared = self.shared.values().map(|path| (None, path.as_path()));
        let own = self.tenants.iter().flat_map(|(tenant, folder)| {
            folder
                .values()
                .map(move |path| (Some(tenant), path.as_path()))
        });
        shared.chain(own)
    }
}

impl Recording {
    /// Reads the sound as samples at 8 kHz, whatever the file's own format.
    ///
    /// # Errors
    /// [`Broken`], which names the file.
    pub fn samples(&self) -> Result<Vec<i16>, Broken> {
        self.read(|bytes| wav::read(bytes))
    }

    /// Reads the sound as samples at 16 kHz; `None` when the file has nothing that 8 kHz would lose.
    ///
    /// # Errors
    /// As [`samples`](Self::samples).
    pub fn wide_samples(&self) -> Result<Option<Vec<i16>>, Broken> {
        self.read(|bytes| wav::read_wide(bytes))
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&mut dyn io::Read) -> Result<T, wav::Error>,
    ) -> Result<T, Broken> {
        let (path, read) = match self {
            Self::File(path) => {
                let file = std::fs::File::open(path).map_err(wav::Error::Io);
                let read = file.and_then(|file| read(&mut io::BufReader::new(file)));
                (path.clone(), read)
            }
            Self::Embedded(name, bytes) => (PathBuf::from(name), read(&mut &**bytes)),
        };
        read.map_err(|cause| Broken { path, cause })
    }
}

fn recordings_in(folder: &Path) -> io::Result<Folder> {
    let root = folder.join("prompts");
    let mut found = Folder::new();
    if root.is_dir() {
        collect(&root, &root, MAX_DEPTH, &mut found)?;
    }
    Ok(found)
}

fn collect(root: &Path, folder: &Path, depth: usize, found: &mut Folder) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if depth > 0 {
                collect(root, &path, depth - 1, found)?;
            }
            continue;
        }
        let ending = path.extension().unwrap_or_default();
        if !ending.eq_ignore_ascii_case("wav") {
            continue;
        }
        let below = path.strip_prefix(root).expect("it was found below");
        let name = below.with_extension("").to_string_lossy().into_owned();
        if found.len() >= MAX_RECORDINGS {
            let message = format!("{}: more than {MAX_RECORDINGS} recordings", root.display());
            return Err(io::Error::other(message));
        }
        found.insert(name, path);
    }
    Ok(())
}

/// The most recordings of one folder.
pub const MAX_RECORDINGS: usize = 5_000;

/// Folders within folders that are looked into: `fr/number/…` needs two.
const MAX_DEPTH: usize = 3;

/// The language that is better than silence.
const LAST_RESORT: &str = "en";

#[cfg(test)]
pub(crate) mod tests;
