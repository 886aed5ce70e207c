//! `[tenant]`: the company itself, and how it speaks.

use jiff::tz::TimeZone;
use rappel_ivr::diagnostic::Place;
use rappel_ivr::say::Spoken;
use rappel_ivr::{Source, Surroundings, words};
use rappel_model::{Country, FlowName, Language, MailboxName, PhoneNumber, TenantId};

use crate::calendars::read_zone;
use crate::codes;
use crate::fields::{Fields, Text};
use crate::limits::{Keep, Limits};
use crate::names::{Kind, Names};
use crate::outbound::{Outbound, guess_country};
use crate::problems::Problems;

/// The company, apart from what its flows see in [`rappel_ivr::Surroundings`].
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Its name, for people.
    pub title: String,
    /// The number shown when we call; one of its own lines.
    pub number: Option<PhoneNumber>,
    /// The domain its users register at, when it has one of its own.
    pub domain: Option<String>,
    /// Whom it may call or write to, and when.
    pub outbound: Outbound,
    /// How much it may have and use.
    pub limits: Limits,
    /// How long things are kept.
    pub keep: Keep,
}

/// Where a flow is named outside the flows: checked once the flows are known.
pub(crate) struct FlowReference<'d> {
    pub flow: Text<'d>,
    pub source: &'d Source,
}

/// `[tenant]` as read: what the other tables are read beside.
pub(crate) struct Read<'d> {
    /// Where the table stands.
    pub place: Option<Place>,
    pub title: String,
    pub number: Option<PhoneNumber>,
    /// Where the number stands.
    pub number_at: Option<Place>,
    pub domain: Option<String>,
    pub country: Country,
    pub around: Surroundings,
    /// Where the default mailbox is named.
    pub mailbox_at: Option<Place>,
    pub on_error: Option<FlowReference<'d>>,
}

/// Reads `[tenant]` into the settings, and into what flows see.
pub(crate) fn read<'d>(
    tenant: &TenantId,
    names: &mut Names<'d>,
    problems: &mut Problems,
) -> Read<'d> {
    let mut read = Read {
        place: None,
        title: tenant.to_string(),
        number: None,
        number_at: None,
        domain: None,
        country: Country::FRANCE,
        around: Surroundings::bare(tenant.clone()),
        mailbox_at: None,
        on_error: None,
    };
    let Some(mut fields) = names.take("tenant") else {
        return read;
    };
    let source = fields.source();
    read.place = Some(source.place(fields.span()));
    if let Some(title) = fields.text("title", problems) {
        read.title = title.value.to_owned();
    }
    let around = &mut read.around;
    around.title = read.title.clone();
    fields.require("timezone", problems);
    around.timezone = read_zone(&mut fields, problems).unwrap_or(TimeZone::UTC);
    if let Some(languages) = read_languages(&mut fields, problems) {
        around.languages = languages;
    }
    around.spoken = read_spoken(&mut fields, problems);
    let mailbox = names.refer(&mut fields, "mailbox", Kind::Mailbox, problems);
    around.mailbox = mailbox.map(MailboxName::from);
    read.mailbox_at = Some(source.place(fields.span_of("mailbox")));
    read.number = fields.number("number", problems);
    read.number_at = Some(source.place(fields.span_of("number")));
    read.domain = read_domain(&mut fields, problems);
    let country = read_country(&mut fields, problems);
    let first = around.languages.first().expect("a tenant speaks something");
    read.country = country.unwrap_or_else(|| guess_country(read.number.as_ref(), first));
    let on_error = fields.text("on_error", problems);
    read.on_error = on_error.map(|flow| FlowReference { flow, source });
    let flow = read.on_error.as_ref();
    around.on_error = flow.map(|on| FlowName::from(on.flow.value));
    fields.finish(problems);
    read
}

/// `country`: where the company is, when its number does not say.
fn read_country(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Country> {
    let text = fields.text("country", problems)?;
    let country = Country::parse(text.value);
    if country.is_none() {
        let written = text.value;
        let message = words!(
            "\"{written}\" is no country",
            "« {written} » n'est pas un pays"
        );
        let problem = fields.error(codes::BAD_VALUE, text.span, message);
        problems.push(problem.label(words!(
            "write two capital letters, like FR, BE or CH",
            "écrivez deux majuscules, comme FR, BE ou CH"
        )));
    }
    country
}

/// `huitante` and `longest_wait`: how values are said (FLOWS §5). A wait is four hours at most (§18.6).
fn read_spoken(fields: &mut Fields<'_>, problems: &mut Problems) -> Spoken {
    let usual = Spoken::default();
    Spoken {
        huitante: fields
            .yes_no("huitante", problems)
            .unwrap_or(usual.huitante),
        ceiling: fields
            .duration_within("longest_wait", 60..=4 * 3600, problems)
            .unwrap_or(usual.ceiling),
        ..usual
    }
}

fn read_languages(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Vec<Language>> {
    let Some(texts) = fields.texts("languages", problems) else {
        fields.require("languages", problems);
        return None;
    };
    let is_empty = texts.is_empty();
    let mut languages: Vec<Language> = Vec::new();
    for text in texts {
        let Some(language) = read_language(fields, &text, problems) else {
            continue;
        };
        if languages.contains(&language) {
            let message = words!(
                "\"{language}\" is listed twice",
                "« {language} » figure deux fois"
            );
            problems.push(fields.error(codes::TWICE, text.span, message));
        } else {
            languages.push(language);
        }
    }
    if is_empty {
        let message = words!(
            "a tenant speaks at least one language",
            "une entreprise parle au moins une langue"
        );
        let place = fields.span_of("languages");
        problems.push(fields.error(codes::BAD_VALUE, place, message));
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
    let written = text.value;
    let message = words!(
        "the language \"{written}\" is not spoken here",
        "la langue « {written} » n'est pas parlée ici"
    );
    let problem = fields.error(codes::BAD_VALUE, text.span.clone(), message);
    problems.push(problem.label(words!(
        "fr or en, alone or with a country: fr-CH",
        "fr ou en, seul ou avec un pays : fr-CH"
    )));
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
    let written = text.value;
    let message = words!(
        "\"{written}\" is not a domain",
        "« {written} » n'est pas un domaine"
    );
    let problem = fields.error(codes::BAD_VALUE, text.span, message);
    problems.push(problem.label(words!(
        "write garage-martin.example",
        "écrivez garage-martin.example"
    )));
    None
}

/// Languages whose numbers and times the engine can say.
const SPOKEN: [&str; 2] = ["fr", "en"];
