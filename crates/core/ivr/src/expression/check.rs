//! Which type an expression has, and what is wrong with it, before any call (FLOWS §4, R2xx).

use std::collections::{BTreeMap, BTreeSet};

use rappel_model::{CalendarName, Money};

use super::function::{FUNCTIONS, Function};
use super::names::{BUILT_IN, built_in};
use super::{Expression, Kind, Node, Operator, Problem};
use crate::diagnostic::nearest;
use crate::step::PROMISE_KNOWN;
use crate::surroundings::Surroundings;
use crate::variables::{Type, Value};
use crate::words;
use crate::words::Words;

/// What an expression may read at one step of a flow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// The flow's variables.
    pub(crate) variables: &'a BTreeMap<String, Type>,
    /// Names that have a value on every way to this step.
    pub(crate) assigned: &'a BTreeSet<String>,
    /// Calendars.
    pub(crate) around: &'a Surroundings,
}

/// The type of an expression, and whether it may be without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) kind: Type,
    pub(crate) may_be_unset: bool,
}

impl Expression {
    /// Its type at a step, or the first problem.
    pub(crate) fn check(&self, scope: Scope<'_>) -> Result<Typed, Problem> {
        self.root.check(scope, &BTreeSet::new())
    }

    /// Whether it is a text constant that writes an amount of money.
    pub(crate) fn is_money_constant(&self) -> bool {
        self.root.money().is_some()
    }

    /// Its type, refusing one that may be unset.
    pub(crate) fn check_needed(&self, scope: Scope<'_>) -> Result<Type, Problem> {
        self.root.needed(scope, &BTreeSet::new())
    }
}

impl Expression {
    /// The names that surely have a value when this is true, or false.
    pub(crate) fn proves(&self, truth: bool) -> BTreeSet<&str> {
        let mut proven = BTreeSet::new();
        self.root.proves(truth, &mut proven);
        proven
    }
}

/// Set and unset at once, as the wait in a queue is known or not.
const WAIT: &[&str] = &["wait", "wait.low", "wait.high"];
/// Built-in values of which either all or none are set.
const SET_TOGETHER: [&[&str]; 2] = [WAIT, PROMISE_KNOWN];

/// Names proven set by what stands before, within one expression.
type Proven<'a> = BTreeSet<&'a str>;

impl Scope<'_> {
    fn name(&self, name: &str) -> Option<Typed> {
        let typed = |kind, may_be_unset| Typed { kind, may_be_unset };
        if let Some(kind) = self.variables.get(name) {
            return Some(typed(*kind, !self.assigned.contains(name)));
        }
        if let Some(found) = built_in(name) {
            let unset = found.may_be_unset && !self.assigned.contains(name);
            return Some(typed(found.kind, unset));
        }
        let (calendar, what) = name.rsplit_once('.')?;
        self.around.calendars.get(&CalendarName::from(calendar))?;
        match what {
            "state" => Some(typed(Type::Text, false)),
            "next_open" => Some(typed(Type::Moment, false)),
            _ => None,
        }
    }

    fn unknown(&self, node: &Node, name: &str) -> Problem {
        let variables = self.variables.keys().map(String::as_str);
        let near = nearest(name, variables.chain(BUILT_IN.iter().map(|b| b.name)));
        let message = words!(
            "nothing is named \"{name}\"",
            "rien ne s'appelle « {name} »"
        );
        let problem = Problem::new("R204", node.span.clone(), message);
        match near {
            Some(near) => problem.label(near.words()),
            None => problem.label(words!(
                "declare it in [vars], or use a built-in value",
                "déclarez-le dans [vars], ou prenez une valeur du langage"
            )),
        }
    }
}

impl Node {
    fn check<'a>(&'a self, scope: Scope<'_>, proven: &Proven<'a>) -> Result<Typed, Problem> {
        let sure = |kind| {
            Ok(Typed {
                kind,
                may_be_unset: false,
            })
        };
        match &self.kind {
            Kind::Literal(value) => sure(value.kind()),
            Kind::Name(name) => {
                let typed = scope.name(name).ok_or_else(|| scope.unknown(self, name))?;
                let may_be_unset = typed.may_be_unset && !proven.contains(name.as_str());
                Ok(Typed {
                    may_be_unset,
                    ..typed
                })
            }
            Kind::List(items) => self.check_list(items, scope, proven),
            Kind::Call(name, arguments) => self.check_call(name, arguments, scope, proven),
            Kind::IsSet(inner, _) => {
                inner.check(scope, proven)?;
                sure(Type::YesNo)
            }
            Kind::Not(inner) => {
                inner.expect(Type::YesNo, scope, proven)?;
                sure(Type::YesNo)
            }
            Kind::Pair(operator @ (Operator::And | Operator::Or), left, right) => {
                left.expect(Type::YesNo, scope, proven)?;
                let mut more = proven.clone();
                left.proves(*operator == Operator::And, &mut more);
                right.expect(Type::YesNo, scope, &more)?;
                sure(Type::YesNo)
            }
            Kind::Pair(Operator::Otherwise, left, right) => {
                let (left, other) = (left.check(scope, proven)?, right.check(scope, proven)?);
                if !left.kind.compares_with(other.kind) {
                    return Err(self.mismatch(
                        left.kind,
                        other.kind,
                        words!("is replaced by", "est remplacé par"),
                    ));
                }
                Ok(Typed {
                    kind: left.kind,
                    may_be_unset: other.may_be_unset,
                })
            }
            Kind::Pair(operator, left, right) => {
                let (l, r) = (left.check(scope, proven)?, right.check(scope, proven)?);
                // Two that can never be compared are no better for having a value.
                let typed = self.check_pair(*operator, (l.kind, left), (r.kind, right))?;
                left.set(l)?;
                right.set(r)?;
                Ok(typed)
            }
        }
    }

    /// The type of a value that must be there.
    fn needed<'a>(&'a self, scope: Scope<'_>, proven: &Proven<'a>) -> Result<Type, Problem> {
        let typed = self.check(scope, proven)?;
        self.set(typed)
    }

    /// The type of a value found to be `typed`, which must be there.
    fn set(&self, typed: Typed) -> Result<Type, Problem> {
        if typed.may_be_unset {
            let problem = Problem::new(
                "R205",
                self.span.clone(),
                words!("this may be unset here", "ceci peut être sans valeur ici"),
            );
            return Err(problem.label(words!(
                "test it with \"is set\" first, or give a default with \"??\"",
                "testez d'abord avec « is set », ou donnez une valeur par défaut avec « ?? »"
            )));
        }
        Ok(typed.kind)
    }

    fn expect<'a>(
        &'a self,
        kind: Type,
        scope: Scope<'_>,
        proven: &Proven<'a>,
    ) -> Result<(), Problem> {
        let found = self.needed(scope, proven)?;
        if found == kind {
            return Ok(());
        }
        let (found, kind) = (found.named(), kind.named());
        let message = words!([found, kind] "{found} stands where {kind} is needed", "il y a {found} là où il faut {kind}");
        Err(Problem::new("R201", self.span.clone(), message))
    }

    fn check_list<'a>(
        &'a self,
        items: &'a [Self],
        scope: Scope<'_>,
        proven: &Proven<'a>,
    ) -> Result<Typed, Problem> {
        let mut first = None;
        for item in items {
            let kind = item.needed(scope, proven)?;
            let expected = *first.get_or_insert(kind);
            if !expected.compares_with(kind) {
                return Err(item.mismatch(
                    expected,
                    kind,
                    words!("is listed with", "est dans la même liste que"),
                ));
            }
        }
        Ok(Typed {
            kind: Type::List,
            may_be_unset: false,
        })
    }

    fn check_call<'a>(
        &'a self,
        name: &str,
        arguments: &'a [Self],
        scope: Scope<'_>,
        proven: &Proven<'a>,
    ) -> Result<Typed, Problem> {
        if let "open" | "next_open" = name {
            return self.check_calendar_call(name, arguments, scope);
        }
        if name == "is_hidden" && arguments.len() == 1 {
            arguments[0].check(scope, proven)?;
            return Ok(Typed {
                kind: Type::YesNo,
                may_be_unset: false,
            });
        }
        let Some(function) = FUNCTIONS.iter().find(|f| f.name == name) else {
            let known = FUNCTIONS
                .iter()
                .map(|f| f.name)
                .chain(["open", "next_open", "is_hidden"]);
            let problem = Problem::new(
                "R208",
                self.span.clone(),
                words!(
                    "no function is named \"{name}\"",
                    "aucune fonction ne s'appelle « {name} »"
                ),
            );
            return Err(match nearest(name, known) {
                Some(near) => problem.label(near.words()),
                None => problem,
            });
        };
        self.check_arguments(function, arguments, scope, proven)
    }

    fn check_calendar_call(
        &self,
        name: &str,
        arguments: &[Self],
        scope: Scope<'_>,
    ) -> Result<Typed, Problem> {
        let calendar = match arguments {
            [
                Self {
                    kind: Kind::Name(calendar),
                    ..
                },
            ] => Some(calendar),
            _ => None,
        };
        let known = calendar.is_some_and(|c| scope.around.calendars.contains_key(c.as_str()));
        if !known {
            let problem = match (calendar, arguments) {
                (Some(calendar), [argument]) => Problem::new(
                    "R106",
                    argument.span.clone(),
                    words!(
                        "no calendar is named \"{calendar}\"",
                        "aucun calendrier d'horaires ne s'appelle « {calendar} »"
                    ),
                ),
                _ => Problem::new(
                    "R106",
                    self.span.clone(),
                    words!(
                        "\"{name}\" takes the name of a calendar",
                        "« {name} » prend le nom d'un calendrier d'horaires"
                    ),
                ),
            };
            let names = scope.around.calendars.keys().map(CalendarName::as_str);
            return Err(match calendar.and_then(|c| nearest(c, names)) {
                Some(near) => problem.label(near.words()),
                None => problem,
            });
        }
        let kind = if name == "open" {
            Type::YesNo
        } else {
            Type::Moment
        };
        Ok(Typed {
            kind,
            may_be_unset: false,
        })
    }

    fn check_arguments<'a>(
        &'a self,
        function: &Function,
        arguments: &'a [Self],
        scope: Scope<'_>,
        proven: &Proven<'a>,
    ) -> Result<Typed, Problem> {
        let few = arguments.len() < function.takes.len();
        if few || (arguments.len() > function.takes.len() && !function.repeats) {
            let (name, takes, given) = (function.name, function.takes.len(), arguments.len());
            let (many, plusieurs) = match takes {
                1 => ("value", "valeur"),
                _ => ("values", "valeurs"),
            };
            let message = words!(
                "\"{name}\" takes {takes} {many}, not {given}",
                "« {name} » prend {takes} {plusieurs}, et non {given}"
            );
            return Err(Problem::new("R208", self.span.clone(), message));
        }
        let mut alike = None;
        for (i, argument) in arguments.iter().enumerate() {
            let kind = argument.needed(scope, proven)?;
            let fits = match function.takes[i.min(function.takes.len() - 1)] {
                Some(expected) => expected.compares_with(kind),
                None => {
                    matches!(kind, Type::Number | Type::Duration)
                        && *alike.get_or_insert(kind) == kind
                }
            };
            if !fits {
                let (name, kind) = (function.name, kind.named());
                let message = words!([kind] "\"{name}\" does not take {kind} here", "« {name} » ne prend pas {kind} ici");
                return Err(Problem::new("R208", argument.span.clone(), message));
            }
        }
        let kind = function.gives.or(alike).unwrap_or(Type::Number);
        Ok(Typed {
            kind,
            may_be_unset: false,
        })
    }

    fn check_pair(
        &self,
        operator: Operator,
        left: (Type, &Self),
        right: (Type, &Self),
    ) -> Result<Typed, Problem> {
        use Type::{Date, Duration, List, Moment, Number, Phone, Text, Time};
        let (l, r) = match operator {
            Operator::Plus | Operator::Minus | Operator::In | Operator::StartsWith => {
                (left.0, right.0)
            }
            _ => (
                left.1.beside(left.0, right.0)?,
                right.1.beside(right.0, left.0)?,
            ),
        };
        let kind = match (operator, l, r) {
            (Operator::Plus | Operator::Minus, Number, Number) => Number,
            (Operator::Plus | Operator::Minus, Duration, Duration) => Duration,
            (Operator::Plus | Operator::Minus, Moment, Duration) => Moment,
            (Operator::Plus | Operator::Minus, Date, Duration) => Date,
            (Operator::Minus, Moment, Moment) => Duration,
            (Operator::Plus, Text, Text) => Text,
            (Operator::Plus | Operator::Minus, ..) => {
                return Err(self.mismatch(l, r, words!("is added to", "est ajouté à")));
            }
            (Operator::Equal | Operator::Unequal, ..) if l.compares_with(r) => Type::YesNo,
            (Operator::In, _, List) => match &right.1.kind {
                Kind::List(items) => match items.first().map(Self::literal_kind) {
                    Some(_)
                        if l == Type::Money && items.iter().all(|item| item.money().is_some()) =>
                    {
                        Type::YesNo
                    }
                    Some(Some(kind)) if !l.compares_with(kind) => {
                        return Err(self.mismatch(
                            l,
                            kind,
                            words!(
                                "is looked for in a list that holds",
                                "est cherché dans une liste qui contient"
                            ),
                        ));
                    }
                    _ => Type::YesNo,
                },
                _ => Type::YesNo,
            },
            (Operator::StartsWith, Text | Phone, Text | Phone) => Type::YesNo,
            (
                Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual,
                _,
                _,
            ) if l == r && matches!(l, Number | Duration | Time | Date | Moment | Type::Money) => {
                Type::YesNo
            }
            _ => return Err(self.compared(left, right)),
        };
        Ok(Typed {
            kind,
            may_be_unset: false,
        })
    }

    /// The type of this when it is compared with a value of type `other`: a text constant beside an
    /// amount of money is an amount, and must write one.
    fn beside(&self, kind: Type, other: Type) -> Result<Type, Problem> {
        let Kind::Literal(Value::Text(text)) = &self.kind else {
            return Ok(kind);
        };
        if other != Type::Money {
            return Ok(kind);
        }
        if self.money().is_some() {
            return Ok(Type::Money);
        }
        let message = words!(
            "\"{text}\" is no amount of money",
            "« {text} » n'est pas une somme d'argent"
        );
        Err(
            Problem::new("R202", self.span.clone(), message).label(words!(
                "write '10 EUR' or '10.50 EUR'",
                "écrivez '10 EUR' ou '10.50 EUR'"
            )),
        )
    }

    /// The amount of money that a text constant writes.
    fn money(&self) -> Option<Money> {
        match &self.kind {
            Kind::Literal(Value::Text(text)) => Money::parse(text),
            _ => None,
        }
    }

    fn literal_kind(&self) -> Option<Type> {
        match &self.kind {
            Kind::Literal(value) => Some(value.kind()),
            _ => None,
        }
    }

    /// Two types that cannot be compared; a bare number beside a duration gets its unit proposed.
    fn compared(&self, left: (Type, &Self), right: (Type, &Self)) -> Problem {
        let (l, r) = (left.0.named(), right.0.named());
        let message = words!([l, r] "{l} is compared with {r}", "{l} : c'est comparé à {r}");
        let literal = [left.1, right.1]
            .into_iter()
            .find_map(|node| match &node.kind {
                Kind::Literal(Value::Number(n)) => Some((node, n)),
                _ => None,
            });
        match literal {
            Some((node, n)) if left.0 == Type::Duration || right.0 == Type::Duration => {
                Problem::new("R207", node.span.clone(), message)
                    .label(words!("write a duration: {n}m", "écrivez une durée : {n}m"))
            }
            Some((node, n)) if left.0 == Type::Money || right.0 == Type::Money => {
                Problem::new("R207", node.span.clone(), message).label(words!(
                    "write an amount in quotes: '{n} EUR'",
                    "écrivez une somme entre guillemets : '{n} EUR'"
                ))
            }
            _ => Problem::new("R207", self.span.clone(), message),
        }
    }

    fn mismatch(&self, left: Type, right: Type, verb: Words) -> Problem {
        let (left, right) = (left.named(), right.named());
        let message = words!([left, verb, right] "{left} {verb} {right}", "{left} {verb} {right}");
        Problem::new("R207", self.span.clone(), message)
    }

    /// Adds the names that are set when this is true (or false, with `truth` false).
    fn proves<'a>(&'a self, truth: bool, proven: &mut Proven<'a>) {
        match &self.kind {
            Kind::IsSet(inner, set) if *set == truth => {
                if let Kind::Name(name) = &inner.kind {
                    proven.insert(name);
                    let together = SET_TOGETHER
                        .iter()
                        .find(|names| names.contains(&name.as_str()));
                    proven.extend(together.into_iter().copied().flatten());
                }
            }
            // A wait that may be announced is known.
            Kind::Name(name) if truth && name == "wait.ready" => {
                proven.insert(name);
                proven.extend(WAIT);
            }
            Kind::Not(inner) => inner.proves(!truth, proven),
            Kind::Pair(Operator::And, left, right) if truth => {
                left.proves(true, proven);
                right.proves(true, proven);
            }
            Kind::Pair(Operator::Or, left, right) if !truth => {
                left.proves(false, proven);
                right.proves(false, proven);
            }
            _ => {}
        }
    }
}
