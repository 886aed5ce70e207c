//! Reading, checking and evaluating, one table each.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use proptest::prelude::*;
use rappel_model::{TenantId, Timestamp};

use super::function::FUNCTIONS;
use super::*;
use crate::surroundings::Surroundings;
use crate::variables::Type;

struct World;

impl Lookup for World {
    fn value(&self, name: &str) -> Option<Value> {
        Some(match name {
            "n" => Value::Number(7),
            "t" => Value::Text("VIP".into()),
            "m" => Value::Money(rappel_model::Money::parse("12.50 EUR")?),
            "d" => Value::Duration(std::time::Duration::from_secs(90)),
            "caller.number" => Value::Phone(rappel_model::PhoneNumber::parse("+33639981234")?),
            _ => return None,
        })
    }
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }
    fn today(&self) -> Date {
        Date::constant(2026, 11, 24)
    }
}

fn variables() -> BTreeMap<String, Type> {
    [
        ("n", Type::Number),
        ("t", Type::Text),
        ("d", Type::Duration),
        ("u", Type::Text),
        ("m", Type::Money),
    ]
    .map(|(name, kind)| (name.to_owned(), kind))
    .into()
}

fn check(text: &str) -> Result<Type, Problem> {
    let around = Surroundings::bare(TenantId::from("a"));
    let assigned: BTreeSet<String> = ["n", "t", "d", "m"].map(String::from).into();
    let scope = Scope {
        variables: &variables(),
        assigned: &assigned,
        around: &around,
    };
    Expression::parse(text)?.check_needed(scope)
}

#[test]
fn true_things_are_true() {
    for text in [
        "n = 7",
        "-1 < 0 and n - -1 = 8 and n -1 = 6 and min(-3, 2) = -3 and -1 in [-1, 2]",
        "m > '10 EUR' and m = '12,50' and '12.51 EUR' > m and m != '12.50 CHF'",
        "m in ['5 EUR', '12.50 EUR'] and not (m in ['5 EUR'])",
        "n + 1 - 2 = 6 and not n > 7",
        "t = 'VIP' or n = 0",
        "d >= 1m30s",
        "d in [1m, 90s]",
        "u is not set",
        "u ?? 'x' = 'x'",
        "u is not set or u = 'x'",
        "not (u is set and u = 'x')",
        "caller.number is set and caller.number starts with '+336'",
        "caller.number ?? '' = \"+33639981234\"",
        "min(3, 2, 9) = 2 and max(1m, 2m) = 2m",
        "upper('é') = 'É' and lower(t) = 'vip' and length(t) = 3",
        "part(t, 2, 1) = 'I' and digits('a1b2') = '12'",
        "weekday(today()) = 'tue' and days_between(2026-11-20, today()) = 4",
        "is_hidden(u) and not is_hidden(caller.number)",
        "08:30 < 14:00 and 2026-01-01 <= today()",
        "now() - now() = 0s",
        "true != false",
        "round(7, 5) = 5 and round(8, 5) = 10 and round(d, 1m) = 2m and round(d, 0s) = d",
        "is_mobile(caller.number ?? '') and not is_mobile('+33199000010')",
        "country(caller.number ?? '') = 'FR' and country('112') = ''",
        "hash_bucket(t, 10) = hash_bucket('VIP', 10) and hash_bucket(t, 1) = 1 and hash_bucket(t, 3) <= 3",
        "hash_bucket(t, 0) = 1",
        "today() + 3d = 2026-11-27 and today() - 1d12h = 2026-11-23",
    ] {
        assert_eq!(check(text), Ok(Type::YesNo), "{text}");
        assert_eq!(
            Expression::parse(text).unwrap().holds(&World),
            Ok(true),
            "{text}"
        );
    }
}

#[test]
fn wrong_things_are_named_with_their_place() {
    for (text, code, span) in [
        ("d > 10", "R207", 4..6),
        ("n = 'x'", "R207", 2..3),
        ("u = 'x'", "R205", 0..1),
        ("u is set or u = 'x'", "R205", 12..13),
        ("nn = 7", "R204", 0..2),
        ("wait.high > 10m", "R205", 0..9),
        ("n +", "R206", 3..3),
        ("n = 1 n", "R206", 6..7),
        ("(n = 1", "R206", 0..1),
        ("n = 08h30", "R202", 4..9),
        ("lenght(t) = 1", "R208", 0..6),
        ("length(n) = 1", "R208", 7..8),
        ("min(1) = 1", "R208", 0..3),
        ("n is here", "R206", 2..4),
        ("t starts 'a'", "R206", 2..8),
        ("'abc", "R206", 0..4),
        ("n = 1 & true", "R206", 6..7),
        ("not n", "R201", 4..5),
        ("open(magasin)", "R106", 5..12),
        ("n + t = 1", "R207", 2..3),
        ("n in ['a']", "R207", 2..4),
        ("round(1)", "R208", 0..5),
        ("m > 10", "R207", 4..6),
        ("m > 10 EUR", "R206", 7..10),
        ("m > 10.50", "R202", 4..9),
        ("m > 'ten'", "R202", 4..9),
        ("m > t", "R207", 2..3),
        ("m in ['x']", "R207", 2..4),
        ("n = -t", "R206", 4..5),
        ("n = -5m", "R206", 4..5),
        ("n * 2 = 4", "R206", 2..3),
    ] {
        let problem = check(text).expect_err(text);
        assert_eq!(
            (problem.code, problem.span),
            (code, span),
            "{text}: {}",
            problem.message
        );
    }
    assert_eq!(
        check("d > 10").unwrap_err().label.unwrap(),
        crate::words!("write a duration: 10m", "écrivez une durée : 10m")
    );
    for (text, remedy) in [
        ("m > 10", "write an amount in quotes: '10 EUR'"),
        ("m > 10 EUR", "write an amount of money in quotes: '10 EUR'"),
        (
            "m > 10.50",
            "numbers are whole; write an amount of money in quotes: '10.50 EUR'",
        ),
        ("m > 'ten'", "write '10 EUR' or '10.50 EUR'"),
        ("n = 8:05", "write 08:05"),
        ("n / 2 = 4", "of sums, only + and - exist"),
    ] {
        let label = check(text).unwrap_err().label.expect(text);
        assert_eq!(label.en, remedy, "{text}");
    }
}

#[test]
fn deep_and_long_expressions_are_refused() {
    let deep = format!("{}n{}", "(".repeat(33), ")".repeat(33));
    assert_eq!(Expression::parse(&deep).unwrap_err().code, "R206");
    let fine = format!("{}n{}", "(".repeat(31), ")".repeat(31));
    assert!(Expression::parse(&fine).is_ok());
    assert!(Expression::parse(&"n".repeat(1000)).is_ok());
    assert_eq!(
        Expression::parse(&"n".repeat(1001)).unwrap_err().code,
        "R206"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_read_or_refused(text in "[ -~é]{0,60}") {
        if let Ok(expression) = Expression::parse(&text) {
            let _ = expression.evaluate(&World);
        }
    }

    /// What the checker accepts never lacks a value, and the value has the type that was promised.
    #[test]
    fn a_checked_expression_has_a_value_of_its_type(words in prop::collection::vec(
        prop::sample::select(vec!["n", "t", "d", "u", "7", "'x'", "5m", "=", "<", "and", "or", "not",
            "is set", "is not set", "??", "+", "-", "(", ")", "in", "[", "]", "min(", ","]), 1..9)) {
        let text = words.join(" ");
        if let Ok(kind) = check(&text) {
            let value = Expression::parse(&text).unwrap().evaluate(&World);
            prop_assert!(matches!(&value, Ok(Some(value)) if value.kind() == kind), "{text}: {value:?}");
        }
    }

    /// The same for every function, with arguments of every type.
    #[test]
    fn a_checked_call_has_a_value_of_its_type(
        function in prop::sample::select(FUNCTIONS.iter().map(|f| f.name).collect::<Vec<_>>()),
        arguments in prop::collection::vec(prop::sample::select(vec!["n", "t", "d", "u ?? 'x'", "0",
            "9223372036854775807", "'+33639981234'", "caller.number ?? ''", "0s", "36500d", "today()",
            "0001-01-01", "9999-12-31", "now()", "08:30", "true", "[1]", "today() + 36500d", "n - 9000000000"]), 0..4),
        more in prop::sample::select(vec!["", " = 1", " + 1", " + 5m", " - 36500d", " < 5m", " ?? 'x'", " in [1, 2]"])) {
        let text = format!("{function}({}){more}", arguments.join(", "));
        if let Ok(kind) = check(&text) {
            let value = Expression::parse(&text).unwrap().evaluate(&World);
            prop_assert!(matches!(&value, Ok(Some(value)) if value.kind() == kind), "{text}: {value:?}");
        }
    }
}
