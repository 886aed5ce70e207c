//! `[prompt.NAME]`: the words, in every language (FLOWS §5).

use rappel_ivr::{Diagnostic, PromptTexts, words};
use rappel_model::{Language, PromptKey};

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
    problem.remedy(words!("record {files}", "enregistrez {files}"))
}
