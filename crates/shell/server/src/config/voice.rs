//! `[tts]` of `rappel.toml`: the voice for sentences that nobody has recorded.

use std::collections::BTreeMap;

use rappel_ivr::words;
use rappel_model::Secret;
use rappel_prompts::tts::{Program, Service, Speaker};
use serde::Deserialize;

use super::fault::Fault;
use super::secrets::{Secrets, unknown};

/// `[tts]`: a program, or a service asked by HTTP. Without either, espeak-ng where it is installed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tts {
    /// No voice at all: every sentence must be recorded.
    pub(crate) off: bool,
    /// A program and its arguments, `{voice}` for the voice of the language: the text comes by its
    /// standard input, a WAV leaves by its standard output.
    pub(crate) command: Option<Vec<String>>,
    /// The whole address of a service that speaks as OpenAI's `audio/speech` does.
    pub(crate) url: Option<String>,
    /// The service's model.
    pub(crate) model: String,
    /// The service's key: `"secret:NAME"`.
    pub(crate) key: Option<String>,
    /// The voice by language: `{ fr = "fr", en = "en-gb" }`.
    pub(crate) voices: BTreeMap<String, String>,
    /// Seconds after which a sentence is given up.
    pub(crate) timeout: u16,
}

impl Default for Tts {
    fn default() -> Self {
        Self {
            off: false,
            command: None,
            url: None,
            model: "tts-1".into(),
            key: None,
            voices: BTreeMap::new(),
            timeout: 15,
        }
    }
}

impl Tts {
    /// Whether there is a voice.
    pub(crate) fn is_there(&self) -> bool {
        !self.off && (self.url.is_some() || self.program().is_installed())
    }

    /// Who speaks; `None` without a voice.
    ///
    /// # Errors
    /// The service's key is not declared.
    pub(crate) fn speaker(&self, secrets: &Secrets) -> Result<Option<Speaker>, String> {
        if !self.is_there() {
            return Ok(None);
        }
        let Some(url) = &self.url else {
            return Ok(Some(Speaker::Program(self.program())));
        };
        let name = self
            .key
            .as_deref()
            .and_then(|key| key.strip_prefix("secret:"));
        let key = name.map(|name| {
            let secret = secrets.get(name);
            secret.ok_or_else(|| format!("[tts] key: there is no secret \"{name}\""))
        });
        let voices = self.voices.clone();
        Service::new(url.clone(), self.model.clone(), voices, key.transpose()?)
            .map(|service| Some(Speaker::Service(service)))
    }

    /// The name of the service's key, where no secret has it.
    pub(super) fn unknown_key(&self, secret: &dyn Fn(&str) -> Option<Secret>) -> Option<Fault> {
        let name = self.key.as_deref()?.strip_prefix("secret:")?;
        let is_used = self.is_there() && self.url.is_some();
        (is_used && secret(name).is_none()).then(|| Fault::value(["tts", "key"], unknown(name)))
    }

    /// What serde cannot see.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        let mut tell = |key: &str, why| found.push(Fault::value(["tts", key], why));
        if self.command.is_some() && self.url.is_some() {
            let why = words!(
                "command and url: one voice, not two",
                "command et url : une voix, pas deux"
            );
            tell("url", why);
        }
        if let Some(command) = &self.command
            && !self.off
            && !self.program().is_installed()
        {
            let name = command.first().map_or("", String::as_str);
            tell(
                "command",
                words!(
                    "there is no program \"{name}\" here",
                    "il n'y a pas de programme « {name} » ici"
                ),
            );
        }
        if let Some(url) = &self.url
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            tell(
                "url",
                words!(
                    "an address like https://host/path, not \"{url}\"",
                    "une adresse comme https://hôte/chemin, pas « {url} »"
                ),
            );
        }
        let key = self.key.as_deref();
        if key.is_some_and(|key| !key.starts_with("secret:")) {
            tell(
                "key",
                words!(
                    "\"secret:NAME\"; the key itself stands in secrets.toml",
                    "\"secret:NOM\" ; la clé elle-même est dans secrets.toml"
                ),
            );
        }
        let timeout = self.timeout;
        if !(1..=60).contains(&timeout) {
            tell(
                "timeout",
                words!(
                    "1 to 60 seconds, not {timeout}",
                    "de 1 à 60 secondes, pas {timeout}"
                ),
            );
        }
        found
    }

    fn program(&self) -> Program {
        let mut program = Program::espeak();
        program.voices.extend(self.voices.clone());
        if let Some(argv) = &self.command {
            program.argv.clone_from(argv);
        }
        program
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<Tts, String> {
        let tts: Tts = toml::from_str(text).map_err(|e| e.to_string())?;
        let first = tts.faults().into_iter().next();
        first.map_or(Ok(tts), |fault| Err(fault.to_string()))
    }

    #[test]
    fn a_voice_is_a_program_or_a_service_that_is_there() {
        let tts = checked("command = [\"/bin/cat\"]").expect("it is there");
        assert!(tts.is_there());
        assert!(
            !checked("off = true\ncommand = [\"/nonexistent\"]")
                .expect("off")
                .is_there()
        );
        let service = checked("url = \"https://x/v1\"\nkey = \"secret:tts\"").expect("it is good");
        let why = service
            .speaker(&Secrets::default())
            .expect_err("no such secret");
        assert!(why.contains("no secret \"tts\""), "{why}");
        for (text, told) in [
            (
                "command = [\"/nonexistent\"]",
                "no program \"/nonexistent\"",
            ),
            ("command = []", "no program \"\""),
            ("url = \"x\"", "[tts] url"),
            (
                "url = \"http://x\"\ncommand = [\"cat\"]",
                "one voice, not two",
            ),
            ("key = \"s3cret\"", "secret:NAME"),
            ("timeout = 0", "1 to 60 seconds, not 0"),
            ("volume = 3", "unknown field"),
        ] {
            let why = checked(text).expect_err("it is wrong");
            assert!(why.contains(told), "{why}");
            assert!(!why.contains("s3cret"), "{why}");
        }
    }
}
