//! `[tenant]`: the company itself, and how it speaks.

use jiff::tz::TimeZone;
use rappel_ivr::{Source, Surroundings};
use rappel_model::{FlowName, Language, MailboxName, PhoneNumber, TenantId};

use crate::calendars::read_zone;
use crate::codes;
use crate::document::{Fields, Problems, Text};
use crate::names::{Kind, Names};
use crate::people::refer;

/// The company, apart from what its flows see in [`rappel_ivr::Surroundings`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Its name, for people.
    pub title: String,
    /// The number shown when we call.
    pub number: Option<PhoneNumber>,
    /// The domain its users register at, when it has one of its own.
    pub domain: Option<String>,
}

/// Where a flow is named outside the flows: checked once the flows are known.
pub(crate) struct FlowReference<'d> {
    pub flow: Text<'d>,
    pub source: &'d Source,
}

/// Reads `[tenant]` into the settings, and into what flows see.
pub(crate) fn read<'d>(
    tenant: &TenantId,
    names: &mut Names<'d>,
    problems: &mut Problems,
) -> (Settings, Surroundings, Option<FlowReference<'d>>) {
    let mut around = Surroundings::bare(tenant.clone());
    let mut settings = Settings::default();
    let Some(mut fields) = names.tenant.take() else {
        settings.title = tenant.to_string();
        return (settings, around, None);
    };
    let title = fields.text("title", problems);
    settings.title = title.map_or_else(|| tenant.to_string(), |text| text.value.to_owned());
    around.title = settings.title.clone();
    if fields.value("timezone").is_none() {
        fields.missing("timezone", problems);
    }
    around.timezone = read_zone(&mut fields, problems).unwrap_or(TimeZone::UTC);
    if let Some(languages) = read_languages(&mut fields, problems) {
        around.languages = languages;
    }
    let mailbox = refer(&mut fields, "mailbox", Kind::Mailbox, names, problems);
    around.mailbox = mailbox.map(MailboxName::from);
    settings.number = fields.number("number", problems);
    settings.domain = read_domain(&mut fields, problems);
    let source = fields.source();
    let on_error = fields
        .text("on_error", problems)
        .map(|flow| FlowReference { flow, source });
    around.on_error = on_error.as_ref().map(|on| FlowName::from(on.flow.value));
    fields.finish(&["plan", "limits", "keep"], problems);
    (settings, around, on_error)
}

fn read_languages(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Vec<Language>> {
    let Some(texts) = fields.texts("languages", problems) else {
        if fields.value("languages").is_none() {
            fields.missing("languages", problems);
        }
        return None;
    };
    let is_empty = texts.is_empty();
    let mut languages: Vec<Language> = Vec::new();
    for text in texts {
        let Some(language) = read_language(fields, &text, problems) else {
            continue;
        };
        if languages.contains(&language) {
            let message = format!("\"{language}\" is listed twice");
            problems.push(fields.error(codes::TWICE, text.span, message));
        } else {
            languages.push(language);
        }
    }
    if is_empty {
        let message = "a tenant speaks at least one language".to_owned();
        problems.push(fields.error(codes::BAD_VALUE, fields.span(), message));
    }
    (!languages.is_empty()).then_some(languages)
}

/// Reads a language this engine speaks: `fr` or `en`, with or without a country.
pub(crate) fn read_language(
    fields: &Fields<'_>,
    text: &Text<'_>,
    problems: &mut Problems,
) -> Option<Language> {
    if is_language(text.value) && SPOKEN.contains(&&text.value[..2]) {
        return Some(Language::from(text.value));
    }
    let message = format!("the language \"{}\" is not spoken here", text.value);
    let problem = fields.error(codes::BAD_VALUE, text.span.clone(), message);
    problems.push(problem.label("fr or en, alone or with a country: fr-CH"));
    None
}

/// Whether `text` has the form of a language tag: `fr`, `fr-CH`.
pub(crate) fn is_language(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_tag = |b: &[u8]| b.iter().all(u8::is_ascii_lowercase);
    match bytes.len() {
        2 => is_tag(bytes),
        5 => {
            is_tag(&bytes[..2]) && bytes[2] == b'-' && bytes[3..].iter().all(u8::is_ascii_uppercase)
        }
        _ => false,
    }
}

fn read_domain(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<String> {
    let text = fields.text("domain", problems)?;
    let is_label = |label: &str| {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&label.len()) && label.chars().all(is_fine)
    };
    if text.value.len() <= 253 && text.value.split('.').all(is_label) {
        return Some(text.value.to_ascii_lowercase());
    }
    let message = format!("\"{}\" is not a domain", text.value);
    let problem = fields.error(codes::BAD_VALUE, text.span, message);
    problems.push(problem.label("write garage-martin.example"));
    None
}

/// Languages whose numbers and times the engine can say.
const SPOKEN: [&str; 2] = ["fr", "en"];
