//! Words, numbers and signs of an expression.

use std::ops::Range;

use rappel_model::Money;

use super::Problem;
use crate::variables::{Value, parse_date, parse_duration, parse_time};
use crate::words;

/// One word or sign.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Literal(Value),
    /// A name with its dots, or a word of the language: `and`, `is`, `starts`.
    Word(String),
    /// `= != < <= > >= + - ?? ( ) [ ] ,`
    Sign(&'static str),
}

/// Cuts `text` into tokens with their places.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Problem> {
    if text.chars().count() > MAX_LENGTH {
        let message = words!(
            "an expression has at most {MAX_LENGTH} characters",
            "une expression fait {MAX_LENGTH} caractères au plus"
        );
        return Err(Problem::new("R206", 0..text.len(), message));
    }
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (token, length) = token(&text[at..], c, at)?;
        found.push((token, at..at + length));
        at += length;
    }
    Ok(found)
}

/// The token at the start of `rest`, which begins with `c`, and its length in bytes.
fn token(rest: &str, c: char, at: usize) -> Result<(Token, usize), Problem> {
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        return Ok((Token::Sign(sign), sign.len()));
    }
    if c == '"' || c == '\'' {
        let Some(end) = rest[1..].find(c) else {
            let message = words!(
                "a text has no closing quote",
                "il manque le guillemet qui ferme ce texte"
            );
            return Err(Problem::new("R206", at..at + rest.len(), message));
        };
        let text = rest[1..=end].to_owned();
        return Ok((Token::Literal(Value::Text(text)), end + 2));
    }
    if c.is_ascii_digit() {
        return literal(rest, at);
    }
    if c.is_alphabetic() || c == '_' {
        let length = word_length(rest);
        let word = &rest[..length];
        return Ok(match word {
            "true" => (Token::Literal(Value::YesNo(true)), length),
            "false" => (Token::Literal(Value::YesNo(false)), length),
            _ => (Token::Word(word.to_owned()), length),
        });
    }
    let message = words!("\"{c}\" has no meaning here", "« {c} » n'a pas de sens ici");
    let problem = Problem::new("R206", at..at + c.len_utf8(), message);
    Err(match c {
        '*' | '/' | '×' | '÷' => problem.label(words!(
            "of sums, only + and - exist",
            "il n'existe pas d'autre calcul que + et -"
        )),
        _ => problem,
    })
}

/// Letters, digits, `_` and dots; a dash belongs to a name when it stands between letters or
/// digits, so a subtraction is written with spaces.
fn word_length(rest: &str) -> usize {
    let mut chars = rest.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        let follows = chars.peek().is_some_and(|(_, next)| next.is_alphanumeric());
        let belongs = c.is_alphanumeric() || c == '_' || ((c == '.' || c == '-') && follows);
        if !belongs {
            return i;
        }
    }
    rest.len()
}

/// A number, duration, time or date.
fn literal(rest: &str, at: usize) -> Result<(Token, usize), Problem> {
    let is_date = rest.get(4..5) == Some("-") && rest.get(7..8) == Some("-");
    let length = rest
        .find(|c: char| {
            !(c.is_ascii_alphanumeric() || c == ':' || c == '.' || (is_date && c == '-'))
        })
        .unwrap_or(rest.len());
    let text = &rest[..length];
    let value = if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok().map(Value::Number)
    } else {
        parse_duration(text)
            .map(Value::Duration)
            .or_else(|| parse_time(text).map(Value::Time))
            .or_else(|| parse_date(text).map(Value::Date))
    };
    match value {
        Some(value) => Ok((Token::Literal(value), length)),
        None => {
            let message = words!(
                "\"{text}\" is no number, duration, time or date",
                "« {text} » n'est ni un nombre, ni une durée, ni une heure, ni une date"
            );
            let problem = Problem::new("R202", at..at + length, message);
            if Money::parse(text).is_some() {
                return Err(problem.label(words!(
                    "numbers are whole; write an amount of money in quotes: '{text} EUR'",
                    "les nombres sont entiers ; une somme d'argent s'écrit entre guillemets : '{text} EUR'"
                )));
            }
            let padded = format!("0{text}");
            if parse_time(&padded).is_some() {
                return Err(problem.label(words!("write {padded}", "écrivez {padded}")));
            }
            Err(problem.label(words!(
                "write 10, 1h30m, 08:30 or 2026-12-24",
                "écrivez 10, 1h30m, 08:30 ou 2026-12-24"
            )))
        }
    }
}

/// Longer signs first, so that `<=` is not read as `<`.
const SIGNS: [&str; 14] = [
    "!=", "<=", ">=", "??", "=", "<", ">", "+", "-", "(", ")", "[", "]", ",",
];
/// Longest expression, in characters.
const MAX_LENGTH: usize = 1000;
