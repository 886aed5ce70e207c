//! `[phones]` and `[codes]`: what the company's own phones may do and dial.

use rappel_ivr::words;
use rappel_model::office::{Among, BadCodes, Codes, Office, Slots};
use rappel_model::{Country, PersonName};

use crate::codes;
use crate::fields::{Fields, Text};
use crate::names::{Kind, Names};
use crate::problems::Problems;

/// Reads both tables.
pub(crate) fn read(names: &mut Names<'_>, country: Country, problems: &mut Problems) -> Office {
    let mut office = Office {
        country,
        ..Office::default()
    };
    if let Some(mut fields) = names.take("phones") {
        read_phones(&mut fields, &mut office, problems);
        office.supervisors = read_supervisors(&mut fields, names, problems);
        fields.finish(problems);
    }
    if let Some(mut fields) = names.take("codes") {
        office.codes = read_codes(&mut fields, problems);
        fields.finish(problems);
    }
    office
}

fn read_phones(fields: &mut Fields<'_>, office: &mut Office, problems: &mut Problems) {
    office.prefix = read_prefix(fields, problems).unwrap_or_default();
    office.outside = fields.yes_no("outside", problems).unwrap_or(true);
    let among = [
        ("all", Among::Everybody),
        ("team", Among::Team),
        ("off", Among::Nobody),
    ];
    if let Some(among) = fields.choice("pickup", &among, problems) {
        office.pickup = among;
    }
    if let Some(wait) = fields.duration_within("park_return", RETURN, problems) {
        office.park_return = wait;
    }
    if let Some(wait) = fields.duration_within("hold_return", HOLD, problems) {
        office.hold_return = wait;
    }
    let ends = [("open", false), ("host", true)];
    if let Some(ends) = fields.choice("conference", &ends, problems) {
        office.conference_ends_with_host = ends;
    }
}

/// `supervisors`: people of the company.
fn read_supervisors(
    fields: &mut Fields<'_>,
    names: &Names<'_>,
    problems: &mut Problems,
) -> Vec<PersonName> {
    let mut supervisors = Vec::new();
    for Text { value, span } in fields.texts("supervisors", problems).unwrap_or_default() {
        if names.check(Kind::Person, value, fields.source(), span, problems) {
            supervisors.push(PersonName::from(value));
        }
    }
    supervisors
}

/// `prefix`: one to three digits.
fn read_prefix(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<String> {
    let Text { value, span } = fields.text("prefix", problems)?;
    let good = (1..=3).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit());
    if good {
        return Some(value.to_owned());
    }
    let message = words!(
        "\"{value}\" cannot be dialled before numbers outside",
        "« {value} » ne peut pas se composer avant les numéros extérieurs"
    );
    let problem = fields.error(codes::BAD_VALUE, span, message);
    problems.push(problem.label(words!(
        "write one to three digits, like \"0\"",
        "écrivez un à trois chiffres, comme \"0\""
    )));
    None
}

fn read_codes(fields: &mut Fields<'_>, problems: &mut Problems) -> Codes {
    let mut read = Codes::default();
    let all: [(&'static str, &mut String); 8] = [
        ("messages", &mut read.messages),
        ("pickup", &mut read.pickup),
        ("park", &mut read.park),
        ("supervise", &mut read.supervise),
        ("conference", &mut read.conference),
        ("forward", &mut read.forward),
        ("forward_no_answer", &mut read.forward_no_answer),
        ("forward_busy", &mut read.forward_busy),
    ];
    for (key, code) in all {
        if let Some(text) = fields.text(key, problems) {
            text.value.clone_into(code);
        }
    }
    if let Some(slots) = read_slots(fields, problems) {
        read.slots = slots;
    }
    match read.check() {
        Ok(()) => read,
        Err(bad) => {
            refuse(fields, &bad, problems);
            Codes::default()
        }
    }
}

/// `slots`: the first and the last place, with a dash between them.
fn read_slots(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Slots> {
    let text = fields.text("slots", problems)?;
    let slot = |digits: &str| digits.trim().parse::<u32>().ok();
    let both = text.value.split_once('-');
    let read = both.and_then(|(low, high)| Some(slot(low)?..=slot(high)?));
    if read.is_none() {
        refuse(fields, &BadCodes::Slots, problems);
    }
    read
}

fn refuse(fields: &mut Fields<'_>, bad: &BadCodes, problems: &mut Problems) {
    let mut place = |text: &str| {
        let found = KEYS.into_iter().find(|key| {
            let value = fields.value(key);
            value.is_some_and(|value| value.get_ref().as_str() == Some(text))
        });
        match found {
            Some(key) => fields.span_of(key),
            None => fields.span(),
        }
    };
    let (span, message, label) = match bad {
        BadCodes::Form(code) => (
            place(code),
            words!("\"{code}\" is not a code", "« {code} » n'est pas un code"),
            words!(
                "write * and one to four digits, like \"*98\"",
                "écrivez * et un à quatre chiffres, comme \"*98\""
            ),
        ),
        BadCodes::Clash(first, second) => (
            place(second),
            words!(
                "\"{second}\" begins with \"{first}\", which is a code itself",
                "« {second} » commence par « {first} », qui est déjà un code"
            ),
            words!(
                "choose codes of which none begins another",
                "choisissez des codes dont aucun n'en commence un autre"
            ),
        ),
        BadCodes::Slots => (
            fields.span_of("slots"),
            words!(
                "these are no places for parked calls",
                "ce ne sont pas des places pour les appels mis en attente"
            ),
            words!(
                "write the first and the last, like \"701-709\": two to six digits, at most 100",
                "écrivez la première et la dernière, comme \"701-709\" : deux à six chiffres, 100 au plus"
            ),
        ),
    };
    problems.push(fields.error(codes::RESERVED, span, message).label(label));
}

const KEYS: [&str; 8] = [
    "messages",
    "pickup",
    "park",
    "supervise",
    "conference",
    "forward",
    "forward_no_answer",
    "forward_busy",
];

/// How long a parked call may wait before it returns, in seconds.
const RETURN: std::ops::RangeInclusive<u64> = 15..=3_600;

/// How long a caller may be on hold before they ring again, in seconds.
const HOLD: std::ops::RangeInclusive<u64> = 60..=3_600;
