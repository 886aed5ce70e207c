//! One fault of `rappel.toml`: at which key it stands, why it is one and what to do, in both languages.

use std::fmt;
use std::ops::Range;

use rappel_ivr::words::Words;
use rappel_ivr::{Diagnostic, Source};
use toml::de::{DeArray, DeTable, DeValue};

/// One fault of `rappel.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    code: &'static str,
    /// The names that lead to it; a place in a list is a number, from 1.
    path: Vec<String>,
    why: Words,
}

/// The file is not TOML.
pub(crate) const NOT_TOML: &str = "R001";
/// A key or table does not exist.
pub(super) const UNKNOWN: &str = "R101";
/// Something required is missing.
pub(super) const MISSING: &str = "R103";
/// A value is of another type.
pub(super) const TYPE: &str = "R201";
/// A value is outside its bounds.
pub(super) const BOUNDS: &str = "R203";
/// A value works otherwise than it seems.
pub(super) const DOUBT: &str = "W13";
/// A value is none of those its key takes.
pub(super) const VALUE: &str = "R213";

impl Fault {
    /// A fault of that code at the end of `path`, a part of which is the name of a table or key, or the
    /// place in a list, from 1.
    pub(crate) fn new<P: Into<String>>(
        code: &'static str,
        path: impl IntoIterator<Item = P>,
        why: Words,
    ) -> Self {
        let path = path.into_iter().map(Into::into).collect();
        Self { code, path, why }
    }

    /// A value that its key does not take.
    pub(crate) fn value<P: Into<String>>(path: impl IntoIterator<Item = P>, why: Words) -> Self {
        Self::new(VALUE, path, why)
    }

    /// A number outside its bounds.
    pub(crate) fn bounds<P: Into<String>>(path: impl IntoIterator<Item = P>, why: Words) -> Self {
        Self::new(BOUNDS, path, why)
    }

    /// Where it stands.
    pub(super) fn path(&self) -> &[String] {
        &self.path
    }

    /// The same somewhere else.
    pub(super) fn moved(self, path: Vec<String>) -> Self {
        Self { path, ..self }
    }

    /// It in one line: `[sip] port: why`.
    pub(crate) fn told(&self) -> Words {
        let (place, Words { en, fr }) = (self.place(), &self.why);
        match place.is_empty() {
            true => self.why.clone(),
            false => Words {
                en: format!("{place}: {en}"),
                fr: format!("{place} : {fr}"),
            },
        }
    }

    /// It with its line, which is that of the last name on the way that the file has.
    pub(crate) fn located(&self, source: &Source, root: &DeTable<'_>) -> Diagnostic {
        let (span, told) = (self.span(root), self.told());
        match self.code {
            DOUBT => source.warning(DOUBT, span, told),
            code => source.error(code, span, told),
        }
    }

    /// `[sip] port`, `[sip.tls] public`, `[[sip.listener]] 2, port`.
    fn place(&self) -> String {
        let is_number = |part: &String| part.bytes().all(|b| b.is_ascii_digit());
        let of_sip = self.path.first().is_some_and(|table| table == "sip");
        let path = match self.path.as_slice() {
            // Which value of a list it is, its line shows.
            [path @ .., last] if path.len() > 1 && self.code != MISSING && is_number(last) => path,
            path => path,
        };
        // Its lists of tables are the only ones.
        if let Some(at) = path.iter().position(is_number).filter(|_| of_sip) {
            let (tables, number) = (path[..at].join("."), &path[at]);
            return match path[at + 1..].join(".") {
                key if key.is_empty() => format!("[[{tables}]] {number}"),
                key => format!("[[{tables}]] {number}, {key}"),
            };
        }
        match path {
            [] => String::new(),
            [table] => format!("[{table}]"),
            [tables @ .., key] => format!("[{}] {key}", tables.join(".")),
        }
    }

    fn span(&self, root: &DeTable<'_>) -> Range<usize> {
        let (mut node, mut span) = (Node::Table(root), 0..0);
        for part in &self.path {
            let found = match node {
                Node::Table(table) => table
                    .iter()
                    .find(|(key, _)| key.get_ref() == part.as_str())
                    .map(|(key, value)| (Some(key.span()), value)),
                Node::List(list) => part
                    .parse()
                    .ok()
                    .and_then(|number: usize| list.get(number.checked_sub(1)?))
                    .map(|value| (None, value)),
                Node::Leaf => None,
            };
            let Some((key, value)) = found else {
                break;
            };
            node = match value.get_ref() {
                DeValue::Table(table) => Node::Table(table),
                DeValue::Array(list) => Node::List(list),
                _ => Node::Leaf,
            };
            span = match (key, &node) {
                // The title of a table says more than all that stands in it.
                (Some(key), Node::Table(_)) => key,
                (Some(key), _) if self.code == UNKNOWN => key,
                _ => value.span(),
            };
        }
        span
    }
}

/// What a name leads to.
enum Node<'a> {
    Table(&'a DeTable<'a>),
    List(&'a DeArray<'a>),
    Leaf,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told().en)
    }
}

/// What somebody reads who has one line of English for it.
impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        fault.told().en
    }
}
