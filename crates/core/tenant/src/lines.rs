//! `[line.NAME]`: numbers a tenant owns and what answers them (FLOWS §7.5).

use rappel_model::{FlowName, Language, LineName, PhoneNumber};

use crate::codes;
use crate::document::{Fields, Problems};
use crate::names::{Declared, Kind, Names};
use crate::settings::{FlowReference, read_language};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its name.
    pub name: LineName,
    /// Its number, E.164.
    pub number: PhoneNumber,
    /// The short number the tenant's own phones may dial instead; digits only.
    pub extension: Option<String>,
    /// The flow that answers it.
    pub flow: FlowName,
    /// Whether it may be answered at all.
    pub answer: Answer,
    /// The language of the first words: the line's, else the tenant's first.
    pub language: Language,
}

/// Whether calls of a line may be answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// When the flow first needs it.
    #[default]
    Auto,
    /// Never, whatever the flow says: no caller is ever charged.
    Never,
}

/// A line as written, with the place of its flow.
pub(crate) struct Read<'d> {
    pub line: Line,
    pub flow: FlowReference<'d>,
    /// Its own language, when it names one.
    pub language: Option<Language>,
}

/// Reads every line; those without a number or a flow are problems and left out.
pub(crate) fn read<'d>(
    names: &Names<'d>,
    languages: &[Language],
    problems: &mut Problems,
) -> Vec<Read<'d>> {
    names
        .of(Kind::Line)
        .filter_map(|declared| read_one(declared, languages, problems))
        .collect()
}

fn read_one<'d>(
    declared: &Declared<'d>,
    languages: &[Language],
    problems: &mut Problems,
) -> Option<Read<'d>> {
    let mut fields = declared.fields();
    if fields.value("number").is_none() {
        fields.missing("number", problems);
    }
    let number = fields.number("number", problems);
    let extension = read_extension(&mut fields, problems);
    let flow = fields.required("flow", problems);
    let answer = match fields.word("answer", &["auto", "never"], problems) {
        Some("never") => Answer::Never,
        _ => Answer::Auto,
    };
    let language = fields.text("language", problems);
    let language = language.and_then(|text| {
        let language = read_language(&fields, &text, problems)?;
        if !languages.contains(&language) {
            let message = format!("the tenant does not speak \"{language}\"");
            let problem = fields.error(codes::BAD_VALUE, text.span, message);
            problems.push(problem.remedy("add it to  languages  of [tenant]"));
            return None;
        }
        Some(language)
    });
    let source = fields.source();
    fields.finish(&["campaign", "person", "team", "queue", "show"], problems);
    let flow = flow?;
    let first = languages.first().cloned();
    Some(Read {
        line: Line {
            name: LineName::from(declared.name),
            number: number?,
            extension,
            flow: FlowName::from(flow.value),
            answer,
            language: language
                .clone()
                .or(first)
                .unwrap_or_else(|| Language::from("fr")),
        },
        flow: FlowReference { flow, source },
        language,
    })
}

/// Reads `extension`: two to six digits, none that somebody may dial for help.
pub(crate) fn read_extension(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<String> {
    let text = fields.text("extension", problems)?;
    let (code, message, label) = if text.value.starts_with(['*', '#']) {
        let message = format!("\"{}\" is for the engine's own codes", text.value);
        (
            codes::RESERVED,
            message,
            "write digits: * and # are for codes like *98",
        )
    } else if EMERGENCY.contains(&text.value) {
        let message = format!("\"{}\" calls for help", text.value);
        (
            codes::RESERVED,
            message,
            "choose another: somebody may dial this in an emergency",
        )
    } else if (2..=6).contains(&text.value.len()) && text.value.bytes().all(|b| b.is_ascii_digit())
    {
        return Some(text.value.to_owned());
    } else {
        let message = format!("\"{}\" is not an extension", text.value);
        (codes::BAD_VALUE, message, "write two to six digits")
    };
    problems.push(fields.error(code, text.span, message).label(label));
    None
}

/// Numbers that reach help in Europe, France, the United Kingdom and North America.
const EMERGENCY: [&str; 12] = [
    "15", "17", "18", "112", "114", "115", "119", "191", "196", "197", "911", "999",
];
