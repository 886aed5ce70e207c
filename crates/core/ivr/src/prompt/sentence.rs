//! One sentence in one language: words and holes.

use std::ops::Range;

use crate::expression::{Expression, Problem};
use crate::say::Format;
use crate::words;

/// The words of a prompt in one language.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    text: String,
    parts: Vec<Part>,
}

/// Words, or a hole between them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    /// Words that are recorded; `fragment` is their number in a sentence with holes, counted from
    /// 1, and `None` for punctuation alone, which is never recorded.
    Words { text: String, fragment: Option<u32> },
    /// A value said in between.
    Hole(Hole),
}

/// A value said within a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hole {
    pub(crate) expression: Expression,
    pub(crate) format: Format,
    /// Bytes of the sentence, braces included.
    pub(crate) span: Range<usize>,
    /// Where the expression begins in the sentence.
    pub(crate) start: usize,
}

impl Sentence {
    /// Reads a sentence: `{value|format}` are its holes, `{{` and `}}` stand for braces.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut parts = Vec::new();
        for (span, kind) in split(text, &mut problems) {
            match kind {
                Piece::Words(words) => parts.push(Part::Words {
                    text: words,
                    fragment: None,
                }),
                Piece::Hole => match hole(text, span) {
                    Ok(hole) => parts.push(Part::Hole(hole)),
                    Err(problem) => problems.push(problem),
                },
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut number = 0;
        for part in &mut parts {
            if let Part::Words { text, fragment } = part
                && text.chars().any(char::is_alphanumeric)
            {
                number += 1;
                *fragment = Some(number);
            }
        }
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }

    /// A sentence whose holes cannot be read.
    pub(super) fn unread(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            parts: Vec::new(),
        }
    }

    /// The words as written, holes included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a value is said in between.
    pub fn has_holes(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Hole(_)))
    }

    /// Whether anything is heard of it: a word or a value. Punctuation alone is silence.
    pub(crate) fn says_something(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Words { fragment, .. } => fragment.is_some(),
            Part::Hole(_) => true,
        })
    }

    /// What must be recorded for the prompt `key`: the keys of the recordings and their words. One
    /// recording named as the prompt, or fragments `KEY.1`, `KEY.2` … when there are holes.
    pub fn fragments(&self, key: &str) -> Vec<(String, String)> {
        let holes = self.has_holes();
        let recorded = |part: &Part| match part {
            Part::Words {
                text,
                fragment: Some(number),
            } if holes => Some((format!("{key}.{number}"), text.trim().to_owned())),
            Part::Words { text, .. } if !holes => Some((key.to_owned(), text.clone())),
            _ => None,
        };
        self.parts.iter().filter_map(recorded).collect()
    }

    /// How long it takes to say, in tenths of a second: 15 characters a second, two seconds for a
    /// value whatever it is.
    pub(crate) fn tenths(&self) -> u64 {
        let part = |part: &Part| match part {
            Part::Words { text, .. } => {
                let characters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
                characters.saturating_mul(10) / CHARACTERS_PER_SECOND
            }
            Part::Hole(_) => TENTHS_PER_HOLE,
        };
        self.parts.iter().map(part).sum()
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(crate) fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.parts.iter().filter_map(|part| match part {
            Part::Hole(hole) => Some(hole),
            Part::Words { .. } => None,
        })
    }
}

/// A piece of a text with holes.
pub(crate) enum Piece {
    Words(String),
    Hole,
}

/// Cuts a text at its holes. The span of a hole includes its braces.
pub(crate) fn split(text: &str, problems: &mut Vec<Problem>) -> Vec<(Range<usize>, Piece)> {
    let mut pieces = Vec::new();
    let (mut words, mut from, mut at) = (String::new(), 0, 0);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            words.push(c);
            at += 2;
        } else if c == '{' {
            if !words.is_empty() {
                pieces.push((from..at, Piece::Words(std::mem::take(&mut words))));
            }
            match rest.find('}') {
                Some(end) => {
                    pieces.push((at..at + end + 1, Piece::Hole));
                    at += end + 1;
                    from = at;
                }
                None => {
                    problems.push(Problem::new(
                        "R404",
                        at..text.len(),
                        words!(
                            "a hole has no closing \"}}\"",
                            "il manque le « }} » qui ferme ce trou"
                        ),
                    ));
                    return pieces;
                }
            }
        } else {
            if c == '}' {
                problems.push(Problem::new(
                    "R404",
                    at..at + 1,
                    words!(
                        "this \"}}\" opens nowhere; write \"}}}}\" for a brace",
                        "ce « }} » ne ferme rien ; pour une accolade, écrivez « }}}} »"
                    ),
                ));
            }
            words.push(c);
            at += c.len_utf8();
        }
    }
    if !words.is_empty() {
        pieces.push((from..at, Piece::Words(words)));
    }
    pieces
}

/// Reads the hole at `span` of `text`.
fn hole(text: &str, span: Range<usize>) -> Result<Hole, Problem> {
    let inside = &text[span.start + 1..span.end - 1];
    let start = span.start + 1;
    let Some((value, word)) = inside.rsplit_once('|') else {
        let mut missing = Problem::new(
            "R404",
            span,
            words!(
                "a hole says how its value is spoken",
                "un trou dit comment sa valeur se prononce"
            ),
        );
        let value = inside.trim();
        missing.label = Some(words!(
            "write {{{value}|digits}} or another format",
            "écrivez {{{value}|digits}} ou un autre format"
        ));
        return Err(missing);
    };
    let format_at = start + value.len() + 1..span.end - 1;
    let word = word.trim();
    let Some(format) = Format::from_word(word) else {
        let mut unknown = Problem::new(
            "R404",
            format_at,
            words!(
                "no format is named \"{word}\"",
                "aucun format ne s'appelle « {word} »"
            ),
        );
        let near = crate::diagnostic::nearest(word, Format::ALL.map(Format::word));
        let known = Format::ALL.map(Format::word).join(", ");
        unknown.label = Some(near.map_or_else(
            || words!("one of: {known}", "au choix : {known}"),
            |near| near.words(),
        ));
        return Err(unknown);
    };
    let expression = Expression::parse(value).map_err(|p| Problem {
        span: p.span.start + start..p.span.end + start,
        ..p
    })?;
    Ok(Hole {
        expression,
        format,
        span,
        start,
    })
}

/// How fast people speak.
const CHARACTERS_PER_SECOND: u64 = 15;
/// How long a value takes to say, in tenths of a second.
const TENTHS_PER_HOLE: u64 = 20;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_are_numbered_where_there_are_words() {
        let sentence =
            Sentence::parse("{n|number}, {n|digits} personnes avant vous. {t|time}!").unwrap();
        let keys: Vec<_> = sentence.fragments("attente");
        assert_eq!(
            keys,
            [("attente.1".to_owned(), "personnes avant vous.".to_owned())]
        );
        let plain = Sentence::parse("Bonjour {{vous}}.").unwrap();
        assert_eq!(
            plain.fragments("b"),
            [("b".to_owned(), "Bonjour {vous}.".to_owned())]
        );
        assert!(Sentence::parse("").unwrap().fragments("b").is_empty());
    }

    #[test]
    fn broken_holes_are_named() {
        for (text, code, span) in [
            ("a {n", "R404", 2..4),
            ("a } b", "R404", 2..3),
            ("a {n}", "R404", 2..5),
            ("a {n|numbr}", "R404", 5..10),
            ("é {n +|number}", "R206", 7..7),
        ] {
            let problems = Sentence::parse(text).expect_err(text);
            assert_eq!(
                (problems[0].code, problems[0].span.clone()),
                (code, span),
                "{text}"
            );
        }
    }
}
