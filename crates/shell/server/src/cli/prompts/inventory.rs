//! What has to be recorded, and what is.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::time::Duration;

use rappel_audio::wav;
use rappel_ivr::{SHARED_PROMPTS, say};
use rappel_model::{Language, TenantId};
use rappel_prompts::fingerprint;

use crate::cli::company::Recordings;
use crate::config::tenant_files::Folder;

/// All recordings that may be played to callers of a company.
pub(super) struct Inventory {
    /// Of its own sentences, and of those offered to all companies of its folder.
    pub(super) own: Vec<Entry>,
    /// Of the sentences and the pieces of values that are part of the engine.
    pub(super) engine: Vec<Entry>,
}

/// One recording.
pub(super) struct Entry {
    pub(super) language: Language,
    /// Its name: `bonjour`, `attente.1`, `number/21`.
    pub(super) clip: String,
    pub(super) words: String,
    /// The sentence it is a part of, with its holes.
    pub(super) sentence: String,
    pub(super) state: State,
    /// How long it sounds; `None` when it cannot be heard.
    pub(super) length: Option<Duration>,
}

/// What there is of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// It says the words.
    Recorded,
    /// It says what it says: no fingerprint tells.
    Unmarked,
    /// It says other words.
    Changed,
    /// There is none, and a voice speaks the words.
    Synthesised,
    /// There is none.
    Missing,
    /// It cannot be played.
    Broken,
}

impl State {
    /// Whether somebody has to record it.
    pub(super) fn is_wanted(self) -> bool {
        !matches!(self, Self::Recorded | Self::Unmarked)
    }
}

impl Inventory {
    /// Looks at every recording; the sentences are read whatever else is wrong with the files.
    pub(super) fn take(folder: &Folder, tenant: &TenantId, recordings: &Recordings) -> Self {
        let (texts, around) = folder.sentences(tenant);
        let languages = &around.languages;
        let voice = around.spoken.voice;
        let mut own = Vec::new();
        for (key, prompt) in texts.iter() {
            for (language, sentence) in &prompt.sentences {
                // The words in a language that nobody speaks need no recording.
                if !languages.iter().any(|spoken| is_spoken(spoken, language)) {
                    continue;
                }
                for (clip, words) in sentence.fragments(key.as_str()) {
                    let entry = entry(recordings, language, clip, words, sentence.text());
                    own.push(entry.with(voice));
                }
            }
        }
        let names = around.people.persons.values();
        let names = names.filter_map(|person| Some((person.spoken.as_ref()?, &person.name)));
        for (key, name) in names.filter(|(key, _)| texts.prompt(key).is_none()) {
            for language in languages {
                let entry = entry(recordings, language, key.to_string(), name.clone(), name);
                own.push(entry.with(voice));
            }
        }
        Self {
            own,
            engine: of_engine(languages, recordings),
        }
    }
}

/// Whether callers who speak `spoken` hear the words in `language`: the same, or its plain form.
fn is_spoken(spoken: &Language, language: &Language) -> bool {
    let plain = spoken.as_str().split('-').next();
    spoken == language || plain == Some(language.as_str())
}

/// The sentences and pieces of the engine in these languages and their plain forms.
fn of_engine(languages: &[Language], recordings: &Recordings) -> Vec<Entry> {
    let mut tags = BTreeSet::new();
    for language in languages {
        let known = say::LANGUAGES
            .iter()
            .filter(|tag| **tag == language.as_str());
        tags.extend(known.copied());
        let plain = language.as_str().split('-').next();
        tags.extend(
            say::LANGUAGES
                .iter()
                .filter(|tag| Some(**tag) == plain)
                .copied(),
        );
    }
    let mut all = Vec::new();
    for tag in tags {
        let language = Language::from(tag);
        let sentences = SHARED_PROMPTS.iter().filter_map(|prompt| match tag {
            "fr" => Some((prompt.key.to_owned(), prompt.fr.to_owned())),
            "en" => Some((prompt.key.to_owned(), prompt.en.to_owned())),
            _ => None,
        });
        for (clip, words) in sentences.chain(say::recorded(&language)) {
            let sentence = words.clone();
            all.push(entry(recordings, &language, clip, words, &sentence));
        }
    }
    all
}

fn entry(
    recordings: &Recordings,
    language: &Language,
    clip: String,
    words: String,
    sentence: &str,
) -> Entry {
    let (state, length) = match recordings.bytes(language, &clip) {
        Ok(None) => (State::Missing, None),
        Err(_) => (State::Broken, None),
        Ok(Some(bytes)) => match wav::read_at_own_rate(&*bytes) {
            Err(_) => (State::Broken, None),
            Ok((samples, rate)) => {
                let said = fingerprint::read(Cursor::new(&*bytes)).ok().flatten();
                let state = match said.filter(|print| is_fingerprint(print)) {
                    None => State::Unmarked,
                    Some(said) if said == fingerprint_of(&words) => State::Recorded,
                    Some(_) => State::Changed,
                };
                let micros = samples.len() as u64 * 1_000_000 / u64::from(rate.max(1));
                (state, Some(Duration::from_micros(micros)))
            }
        },
    };
    Entry {
        language: language.clone(),
        clip,
        words,
        sentence: sentence.to_owned(),
        state,
        length,
    }
}

impl Entry {
    /// The same, when there is a voice for what nobody recorded.
    fn with(self, voice: bool) -> Self {
        let state = match self.state {
            State::Missing if voice => State::Synthesised,
            state => state,
        };
        Self { state, ..self }
    }

    /// What a recording of its words carries (FLOWS §18.8).
    pub(super) fn fingerprint(&self) -> String {
        fingerprint_of(&self.words)
    }
}

/// The first 16 hex digits of the SHA-256 of the words.
fn fingerprint_of(words: &str) -> String {
    let mut digest = rappel_store::digest(words.as_bytes());
    digest.truncate(16);
    digest
}

/// A studio may write anything into the comment of a file.
fn is_fingerprint(comment: &str) -> bool {
    comment.len() == 16 && comment.bytes().all(|b| b.is_ascii_hexdigit())
}
