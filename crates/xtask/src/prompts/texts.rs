//! The words of a `prompts.toml`.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::sentence;

/// One text to record in one language: a sentence, or the part of it before, between or after
/// its holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) key: String,
    pub(super) language: String,
    pub(super) text: String,
}

impl Words {
    /// The file below the folder of recordings: `fr/attente.1.wav`.
    pub(super) fn file(&self) -> PathBuf {
        PathBuf::from(format!("{}/{}.wav", self.language, self.key))
    }

    /// Whether it is a piece of a spoken value (`number/21`) or of a sentence with holes, which
    /// others are joined to.
    pub(super) fn is_piece(&self) -> bool {
        self.key.contains(['/', '.'])
    }

    /// The first 16 hex digits of the SHA-256 of the text (FLOWS §18.8).
    pub(super) fn fingerprint(&self) -> String {
        let hash = Sha256::digest(self.text.as_bytes());
        hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What the voice is given to read, where it would read the words themselves as something else.
pub(super) fn as_read(words: &Words) -> &str {
    let language = words.language.split('-').next().unwrap_or_default();
    let spelled = READ_AS
        .iter()
        .find(|(of, key, _)| *of == language && *key == words.key);
    spelled.map_or(&words.text, |(_, _, read)| read)
}

/// Language, key and what is read: French names of foreign cents and pence.
const READ_AS: &[(&str, &str, &str)] = &[
    ("fr", "money/cent", "cènnte"),
    ("fr", "money/cents", "cènntes"),
    ("fr", "money/penny", "péni"),
    ("fr", "money/pence", "pènnse"),
];

/// Reads `[prompt.KEY]` tables of `LANGUAGE = "sentence"`.
pub(super) fn read(path: &Path) -> Result<Vec<Words>, String> {
    let text = std::fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))?;
    parse(&text).map_err(|why| format!("{}: {why}", path.display()))
}

fn parse(text: &str) -> Result<Vec<Words>, String> {
    let table: toml::Table = text.parse().map_err(|why| format!("{why}"))?;
    let prompts = table.get("prompt").and_then(toml::Value::as_table);
    let mut words = Vec::new();
    for (key, languages) in prompts.into_iter().flatten() {
        if key
            .split('/')
            .any(|part| part.is_empty() || part.starts_with('.'))
        {
            return Err(format!("\"{key}\" cannot be the name of a file"));
        }
        let languages = languages
            .as_table()
            .ok_or_else(|| format!("[prompt.{key}] is not a table"))?;
        for (language, sentence) in languages {
            let sentence = sentence
                .as_str()
                .ok_or_else(|| format!("[prompt.{key}] {language} is not a text"))?;
            for (key, text) in sentence::fragments(key, sentence) {
                let language = language.clone();
                words.push(Words {
                    key,
                    language,
                    text,
                });
            }
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_of_every_prompt_is_read() {
        let words = parse(
            "[prompt.bonjour]\nfr = \"Bonjour.\"\nen = \"Hello.\"\n[prompt.\"number/1\"]\nfr = \"un\"\n",
        )
        .expect("the text is right");
        let files: Vec<String> = words
            .iter()
            .map(|w| w.file().display().to_string())
            .collect();
        assert_eq!(
            files,
            ["fr/bonjour.wav", "en/bonjour.wav", "fr/number/1.wav"]
        );
        assert_eq!(words[1].fingerprint(), "2d8bd7d9bb5f85ba");
    }

    #[test]
    fn a_key_cannot_leave_the_folder() {
        for key in ["../x", "a//b", "a/../b", ".x"] {
            assert!(
                parse(&format!("[prompt.\"{key}\"]\nfr = \"x\"\n")).is_err(),
                "{key}"
            );
        }
    }
}
