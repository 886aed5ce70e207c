//! One TOML file with the places of everything in it.

use std::ops::Range;

use rappel_ivr::{Diagnostic, Source, words};
use toml::de::DeTable;

use crate::codes;
use crate::encoding;
use crate::problems::Problems;

/// One file, parsed.
pub(crate) struct Document<'t> {
    /// Its text, for places.
    pub source: Source,
    /// Its tables.
    pub root: DeTable<'t>,
    /// Whether it lies in the shared folder.
    pub shared: bool,
}

impl<'t> Document<'t> {
    /// Parses `text`; every syntax error becomes a problem and the document `None`.
    pub(crate) fn parse(
        shown: String,
        text: &'t str,
        shared: bool,
        problems: &mut Problems,
    ) -> Option<Self> {
        let source = Source::new(shown, text);
        if let Some(problem) = encoding::refusal(&source) {
            problems.push(problem);
            return None;
        }
        let (root, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            return Some(Self {
                source,
                root: root.into_inner(),
                shared,
            });
        }
        for error in errors.iter().take(MAX_SYNTAX_ERRORS) {
            problems.push(syntax_problem(&source, error));
        }
        None
    }
}

/// Says what TOML does not accept; of something declared twice, both places.
fn syntax_problem(source: &Source, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().unwrap_or(0..0);
    if error.message() == "duplicate key" {
        return declared_twice(source, span);
    }
    let first = error.message().lines().next().unwrap_or_default();
    let what = rappel_ivr::toml_words(first, source.text(), span.start);
    let message = words!([what] "this is not TOML: {what}", "ceci n'est pas du TOML : {what}");
    source.error(codes::NOT_TOML, span, message)
}

fn declared_twice(source: &Source, span: Range<usize>) -> Diagnostic {
    let text = source.text();
    let key = text.get(span.clone()).unwrap_or("");
    let message = words!(
        "\"{key}\" is declared twice",
        "« {key} » est déclaré deux fois"
    );
    let problem = source.error(codes::TWICE, span.clone(), message);
    let Some(offset) = first_declaration(text, span.start) else {
        return problem;
    };
    let (file, line) = (source.file(), source.line_of(offset));
    problem.note(words!(
        "first declared at {file}:{line}",
        "déclaré d'abord en {file}:{line}"
    ))
}

/// The offset of an earlier line that declares what the line around `offset` declares: the same
/// header, or the same key since the last header.
fn first_declaration(text: &str, offset: usize) -> Option<usize> {
    let declared = |line: &str| {
        let line = line.trim();
        if line.starts_with('[') {
            line.split('#').next().map(|l| l.trim_end().to_owned())
        } else {
            line.split_once('=').map(|(key, _)| key.trim().to_owned())
        }
    };
    let start = text.get(..offset)?.rfind('\n').map_or(0, |i| i + 1);
    let wanted = declared(text[start..].lines().next()?)?;
    let mut found = None;
    let mut at = 0;
    for line in text[..start].split_inclusive('\n') {
        let is_header = line.trim_start().starts_with('[');
        if is_header && !wanted.starts_with('[') {
            found = None;
        }
        if found.is_none() && declared(line).as_deref() == Some(&wanted) {
            found = Some(at);
        }
        at += line.len();
    }
    found
}

/// Most syntax errors shown of one file.
const MAX_SYNTAX_ERRORS: usize = 20;
