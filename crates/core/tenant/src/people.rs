//! `[person.NAME]` and `[team.NAME]`: who can be reached, and when not (FLOWS §7.2).

use std::collections::BTreeMap;

use rappel_ivr::words;
use rappel_model::directory::Device;
use rappel_model::person::{Absence, People, Person, Pickup, Team};
use rappel_model::{CalendarName, DeviceName, PersonName, PromptKey, TeamName, UserName};

use crate::calendars::{read_openings, read_range};
use crate::codes;
use crate::fields::{Fields, Text};
use crate::lines::read_extension;
use crate::names::{Declared, Kind, Names, check_name};
use crate::problems::Problems;

/// Reads everybody. Mailboxes are joined to their persons later.
pub(crate) fn read(names: &Names<'_>, problems: &mut Problems) -> People {
    let devices = names.of(Kind::Device).filter_map(|declared| {
        let device = read_device(declared, problems)?;
        Some((device.name.clone(), device))
    });
    let devices: BTreeMap<_, _> = devices.collect();
    let persons = names.of(Kind::Person).map(|declared| {
        let person = read_person(declared, names, problems);
        (PersonName::from(declared.name), person)
    });
    let persons: BTreeMap<_, _> = persons.collect();
    let teams = names.of(Kind::Team).map(|declared| {
        let team = read_team(declared, names, &persons, problems);
        (TeamName::from(declared.name), team)
    });
    People {
        teams: teams.collect(),
        persons,
        devices,
    }
}

fn read_device(declared: &Declared<'_>, problems: &mut Problems) -> Option<Device> {
    let mut fields = declared.fields();
    if fields.value("number").is_none() {
        fields.missing("number", problems);
    }
    let number = fields.number("number", problems);
    fields.finish(problems);
    Some(Device {
        name: DeviceName::from(declared.name),
        number: number?,
    })
}

fn read_person(declared: &Declared<'_>, names: &Names<'_>, problems: &mut Problems) -> Person {
    let mut fields = declared.fields();
    let name = fields.text("name", problems);
    let spoken = names.refer(&mut fields, "spoken", Kind::Prompt, problems);
    let hours = names.refer(&mut fields, "hours", Kind::Calendar, problems);
    let backup = names.refer(&mut fields, "backup", Kind::Team, problems);
    let extension = read_extension(&mut fields, problems);
    let (phones, devices) = read_phones(&mut fields, names, problems);
    let text = fields.number("text", problems);
    let voice = fields.word("voice", &["on", "off"], problems);
    let pickup = read_pickup(&mut fields, problems);
    let skills = read_skills(&mut fields, problems);
    let per_person = fields.whole("per_person", 0..=MAX_DIALOGUES, problems);
    let focus = fields.texts("focus", problems).unwrap_or_default();
    let focus = read_openings(&fields, focus, problems).unwrap_or_default();
    let absences = read_absences(&mut fields, problems);
    let outside = fields.yes_no("outside", problems);
    fields.finish(problems);
    Person {
        name: name.map_or_else(|| declared.name.to_owned(), |text| text.value.to_owned()),
        spoken: spoken.map(PromptKey::from),
        extension,
        phones,
        devices,
        hours: hours.map(CalendarName::from),
        backup: backup.map(TeamName::from),
        mailbox: None,
        voice_off: voice == Some("off"),
        text,
        pickup,
        skills,
        per_person,
        focus: focus.spans().to_vec(),
        absences,
        outside,
    }
}

/// Reads how calls of queues are taken. This engine rings: the other ways are accepted and said to
/// be of no effect yet.
fn read_pickup(fields: &mut Fields<'_>, problems: &mut Problems) -> Pickup {
    let place = fields.value("pickup").map(|value| value.span());
    let pickup = match fields.word("pickup", &["ring", "auto", "open"], problems) {
        Some("auto") => Pickup::Auto,
        Some("open") => Pickup::Open,
        _ => Pickup::Ring,
    };
    if let Some(place) = place
        && pickup != Pickup::Ring
    {
        let message = words!(
            "\"pickup\" is not available yet: the phone will ring",
            "« pickup » n'est pas encore disponible : le téléphone sonnera"
        );
        problems.not_served("pickup", fields.source().place(place), message);
    }
    pickup
}

fn read_skills(fields: &mut Fields<'_>, problems: &mut Problems) -> Vec<String> {
    let mut skills: Vec<String> = Vec::new();
    for Text { value, span } in fields.texts("skills", problems).unwrap_or_default() {
        check_name(value, fields.source(), span.clone(), problems);
        if skills.iter().any(|skill| skill == value) {
            let message = words!(
                "the skill \"{value}\" is listed twice",
                "la compétence « {value} » est notée deux fois"
            );
            problems.push(fields.error(codes::TWICE, span, message));
        } else {
            skills.push(value.to_owned());
        }
    }
    skills
}

fn read_phones(
    fields: &mut Fields<'_>,
    names: &Names<'_>,
    problems: &mut Problems,
) -> (Vec<UserName>, Vec<DeviceName>) {
    let mut phones: Vec<UserName> = Vec::new();
    let mut devices: Vec<DeviceName> = Vec::new();
    for Text { value, span } in fields.texts("phones", problems).unwrap_or_default() {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let is_device = names.find(Kind::Device, value).is_some();
        let is_known = phones.iter().any(|phone| phone.as_str() == value)
            || devices.iter().any(|device| device.as_str() == value);
        if is_known {
            let message = words!(
                "\"{value}\" is listed twice",
                "« {value} » est noté deux fois"
            );
            problems.push(fields.error(codes::TWICE, span, message));
        } else if phones.len() + devices.len() == MAX_PHONES {
            let message = words!(
                "a person may have {MAX_PHONES} phones",
                "une personne a {MAX_PHONES} téléphones au plus"
            );
            problems.push(fields.error(codes::LIMIT, span, message));
            break;
        } else if is_device {
            let message = words!(
                "\"{value}\" is not rung yet: it is reached through a trunk",
                "« {value} » ne sonne pas encore : il est joint par un opérateur"
            );
            let source = fields.source();
            problems.push(source.warning(codes::NOT_SERVED_YET, span, message));
            devices.push(DeviceName::from(value));
        } else if value.is_empty() || value.len() > MAX_USER || !value.chars().all(is_fine) {
            let message = words!(
                "\"{value}\" cannot be a user",
                "« {value} » ne peut pas être un poste"
            );
            let problem = fields.error(codes::BAD_NAME, span, message);
            problems.push(problem.label(words!(
                "letters, digits, - _ and . as in  rappel user add",
                "lettres sans accent, chiffres, - _ et . comme dans  rappel user add"
            )));
        } else {
            phones.push(UserName::from(value));
        }
    }
    (phones, devices)
}

fn read_absences(fields: &mut Fields<'_>, problems: &mut Problems) -> Vec<Absence> {
    let mut absences = Vec::new();
    for mut fields in fields.tables("absence", problems) {
        let range = read_range(&mut fields, problems);
        let reason = fields.text("reason", problems);
        fields.finish(problems);
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

fn read_team(
    declared: &Declared<'_>,
    names: &Names<'_>,
    persons: &BTreeMap<PersonName, Person>,
    problems: &mut Problems,
) -> Team {
    let mut fields = declared.fields();
    let mut team = Team::default();
    let listed = fields.texts("members", problems).unwrap_or_default();
    if listed.is_empty() {
        let name = declared.name;
        let message = words!(
            "the team \"{name}\" has no members",
            "l'équipe « {name} » n'a aucun membre"
        );
        let problem = declared.error(codes::NOBODY, message);
        problems.push(problem.remedy(words!(
            "add  members = [\"…\"]",
            "ajoutez  members = [\"…\"]"
        )));
    }
    let mut seen: Vec<&str> = Vec::new();
    for Text { value, span } in listed {
        if seen.contains(&value) {
            let message = words!(
                "\"{value}\" is in the team twice",
                "« {value} » est deux fois dans l'équipe"
            );
            problems.push(fields.error(codes::TWICE, span, message));
            continue;
        }
        seen.push(value);
        if let Some(skill) = value.strip_prefix(SKILL) {
            check_name(skill, fields.source(), span, problems);
            team.skills.push(skill.to_owned());
        } else if names.check(Kind::Person, value, fields.source(), span, problems) {
            team.members.push(PersonName::from(value));
        }
    }
    let forwarded = [("skip", false), ("ring", true)];
    let forwarded = fields.choice("forwarded", &forwarded, problems);
    team.rings_forwarded = forwarded.unwrap_or(false);
    fields.finish(problems);
    let able = persons.iter().filter(|(name, person)| {
        let has_one = person
            .skills
            .iter()
            .any(|skill| team.skills.contains(skill));
        has_one && !team.members.contains(name)
    });
    let able: Vec<PersonName> = able.map(|(name, _)| name.clone()).collect();
    team.members.extend(able);
    team
}

/// A member that is everybody with a skill.
const SKILL: &str = "skill:";

/// Most written dialogues of one person at once.
const MAX_DIALOGUES: u16 = 100;

/// Most phones of one person.
const MAX_PHONES: usize = 10;

/// Longest name of a user, in bytes.
const MAX_USER: usize = 64;
