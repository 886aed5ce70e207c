//! The reading of a configuration folder into texts: one [`Files`] per tenant and the shared ones.
//! Nothing is judged here but what a text cannot tell: size, and whether it is text at all.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rappel_ivr::{PromptTexts, Surroundings, Words, words};
use rappel_model::TenantId;
use rappel_store::KeptFiles;
use rappel_tenant::{Diagnostic, Files, MAX_FILE_BYTES, Source, Version};

use super::directories;
use super::engine::Engine;
use super::secrets::Secrets;

/// A configuration folder, read.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    /// What all tenants are offered.
    shared: Files,
    /// Each tenant's own files.
    tenants: BTreeMap<TenantId, Files>,
    /// Files that could not be taken.
    problems: Vec<Diagnostic>,
}

/// What files are judged by beside what they say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Around {
    /// The names of the secrets.
    pub(crate) secrets: Vec<String>,
    /// Whether a voice speaks what nobody has recorded.
    pub(crate) voice: bool,
}

/// What tells one recording from another.
pub(crate) trait Digests {
    /// A digest of the bytes of a file.
    fn digest(&mut self, path: &Path) -> io::Result<String>;
}

/// Reads every recording whole: for commands that read a folder once.
#[derive(Debug)]
pub(crate) struct Once;

impl Digests for Once {
    fn digest(&mut self, path: &Path) -> io::Result<String> {
        recording_bytes(path).map(|bytes| rappel_store::digest(&bytes))
    }
}

/// What became of one tenant: its version, or everything that is wrong with its files.
pub(crate) type Loaded = Result<Version, Vec<Diagnostic>>;

impl Folder {
    /// Reads `config/shared` and `config/tenants/*`. The error is the folder that could not be
    /// listed, and why.
    pub(crate) fn read(config: &Path) -> Result<Self, String> {
        Self::read_with(config, &mut Once)
    }

    /// The same, with another way to tell recordings apart.
    pub(crate) fn read_with(config: &Path, digests: &mut impl Digests) -> Result<Self, String> {
        let mut folder = Self::default();
        folder.shared = folder.read_one(&config.join("shared"), "shared", digests)?;
        let secrets = Secrets::read(config).map_err(|why| why.en)?;
        let names = secrets.names().map(str::to_owned);
        folder.shared.set_secrets(names);
        // A wrong rappel.toml is told by whoever reads it for its own sake.
        let engine = Engine::read(config);
        let voice = engine.is_ok_and(|engine| engine.tts.is_there());
        folder.shared.set_voice(voice);
        let tenants = config.join("tenants");
        if !tenants.is_dir() {
            return Err(format!(
                "{}: there is no such folder; each company has one of its own in it",
                tenants.display()
            ));
        }
        for path in entries(&tenants)? {
            let name = name_of(&path);
            if !path.is_dir() || name.starts_with('.') {
                continue;
            }
            if !is_tenant_name(&name) {
                return Err(format!(
                    "{}: the name of a tenant has small letters, digits and hyphens, up to {MAX_TENANT}",
                    path.display()
                ));
            }
            let files = folder.read_one(&path, &format!("tenants/{name}"), digests)?;
            folder.tenants.insert(TenantId::from(name), files);
        }
        Ok(folder)
    }

    /// The same from files in memory, their paths as below a configuration folder.
    pub(crate) fn from_table(table: &[(&str, &[u8])]) -> Self {
        let mut folder = Self::default();
        folder.shared = folder.pick(table, "shared");
        let names = table.iter().filter_map(|(path, _)| {
            let (tenant, _) = path.strip_prefix("tenants/")?.split_once('/')?;
            Some(tenant)
        });
        for name in names {
            if !folder.tenants.contains_key(name) {
                let files = folder.pick(table, &format!("tenants/{name}"));
                folder.tenants.insert(TenantId::from(name), files);
            }
        }
        folder
    }

    /// The files of one tenant as an engine kept them.
    pub(crate) fn from_kept(tenant: &TenantId, kept: &KeptFiles, around: &Around) -> Self {
        let mut folder = Self::default();
        let mut pick = |shown: &str| {
            let below = |path: &str| Some(path.strip_prefix(shown)?.strip_prefix('/')?.to_owned());
            let mut files = Files::new(shown);
            for (path, text) in &kept.texts {
                if let Some(name) = below(path) {
                    folder.take(&mut files, &name, text.as_bytes());
                }
            }
            let digests = kept.recordings.iter().filter_map(|(path, digest)| {
                Some((recording(&below(path)?)?.to_owned(), digest.clone()))
            });
            files.set_digests(digests);
            files
        };
        let (shared, own) = (pick("shared"), pick(&format!("tenants/{tenant}")));
        folder.shared = shared;
        folder.shared.set_secrets(around.secrets.iter().cloned());
        folder.shared.set_voice(around.voice);
        folder.tenants.insert(tenant.clone(), own);
        folder
    }

    /// The files of one tenant as an engine keeps them.
    pub(crate) fn to_kept(&self, tenant: &TenantId) -> KeptFiles {
        let mut kept = KeptFiles::default();
        for files in self.tenants.get(tenant).into_iter().chain([&self.shared]) {
            let texts = files.iter();
            kept.texts
                .extend(texts.map(|(path, text)| (files.shown(path), text.to_owned())));
            let recordings = files.recordings().map(|(name, digest)| {
                let path = format!("prompts/{name}.wav");
                (files.shown(&path), digest.to_owned())
            });
            kept.recordings.extend(recordings);
        }
        kept
    }

    /// The names of its tenants.
    pub(crate) fn tenants(&self) -> impl Iterator<Item = &TenantId> {
        self.tenants.keys()
    }

    /// The files of a tenant.
    pub(crate) fn files(&self, tenant: &str) -> Option<&Files> {
        self.tenants.get(tenant)
    }

    /// The flows a tenant may use: its own and the shared ones.
    pub(crate) fn flows(&self, tenant: &TenantId) -> Vec<String> {
        let own = self.tenants.get(tenant).into_iter();
        let paths = own.chain([&self.shared]).flat_map(Files::iter);
        let names = paths.filter_map(|(path, _)| {
            let name = path.strip_prefix("flows/")?.strip_suffix(".toml")?;
            Some(name.to_owned())
        });
        let names: std::collections::BTreeSet<_> = names.collect();
        names.into_iter().collect()
    }

    /// The flow `name` as the tenant would find it, its own or a shared one: the path shown to
    /// operators, and its text.
    pub(crate) fn flow(&self, tenant: &TenantId, name: &str) -> Option<(String, &str)> {
        let path = format!("flows/{name}.toml");
        let own = self.tenants.get(tenant).into_iter();
        let mut folders = own.chain([&self.shared]);
        folders.find_map(|files| Some((files.shown(&path), files.text(&path)?)))
    }

    /// The tests of a tenant: the path shown and the text of each file.
    pub(crate) fn tests(&self, tenant: &TenantId) -> Vec<(String, &str)> {
        let files = self.tenants.get(tenant).into_iter();
        let all = files.flat_map(|files| files.iter().map(move |(path, text)| (files, path, text)));
        all.filter(|(_, path, _)| path.starts_with("tests/") && path.ends_with(".toml"))
            .map(|(files, path, text)| (files.shown(path), text))
            .collect()
    }

    /// All texts a tenant is offered, by their paths: its own, then the shared ones.
    pub(crate) fn offered(&self, tenant: &TenantId) -> impl Iterator<Item = (&str, &str)> {
        let own = self.tenants.get(tenant).into_iter();
        own.chain([&self.shared]).flat_map(Files::iter)
    }

    /// Checks a tenant. A file that could not be taken refuses the tenant it belongs to, and a
    /// shared one every tenant.
    pub(crate) fn load(&self, tenant: &TenantId) -> Loaded {
        let own = format!("tenants/{tenant}/");
        let concerns = |file: &str| file.starts_with("shared/") || file.starts_with(&own);
        let unread = self.problems.iter().filter(|p| concerns(&p.place.file));
        let unread: Vec<_> = unread.cloned().collect();
        if !unread.is_empty() {
            return Err(unread);
        }
        let empty = Files::default();
        let files = self.tenants.get(tenant).unwrap_or(&empty);
        rappel_tenant::load(tenant, files, &self.shared)
    }

    /// The sentences of a tenant and what its flows find around them, whatever else is wrong.
    pub(crate) fn sentences(&self, tenant: &TenantId) -> (PromptTexts, Surroundings) {
        let empty = Files::default();
        let files = self.tenants.get(tenant).unwrap_or(&empty);
        rappel_tenant::sentences(tenant, files, &self.shared)
    }

    /// Reads one folder; one that is not there is empty.
    fn read_one(
        &mut self,
        path: &Path,
        shown: &str,
        digests: &mut impl Digests,
    ) -> Result<Files, String> {
        let mut found = Vec::new();
        if path.is_dir() {
            list(path, "", 0, &mut found)?;
        }
        let mut files = Files::new(shown);
        let mut recordings = Vec::new();
        for (name, path) in found {
            match recording(&name) {
                Some(clip) => match digests.digest(&path) {
                    Ok(digest) => {
                        if let Some(words) = said_words(&path) {
                            files.set_fingerprint(clip, &words);
                        }
                        recordings.push((clip.to_owned(), digest));
                    }
                    Err(error) => self.refuse(&files, &name, "", unread(&error)),
                },
                // In capitals nothing reads it, and its author is told so.
                None if name.to_ascii_lowercase().ends_with(".toml") => match bounded(&path) {
                    Ok(bytes) => self.take(&mut files, &name, &bytes),
                    Err(error) => self.refuse(&files, &name, "", unread(&error)),
                },
                None if name.ends_with(".csv") => {
                    if let Some(columns) = directories::columns(&path) {
                        files.set_columns(&name, columns);
                    }
                }
                None => {}
            }
        }
        files.tell_all_tables();
        files.set_digests(recordings);
        files.tell_all_tables();
        Ok(files)
    }

    fn pick(&mut self, table: &[(&str, &[u8])], shown: &str) -> Files {
        let mut files = Files::new(shown);
        let mut recordings = Vec::new();
        for (path, bytes) in table {
            let Some(name) = path.strip_prefix(shown).and_then(|p| p.strip_prefix('/')) else {
                continue;
            };
            match recording(name) {
                Some(clip) => recordings.push((clip.to_owned(), rappel_store::digest(bytes))),
                None if name.to_ascii_lowercase().ends_with(".toml") => {
                    self.take(&mut files, name, bytes);
                }
                None if name.ends_with(".csv") => {
                    if let Some(columns) = directories::columns_of(bytes) {
                        files.set_columns(name, columns);
                    }
                }
                None => {}
            }
        }
        files.set_digests(recordings);
        files.tell_all_tables();
        files
    }

    /// Takes one file, or notes why not.
    fn take(&mut self, files: &mut Files, name: &str, bytes: &[u8]) {
        match rappel_tenant::decode(bytes) {
            Ok(text) => {
                if let Err(refused) = files.add(name, text) {
                    self.refuse(files, name, "", refused.words());
                }
            }
            Err(why) => {
                let before = String::from_utf8_lossy(&bytes[..why.valid]);
                self.refuse(files, name, &before, why.words);
            }
        }
    }

    fn refuse(&mut self, files: &Files, name: &str, before: &str, why: Words) {
        let source = Source::new(files.shown(name), before);
        let end = before.len();
        self.problems.push(source.error(UNREADABLE, end..end, why));
    }
}

/// Why the system would not give a file.
fn unread(error: &io::Error) -> Words {
    words!(
        "this file cannot be read: {error}",
        "ce fichier ne peut pas être lu : {error}"
    )
}

/// Lists the files below a folder, by their path with `/`, at most [`MAX_DEPTH`] folders deep.
fn list(
    folder: &Path,
    prefix: &str,
    depth: usize,
    found: &mut Vec<(String, PathBuf)>,
) -> Result<(), String> {
    for path in entries(folder)? {
        let name = format!("{prefix}{}", name_of(&path));
        if name_of(&path).starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if depth < MAX_DEPTH {
                list(&path, &format!("{name}/"), depth + 1, found)?;
            }
        } else if found.len() < MAX_LISTED {
            found.push((name, path));
        } else {
            return Err(format!(
                "{}: more than {MAX_LISTED} files",
                folder.display()
            ));
        }
    }
    Ok(())
}

/// What a folder holds, in the order of the names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let read = || -> io::Result<Vec<PathBuf>> {
        let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
        let mut paths: Vec<_> = paths.collect::<io::Result<_>>()?;
        paths.sort();
        Ok(paths)
    };
    read().map_err(|error| format!("{}: {error}", folder.display()))
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// `prompts/fr/bonjour.wav` is the recording `fr/bonjour`.
fn recording(path: &str) -> Option<&str> {
    path.strip_prefix("prompts/")?.strip_suffix(".wav")
}

/// Reads a file, but never more than shows that it is too long.
fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAX_FILE_BYTES as u64 + 1;
    fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads the bytes of a recording, within [`MAX_RECORDING_BYTES`].
pub(crate) fn recording_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAX_RECORDING_BYTES + 1;
    fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_RECORDING_BYTES {
        let most = MAX_RECORDING_BYTES >> 20;
        return Err(io::Error::other(format!("a recording may have {most} MiB")));
    }
    Ok(bytes)
}

/// Tenants become folders of recordings and parts of addresses.
fn is_tenant_name(name: &str) -> bool {
    let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=MAX_TENANT).contains(&name.len()) && name.chars().all(is_fine)
}

/// The code of a file that could not be taken.
const UNREADABLE: &str = "R003";

/// Largest recording, in bytes: six minutes of 48 kHz in stereo, for a sentence.
const MAX_RECORDING_BYTES: u64 = 64 << 20;

/// Longest name of a tenant.
const MAX_TENANT: usize = 63;

/// How deep folders are looked into: `prompts/fr/number/21.wav`.
const MAX_DEPTH: usize = 3;

/// Most files of one tenant, recordings included.
const MAX_LISTED: usize = 20_000;

/// The fingerprint of its words that a recording carries; a file that cannot be read has none, and is
/// refused where its sound is taken.
fn said_words(path: &Path) -> Option<String> {
    rappel_prompts::fingerprint::read(fs::File::open(path).ok()?).ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &[u8] = b"rappel = 1\n[tenant]\ntimezone = \"UTC\"\nlanguages = [\"fr\"]\n";

    /// A folder of its own for one test, removed when the test is over.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("rappel-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn write(&self, name: &str, bytes: &[u8]) {
            let path = self.0.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_folder_and_a_table_are_read_alike() {
        let table: &[(&str, &[u8])] = &[
            ("rappel.toml", b"x"),
            (
                "shared/calendars.toml",
                b"[calendar.c]\nmon = [\"08:00-09:00\"]\n",
            ),
            ("tenants/garage/prompts/fr/number/1.wav", b"RIFF"),
            ("tenants/garage/prompts/fr/bonjour.wav", b"RIFF"),
            (
                "tenants/garage/prompts.toml",
                b"[prompt.bonjour]\nfr = \"Bonjour.\"\n",
            ),
            ("tenants/garage/readme.md", b"\xff"),
            ("tenants/garage/.hidden.toml", b"\xff"),
            ("tenants/garage/tenant.toml", TENANT),
        ];
        let scratch = Scratch::new("alike");
        for (name, bytes) in table {
            scratch.write(name, bytes);
        }
        let read = Folder::read(&scratch.0).unwrap();
        let names: Vec<_> = read.tenants().map(ToString::to_string).collect();
        assert_eq!(names, ["garage"]);
        let table: Vec<_> = table
            .iter()
            .filter(|(name, _)| !name.contains("/."))
            .copied()
            .collect();
        assert_eq!(
            read.files("garage"),
            Folder::from_table(&table).files("garage")
        );
        assert_eq!(read.problems, []);
        let files = read.files("garage").unwrap();
        assert!(files.has_recording("fr/bonjour") && files.has_recording("fr/number/1"));
        let version = read.load(&TenantId::from("garage")).unwrap();
        assert!(version.surroundings.calendars.contains_key("c"));
    }

    #[test]
    fn what_is_no_text_or_too_long_is_a_problem_of_its_tenant() {
        let scratch = Scratch::new("problems");
        scratch.write("tenants/a/tenant.toml", TENANT);
        scratch.write("tenants/b/tenant.toml", b"rappel = 1\n# \xe9t\xe9\n");
        scratch.write("tenants/c/tenant.toml", &vec![b'#'; MAX_FILE_BYTES + 1]);
        let folder = Folder::read(&scratch.0).unwrap();
        assert!(folder.load(&TenantId::from("a")).is_ok());
        let problems = folder.load(&TenantId::from("b")).unwrap_err();
        let shown = problems[0].to_string();
        assert!(
            shown.contains("error[R003]: from here on this is not text in UTF-8"),
            "{shown}"
        );
        assert!(shown.contains("tenants/b/tenant.toml:2:3"), "{shown}");
        let problems = folder.load(&TenantId::from("c")).unwrap_err();
        assert!(
            problems[0].message.en.contains("256 KiB"),
            "{}",
            problems[0]
        );
    }

    #[test]
    fn a_folder_without_tenants_or_with_a_strange_one_is_refused() {
        let scratch = Scratch::new("strange");
        let error = Folder::read(&scratch.0).unwrap_err();
        assert!(error.contains("there is no such folder"), "{error}");
        scratch.write("tenants/Le Garage/tenant.toml", TENANT);
        let error = Folder::read(&scratch.0).unwrap_err();
        assert!(
            error.contains("small letters, digits and hyphens"),
            "{error}"
        );
    }
}
