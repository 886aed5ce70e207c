//! What `secret:NAME` stands for: `secrets.toml` beside `rappel.toml`, which nobody but the engine's
//! user may read, or the environment, `RAPPEL_SECRET_NAME`.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_model::Secret;

/// All secrets. Its `Debug` shows names only.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(BTreeMap<String, Secret>);

impl Secrets {
    /// Reads `secrets.toml` in `folder`, then the environment, which wins. A file that is not there
    /// holds nothing.
    ///
    /// # Errors
    /// The file is readable by others, too long, or is not `NAME = "value"` line by line; told with
    /// its place, never with a value.
    pub(crate) fn read(folder: &Path) -> Result<Self, Words> {
        let path = folder.join("secrets.toml");
        let mut secrets = Self::from_file(&path)?;
        for (name, value) in std::env::vars() {
            if let Some(name) = name.strip_prefix(PREFIX) {
                secrets.insert(&plain(name), value);
            }
        }
        Ok(secrets)
    }

    /// The secret of this name; upper case and `-` for `_` make no difference.
    pub(crate) fn get(&self, name: &str) -> Option<Secret> {
        self.0.get(&plain(name)).cloned()
    }

    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    fn from_file(path: &Path) -> Result<Self, Words> {
        let shown = path.display();
        let mut file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(Words::same(format!("{shown}: {e}"))),
        };
        let about = file
            .metadata()
            .map_err(|e| Words::same(format!("{shown}: {e}")))?;
        let mode = about.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(words!(
                "{shown}: others may read it (mode {mode:o}): chmod 600 {shown}",
                "{shown} : d'autres peuvent le lire (mode {mode:o}) : chmod 600 {shown}"
            ));
        }
        let mut text = String::new();
        file.by_ref()
            .take(MAX_BYTES + 1)
            .read_to_string(&mut text)
            .map_err(|e| Words::same(format!("{shown}: {e}")))?;
        if text.len() as u64 > MAX_BYTES {
            return Err(words!(
                "{shown}: a file of secrets may have {MAX_BYTES} bytes",
                "{shown} : un fichier de secrets peut avoir {MAX_BYTES} octets"
            ));
        }
        let read: BTreeMap<String, String> = toml::from_str(&text).map_err(|e| {
            // The library's own message shows the line, and with it a secret.
            let before = e.span().map_or(0, |span| span.start.min(text.len()));
            let line = 1 + text[..text.floor_char_boundary(before)]
                .matches('\n')
                .count();
            words!(
                "{shown}:{line}: every line is NAME = \"value\"",
                "{shown}:{line} : chaque ligne est NOM = \"valeur\""
            )
        })?;
        let mut secrets = Self::default();
        for (name, value) in read {
            secrets.insert(&plain(&name), value);
        }
        Ok(secrets)
    }

    fn insert(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), Secret::new(value));
    }
}

/// What is said of a name that no secret has.
pub(super) fn unknown(name: &str) -> Words {
    words!(
        "there is no secret \"{name}\": add it to secrets.toml, or set the environment's RAPPEL_SECRET_…",
        "il n'y a pas de secret « {name} » : ajoutez-le à secrets.toml, ou à l'environnement par \
         RAPPEL_SECRET_…"
    )
}

fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// What names in the environment begin with.
const PREFIX: &str = "RAPPEL_SECRET_";

/// Largest file of secrets, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_nobody_elses_and_never_shown() {
        let path = std::env::temp_dir().join(format!("rappel-secrets-{}", std::process::id()));
        let read = |text: &str, mode| {
            std::fs::write(&path, text).expect("a file of the test");
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&path, mode).expect("it is ours");
            let read = Secrets::from_file(&path);
            std::fs::remove_file(&path).expect("a file of the test");
            read
        };
        let secrets = read("clients = \"s3cret\"\nAutre-Nom = \"x\"\n", 0o600).expect("it is good");
        assert_eq!(
            secrets.get("clients").expect("it is there").reveal(),
            "s3cret"
        );
        assert!(secrets.get("autre_nom").is_some() && secrets.get("rien").is_none());
        assert!(!format!("{secrets:?}").contains("s3cret"));
        let open = read("clients = \"s3cret\"", 0o644).expect_err("others may read it");
        assert!(
            open.en.contains("mode 644") && open.fr.contains("chmod 600"),
            "{open}"
        );
        assert_ne!(open.en, open.fr);
        let wrong = read("a = \"x\"\nclients = s3cret\n", 0o600).expect_err("no quotes");
        assert!(
            wrong.en.contains(":2: every line") && !wrong.fr.contains("s3cret"),
            "{wrong}"
        );
        assert!(Secrets::from_file(Path::new("/nonexistent")).is_ok());
    }
}
