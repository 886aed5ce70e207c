//! `[person.NAME]` and `[team.NAME]`: who can be reached, and when not (FLOWS §7.2).

use std::collections::BTreeMap;

use rappel_model::person::{Absence, People, Person, Team};
use rappel_model::{CalendarName, PersonName, PromptKey, TeamName, UserName};

use crate::calendars::{read_openings, read_range};
use crate::codes;
use crate::document::{Fields, Problems, Text};
use crate::lines::read_extension;
use crate::names::{Declared, Kind, Names};

/// Reads everybody. Mailboxes are joined to their persons later.
pub(crate) fn read(names: &Names<'_>, problems: &mut Problems) -> People {
    let persons = names.of(Kind::Person).map(|declared| {
        let person = read_person(declared, names, problems);
        (PersonName::from(declared.name), person)
    });
    let persons: BTreeMap<_, _> = persons.collect();
    let teams = names.of(Kind::Team).map(|declared| {
        let team = read_team(declared, names, problems);
        (TeamName::from(declared.name), team)
    });
    People {
        teams: teams.collect(),
        persons,
    }
}

fn read_person(declared: &Declared<'_>, names: &Names<'_>, problems: &mut Problems) -> Person {
    let mut fields = declared.fields();
    let name = fields.text("name", problems);
    let spoken = refer(&mut fields, "spoken", Kind::Prompt, names, problems);
    let hours = refer(&mut fields, "hours", Kind::Calendar, names, problems);
    let backup = refer(&mut fields, "backup", Kind::Team, names, problems);
    let extension = read_extension(&mut fields, problems);
    let phones = read_phones(&mut fields, problems);
    let focus = fields.texts("focus", problems).unwrap_or_default();
    let focus = read_openings(&fields, focus, problems).unwrap_or_default();
    let absences = read_absences(&mut fields, problems);
    fields.finish(
        &["text", "voice", "pickup", "per_person", "skills", "mobile"],
        problems,
    );
    Person {
        name: name.map_or_else(|| declared.name.to_owned(), |text| text.value.to_owned()),
        spoken: spoken.map(PromptKey::from),
        extension,
        phones,
        hours: hours.map(CalendarName::from),
        backup: backup.map(TeamName::from),
        mailbox: None,
        focus: focus.spans().to_vec(),
        absences,
    }
}

/// Reads a key whose value is the name of something declared; an unknown name is a problem.
pub(crate) fn refer<'d>(
    fields: &mut Fields<'d>,
    key: &'static str,
    kind: Kind,
    names: &Names<'_>,
    problems: &mut Problems,
) -> Option<&'d str> {
    let text = fields.text(key, problems)?;
    names
        .check(kind, text.value, fields.source(), text.span, problems)
        .then_some(text.value)
}

fn read_phones(fields: &mut Fields<'_>, problems: &mut Problems) -> Vec<UserName> {
    let mut phones: Vec<UserName> = Vec::new();
    for Text { value, span } in fields.texts("phones", problems).unwrap_or_default() {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if value.is_empty() || value.len() > MAX_USER || !value.chars().all(is_fine) {
            let message = format!("\"{value}\" cannot be a user");
            let problem = fields.error(codes::BAD_NAME, span, message);
            problems.push(problem.label("letters, digits, - _ and . as in  rappel user add"));
        } else if phones.iter().any(|phone| phone.as_str() == value) {
            let message = format!("\"{value}\" is listed twice");
            problems.push(fields.error(codes::TWICE, span, message));
        } else if phones.len() == MAX_PHONES {
            let message = format!("a person may have {MAX_PHONES} phones");
            problems.push(fields.error(codes::LIMIT, span, message));
            break;
        } else {
            phones.push(UserName::from(value));
        }
    }
    phones
}

fn read_absences(fields: &mut Fields<'_>, problems: &mut Problems) -> Vec<Absence> {
    let mut absences = Vec::new();
    for mut fields in fields.tables("absence", problems) {
        let range = read_range(&mut fields, problems);
        let reason = fields.text("reason", problems);
        fields.finish(&[], problems);
        if let Some((from, to)) = range {
            absences.push(Absence {
                from,
                to,
                reason: reason.map_or_else(String::new, |text| text.value.to_owned()),
            });
        }
    }
    absences
}

fn read_team(declared: &Declared<'_>, names: &Names<'_>, problems: &mut Problems) -> Team {
    let mut fields = declared.fields();
    let mut members: Vec<PersonName> = Vec::new();
    let listed = fields.texts("members", problems).unwrap_or_default();
    let is_empty = listed.is_empty();
    for Text { value, span } in listed {
        if members.iter().any(|member| member.as_str() == value) {
            let message = format!("\"{value}\" is in the team twice");
            problems.push(fields.error(codes::TWICE, span, message));
        } else if names.check(Kind::Person, value, fields.source(), span, problems) {
            members.push(PersonName::from(value));
        }
    }
    if is_empty {
        let message = format!("the team \"{}\" has no members", declared.name);
        let problem = declared.error(codes::NOBODY, message);
        problems.push(problem.remedy("add  members = [\"…\"]"));
    }
    fields.finish(&[], problems);
    Team { members }
}

/// Most phones of one person.
const MAX_PHONES: usize = 10;

/// Longest name of a user, in bytes.
const MAX_USER: usize = 64;
