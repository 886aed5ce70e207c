//! `[queue.NAME]`: who waits for whom (FLOWS §7.3, §7.6).

use std::collections::BTreeMap;
use std::time::Duration;

use rappel_ivr::variables::show_duration;
use rappel_ivr::words;
use rappel_model::calendar::{Calendar, DAY_NAMES};
use rappel_model::callback::{CallbackRules, OnVoicemail};
use rappel_model::person::People;
use rappel_model::queue::{
    Announce, Drain, Estimate, Music, Queue, QueueKind, Relax, Strategy, TextQueue, VoiceQueue,
};
use rappel_model::{CalendarName, PromptKey, QueueName, TeamName};

use crate::codes;
use crate::fields::Fields;
use crate::names::{Declared, Kind, Names, check_name};
use crate::outbound::{Outbound, Purpose, read_countries, shown};
use crate::problems::Problems;

/// What queues are read beside.
pub(crate) struct Beside<'a> {
    pub calendars: &'a BTreeMap<CalendarName, Calendar>,
    pub people: &'a People,
    pub outbound: &'a Outbound,
}

/// Reads every queue; one with problems is there all the same, so that its name stays known.
pub(crate) fn read(
    names: &Names<'_>,
    beside: &Beside<'_>,
    problems: &mut Problems,
) -> BTreeMap<QueueName, Queue> {
    names
        .of(Kind::Queue)
        .map(|declared| {
            let queue = read_one(declared, names, beside, problems);
            (queue.name.clone(), queue)
        })
        .collect()
}

fn read_one(
    declared: &Declared<'_>,
    names: &Names<'_>,
    beside: &Beside<'_>,
    problems: &mut Problems,
) -> Queue {
    let mut fields = declared.fields();
    fields.require("team", problems);
    let team = names.refer(&mut fields, "team", Kind::Team, problems);
    if let Some(team) = team {
        check_members(declared, team, beside.people, problems);
    }
    let calendar = names.refer(&mut fields, "calendar", Kind::Calendar, problems);
    let calendar = calendar.map(CalendarName::from);
    let is_text = fields.choice("kind", &[("voice", false), ("text", true)], problems);
    let kind = if is_text == Some(true) {
        QueueKind::Text(read_text(&mut fields, names, problems))
    } else {
        let voice = read_voice(&mut fields, calendar.as_ref(), names, beside, problems);
        QueueKind::Voice(Box::new(voice))
    };
    other_kind(&mut fields, &kind, problems);
    fields.finish(problems);
    Queue {
        name: QueueName::from(declared.name),
        team: TeamName::from(team.unwrap_or_default()),
        calendar,
        kind,
    }
}

/// A team that nobody is in, or in which nobody has a phone, would let callers wait for ever.
fn check_members(declared: &Declared<'_>, team: &str, people: &People, problems: &mut Problems) {
    let Some(found) = people.teams.get(team) else {
        return;
    };
    let name = declared.name;
    if found.members.is_empty() {
        let message = words!(
            "nobody serves the queue \"{name}\": the team \"{team}\" has no members",
            "personne ne sert la file « {name} » : l'équipe « {team} » n'a pas de membre"
        );
        problems.push(declared.error(codes::NOBODY, message));
    }
}

/// A key that belongs to the other kind of queue is named as such, not called unknown.
fn other_kind(fields: &mut Fields<'_>, kind: &QueueKind, problems: &mut Problems) {
    let (others, remedy) = match kind {
        QueueKind::Text(_) => (
            VOICE_KEYS,
            words!(
                "remove it: people who write wait in silence",
                "retirez-le : qui écrit attend en silence"
            ),
        ),
        QueueKind::Voice(_) => (
            TEXT_KEYS,
            words!(
                "add  kind = \"text\"  if this queue is for written dialogues",
                "ajoutez  kind = \"text\"  si cette file est celle des dialogues écrits"
            ),
        ),
    };
    for key in others {
        if fields.has(key) {
            let place = fields.span_of(key);
            let message = match kind {
                QueueKind::Text(_) => words!(
                    "\"{key}\" is for queues of calls",
                    "« {key} » est pour les files d'appels"
                ),
                QueueKind::Voice(_) => words!(
                    "\"{key}\" is for queues of written dialogues",
                    "« {key} » est pour les files de dialogues écrits"
                ),
            };
            let problem = fields.error(codes::UNKNOWN_KEY, place, message);
            problems.push(problem.remedy(remedy.clone()));
        }
    }
}

fn read_voice(
    fields: &mut Fields<'_>,
    calendar: Option<&CalendarName>,
    names: &Names<'_>,
    beside: &Beside<'_>,
    problems: &mut Problems,
) -> VoiceQueue {
    let usual = VoiceQueue::default();
    VoiceQueue {
        strategy: fields
            .choice("strategy", &Strategy::WORDS, problems)
            .unwrap_or_default(),
        relax: read_relax(fields, problems),
        ring: fields
            .duration_within("ring", 5..=120, problems)
            .unwrap_or(usual.ring),
        wrap_up: fields
            .duration_within("wrap_up", 0..=3600, problems)
            .unwrap_or(usual.wrap_up),
        max_wait: fields
            .duration_within("max_wait", 10..=4 * 3600, problems)
            .unwrap_or(usual.max_wait),
        max_size: fields
            .whole("max_size", 1..=1000, problems)
            .unwrap_or(usual.max_size),
        music: read_music(fields, problems),
        quiet_key: read_key(fields, problems),
        drain: fields.choice("drain", &DRAIN, problems).unwrap_or_default(),
        announce: read_announce(fields, names, problems),
        estimate: read_estimate(fields, problems),
        callback: read_callback(fields, calendar, names, beside, problems),
    }
}

fn read_relax(fields: &mut Fields<'_>, problems: &mut Problems) -> Vec<Relax> {
    let mut relaxed: Vec<Relax> = Vec::new();
    for mut fields in fields.tables("relax", problems) {
        fields.require("after", problems);
        fields.require("skills", problems);
        let after = fields.duration_within("after", 1..=4 * 3600, problems);
        let skills = fields.texts("skills", problems).unwrap_or_default();
        for skill in &skills {
            check_name(skill.value, fields.source(), skill.span.clone(), problems);
        }
        let place = fields.span_of("after");
        if let Some(after) = after {
            if relaxed.last().is_some_and(|last| last.after >= after) {
                let message = words!(
                    "the times of \"relax\" grow from one to the next",
                    "les durées de « relax » vont en augmentant"
                );
                problems.push(fields.error(codes::BAD_VALUE, place, message));
            }
            relaxed.push(Relax {
                after,
                skills: skills.iter().map(|skill| skill.value.to_owned()).collect(),
            });
        }
        fields.finish(problems);
    }
    relaxed
}

fn read_music(fields: &mut Fields<'_>, problems: &mut Problems) -> Music {
    let Some(text) = fields.text("music", problems) else {
        return Music::Default;
    };
    check_name(text.value, fields.source(), text.span, problems);
    match text.value {
        "none" => Music::None,
        name => Music::Named(name.to_owned()),
    }
}

/// `quiet_key`: one key of a telephone.
fn read_key(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<char> {
    let text = fields.text("quiet_key", problems)?;
    let mut keys = text.value.chars();
    let key = keys.next().filter(|_| keys.next().is_none());
    let key = key.filter(|key| key.is_ascii_digit() || "*#".contains(*key));
    if key.is_none() {
        let message = words!(
            "\"quiet_key\" is a key: 0-9, * or #",
            "« quiet_key » est une touche : 0-9, * ou #"
        );
        problems.push(fields.error(codes::WRONG_TYPE, text.span, message));
    }
    key
}

fn read_announce(fields: &mut Fields<'_>, names: &Names<'_>, problems: &mut Problems) -> Announce {
    let usual = Announce::default();
    let Some(mut fields) = fields.table("announce", problems) else {
        return usual;
    };
    let mut prompt = |key| {
        let name = names.refer(&mut fields, key, Kind::Prompt, problems);
        name.map(PromptKey::from)
    };
    let (first, estimate, unknown) = (prompt("first"), prompt("estimate"), prompt("unknown"));
    let announce = Announce {
        first,
        estimate,
        unknown,
        every: fields
            .duration_within("every", 15..=600, problems)
            .unwrap_or(usual.every),
        never_up: fields
            .yes_no("never_up", problems)
            .unwrap_or(usual.never_up),
    };
    if announce.estimate.is_some() && announce.unknown.is_none() {
        let message = words!(
            "nothing is said while the wait cannot be said honestly",
            "rien n'est dit tant que l'attente ne peut pas être dite honnêtement"
        );
        let problem = fields.error(codes::MISSING, fields.span(), message);
        problems.push(problem.remedy(words!(
            "add  unknown = \"…\"  with a sentence that names no wait",
            "ajoutez  unknown = \"…\"  avec une phrase qui n'annonce pas d'attente"
        )));
    }
    fields.finish(problems);
    announce
}

fn read_estimate(fields: &mut Fields<'_>, problems: &mut Problems) -> Estimate {
    let usual = Estimate::default();
    let Some(mut fields) = fields.table("estimate", problems) else {
        return usual;
    };
    let estimate = Estimate {
        confidence: fields
            .whole("confidence", 50..=95, problems)
            .unwrap_or(usual.confidence),
        ceiling: fields
            .duration_within("ceiling", 60..=4 * 3600, problems)
            .unwrap_or(usual.ceiling),
    };
    fields.finish(problems);
    estimate
}

fn read_callback(
    fields: &mut Fields<'_>,
    calendar: Option<&CalendarName>,
    names: &Names<'_>,
    beside: &Beside<'_>,
    problems: &mut Problems,
) -> CallbackRules {
    let usual = CallbackRules {
        destinations: vec![beside.outbound.country],
        ..CallbackRules::default()
    };
    let Some(mut fields) = fields.table("callback", problems) else {
        return usual;
    };
    let hours = names.refer(&mut fields, "hours", Kind::Calendar, problems);
    let hours = hours.map(CalendarName::from);
    check_hours(&mut fields, hours.as_ref().or(calendar), beside, problems);
    // The one thing there is: a promise that closing time overtakes is kept at the next opening.
    fields.choice("after_close", &[("next_open", ())], problems);
    let rules = CallbackRules {
        offer_over: fields.duration_within("offer_over", 0..=4 * 3600, problems),
        tries: fields
            .whole("tries", 1..=10, problems)
            .unwrap_or(usual.tries),
        between: fields
            .duration_within("between", 60..=86_400, problems)
            .unwrap_or(usual.between),
        hours,
        ring: read_ring(&mut fields, problems).unwrap_or(usual.ring),
        on_voicemail: fields
            .choice("on_voicemail", &OnVoicemail::WORDS, problems)
            .unwrap_or_default(),
        destinations: read_destinations(&mut fields, beside.outbound, problems)
            .unwrap_or(usual.destinations),
    };
    fields.finish(problems);
    rules
}

/// A phone that rings less than 15 s is not a call somebody can take.
fn read_ring(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Duration> {
    let length = fields.duration("ring", problems)?;
    let place = fields.span_of("ring");
    let least = MIN_CUSTOMER_RING;
    if length < least {
        let least = show_duration(least);
        let message = words!(
            "the customer's phone rings {least} at least",
            "le téléphone du client sonne au moins {least}"
        );
        let problem = fields.error(codes::RING_TOO_SHORT, place, message);
        problems.push(problem.remedy(words!("write  ring = \"25s\"", "écrivez  ring = \"25s\"")));
        return None;
    }
    fields.duration_within("ring", least.as_secs()..=60, problems)
}

fn read_destinations(
    fields: &mut Fields<'_>,
    outbound: &Outbound,
    problems: &mut Problems,
) -> Option<Vec<rappel_model::Country>> {
    let countries = read_countries(fields, "destinations", problems)?;
    let place = fields.span_of("destinations");
    for country in countries.iter().filter(|c| !outbound.may_call(**c)) {
        let message = words!(
            "this company may not call {country}",
            "cette entreprise ne peut pas appeler {country}"
        );
        let problem = fields.error(codes::DESTINATION, place.clone(), message);
        problems.push(problem.remedy(words!(
            "add \"{country}\" to  destinations  of [outbound], or remove it here",
            "ajoutez \"{country}\" à  destinations  de [outbound], ou retirez-le ici"
        )));
    }
    Some(countries)
}

/// Customers are called when the rule about hours permits it.
fn check_hours(
    fields: &mut Fields<'_>,
    hours: Option<&CalendarName>,
    beside: &Beside<'_>,
    problems: &mut Problems,
) {
    let Some(name) = hours else { return };
    let Some(calendar) = beside.calendars.get(name) else {
        return;
    };
    let outside = beside.outbound.calendar_outside(calendar, Purpose::Asked);
    let Some((day, permitted)) = outside else {
        return;
    };
    let day = DAY_NAMES[usize::from(day.to_monday_zero_offset().unsigned_abs())];
    let permitted = shown(&permitted);
    let message = words!(
        [permitted] "customers would be called outside permitted hours: {day} permits {permitted}",
        "des clients seraient appelés hors des heures permises : {day} permet {permitted}"
    );
    let place = fields.span_of("hours");
    let problem = fields.error(codes::HOURS, place, message);
    let problem = problem.note(beside.outbound.rule_words(Purpose::Asked));
    problems.push(problem.remedy(words!(
        "give  hours  a calendar that keeps to them",
        "donnez à  hours  un calendrier qui s'y tient"
    )));
}

fn read_text(fields: &mut Fields<'_>, names: &Names<'_>, problems: &mut Problems) -> TextQueue {
    let usual = TextQueue::default();
    let reply_by = fields.duration_within("reply_by", 30..=7 * 86_400, problems);
    let reply_by = reply_by.unwrap_or(usual.reply_by);
    let breach = fields.duration_within("breach", 30..=14 * 86_400, problems);
    if breach.is_some_and(|breach| breach <= reply_by) {
        let place = fields.span_of("breach");
        let message = words!(
            "\"breach\" comes after \"reply_by\"",
            "« breach » vient après « reply_by »"
        );
        problems.push(fields.error(codes::BAD_VALUE, place, message));
    }
    let receipt = names.refer(fields, "receipt", Kind::Prompt, problems);
    TextQueue {
        per_person: fields
            .whole("per_person", 1..=50, problems)
            .unwrap_or(usual.per_person),
        reply_by,
        breach,
        receipt: receipt.map(PromptKey::from),
    }
}

const DRAIN: [(&str, Drain); 2] = [
    ("after_close", Drain::AfterClose),
    ("at_close", Drain::AtClose),
];

/// Keys of queues of calls only.
const VOICE_KEYS: &[&str] = &[
    "strategy",
    "relax",
    "ring",
    "wrap_up",
    "max_wait",
    "max_size",
    "music",
    "quiet_key",
    "drain",
    "announce",
    "estimate",
    "callback",
];

/// Keys of queues of written dialogues only.
const TEXT_KEYS: &[&str] = &["per_person", "reply_by", "breach", "receipt"];

/// FLOWS §7.3: a customer's phone never rings less.
const MIN_CUSTOMER_RING: Duration = Duration::from_secs(15);
