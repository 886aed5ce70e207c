//! Lines, opening hours, sentences, people and the company itself.

use std::collections::BTreeMap;

use rappel_ivr::{Words, words};
use rappel_model::calendar::{Calendar, DAY_NAMES, Exception};
use rappel_model::person::{Absence, Person, Team};

use super::{Difference, Subject, Told, arrow, differences, in_short, tell};
use crate::lines::{Answer, Leads, Line};
use crate::outbound::shown;
use crate::version::Version;

/// Numbers that come, go or lead elsewhere.
pub(super) fn lines(old: &Version, new: &Version, told: &mut Told) {
    let by_number = |version: &Version| -> BTreeMap<String, Line> {
        let lines = version.lines.iter();
        lines
            .map(|line| (line.number.to_string(), line.clone()))
            .collect()
    };
    let (before, after) = (by_number(old), by_number(new));
    for (number, difference) in differences(&before, &after) {
        match difference {
            Difference::Added(line) => {
                let leads = leads_words(&line.leads);
                told.push(
                    Subject::Lines,
                    words!([leads] "{number}: new, {leads}", "{number} : nouveau, {leads}"),
                );
            }
            Difference::Removed(line) => {
                let leads = leads_words(&line.leads);
                told.push(
                    Subject::Lines,
                    words!(
                        [leads] "{number}: no longer answered ({leads})",
                        "{number} : ne répond plus ({leads})"
                    ),
                );
            }
            Difference::Changed(old, new) => line_changes(number, old, new, told),
        }
    }
}

fn line_changes(number: &str, old: &Line, new: &Line, told: &mut Told) {
    let mut say = |words| told.push(Subject::Lines, words);
    if old.leads != new.leads {
        let (was, is) = (leads_words(&old.leads), leads_words(&new.leads));
        say(words!(
            [was, is] "{number}: {is}; before, {was}",
            "{number} : {is} ; avant, {was}"
        ));
    }
    if old.answer != new.answer {
        say(match new.answer {
            Answer::Never => words!("{number}: never answered", "{number} : n'est plus décroché"),
            Answer::Auto => words!("{number}: may be answered", "{number} : peut être décroché"),
        });
    }
    if old.language != new.language {
        let shown = arrow(Some(old.language.as_str()), Some(new.language.as_str()));
        say(words!(
            "{number}: first words in {shown}",
            "{number} : premiers mots en {shown}"
        ));
    }
    if old.extension != new.extension {
        let shown = arrow(old.extension.as_deref(), new.extension.as_deref());
        say(words!(
            "{number}: extension {shown}",
            "{number} : numéro interne {shown}"
        ));
    }
    if old.early != new.early {
        say(words!(
            "{number}: \"early\" changes",
            "{number} : « early » change"
        ));
    }
}

/// What a number reaches.
fn leads_words(leads: &Leads) -> Words {
    match leads {
        Leads::Flow(name) => words!("leads to the flow \"{name}\"", "mène au flux « {name} »"),
        Leads::Person(name) => words!("rings \"{name}\"", "sonne chez « {name} »"),
        Leads::Campaign(name) => words!(
            "counts for the campaign \"{name}\"",
            "compte pour la campagne « {name} »"
        ),
        Leads::List(name, true) => words!(
            "follows the list \"{name}\"",
            "inscrit à la liste « {name} »"
        ),
        Leads::List(name, false) => words!(
            "leaves the list \"{name}\"",
            "désinscrit de la liste « {name} »"
        ),
        Leads::Survey(name, answer) => words!(
            "is answer {answer} of the survey \"{name}\"",
            "est la réponse {answer} du sondage « {name} »"
        ),
    }
}

/// Opening hours, days off and what else decides when somebody is there.
pub(super) fn hours(old: &Version, new: &Version, told: &mut Told) {
    let what = words!("calendar", "horaires");
    let (before, after) = (&old.surroundings.calendars, &new.surroundings.calendars);
    for (name, difference) in differences(before, after) {
        let Difference::Changed(old, new) = difference else {
            told.push(Subject::Hours, in_short(&what, name.as_str(), &difference));
            continue;
        };
        let before = told.list.len() + told.more;
        calendar_changes(name.as_str(), old, new, told);
        if told.list.len() + told.more == before {
            told.push(
                Subject::Hours,
                words!(
                    "calendar \"{name}\": time zone, holidays or lunch change",
                    "horaires « {name} » : fuseau, jours fériés ou pause de midi changent"
                ),
            );
        }
    }
}

fn calendar_changes(name: &str, old: &Calendar, new: &Calendar, told: &mut Told) {
    let days = DAYS_FR.iter().zip(DAY_NAMES);
    for ((fr, en), (was, is)) in days.zip(old.week().iter().zip(new.week())) {
        if was != is {
            let (was, is) = (shown(was), shown(is));
            told.push(
                Subject::Hours,
                Words {
                    en: format!("calendar \"{name}\": {en} {} → {}", was.en, is.en),
                    fr: format!("horaires « {name} » : {fr} {} → {}", was.fr, is.fr),
                },
            );
        }
    }
    let exceptions = |calendar: &Calendar| -> BTreeMap<String, Exception> {
        let all = calendar.exceptions().iter();
        all.map(|each| (format!("{}/{}", each.from, each.to), each.clone()))
            .collect()
    };
    let (before, after) = (exceptions(old), exceptions(new));
    for (_, difference) in differences(&before, &after) {
        let (each, what) = match difference {
            Difference::Added(new) => (new, words!("exception", "exception")),
            Difference::Removed(old) => (old, words!("no exception any more", "plus d'exception")),
            Difference::Changed(_, new) => (new, words!("other exception", "autre exception")),
        };
        let (days, open) = (days_words(each), shown(&each.hours));
        told.push(
            Subject::Hours,
            words!(
                [days, open, what] "calendar \"{name}\": {what} {days}, open: {open}",
                "horaires « {name} » : {what} {days}, ouvert : {open}"
            ),
        );
    }
}

fn days_words(exception: &Exception) -> Words {
    let (from, to) = (exception.from, exception.to);
    if from == to {
        return words!("on {from}", "le {from}");
    }
    words!("from {from} to {to}", "du {from} au {to}")
}

/// Words that callers hear, before and after.
pub(super) fn sentences(old: &Version, new: &Version, told: &mut Told) {
    let said = |version: &Version| -> BTreeMap<(String, String), String> {
        let prompts = version.prompts.iter();
        let sentences = prompts.flat_map(|(key, prompt)| {
            let sentences = prompt.sentences.iter();
            sentences.map(|(language, sentence)| {
                let which = (key.to_string(), language.to_string());
                (which, sentence.text().to_owned())
            })
        });
        sentences.collect()
    };
    let (before, after) = (said(old), said(new));
    for ((key, language), difference) in differences(&before, &after) {
        let shown = match difference {
            Difference::Added(new) => arrow(None, Some(new)),
            Difference::Removed(old) => arrow(Some(old), None),
            Difference::Changed(old, new) => arrow(Some(old), Some(new)),
        };
        told.push(
            Subject::Sentences,
            words!(
                "\"{key}\" ({language}): {shown}",
                "« {key} » ({language}) : {shown}"
            ),
        );
    }
}

/// Who is rung, and who is away.
pub(super) fn people(old: &Version, new: &Version, told: &mut Told) {
    let what = words!("person", "personne");
    let (old, new) = (&old.surroundings.people, &new.surroundings.people);
    for (name, difference) in differences(&old.persons, &new.persons) {
        match difference {
            Difference::Changed(old, new) => person_changes(name.as_str(), old, new, told),
            _ => told.push(Subject::People, in_short(&what, name.as_str(), &difference)),
        }
    }
    let what = words!("team", "équipe");
    for (name, difference) in differences(&old.teams, &new.teams) {
        match difference {
            Difference::Changed(old, new) => {
                let shown = arrow(Some(&members(old)), Some(&members(new)));
                told.push(
                    Subject::People,
                    words!("team \"{name}\": {shown}", "équipe « {name} » : {shown}"),
                );
            }
            _ => told.push(Subject::People, in_short(&what, name.as_str(), &difference)),
        }
    }
    let what = words!("device", "appareil");
    tell(Subject::People, &what, (&old.devices, &new.devices), told);
}

fn members(team: &Team) -> String {
    let members: Vec<_> = team.members.iter().map(|name| name.as_str()).collect();
    members.join(", ")
}

fn person_changes(name: &str, old: &Person, new: &Person, told: &mut Told) {
    let phones = |person: &Person| {
        let users = person.phones.iter().map(|phone| phone.as_str());
        let devices = person.devices.iter().map(|device| device.as_str());
        users.chain(devices).collect::<Vec<_>>().join(", ")
    };
    let absences = |person: &Person| {
        let all = person.absences.iter();
        let all = all.map(|Absence { from, to, .. }| format!("{from}/{to}"));
        all.collect::<Vec<_>>().join(", ")
    };
    let text = |person: &Person| person.text.as_ref().map(ToString::to_string);
    let hours = |person: &Person| person.hours.as_ref().map(ToString::to_string);
    let some = |text: String| (!text.is_empty()).then_some(text);
    let told_of = [
        (
            words!("name", "nom"),
            some(old.name.clone()),
            some(new.name.clone()),
        ),
        (
            words!("phones", "téléphones"),
            some(phones(old)),
            some(phones(new)),
        ),
        (
            words!("away", "absences"),
            some(absences(old)),
            some(absences(new)),
        ),
        (words!("hours", "horaires"), hours(old), hours(new)),
        (words!("texts go to", "textos au"), text(old), text(new)),
        (
            words!("extension", "numéro interne"),
            old.extension.clone(),
            new.extension.clone(),
        ),
    ];
    let mut any = false;
    for (what, was, is) in told_of {
        if was != is {
            any = true;
            let shown = arrow(was.as_deref(), is.as_deref());
            told.push(
                Subject::People,
                words!(
                    [what] "person \"{name}\": {what}: {shown}",
                    "personne « {name} » : {what} : {shown}"
                ),
            );
        }
    }
    if !any {
        told.push(
            Subject::People,
            words!(
                "person \"{name}\": changed",
                "personne « {name} » : modifiée"
            ),
        );
    }
}

/// The company itself, and what its flows look up and ask.
pub(super) fn settings(old: &Version, new: &Version, told: &mut Told) {
    let mut say = |words| told.push(Subject::Company, words);
    if old.settings.title != new.settings.title {
        let shown = arrow(Some(&old.settings.title), Some(&new.settings.title));
        say(words!("title: {shown}", "titre : {shown}"));
    }
    let number = |version: &Version| version.settings.number.as_ref().map(ToString::to_string);
    if number(old) != number(new) {
        let shown = arrow(number(old).as_deref(), number(new).as_deref());
        say(words!("number shown: {shown}", "numéro affiché : {shown}"));
    }
    let (was, is) = (&old.surroundings, &new.surroundings);
    let list = |languages: &[rappel_model::Language]| {
        let all: Vec<_> = languages.iter().map(|language| language.as_str()).collect();
        all.join(", ")
    };
    if was.languages != is.languages {
        let shown = arrow(Some(&list(&was.languages)), Some(&list(&is.languages)));
        say(words!("languages: {shown}", "langues : {shown}"));
    }
    if was.timezone != is.timezone {
        let shown = arrow(was.timezone.iana_name(), is.timezone.iana_name());
        say(words!("time zone: {shown}", "fuseau horaire : {shown}"));
    }
    if was.http_allow != is.http_allow {
        let shown = arrow(
            Some(&was.http_allow.join(", ")),
            Some(&is.http_allow.join(", ")),
        );
        say(words!(
            "addresses that may be asked: {shown}",
            "adresses permises : {shown}"
        ));
    }
    let (s, t) = (&old.settings, &new.settings);
    if s.limits != t.limits || s.keep != t.keep || s.outbound != t.outbound {
        say(words!(
            "limits, retention or outbound rules change",
            "limites, durées de conservation ou règles d'appel changent"
        ));
    }
    if was.office != is.office {
        say(words!(
            "what the company's phones may do or dial changes",
            "ce que les téléphones de la société peuvent faire ou composer change"
        ));
    }
    let what = words!("directory", "annuaire");
    tell(
        Subject::Company,
        &what,
        (&was.directories, &is.directories),
        told,
    );
    let what = words!("destination", "destination");
    tell(
        Subject::Company,
        &what,
        (&was.destinations, &is.destinations),
        told,
    );
}

const DAYS_FR: [&str; 7] = ["lun", "mar", "mer", "jeu", "ven", "sam", "dim"];
