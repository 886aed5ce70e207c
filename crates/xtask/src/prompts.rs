//! Records announcements: the words of every `prompts.toml` become WAVs, spoken by espeak-ng. What
//! is recorded already and says the same words is left alone, and so is what somebody else recorded.

mod sentence;
mod sound;
mod texts;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::machine;
use crate::steps::{output, root};
use sound::{Breath, Sound};
use texts::Words;

/// A folder of words and where their recordings go.
struct Folder {
    texts: Vec<PathBuf>,
    recordings: PathBuf,
}

/// What was done for one folder.
#[derive(Default)]
struct Done {
    recorded: usize,
    kept: usize,
    foreign: usize,
    removed: usize,
}

/// Records what is missing or changed; `--all` records everything of ours again, `--check` only
/// says what would be done, and fails when that is anything.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let (mut all, mut check) = (false, false);
    for arg in args {
        match arg.as_str() {
            "--all" => all = true,
            "--check" => check = true,
            other => {
                return Err(format!(
                    "unknown option `{other}`; there are --all and --check"
                ));
            }
        }
    }
    if !check {
        machine::ensure(machine::VOICES)?;
    }
    let mut stale = 0;
    for folder in folders(&root())? {
        let done = record(&folder, all, check)?;
        println!(
            "      {}: {} recorded, {} unchanged, {} by others, {} removed",
            folder.recordings.display(),
            done.recorded,
            done.kept,
            done.foreign,
            done.removed
        );
        stale += done.recorded + done.removed;
    }
    if check && stale > 0 {
        return Err(format!(
            "{stale} recordings differ from their words: run `cargo xtask prompts`"
        ));
    }
    Ok(())
}

/// The shared announcements, and those of every tenant of the demo.
fn folders(root: &Path) -> Result<Vec<Folder>, String> {
    let shared = root.join("prompts");
    let mut folders = vec![Folder {
        texts: vec![shared.join("prompts.toml"), shared.join("pieces.toml")],
        recordings: shared,
    }];
    let tenants = root.join("crates/shell/server/demo/tenants");
    let mut names: Vec<PathBuf> = std::fs::read_dir(&tenants)
        .map_err(|why| format!("{}: {why}", tenants.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|tenant| tenant.join("prompts.toml").is_file())
        .collect();
    names.sort();
    folders.extend(names.into_iter().map(|tenant| Folder {
        texts: vec![tenant.join("prompts.toml")],
        recordings: tenant.join("prompts"),
    }));
    Ok(folders)
}

fn record(folder: &Folder, all: bool, check: bool) -> Result<Done, String> {
    let mut words = Vec::new();
    for file in &folder.texts {
        words.extend(texts::read(file)?);
    }
    let mut done = Done::default();
    let mut wanted = BTreeSet::new();
    for words in &words {
        let path = folder.recordings.join(words.file());
        wanted.insert(path.clone());
        match state(&path, words)? {
            State::Foreign => done.foreign += 1,
            State::Current if !all => done.kept += 1,
            _ => {
                done.recorded += 1;
                if !check {
                    speak(words, &path)?;
                }
            }
        }
    }
    for path in recordings(&folder.recordings)? {
        let ours = sound::fingerprint(&path)?.is_some();
        if ours && !wanted.contains(&path) {
            done.removed += 1;
            if !check {
                std::fs::remove_file(&path).map_err(|why| format!("{}: {why}", path.display()))?;
            }
        }
    }
    Ok(done)
}

/// What lies where a recording should be.
enum State {
    /// Nothing, or other words.
    Stale,
    /// The same words.
    Current,
    /// A recording without our mark.
    Foreign,
}

fn state(path: &Path, words: &Words) -> Result<State, String> {
    if !path.exists() {
        return Ok(State::Stale);
    }
    Ok(match sound::fingerprint(path)? {
        None => State::Foreign,
        Some(print) if print == words.fingerprint() => State::Current,
        Some(_) => State::Stale,
    })
}

/// Speaks one text into a file. The same words, voice and version of espeak-ng give the same bytes.
fn speak(words: &Words, path: &Path) -> Result<(), String> {
    let voice = VOICES
        .iter()
        .find(|voice| voice.speaks(&words.language))
        .ok_or_else(|| format!("{}: no voice speaks \"{}\"", words.key, words.language))?;
    let spoken = std::env::temp_dir().join(format!("rappel-prompt-{}.wav", std::process::id()));
    let mut command = Command::new("espeak-ng");
    command
        .args(["-v", voice.name, "-s", voice.speed, "-p", voice.pitch, "-w"])
        .arg(&spoken)
        .arg("--")
        .arg(texts::as_read(words));
    let said = output(&mut command).and_then(|_| sound::read(&spoken));
    // Nothing is lost with a file of the temporary folder that could not be removed.
    drop(std::fs::remove_file(&spoken));
    let Sound { samples, rate } = said?;
    let breath = if words.is_piece() {
        Breath::PIECE
    } else {
        Breath::SENTENCE
    };
    let samples = sound::prepare(&samples, rate, breath);
    if samples.is_empty() {
        return Err(format!("espeak-ng says nothing for \"{}\"", words.text));
    }
    sound::write(path, &samples, &words.fingerprint())
}

/// Every WAV below a folder, sorted.
fn recordings(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(found);
    };
    for entry in entries {
        let path = entry
            .map_err(|why| format!("{}: {why}", folder.display()))?
            .path();
        if path.is_dir() {
            found.extend(recordings(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "wav") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A voice of espeak-ng: its name, words per minute and pitch (0–99).
struct Voice {
    language: &'static str,
    name: &'static str,
    speed: &'static str,
    pitch: &'static str,
}

impl Voice {
    /// Its own language, in every region without a voice of its own.
    fn speaks(&self, language: &str) -> bool {
        let of_region = language.strip_prefix(self.language);
        of_region.is_some_and(|region| region.is_empty() || region.starts_with('-'))
    }
}

/// One voice per language; the first that speaks it counts.
const VOICES: &[Voice] = &[
    Voice {
        language: "fr-BE",
        name: "fr-be",
        speed: "175",
        pitch: "45",
    },
    Voice {
        language: "fr-CH",
        name: "fr-ch",
        speed: "175",
        pitch: "45",
    },
    Voice {
        language: "fr",
        name: "fr-fr",
        speed: "175",
        pitch: "45",
    },
    Voice {
        language: "en",
        name: "en-gb-x-rp",
        speed: "170",
        pitch: "45",
    },
];
