//! The grammar of FLOWS §4, one function per rule.

use std::ops::Range;

use rappel_model::Money;

use super::lexer::{Token, tokens};
use super::{Kind, Node, Operator, Problem};
use crate::variables::Value;
use crate::words;

/// Reads a whole expression.
pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        end: text.len(),
        depth: 0,
    };
    let root = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok(root),
        Some((token, span)) => {
            let message = words!(
                "the expression ends before this",
                "l'expression se termine avant ceci"
            );
            let problem = Problem::new("R206", span.clone(), message);
            let before = parser.tokens.get(parser.at.wrapping_sub(1));
            Err(match (before, token) {
                (Some((Token::Literal(Value::Number(n)), _)), Token::Word(word))
                    if Money::parse(&format!("{n} {word}")).is_some() =>
                {
                    problem.label(words!(
                        "write an amount of money in quotes: '{n} {word}'",
                        "une somme d'argent s'écrit entre guillemets : '{n} {word}'"
                    ))
                }
                _ => problem,
            })
        }
    }
}

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    end: usize,
    depth: usize,
}

impl Parser {
    fn or(&mut self) -> Result<Node, Problem> {
        let mut left = self.and()?;
        while let Some(span) = self.word("or") {
            left = pair(Operator::Or, left, self.and()?, span);
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Node, Problem> {
        let mut left = self.not()?;
        while let Some(span) = self.word("and") {
            left = pair(Operator::And, left, self.not()?, span);
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Node, Problem> {
        match self.word("not") {
            Some(span) => Ok(Node {
                span,
                kind: Kind::Not(Box::new(self.compare()?)),
            }),
            None => self.compare(),
        }
    }

    fn compare(&mut self) -> Result<Node, Problem> {
        let left = self.sum()?;
        if let Some(span) = self.word("is") {
            let not = self.word("not").is_some();
            if self.word("set").is_none() {
                return Err(Problem::new(
                    "R206",
                    span,
                    words!(
                        "write \"is set\" or \"is not set\"",
                        "écrivez « is set » (a une valeur) ou « is not set » (n'en a pas)"
                    ),
                ));
            }
            return Ok(Node {
                span,
                kind: Kind::IsSet(Box::new(left), !not),
            });
        }
        match self.comparison()? {
            Some((operator, span)) => Ok(pair(operator, left, self.sum()?, span)),
            None => Ok(left),
        }
    }

    fn comparison(&mut self) -> Result<Option<(Operator, Range<usize>)>, Problem> {
        for (sign, operator) in COMPARISONS {
            if let Some(span) = self.sign(sign) {
                return Ok(Some((operator, span)));
            }
        }
        if let Some(span) = self.word("in") {
            return Ok(Some((Operator::In, span)));
        }
        if let Some(span) = self.word("starts") {
            return match self.word("with") {
                Some(with) => Ok(Some((Operator::StartsWith, span.start..with.end))),
                None => Err(Problem::new(
                    "R206",
                    span,
                    words!(
                        "write \"starts with\"",
                        "écrivez « starts with » (commence par)"
                    ),
                )),
            };
        }
        Ok(None)
    }

    fn sum(&mut self) -> Result<Node, Problem> {
        let mut left = self.term()?;
        loop {
            let (operator, span) = if let Some(span) = self.sign("+") {
                (Operator::Plus, span)
            } else if let Some(span) = self.sign("-") {
                (Operator::Minus, span)
            } else {
                return Ok(left);
            };
            left = pair(operator, left, self.term()?, span);
        }
    }

    fn term(&mut self) -> Result<Node, Problem> {
        let mut left = self.value()?;
        while let Some(span) = self.sign("??") {
            left = pair(Operator::Otherwise, left, self.value()?, span);
        }
        Ok(left)
    }

    fn value(&mut self) -> Result<Node, Problem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = words!(
                "an expression nests at most {MAX_DEPTH} deep",
                "une expression a {MAX_DEPTH} niveaux de parenthèses au plus"
            );
            return Err(Problem::new("R206", self.here(), message));
        }
        let node = self.value_inside();
        self.depth -= 1;
        node
    }

    fn value_inside(&mut self) -> Result<Node, Problem> {
        if let Some(open) = self.sign("(") {
            let node = self.or()?;
            self.close(")", &open)?;
            return Ok(node);
        }
        if let Some(open) = self.sign("[") {
            let items = self.items("]", &open)?;
            let span = open.start..self.before();
            return Ok(Node {
                span,
                kind: Kind::List(items),
            });
        }
        let Some((token, span)) = self.tokens.get(self.at).cloned() else {
            return Err(Problem::new(
                "R206",
                self.here(),
                words!("a value is missing", "il manque une valeur"),
            ));
        };
        self.at += 1;
        match token {
            Token::Literal(value) => Ok(Node {
                span,
                kind: Kind::Literal(value),
            }),
            Token::Word(word) if RESERVED.contains(&word.as_str()) => Err(Problem::new(
                "R206",
                span,
                words!(
                    "a value is missing before \"{word}\"",
                    "il manque une valeur avant « {word} »"
                ),
            )),
            Token::Word(name) => match self.sign("(") {
                Some(open) => {
                    let arguments = self.items(")", &open)?;
                    Ok(Node {
                        span,
                        kind: Kind::Call(name, arguments),
                    })
                }
                None => Ok(Node {
                    span,
                    kind: Kind::Name(name),
                }),
            },
            Token::Sign("-") if self.number_at(span.end).is_some() => {
                let number = self.number_at(span.end).unwrap_or_default();
                self.at += 1;
                Ok(Node {
                    span: span.start..self.before(),
                    kind: Kind::Literal(Value::Number(-number)),
                })
            }
            Token::Sign(sign) => {
                let problem = Problem::new(
                    "R206",
                    span,
                    words!(
                        "a value is missing before \"{sign}\"",
                        "il manque une valeur avant « {sign} »"
                    ),
                );
                let doubled = sign == "="
                    && self
                        .tokens
                        .get(self.at.saturating_sub(2))
                        .is_some_and(|(before, _)| *before == Token::Sign("="));
                Err(if doubled {
                    problem.label(words!("write one \"=\" only", "écrivez un seul « = »"))
                } else {
                    problem
                })
            }
        }
    }

    /// The number that stands right at `at`, when it is the next token: a minus before it is its own.
    fn number_at(&self, at: usize) -> Option<i64> {
        match self.tokens.get(self.at) {
            Some((Token::Literal(Value::Number(number)), span)) if span.start == at => {
                Some(*number)
            }
            _ => None,
        }
    }

    /// Values between commas up to `end`; none is allowed.
    fn items(&mut self, end: &'static str, open: &Range<usize>) -> Result<Vec<Node>, Problem> {
        let mut items = Vec::new();
        if self.sign(end).is_some() {
            return Ok(items);
        }
        loop {
            items.push(self.or()?);
            if self.sign(",").is_none() {
                self.close(end, open)?;
                return Ok(items);
            }
        }
    }

    fn close(&mut self, sign: &'static str, open: &Range<usize>) -> Result<(), Problem> {
        match self.sign(sign) {
            Some(_) => Ok(()),
            None => Err(Problem::new(
                "R206",
                open.clone(),
                words!(
                    "this has no closing \"{sign}\"",
                    "il manque le « {sign} » qui ferme ceci"
                ),
            )),
        }
    }

    fn word(&mut self, word: &str) -> Option<Range<usize>> {
        match self.tokens.get(self.at) {
            Some((Token::Word(found), span)) if found == word => {
                self.at += 1;
                Some(span.clone())
            }
            _ => None,
        }
    }

    fn sign(&mut self, sign: &str) -> Option<Range<usize>> {
        match self.tokens.get(self.at) {
            Some((Token::Sign(found), span)) if *found == sign => {
                self.at += 1;
                Some(span.clone())
            }
            _ => None,
        }
    }

    /// Where the next token stands, or the end.
    fn here(&self) -> Range<usize> {
        let next = self.tokens.get(self.at).map(|(_, span)| span.clone());
        next.unwrap_or(self.end..self.end)
    }

    /// Where the last token ended.
    fn before(&self) -> usize {
        self.tokens[self.at - 1].1.end
    }
}

fn pair(operator: Operator, left: Node, right: Node, span: Range<usize>) -> Node {
    Node {
        span,
        kind: Kind::Pair(operator, Box::new(left), Box::new(right)),
    }
}

const COMPARISONS: [(&str, Operator); 6] = [
    ("=", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];
const RESERVED: [&str; 8] = ["and", "or", "not", "is", "set", "in", "starts", "with"];
/// Brackets within brackets; the parser calls itself once per level.
const MAX_DEPTH: usize = 32;
