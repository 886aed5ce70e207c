//! Conditions and values in flows: a small typed language without loops, assignment or side
//! effects. Evaluation always ends (FLOWS §4).

mod check;
mod evaluate;
mod function;
mod in_words;
mod lexer;
mod names;
mod parser;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::variables::Value;
use crate::words::Words;

pub(crate) use check::Scope;
pub(crate) use evaluate::Lookup;
pub(crate) use in_words::duration_in_words;
pub use names::{BUILT_IN, BuiltIn};

/// One expression, read but not yet checked against the names of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    root: Node,
}

/// What is wrong with an expression; the span counts bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `R204` … `R210`.
    pub code: &'static str,
    /// Where in the text of the expression.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: Words,
    /// Said beside the caret.
    pub label: Option<Words>,
}

impl Problem {
    pub(crate) fn new(code: &'static str, span: Range<usize>, message: impl Into<Words>) -> Self {
        Self {
            code,
            span,
            message: message.into(),
            label: None,
        }
    }

    fn label(mut self, label: impl Into<Words>) -> Self {
        self.label = Some(label.into());
        self
    }
}

impl Expression {
    /// Reads `text`. Longer than 1,000 characters or nested deeper than 32 is refused.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        parser::parse(text).map(|root| Self { root })
    }

    /// The names it reads, with their places.
    pub(crate) fn names(&self) -> Vec<(&str, Range<usize>)> {
        let mut names = Vec::new();
        self.root.collect_names(&mut names);
        names
    }
}

/// A part of an expression and where it stands.
#[derive(Clone, Debug, PartialEq)]
struct Node {
    span: Range<usize>,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Literal(Value),
    Name(String),
    List(Vec<Node>),
    Call(String, Vec<Node>),
    /// `is set` (true), `is not set` (false).
    IsSet(Box<Node>, bool),
    Not(Box<Node>),
    Pair(Operator, Box<Node>, Box<Node>),
}

/// What joins two parts; `span` of the pair is the operator's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    And,
    Or,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    StartsWith,
    Plus,
    Minus,
    /// `??`: the right side where the left is unset.
    Otherwise,
}

impl Node {
    fn collect_names<'a>(&'a self, names: &mut Vec<(&'a str, Range<usize>)>) {
        match &self.kind {
            Kind::Literal(_) => {}
            Kind::Name(name) => names.push((name, self.span.clone())),
            Kind::List(items) | Kind::Call(_, items) => {
                items.iter().for_each(|item| item.collect_names(names));
            }
            Kind::IsSet(inner, _) | Kind::Not(inner) => inner.collect_names(names),
            Kind::Pair(_, left, right) => {
                left.collect_names(names);
                right.collect_names(names);
            }
        }
    }
}
