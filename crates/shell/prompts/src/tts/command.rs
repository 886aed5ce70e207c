//! A voice that is a program: the text comes by its standard input, the WAV leaves by its standard
//! output. No shell is between, so nothing a caller is called can become a command.

use std::collections::BTreeMap;
use std::process::Stdio;

use rappel_model::Language;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::{Error, MAX_SOUND, MAX_TEXT};

/// The program and its arguments; `{voice}` in one of them is the voice of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The program, then its arguments.
    pub argv: Vec<String>,
    /// The voice by language: `fr` → `fr`, `fr-CH` → `fr-ch`. A language that is missing is asked
    /// for in the language it belongs to, then by its own name.
    pub voices: BTreeMap<String, String>,
}

impl Program {
    /// espeak-ng, which Debian has.
    pub fn espeak() -> Self {
        let argv = ["espeak-ng", "--stdout", "-v", "{voice}", "--stdin"];
        let voices = [
            ("fr", "fr"),
            ("fr-BE", "fr-be"),
            ("fr-CH", "fr-ch"),
            ("en", "en-gb"),
            ("en-US", "en-us"),
        ];
        Self {
            argv: argv.map(str::to_owned).to_vec(),
            voices: voices
                .map(|(language, voice)| (language.to_owned(), voice.to_owned()))
                .into(),
        }
    }

    /// Whether its program is there: a path that exists, or a name that some folder of `PATH` has.
    pub fn is_installed(&self) -> bool {
        let Some(name) = self.argv.first() else {
            return false;
        };
        if name.contains('/') {
            return std::path::Path::new(name).is_file();
        }
        let folders = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
    }

    pub(super) fn identity(&self, language: &Language) -> String {
        self.arguments(language).join("\n")
    }

    pub(super) async fn say(&self, language: &Language, text: &str) -> Result<Vec<u8>, Error> {
        let argv = self.arguments(language);
        let failed = |what: &str, e: std::io::Error| Error::Failed(format!("{what}: {e}"));
        let (name, arguments) = argv
            .split_first()
            .ok_or_else(|| Error::Failed("no program is named".into()))?;
        let mut child = Command::new(name)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| failed(name, e))?;
        let text: String = text.chars().take(MAX_TEXT).collect();
        let mut stdin = child.stdin.take();
        let write = async move {
            if let Some(stdin) = &mut stdin {
                // A program that does not want to hear it all may still speak.
                let _read = stdin.write_all(text.as_bytes()).await;
            }
        };
        let out = bounded(child.stdout.take(), MAX_SOUND + 1);
        let complaints = bounded(child.stderr.take(), MAX_COMPLAINT);
        let ((), out, complaints) = tokio::join!(write, out, complaints);
        let sound = out.map_err(|e| failed(name, e))?;
        if sound.len() > MAX_SOUND {
            return Err(Error::NotSound(format!("more than {MAX_SOUND} bytes")));
        }
        let status = child.wait().await.map_err(|e| failed(name, e))?;
        if !status.success() {
            let said = complaints.unwrap_or_default();
            let said = String::from_utf8_lossy(&said);
            let line = said.lines().next().unwrap_or_default();
            return Err(Error::Failed(format!("{name}: {status} {line}")));
        }
        Ok(sound)
    }

    fn arguments(&self, language: &Language) -> Vec<String> {
        let name = language.as_str();
        let plain = name.split('-').next().unwrap_or(name);
        let voice = self.voices.get(name).or_else(|| self.voices.get(plain));
        let voice = voice.map_or(plain, String::as_str);
        let fill = |argument: &String| argument.replace("{voice}", voice);
        self.argv.iter().map(fill).collect()
    }
}

/// Reads to the end, but keeps `most` bytes only.
async fn bounded(
    reader: Option<impl tokio::io::AsyncRead + Unpin>,
    most: usize,
) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(reader) = reader {
        reader.take(most as u64).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// How much of what a program complains about is read, in bytes.
const MAX_COMPLAINT: usize = 4_096;
