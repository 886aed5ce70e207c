//! A condition in words, for explanations: `not callback.id is set` becomes « aucun rappel n'est
//! promis ».

use std::time::Duration;

use super::{Expression, Kind, Node, Operator};
use crate::variables::Value;
use crate::words;
use crate::words::{Lang, Words};

impl Expression {
    /// The condition as a clause in `lang`; names that are the operator's own stay as they are.
    pub(crate) fn in_words(&self, lang: Lang) -> String {
        let words = clause(&self.root, true);
        match lang {
            Lang::En => words.en,
            Lang::Fr => words.fr,
        }
    }
}

/// What is true when the expression is, or when it is not.
fn clause(node: &Node, holds: bool) -> Words {
    match &node.kind {
        Kind::Not(inner) => clause(inner, !holds),
        Kind::IsSet(inner, set) => is_set(&value(inner).en, holds == *set),
        Kind::Pair(operator @ (Operator::And | Operator::Or), left, right) => {
            // What is not both is at least one not.
            let both = (*operator == Operator::And) == holds;
            let (left, right) = (part(left, holds, both), part(right, holds, both));
            let (en, fr) = (left.en, left.fr);
            let (more_en, more_fr) = (right.en, right.fr);
            match both {
                true => words!("{en} and {more_en}", "{fr} et {more_fr}"),
                false => words!("{en} or {more_en}", "{fr} ou {more_fr}"),
            }
        }
        Kind::Pair(operator, left, right) => compared(*operator, left, right, holds),
        Kind::Name(name) => named(name, holds),
        Kind::Literal(_) | Kind::List(_) | Kind::Call(..) => {
            let shown = value(node);
            let (en, fr) = (shown.en, shown.fr);
            match holds {
                true => words!("{en}", "{fr}"),
                false => words!("not {en}", "pas {fr}"),
            }
        }
    }
}

/// A part of a longer condition: what binds less is set apart by commas that cannot be misread.
fn part(node: &Node, holds: bool, both: bool) -> Words {
    let words = clause(node, holds);
    let mixed = match &node.kind {
        Kind::Pair(operator @ (Operator::And | Operator::Or), ..) => {
            ((*operator == Operator::And) == holds) != both
        }
        _ => false,
    };
    if mixed {
        let (en, fr) = (words.en, words.fr);
        return words!("({en})", "({fr})");
    }
    words
}

fn compared(operator: Operator, left: &Node, right: &Node, holds: bool) -> Words {
    let (a, b) = (value(left), value(right));
    let (en, fr) = match (operator, holds) {
        (Operator::Equal, true) | (Operator::Unequal, false) => ("is", "est"),
        (Operator::Equal, false) | (Operator::Unequal, true) => ("is not", "n'est pas"),
        (Operator::Less, true) | (Operator::GreaterOrEqual, false) => ("is less than", "est sous"),
        (Operator::LessOrEqual, true) | (Operator::Greater, false) => {
            ("is at most", "ne dépasse pas")
        }
        (Operator::Greater, true) | (Operator::LessOrEqual, false) => ("is more than", "dépasse"),
        (Operator::GreaterOrEqual, true) | (Operator::Less, false) => {
            ("is at least", "atteint au moins")
        }
        (Operator::In, true) => ("is one of", "est parmi"),
        (Operator::In, false) => ("is none of", "n'est pas parmi"),
        (Operator::StartsWith, true) => ("begins with", "commence par"),
        (Operator::StartsWith, false) => ("does not begin with", "ne commence pas par"),
        // Sums are no conditions; the check refuses them here.
        _ => ("with", "avec"),
    };
    let (a_en, a_fr, b_en, b_fr) = (a.en, a.fr, b.en, b.fr);
    words!("{a_en} {en} {b_en}", "{a_fr} {fr} {b_fr}")
}

/// A name that is true or false by itself.
fn named(name: &str, holds: bool) -> Words {
    match (name, holds) {
        ("caller.known", true) => words!("the caller is known", "l'appelant est connu"),
        ("caller.known", false) => words!("the caller is not known", "l'appelant n'est pas connu"),
        ("caller.reached_today", true) => words!(
            "the caller reached somebody today",
            "l'appelant a joint quelqu'un aujourd'hui"
        ),
        ("caller.reached_today", false) => words!(
            "the caller reached nobody today",
            "l'appelant n'a joint personne aujourd'hui"
        ),
        ("wait.ready", true) => words!("the wait can be announced", "l'attente peut être annoncée"),
        ("wait.ready", false) => words!(
            "the wait cannot be announced",
            "l'attente ne peut pas être annoncée"
        ),
        ("call.answered", true) => words!("the call is answered", "l'appel est décroché"),
        ("call.answered", false) => {
            words!("the call is not answered", "l'appel n'est pas décroché")
        }
        (name, true) => words!("“{name}” holds", "« {name} » est vrai"),
        (name, false) => words!("“{name}” does not hold", "« {name} » est faux"),
    }
}

/// Whether something has a value, by its name.
fn is_set(name: &str, set: bool) -> Words {
    match (name.trim_matches(['“', '”']), set) {
        ("callback.id", true) => words!("a callback is promised", "un rappel est promis"),
        ("callback.id", false) => words!("no callback is promised", "aucun rappel n'est promis"),
        ("message.id", true) => words!("a message was left", "un message a été laissé"),
        ("message.id", false) => words!("no message was left", "aucun message n'a été laissé"),
        ("caller.number" | "the caller's number", true) => words!(
            "the caller's number is known",
            "le numéro de l'appelant est connu"
        ),
        ("caller.number" | "the caller's number", false) => words!(
            "the caller's number is hidden",
            "le numéro de l'appelant est masqué"
        ),
        ("caller.language" | "the caller's language", true) => words!(
            "the caller chose a language before",
            "l'appelant a déjà choisi sa langue"
        ),
        ("caller.language" | "the caller's language", false) => words!(
            "the caller never chose a language",
            "l'appelant n'a jamais choisi sa langue"
        ),
        (name, true) => words!("“{name}” is known", "« {name} » est connu"),
        (name, false) => words!("“{name}” is not known", "« {name} » n'est pas connu"),
    }
}

/// A value by name or as written.
fn value(node: &Node) -> Words {
    match &node.kind {
        Kind::Literal(Value::Duration(length)) => duration_in_words(*length),
        Kind::Literal(value @ Value::Text(_)) => words!("“{value}”", "« {value} »"),
        Kind::Literal(value) => words!("{value}", "{value}"),
        Kind::Name(name) => match name.as_str() {
            "wait.low" => words!(
                "the shortest likely wait",
                "l'attente la plus courte probable"
            ),
            "wait.high" => words!(
                "the longest likely wait",
                "l'attente la plus longue probable"
            ),
            "caller.number" => words!("the caller's number", "le numéro de l'appelant"),
            "caller.language" => words!("the caller's language", "la langue de l'appelant"),
            "caller.attempts_today" => words!(
                "the number of the caller's calls today",
                "le nombre d'appels de l'appelant aujourd'hui"
            ),
            "queue.waiting" => words!(
                "the number of people waiting",
                "le nombre de personnes en attente"
            ),
            "queue.agents" => words!(
                "the number of people answering",
                "le nombre de personnes qui répondent"
            ),
            "queue.position" => words!("the place in the queue", "la place dans la file"),
            name => words!("“{name}”", "« {name} »"),
        },
        Kind::List(items) => joined(items, ", "),
        Kind::Call(name, items) => {
            let all = joined(items, ", ");
            let (en, fr) = (all.en, all.fr);
            words!("{name}({en})", "{name}({fr})")
        }
        Kind::Pair(Operator::Plus, left, right) => between(left, "+", right),
        Kind::Pair(Operator::Minus, left, right) => between(left, "-", right),
        Kind::Pair(Operator::Otherwise, left, right) => {
            let (a, b) = (value(left), value(right));
            let (a_en, a_fr, b_en, b_fr) = (a.en, a.fr, b.en, b.fr);
            words!("{a_en} (else {b_en})", "{a_fr} (sinon {b_fr})")
        }
        _ => clause(node, true),
    }
}

/// A duration as people speak of it: `1 hour 30 minutes`.
pub(crate) fn duration_in_words(length: Duration) -> Words {
    let mut rest = length.as_secs();
    let mut parts = Words::default();
    for (seconds, en, fr) in UNITS {
        let count = rest / seconds;
        rest %= seconds;
        if count > 0 {
            let plural = if count > 1 { "s" } else { "" };
            let space = if parts.en.is_empty() { "" } else { " " };
            parts.en.push_str(&format!("{space}{count} {en}{plural}"));
            parts.fr.push_str(&format!("{space}{count} {fr}{plural}"));
        }
    }
    match parts.en.is_empty() {
        true => words!("0 seconds", "0 seconde"),
        false => parts,
    }
}

fn between(left: &Node, sign: &str, right: &Node) -> Words {
    let (a, b) = (value(left), value(right));
    let (a_en, a_fr, b_en, b_fr) = (a.en, a.fr, b.en, b.fr);
    words!("{a_en} {sign} {b_en}", "{a_fr} {sign} {b_fr}")
}

fn joined(items: &[Node], by: &str) -> Words {
    let items: Vec<Words> = items.iter().map(value).collect();
    let all = |text: fn(&Words) -> &String| {
        let texts: Vec<&str> = items.iter().map(|words| text(words).as_str()).collect();
        texts.join(by)
    };
    Words {
        en: all(|words| &words.en),
        fr: all(|words| &words.fr),
    }
}

/// Units of durations: seconds, and their names in both languages.
const UNITS: [(u64, &str, &str); 4] = [
    (86_400, "day", "jour"),
    (3_600, "hour", "heure"),
    (60, "minute", "minute"),
    (1, "second", "seconde"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_clauses() {
        for (text, fr) in [
            (
                "not caller.reached_today and callback.id is not set and message.id is not set",
                "l'appelant n'a joint personne aujourd'hui et aucun rappel n'est promis et aucun message n'a été laissé",
            ),
            (
                "wait.low > 2m",
                "l'attente la plus courte probable dépasse 2 minutes",
            ),
            ("vip", "« vip » est vrai"),
            (
                "caller.language is set",
                "l'appelant a déjà choisi sa langue",
            ),
            ("not (a and b = 1)", "« a » est faux ou « b » n'est pas 1"),
            (
                "(a or b) and not c",
                "(« a » est vrai ou « b » est vrai) et « c » est faux",
            ),
            (
                "x ?? 3 in [1, 2 + y]",
                "« x » (sinon 3) est parmi 1, 2 + « y »",
            ),
            (
                "is_mobile(caller.number)",
                "is_mobile(le numéro de l'appelant)",
            ),
            (
                "not nom starts with 'A'",
                "« nom » ne commence pas par « A »",
            ),
        ] {
            let words = Expression::parse(text).unwrap().in_words(Lang::Fr);
            assert_eq!(words, fr, "{text}");
        }
        let words = Expression::parse("a >= 1").unwrap().in_words(Lang::En);
        assert_eq!(words, "“a” is at least 1");
    }
}
