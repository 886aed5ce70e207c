//! Other systems of a call on paper: directories and web services, answered as the test says.

use std::time::Duration;

use rappel_ivr::{Ask, Event, HttpFailure, HttpRequest, HttpResult, Scalar, words};
use rappel_model::PhoneNumber;

use super::World;
use crate::given::{Answer, Row};
use crate::scene::Scene;

impl World {
    /// A directory is asked.
    pub(super) fn look_up(&mut self, ask: Ask) {
        let Ask::Lookup {
            question,
            directory,
            by,
            value,
            columns,
        } = ask
        else {
            return;
        };
        let wanted = value.reveal().clone();
        let mut rows = self.given.rows.iter();
        let row =
            rows.find(|row| row.directory == directory.as_str() && matches(row, &by, &wanted));
        let given = row.map(|row| {
            let cells = columns.iter();
            let cells = cells.map(|column| row.columns.get(column).cloned());
            cells.collect::<Vec<_>>()
        });
        let table = self.given.tables.get(directory.as_str());
        let found = given.or_else(|| {
            let row = table?.find(&by, &wanted)?;
            let cells = columns.iter().map(|column| row.cell(column));
            Some(cells.map(|cell| cell.map(ToOwned::to_owned)).collect())
        });
        self.scene(Scene::World(match found {
            Some(_) => words!(
                "(found in \"{directory}\")",
                "(trouvé dans « {directory} »)"
            ),
            None => words!("(not in \"{directory}\")", "(absent de « {directory} »)"),
        }));
        let result = Ok(found);
        self.later(ANSWERS_AFTER, Event::LookedUp { question, result });
    }

    /// Another system is asked: after a moment it answers what is given for the step.
    pub(super) fn ask_system(&mut self, request: &HttpRequest) {
        let step = self.place.as_ref().map(|visit| visit.step.to_string());
        let step = step.unwrap_or_default();
        let (result, after) = match self.given.http.get(&step) {
            Some(Answer::Ok(values)) => {
                let values = request.paths.iter().filter_map(|path| {
                    let value = values.get(path)?;
                    Some((path.clone(), scalar(value)))
                });
                (HttpResult::Ok(values.collect()), ANSWERS_AFTER)
            }
            Some(Answer::Failed) => (HttpResult::Failed(HttpFailure::TimedOut), request.timeout),
            Some(Answer::Missing) | None => (HttpResult::Missing, ANSWERS_AFTER),
        };
        self.scene(Scene::World(match &result {
            HttpResult::Ok(_) => words!(
                "(the system of \"{step}\" answers)",
                "(le système de « {step} » répond)"
            ),
            HttpResult::Missing => words!(
                "(the system of \"{step}\" knows nothing)",
                "(le système de « {step} » ne sait rien)"
            ),
            HttpResult::Failed(_) => words!(
                "(the system of \"{step}\" does not answer)",
                "(le système de « {step} » ne répond pas)"
            ),
        }));
        let question = request.question;
        self.later(after, Event::HttpAnswered { question, result });
    }
}

/// Telephone numbers match however they are written; all else by its letters.
fn matches(row: &Row, by: &str, wanted: &str) -> bool {
    let Some(value) = row.columns.get(by) else {
        return false;
    };
    let number = |text: &str| PhoneNumber::parse(text).map(|number| number.to_string());
    value == wanted || number(value).is_some_and(|value| number(wanted) == Some(value))
}

fn scalar(text: &str) -> Scalar {
    match text {
        "true" => Scalar::YesNo(true),
        "false" => Scalar::YesNo(false),
        _ if is_number(text) => Scalar::Number(text.to_owned()),
        _ => Scalar::Text(text.to_owned()),
    }
}

/// Digits as JSON writes them: no leading zero, so that `0639` stays a text.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let leading = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    plain && !leading && digits.bytes().any(|b| b.is_ascii_digit())
}

/// How long other systems take to answer.
const ANSWERS_AFTER: Duration = Duration::from_millis(200);
