//! `[calendar.NAME]`: opening hours (FLOWS §7.1).

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rappel_ivr::{Words, words};
use rappel_model::CalendarName;
use rappel_model::calendar::{
    Calendar, DAY_NAMES, Exception, Openings, Region, Span, SpanError, parse_days, zone, zone_names,
};

use crate::codes;
use crate::fields::{Fields, Text};
use crate::names::{Declared, Kind, Names};
use crate::problems::Problems;

/// Reads every calendar; one with problems is there all the same, so that its name stays known.
pub(crate) fn read(
    names: &Names<'_>,
    default_zone: &TimeZone,
    problems: &mut Problems,
) -> BTreeMap<CalendarName, Calendar> {
    names
        .of(Kind::Calendar)
        .map(|declared| {
            let calendar = read_one(declared, default_zone, problems);
            (CalendarName::from(declared.name), calendar)
        })
        .collect()
}

fn read_one(declared: &Declared<'_>, default_zone: &TimeZone, problems: &mut Problems) -> Calendar {
    let before = problems.len();
    let mut fields = declared.fields();
    let zone = read_zone(&mut fields, problems);
    let mut calendar = Calendar::new(zone.unwrap_or_else(|| default_zone.clone()));
    for code in fields.texts("holidays", problems).unwrap_or_default() {
        match Region::parse(code.value) {
            Some(region) => calendar.add_region(region),
            None => {
                let codes: Vec<&str> = Region::all().map(Region::code).collect();
                let (code, span, known) = (code.value, code.span, codes.join(", "));
                let message = words!(
                    "the holidays of \"{code}\" are not known",
                    "les jours fériés de « {code} » ne sont pas connus"
                );
                let near = problems.nearest(code, codes.iter().copied());
                let problem = fields.error(codes::BAD_VALUE, span, message);
                problems.push(
                    problem
                        .label(words!("known are {known}", "sont connus : {known}"))
                        .suggest(near),
                );
            }
        }
    }
    if let Some(lunch) = fields.duration("lunch", problems) {
        calendar.set_lunch(lunch);
    }
    read_week(&mut fields, &mut calendar, problems);
    read_exceptions(&mut fields, &mut calendar, problems);
    finish(fields, problems);
    if !calendar.ever_opens() && problems.len() == before {
        let name = declared.name;
        let message = words!(
            "the calendar \"{name}\" is never open",
            "les horaires « {name} » n'ouvrent jamais"
        );
        let problem = declared.error(codes::NEVER_OPEN, message);
        problems.push(problem.remedy(words!(
            "add opening hours:  mon-fri = [\"09:00-12:00\", \"14:00-18:00\"]",
            "ajoutez des heures d'ouverture :  mon-fri = [\"09:00-12:00\", \"14:00-18:00\"]"
        )));
    }
    calendar
}

/// Reads `timezone`, proposing the nearest name there is.
pub(crate) fn read_zone(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<TimeZone> {
    let text = fields.text("timezone", problems)?;
    let found = zone(text.value);
    if found.is_none() {
        let all = zone_names();
        let near = problems.nearest(text.value, all.iter().map(String::as_str));
        let name = text.value;
        let message = words!(
            "no time zone is named \"{name}\"",
            "aucun fuseau horaire ne s'appelle « {name} »"
        );
        let problem = fields.error(codes::BAD_VALUE, text.span, message);
        let label = words!("write Europe/Paris", "écrivez par exemple Europe/Paris");
        problems.push(problem.label(label).suggest(near));
    }
    found
}

/// Reads the days of the week: `mon`, `mon-fri`, `sat-mon`.
fn read_week(fields: &mut Fields<'_>, calendar: &mut Calendar, problems: &mut Problems) {
    let mut set_by: BTreeMap<i8, &str> = BTreeMap::new();
    for (key, _) in fields.entries() {
        let name: &str = key.get_ref().as_ref();
        let Some(days) = parse_days(name) else {
            continue;
        };
        let openings = read_day(fields, name, problems).unwrap_or_default();
        for day in days {
            let index = day.to_monday_zero_offset();
            if let Some(first) = set_by.insert(index, name) {
                let day = DAY_NAMES[index as usize];
                let message = words!(
                    "{day} is in \"{first}\" and in \"{name}\"",
                    "{day} est dans « {first} » et dans « {name} »"
                );
                problems.push(fields.error(codes::TWICE, key.span(), message));
            }
            calendar.set_day(day, openings.clone());
        }
    }
}

fn read_day(fields: &Fields<'_>, name: &str, problems: &mut Problems) -> Option<Openings> {
    let (key, value) = fields.entries().find(|(key, _)| key.get_ref() == name)?;
    let Some(list) = value.get_ref().as_array() else {
        let message = words!("\"{name}\" is not a list", "« {name} » n'est pas une liste");
        let problem = fields.error(codes::WRONG_TYPE, value.span(), message);
        problems.push(problem.label(words!(
            "write a list of openings, like [\"08:30-12:00\"]",
            "écrivez une liste d'ouvertures, comme [\"08:30-12:00\"]"
        )));
        return None;
    };
    let key = key.get_ref().as_ref();
    let texts = list.iter();
    let texts = texts
        .filter_map(|entry| crate::fields::text_of(fields.source(), key, entry, problems))
        .collect();
    read_openings(fields, texts, problems)
}

/// Reads openings that may not overlap.
pub(crate) fn read_openings(
    fields: &Fields<'_>,
    texts: Vec<Text<'_>>,
    problems: &mut Problems,
) -> Option<Openings> {
    if texts.len() > MAX_OPENINGS {
        let message = words!(
            "a day may have {MAX_OPENINGS} openings",
            "une journée a {MAX_OPENINGS} ouvertures au plus"
        );
        problems.push(fields.error(codes::LIMIT, texts[MAX_OPENINGS].span.clone(), message));
        return None;
    }
    let mut spans = Vec::new();
    for text in texts {
        match Span::parse(text.value) {
            Ok(span) => spans.push((span, text.span)),
            Err(error) => {
                let written = text.value;
                let message = words!(
                    "\"{written}\" is not an opening",
                    "« {written} » n'est pas une ouverture"
                );
                let problem = fields.error(codes::BAD_VALUE, text.span, message);
                problems.push(problem.label(why(error)));
            }
        }
    }
    match Openings::new(spans.iter().map(|(span, _)| *span).collect()) {
        Ok(openings) => Some(openings),
        Err((early, late)) => {
            let place = spans.iter().rev().find(|(s, _)| *s == late || *s == early);
            let place = place.map_or_else(|| fields.span(), |(_, place)| place.clone());
            let message = words!(
                "{early} and {late} overlap",
                "{early} et {late} se chevauchent"
            );
            problems.push(fields.error(codes::BAD_VALUE, place, message));
            None
        }
    }
}

/// Why a text is not an opening.
fn why(error: SpanError) -> Words {
    let fr = match error {
        SpanError::NotASpan => "une ouverture s'écrit comme 08:30-12:00",
        SpanError::NoSuchTime => {
            "cette heure n'existe pas : les heures vont jusqu'à 23, les minutes jusqu'à 59, ou 24:00"
        }
        SpanError::Backwards => {
            "elle finit avant de commencer : coupez-la à minuit, 24:00 finit la journée"
        }
    };
    Words {
        en: error.to_string(),
        fr: fr.to_owned(),
    }
}

fn read_exceptions(fields: &mut Fields<'_>, calendar: &mut Calendar, problems: &mut Problems) {
    let mut seen: Vec<(Date, Date)> = Vec::new();
    for mut fields in fields.tables("except", problems) {
        let place = fields.span();
        let Some((from, to)) = read_days(&mut fields, problems) else {
            continue;
        };
        if seen.contains(&(from, to)) {
            let message = words!(
                "these days have an exception already",
                "ces jours ont déjà une exception"
            );
            problems.push(fields.error(codes::TWICE, place, message));
        }
        seen.push((from, to));
        let hours = fields.texts("hours", problems).unwrap_or_default();
        let hours = read_openings(&fields, hours, problems).unwrap_or_default();
        let reason = fields
            .text("reason", problems)
            .map(|text| text.value.to_owned());
        fields.finish(problems);
        calendar.add_exception(Exception {
            from,
            to,
            hours,
            reason,
        });
    }
}

/// Reads `on`, or `from` and `to`.
fn read_days(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<(Date, Date)> {
    let on = fields.value("on").is_some();
    let range = fields.value("from").is_some() || fields.value("to").is_some();
    if on && range {
        let message = words!(
            "write \"on\" for one day, or \"from\" and \"to\"",
            "écrivez « on » pour un seul jour, ou « from » et « to »"
        );
        problems.push(fields.error(codes::BAD_VALUE, fields.span(), message));
        return None;
    }
    if on {
        return fields.date("on", problems).map(|day| (day, day));
    }
    read_range(fields, problems)
}

/// Reads `from` and `to`, both included, in this order.
pub(crate) fn read_range(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<(Date, Date)> {
    for key in ["from", "to"] {
        if fields.value(key).is_none() {
            fields.missing(key, problems);
        }
    }
    let from = fields.date("from", problems);
    let to = fields.date("to", problems);
    let (from, to) = (from?, to?);
    if to < from {
        let place = fields
            .value("to")
            .map_or_else(|| fields.span(), |v| v.span());
        let message = words!(
            "this ends on {to}, before it begins on {from}",
            "cela finit le {to}, avant de commencer le {from}"
        );
        problems.push(fields.error(codes::BAD_VALUE, place, message));
        return None;
    }
    Some((from, to))
}

/// Days are keys like any other: what is neither a key nor a day is unknown.
fn finish(mut fields: Fields<'_>, problems: &mut Problems) {
    for (key, _) in fields.entries() {
        let name: &str = key.get_ref().as_ref();
        if parse_days(name).is_some() {
            fields.took(name);
        } else if let Some(meant) = days_meant(name) {
            fields.took(name);
            let message = words!(
                "days are written short: \"{name}\" is none",
                "les jours s'écrivent en abrégé anglais : « {name} » n'en est pas un"
            );
            let problem = fields.error(codes::UNKNOWN_KEY, key.span(), message);
            problems.push(problem.label(words!("write {meant}", "écrivez {meant}")));
        }
    }
    for day in DAY_NAMES {
        fields.took(day);
    }
    fields.finish(problems);
}

/// The days that a key names in full, in English or French: `lundi-vendredi` means `mon-fri`.
fn days_meant(key: &str) -> Option<String> {
    let key = key.to_lowercase();
    let days: Option<Vec<&str>> = key
        .split('-')
        .map(|day| {
            let named = FULL_DAYS.iter().position(|names| names.contains(&day));
            let index = named.or_else(|| DAY_NAMES.iter().position(|name| *name == day))?;
            DAY_NAMES.get(index).copied()
        })
        .collect();
    days.filter(|days| days.len() <= 2)
        .map(|days| days.join("-"))
}

/// The days from Monday on, in full and as people shorten them.
const FULL_DAYS: [[&str; 3]; 7] = [
    ["monday", "lundi", "lun"],
    ["tuesday", "mardi", "mar"],
    ["wednesday", "mercredi", "mer"],
    ["thursday", "jeudi", "jeu"],
    ["friday", "vendredi", "ven"],
    ["saturday", "samedi", "sam"],
    ["sunday", "dimanche", "dim"],
];

/// Most openings of one day.
const MAX_OPENINGS: usize = 24;
