//! Sentences that nobody has recorded are spoken before their version takes calls.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rappel_ivr::{Words, words};
use rappel_model::Language;
use rappel_prompts::Catalog;
use rappel_prompts::tts::Voice;
use rappel_tenant::Version;
use tokio::task::JoinSet;

use super::candidate::Means;

/// One piece that has no recording: `fr`, `bonjour.2`, and its words.
type Piece = (Language, String, String);

/// Speaks what is missing, and says where it lies: `fr/bonjour.2` → its file. Nothing without a
/// voice; the checks have refused what would be silent then. The error is one text per sentence.
pub(super) fn speak(
    version: &Version,
    recorded: &Catalog,
    means: &Means<'_>,
) -> Result<BTreeMap<String, PathBuf>, Vec<Words>> {
    let Some(voice) = means.sounds.voice() else {
        return Ok(BTreeMap::new());
    };
    let missing = missing(version, recorded);
    if missing.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (tenant, count) = (&version.tenant, missing.len());
    tracing::info!(%tenant, count, "sentences without a recording are being spoken");
    let spoken = all(voice.clone(), missing, tenant.as_str());
    let spoken = means.runtime.block_on(spoken);
    let (mut found, mut wrong) = (BTreeMap::new(), Vec::new());
    for ((language, clip, _), result) in spoken {
        let kept = result.and_then(|path| {
            let bytes = std::fs::read(&path).map_err(|e| e.to_string())?;
            let digest = means
                .archive
                .keep_sound(&bytes)
                .map_err(|e| e.to_string())?;
            let path = means.archive.sound(&digest);
            means.sounds.warm(&path).map_err(|e| e.to_string())?;
            Ok(path)
        });
        match kept {
            Ok(path) => drop(found.insert(format!("{language}/{clip}"), path)),
            Err(why) => wrong.push(words!(
                "{tenant}: \"{clip}\" is not recorded in \"{language}\", and {why}",
                "{tenant} : « {clip} » n'est pas enregistré en « {language} », et la voix échoue : {why}"
            )),
        }
    }
    match wrong.is_empty() {
        true => Ok(found),
        false => Err(wrong),
    }
}

/// Every piece of every sentence, in every language of the tenant, that has no recording.
fn missing(version: &Version, recorded: &Catalog) -> Vec<Piece> {
    let mut missing = Vec::new();
    for (key, prompt) in version.prompts.iter() {
        for language in &version.surroundings.languages {
            let plain = language.as_str().split('-').next().unwrap_or_default();
            let sentence = prompt.sentences.get(language);
            let Some(sentence) = sentence.or_else(|| prompt.sentences.get(plain)) else {
                continue;
            };
            for (clip, words) in sentence.fragments(key.as_str()) {
                let has = |language: &Language| {
                    let found = recorded.in_language(&version.tenant, language, &clip);
                    found.is_some()
                };
                if !has(language) && !has(&Language::from(plain)) {
                    missing.push((language.clone(), clip, words));
                }
            }
        }
    }
    missing
}

/// All of them, some at a time.
async fn all(
    voice: Voice,
    pieces: Vec<Piece>,
    tenant: &str,
) -> Vec<(Piece, Result<PathBuf, String>)> {
    let mut tasks = JoinSet::new();
    let count = pieces.len();
    for piece in pieces {
        let voice = voice.clone();
        tasks.spawn(async move {
            let said = voice.say(&piece.0, &piece.2).await;
            (piece, said.map_err(|e| e.to_string()))
        });
    }
    let mut spoken = Vec::new();
    while let Some(done) = tasks.join_next().await {
        spoken.extend(done.ok());
        if spoken.len() % PROGRESS == 0 {
            tracing::info!(tenant, "{} of {count} sentences are spoken", spoken.len());
        }
    }
    spoken.sort_by(|(a, _), (b, _)| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    spoken
}

/// After how many sentences the log hears of it.
const PROGRESS: usize = 25;
