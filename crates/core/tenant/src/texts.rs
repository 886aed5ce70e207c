//! `[prompt.NAME]`: the words, in every language (FLOWS §5).

use rappel_ivr::{Diagnostic, PromptTexts, words};
use rappel_model::{Language, PromptKey};
use sha2::{Digest, Sha256};

use crate::codes;
use crate::files::Files;
use crate::names::{Declared, Kind, Names};
use crate::problems::Problems;
use crate::settings::is_language;

/// Reads the sentences of the tenant, then the shared ones it has none of its own for.
pub(crate) fn read(names: &Names<'_>, problems: &mut Problems) -> PromptTexts {
    let mut texts = PromptTexts::new();
    for declared in names.of(Kind::Prompt) {
        let fields = declared.fields();
        for (key, value) in fields.entries() {
            if problems.is_full() {
                return texts;
            }
            let language: &str = key.get_ref().as_ref();
            if !is_language(language) {
                let message = words!(
                    "a prompt has no key \"{language}\"",
                    "une phrase n'a pas de réglage « {language} »"
                );
                let problem = fields.error(codes::UNKNOWN_KEY, key.span(), message);
                problems.push(problem.label(words!(
                    "write a language: fr, en, fr-CH",
                    "écrivez une langue : fr, en, fr-CH"
                )));
                continue;
            }
            match value.get_ref().as_str() {
                Some(words) => {
                    let mut found = Vec::new();
                    texts.declare(
                        PromptKey::from(declared.name),
                        Language::from(language),
                        words,
                        fields.source(),
                        value.span(),
                        &mut found,
                    );
                    problems.extend(found);
                }
                None => {
                    let message = words!(
                        "the words in \"{language}\" are not a text",
                        "les mots en « {language} » ne sont pas un texte"
                    );
                    let problem = fields.error(codes::WRONG_TYPE, value.span(), message);
                    problems.push(problem.label(words!(
                        "write a sentence in quotes",
                        "écrivez une phrase entre guillemets"
                    )));
                }
            }
        }
        if fields.entries().next().is_none() {
            let name = declared.name;
            let message = words!(
                "the prompt \"{name}\" has no words",
                "la phrase « {name} » n'a pas de mots"
            );
            problems.push(declared.error(codes::NO_SENTENCE, message));
        }
    }
    texts
}

/// Every sentence the tenant may say has its recordings, its own or a shared one: a sentence without
/// would be silence. Folders that do not tell their recordings are not asked.
pub(crate) fn check_recordings(
    names: &Names<'_>,
    texts: &PromptTexts,
    languages: &[Language],
    folders: [&Files; 2],
    problems: &mut Problems,
) {
    check_fingerprints(names, texts, folders, problems);
    let told = folders.iter().all(|folder| folder.tells_recordings());
    if !told || folders.iter().any(|folder| folder.has_voice()) {
        return;
    }
    let has = |language: &str, clip: &str| {
        let path = format!("{language}/{clip}");
        folders.iter().any(|folder| folder.has_recording(&path))
    };
    for declared in names.of(Kind::Prompt) {
        let Some(prompt) = texts.prompt(&PromptKey::from(declared.name)) else {
            continue;
        };
        for language in languages {
            let plain = language.as_str().split('-').next().unwrap_or_default();
            let sentence = prompt.sentences.get(language);
            let Some(sentence) = sentence.or_else(|| prompt.sentences.get(plain)) else {
                continue;
            };
            let fragments = sentence.fragments(declared.name).into_iter();
            let missing = fragments.map(|(clip, _)| clip);
            let missing: Vec<_> = missing
                .filter(|clip| !has(language.as_str(), clip) && !has(plain, clip))
                .collect();
            if !missing.is_empty() {
                problems.push(not_recorded(declared, language, &missing));
            }
        }
    }
}

/// Sentences in languages that the tenant does not speak (W12): nobody hears them.
pub(crate) fn check_languages(names: &Names<'_>, languages: &[Language], problems: &mut Problems) {
    let plain = |language: &str| language.split('-').next().unwrap_or_default().to_owned();
    for declared in names.of(Kind::Prompt).filter(|declared| !declared.shared) {
        let fields = declared.fields();
        for (key, _) in fields.entries() {
            let written: &str = key.get_ref().as_ref();
            let heard = languages
                .iter()
                .any(|spoken| spoken.as_str() == written || plain(spoken.as_str()) == written);
            if heard || !is_language(written) {
                continue;
            }
            let message = words!(
                "the company does not speak \"{written}\": nobody hears this sentence",
                "l'entreprise ne parle pas « {written} » : personne n'entend cette phrase"
            );
            let source = fields.source();
            let problem = source.warning(codes::UNSPOKEN, key.span(), message);
            problems.push(problem.remedy(words!(
                "add \"{written}\" to  languages  of [tenant], or remove the sentence",
                "ajoutez « {written} » à  languages  de [tenant], ou retirez la phrase"
            )));
        }
    }
}

/// Recordings that say older words than their sentence (W4).
fn check_fingerprints(
    names: &Names<'_>,
    texts: &PromptTexts,
    folders: [&Files; 2],
    problems: &mut Problems,
) {
    for declared in names.of(Kind::Prompt) {
        let Some(prompt) = texts.prompt(&PromptKey::from(declared.name)) else {
            continue;
        };
        for (language, sentence) in &prompt.sentences {
            let older = sentence
                .fragments(declared.name)
                .into_iter()
                .filter(|(clip, words)| {
                    let path = format!("{language}/{clip}");
                    let said = folders.iter().find_map(|folder| folder.fingerprint(&path));
                    said.is_some_and(|said| said != fingerprint_of(words))
                });
            let files: Vec<_> = older
                .map(|(clip, _)| format!("prompts/{language}/{clip}.wav"))
                .collect();
            if files.is_empty() {
                continue;
            }
            let (name, files) = (declared.name, files.join(", "));
            let message = words!(
                "\"{name}\" was changed after it was recorded in \"{language}\"",
                "« {name} » a changé depuis son enregistrement en « {language} »"
            );
            let problem = declared.warning(codes::OLD_RECORDING, message);
            problems.push(problem.remedy(words!(
                "record it again: {files}",
                "enregistrez-la de nouveau : {files}"
            )));
        }
    }
}

/// What a recording of these words carries.
fn fingerprint_of(words: &str) -> String {
    let digest = Sha256::digest(words.as_bytes());
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// An error for a tenant's own sentence; a warning for a shared one, which it may never say.
fn not_recorded(declared: &Declared<'_>, language: &Language, missing: &[String]) -> Diagnostic {
    let name = declared.name;
    let message = words!(
        "\"{name}\" is not recorded in \"{language}\"",
        "« {name} » n'est pas enregistrée en « {language} »"
    );
    let files: Vec<_> = missing
        .iter()
        .map(|clip| format!("prompts/{language}/{clip}.wav"))
        .collect();
    let problem = if declared.shared {
        declared.warning(codes::NO_RECORDING, message)
    } else {
        declared.error(codes::NO_RECORDING, message)
    };
    let files = files.join(", ");
    problem.remedy(words!(
        "record {files}, or have a voice say it (rappel explain R405)",
        "enregistrez {files}, ou faites-la dire par une voix (rappel explain R405)"
    ))
}
