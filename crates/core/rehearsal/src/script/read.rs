//! From the text of a test file to its tests.

use jiff::tz::TimeZone;
use rappel_ivr::{Diagnostic, Source, toml_words, words};
use rappel_model::{FlowName, Language, PhoneNumber, Timestamp};
use rappel_tenant::Version;
use toml::de::{DeTable, DeValue};

use super::act::{Act, WORDS};
use super::fields::{MISSING, NOT_TOML, Problems, UNKNOWN, Value, WRONG};
use super::{Test, expect, given};

/// Reads the tests of one file, `tests/NAME.toml` of a tenant, when all of it is good.
///
/// # Errors
/// What is wrong in the file, as [`read_each`] tells it.
pub fn read(path: &str, text: &str, version: &Version) -> Result<Vec<Test>, Vec<Diagnostic>> {
    let (tests, problems) = read_each(path, text, version);
    if problems.is_empty() {
        Ok(tests)
    } else {
        Err(problems)
    }
}

/// Reads the tests of one file, `tests/NAME.toml` of a tenant: those that are good, and what is wrong
/// with the others, in the order of the file. A test that names no flow means the one the file is
/// named after. A file that is no TOML has no tests.
pub fn read_each(path: &str, text: &str, version: &Version) -> (Vec<Test>, Vec<Diagnostic>) {
    let source = Source::new(path, text);
    let mut problems = Problems::new(&source);
    let (root, errors) = DeTable::parse_recoverable(source.text());
    for error in errors.iter().take(MAX_SYNTAX_ERRORS) {
        let first = error.message().lines().next().unwrap_or_default();
        let span = error.span().unwrap_or(0..0);
        let message = toml_words(first, source.text(), span.start);
        problems.add(NOT_TOML, span, message);
    }
    if problems.told() > 0 {
        // What the rest says is not sure: a title or a quote may be missing.
        return (Vec::new(), problems.into_found());
    }
    let file = path.rsplit('/').next().unwrap_or(path);
    let named_after = file.strip_suffix(".toml").unwrap_or(file);
    let mut tests = Vec::new();
    for (key, value) in root.get_ref().iter() {
        match key.get_ref().as_ref() {
            "rappel" => {}
            "test" => {
                for item in problems.list("test", value) {
                    if tests.len() >= MAX_TESTS {
                        let message = words!(
                            "a file holds at most {MAX_TESTS} tests",
                            "un fichier contient au plus {MAX_TESTS} tests"
                        );
                        problems.add(WRONG, item.span(), message);
                        break;
                    }
                    let before = problems.told();
                    let test = one(&mut problems, item, named_after, version);
                    tests.extend(test.filter(|_| problems.told() == before));
                }
            }
            other => problems.unknown(
                key.span(),
                words!(
                    "a test file has no \"{other}\"",
                    "un fichier de tests n'a pas de « {other} »"
                ),
                other,
                ["test", "rappel"],
            ),
        }
    }
    (tests, problems.into_found())
}

fn one(
    problems: &mut Problems<'_>,
    item: &Value<'_>,
    named_after: &str,
    version: &Version,
) -> Option<Test> {
    let table = problems.table("test", item)?;
    let mut test = Test {
        name: String::new(),
        place: problems.source.place(item.span()),
        flow: FlowName::from(named_after),
        at: Timestamp::default(),
        caller: None,
        language: None,
        given: crate::Given::default(),
        say: Vec::new(),
        expect: Vec::new(),
    };
    for (key, value) in table.iter() {
        let word: &str = key.get_ref();
        match word {
            "name" => test.name = problems.text(word, value).unwrap_or_default().to_owned(),
            "flow" => {
                if let Some(flow) = problems.text(word, value) {
                    test.flow = FlowName::from(flow);
                }
            }
            "at" => {
                let zone = &version.surroundings.timezone;
                test.at = read_moment(problems, value, zone).unwrap_or_default();
            }
            "caller" => test.caller = read_caller(problems, value).flatten(),
            "language" => test.language = problems.text(word, value).map(Language::from),
            "given" => test.given = given::read(problems, value, version),
            "say" => test.say = read_acts(problems, value, version),
            "expect" => test.expect = expect::read(problems, value, version),
            other => problems.unknown(
                key.span(),
                words!(
                    "a test has no key \"{other}\"",
                    "un test n'a pas de clé « {other} »"
                ),
                other,
                KEYS,
            ),
        }
    }
    for key in ["name", "at", "say"] {
        if table.get(key).is_none() {
            let message = words!("a test needs \"{key}\"", "il manque « {key} » à ce test");
            problems.add(MISSING, item.span(), message);
        }
    }
    if !version.flows.contains(&test.flow) {
        let flow = &test.flow;
        let at = table
            .get("flow")
            .map_or_else(|| item.span(), |value| value.span());
        let names: Vec<_> = version
            .flows
            .names()
            .map(|n| n.as_str().to_owned())
            .collect();
        let message = words!(
            "no flow is named \"{flow}\"",
            "aucun flux ne s'appelle « {flow} »"
        );
        problems.unknown(at, message, flow.as_str(), names.iter().map(String::as_str));
    }
    Some(test)
}

fn read_moment(
    problems: &mut Problems<'_>,
    value: &Value<'_>,
    zone: &TimeZone,
) -> Option<Timestamp> {
    let text = problems.text("at", value)?;
    let read = moment(text, zone);
    if read.is_none() {
        let message = words!(
            "\"{text}\" is no moment: write \"2026-11-24 12:15\"",
            "« {text} » n'est pas un moment : écrivez \"2026-11-24 12:15\""
        );
        problems.add(WRONG, value.span(), message);
    }
    read
}

/// `2026-11-24 12:15` on a clock of `zone`. An hour that is shown twice is the first one.
pub fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let local: jiff::civil::DateTime = text.trim().parse().ok()?;
    let zoned = local.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_jiff(zoned.timestamp()))
}

/// `"+33639981234"`, or `"hidden"`.
fn read_caller(problems: &mut Problems<'_>, value: &Value<'_>) -> Option<Option<PhoneNumber>> {
    let text = problems.text("caller", value)?;
    if text == "hidden" {
        return Some(None);
    }
    let number = PhoneNumber::parse(text).filter(PhoneNumber::is_e164);
    if number.is_none() {
        let message = words!(
            "\"{text}\" is no international number: write \"+33639981234\" or \"hidden\"",
            "« {text} » n'est pas un numéro international : écrivez \"+33639981234\" ou \"hidden\""
        );
        problems.add(WRONG, value.span(), message);
    }
    Some(number)
}

fn read_acts(
    problems: &mut Problems<'_>,
    value: &Value<'_>,
    version: &Version,
) -> Vec<(Act, rappel_ivr::diagnostic::Place)> {
    let mut acts = Vec::new();
    for item in problems.list("say", value) {
        let Some(text) = problems.text("say", item) else {
            continue;
        };
        match Act::parse(text) {
            Ok(act) => {
                check_names(problems, item, &act, version);
                acts.push((act, problems.source.place(item.span())));
            }
            Err(near) => {
                let all = WORDS.join(", ");
                let message = words!(
                    "\"{text}\" is no word of a test",
                    "« {text} » n'est pas un mot de test"
                );
                let problem = problems.source.error(UNKNOWN, item.span(), message);
                let problem = match near {
                    Some(near) => problem.suggest(Some(near)),
                    None => problem.label(words!("one of: {all}", "un de : {all}")),
                };
                problems.keep(problem);
            }
        }
    }
    acts
}

/// A prompt, a step or a person that a word names must exist.
fn check_names(problems: &mut Problems<'_>, item: &Value<'_>, act: &Act, version: &Version) {
    let span = item.span();
    match act {
        Act::Hears(name) => {
            let prompts = &version.prompts;
            let known = prompts.iter().map(|(key, _)| key.as_str());
            let shared = rappel_ivr::SHARED_PROMPTS.iter().map(|shared| shared.key);
            let all: Vec<&str> = known.chain(shared).collect();
            if !all.contains(&name.as_str()) {
                let message = words!(
                    "no prompt is named \"{name}\"",
                    "aucune phrase ne s'appelle « {name} »"
                );
                problems.unknown(span, message, name, all);
            }
        }
        Act::At(step) | Act::Http(step, _) => {
            let steps = version.flows.steps();
            if !steps.iter().any(|name| name.as_str() == step) {
                let message = words!(
                    "no step is named \"{step}\"",
                    "aucune étape ne s'appelle « {step} »"
                );
                problems.unknown(span, message, step, steps.iter().map(|name| name.as_str()));
            }
        }
        Act::Rings(person) => {
            let persons = &version.surroundings.people.persons;
            if !persons.contains_key(person.as_str()) {
                let message = words!(
                    "no person is named \"{person}\"",
                    "personne ne s'appelle « {person} »"
                );
                problems.unknown(
                    span,
                    message,
                    person,
                    persons.keys().map(|name| name.as_str()),
                );
            }
        }
        _ => {}
    }
}

/// The keys of a table with values, in the order of the file.
pub(super) fn entries<'d>(
    table: &'d DeTable<'d>,
) -> impl Iterator<Item = (&'d str, std::ops::Range<usize>, &'d Value<'d>)> {
    table
        .iter()
        .map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
}

/// A list, or the one thing alone.
pub(super) fn one_or_many<'d>(value: &'d Value<'d>) -> Vec<&'d Value<'d>> {
    match value.get_ref() {
        DeValue::Array(array) => array.iter().collect(),
        _ => vec![value],
    }
}

const KEYS: [&str; 8] = [
    "name", "flow", "at", "caller", "language", "given", "say", "expect",
];
/// Most places told of a file that is no TOML.
const MAX_SYNTAX_ERRORS: usize = 20;
/// Most tests of one file.
const MAX_TESTS: usize = 500;
