//! `[mailbox.NAME]`: where messages are kept, whose they are, and who must hear them (FLOWS §7.4).

use std::collections::BTreeMap;

use rappel_ivr::words;
use rappel_model::follow::By;
use rappel_model::mailbox::{Deliver, Escalation, Greetings, Mailbox, MailboxOwner};
use rappel_model::person::{People, Person};
use rappel_model::{CalendarName, MailboxName, PersonName, PromptKey, TeamName};

use crate::codes;
use crate::fields::{Fields, Text};
use crate::names::{Declared, Kind, Names, first_at};
use crate::problems::Problems;

/// Reads every mailbox and gives each person theirs.
pub(crate) fn read(
    names: &Names<'_>,
    people: &mut People,
    problems: &mut Problems,
) -> BTreeMap<MailboxName, Mailbox> {
    let mut mailboxes = BTreeMap::new();
    for declared in names.of(Kind::Mailbox) {
        let name = MailboxName::from(declared.name);
        let mut mailbox = read_one(declared, name.clone(), names, people, problems);
        if let MailboxOwner::Person(owner) = &mailbox.owner
            && let Some(person) = people.persons.get_mut(owner)
        {
            mailbox.takes_voice &= !person.voice_off;
            match &person.mailbox {
                None => person.mailbox = Some(name.clone()),
                Some(first) => {
                    let message = words!(
                        "\"{owner}\" has a mailbox already",
                        "« {owner} » a déjà une messagerie"
                    );
                    let problem = declared.error(codes::CLAIMED_TWICE, message);
                    let place = names.find(Kind::Mailbox, first.as_str());
                    problems.push(match place {
                        Some(first) => problem.note(first_at(&first.place())),
                        None => problem,
                    });
                }
            }
        }
        mailboxes.insert(name, mailbox);
    }
    mailboxes
}

fn read_one(
    declared: &Declared<'_>,
    name: MailboxName,
    names: &Names<'_>,
    people: &People,
    problems: &mut Problems,
) -> Mailbox {
    let mut fields = declared.fields();
    let owner = read_owner(declared, &mut fields, names, problems);
    let calendar = names.refer(&mut fields, "calendar", Kind::Calendar, problems);
    let takes_voice = fields.choice("voice", &[("on", true), ("off", false)], problems);
    let greeting = read_greetings(&mut fields, names, problems);
    let deliver = read_deliver(&mut fields, problems);
    let hear_by = fields.duration_within("hear_by", 60..=30 * 86_400, problems);
    let escalate = read_escalations(&mut fields, names, people, problems);
    let receipt = fields.yes_no("receipt", problems).unwrap_or(false);
    let keep = fields.duration_within("keep", 86_400..=10 * 365 * 86_400, problems);
    for key in LATER {
        if fields.has(key) {
            let place = fields.source().place(fields.span_of(key));
            let message = words!(
                "mailboxes light a lamp; \"deliver\", \"hear_by\", \"escalate\" and \"receipt\" are \
                 read and not done yet",
                "les messageries allument un voyant ; « deliver », « hear_by », « escalate » et \
                 « receipt » sont lus et pas encore faits"
            );
            problems.not_served("mailbox", place, message);
        }
    }
    fields.finish(problems);
    Mailbox {
        name,
        owner,
        calendar: calendar.map(CalendarName::from),
        takes_voice: takes_voice.unwrap_or(true),
        greeting,
        deliver,
        hear_by,
        escalate,
        receipt,
        keep,
        max_messages: MAX_MESSAGES,
    }
}

/// Whose it is: a person's or a team's, one of them.
fn read_owner(
    declared: &Declared<'_>,
    fields: &mut Fields<'_>,
    names: &Names<'_>,
    problems: &mut Problems,
) -> MailboxOwner {
    let name = declared.name;
    let (is_person, is_team) = (fields.has("person"), fields.has("team"));
    let person = names.refer(fields, "person", Kind::Person, problems);
    let team = names.refer(fields, "team", Kind::Team, problems);
    if is_person == is_team {
        let message = if is_person {
            words!(
                "the mailbox \"{name}\" has a person and a team",
                "la messagerie « {name} » a une personne et une équipe"
            )
        } else {
            words!(
                "nobody hears the mailbox \"{name}\"",
                "personne n'écoute la messagerie « {name} »"
            )
        };
        let problem = declared.error(codes::NOBODY, message);
        problems.push(problem.remedy(words!(
            "write  person = \"…\"  or  team = \"…\", one of them",
            "écrivez  person = \"…\"  ou  team = \"…\", un seul des deux"
        )));
    }
    match (person, team) {
        (Some(person), _) => MailboxOwner::Person(PersonName::from(person)),
        (None, team) => MailboxOwner::Team(TeamName::from(team.unwrap_or_default())),
    }
}

fn read_greetings(
    fields: &mut Fields<'_>,
    names: &Names<'_>,
    problems: &mut Problems,
) -> Greetings {
    let Some(mut fields) = fields.table("greeting", problems) else {
        return Greetings::default();
    };
    let mut read = |key| {
        let name = names.refer(&mut fields, key, Kind::Prompt, problems);
        name.map(PromptKey::from)
    };
    let greeting = Greetings {
        open: read("open"),
        lunch: read("lunch"),
        closed: read("closed"),
    };
    fields.finish(problems);
    greeting
}

fn read_deliver(fields: &mut Fields<'_>, problems: &mut Problems) -> Vec<Deliver> {
    let texts = fields.texts("deliver", problems).unwrap_or_default();
    let words = texts.iter().filter_map(|text| {
        match fields.one_of("deliver", text, &["desk", "email"], problems)? {
            "desk" => Some(Deliver::Desk),
            _ => Some(Deliver::Email),
        }
    });
    words.collect()
}

fn read_escalations(
    fields: &mut Fields<'_>,
    names: &Names<'_>,
    people: &People,
    problems: &mut Problems,
) -> Vec<Escalation> {
    let mut escalations: Vec<Escalation> = Vec::new();
    for mut fields in fields.tables("escalate", problems) {
        for key in ["after", "to", "by"] {
            fields.require(key, problems);
        }
        let after = fields.duration_within("after", 60..=90 * 86_400, problems);
        let by = fields.choice("by", &BY, problems);
        let target = fields.text("to", problems);
        let to = target.and_then(|to| read_target(&fields, &to, by, names, people, problems));
        if let Some(after) = after
            && escalations.last().is_some_and(|last| last.after >= after)
        {
            let place = fields.span_of("after");
            let message = words!(
                "the times of \"escalate\" grow from one to the next",
                "les durées de « escalate » vont en augmentant"
            );
            problems.push(fields.error(codes::BAD_VALUE, place, message));
        }
        fields.finish(problems);
        if let (Some(after), Some(to), Some(by)) = (after, to, by) {
            escalations.push(Escalation { after, to, by });
        }
    }
    escalations
}

/// `person:NAME` or `team:NAME`, whom `by` reaches.
fn read_target(
    fields: &Fields<'_>,
    to: &Text<'_>,
    by: Option<By>,
    names: &Names<'_>,
    people: &People,
    problems: &mut Problems,
) -> Option<MailboxOwner> {
    let written = to.value;
    let (kind, name) = match written.split_once(':') {
        Some(("person", name)) => (Kind::Person, name),
        Some(("team", name)) => (Kind::Team, name),
        _ => {
            let message = words!(
                "\"{written}\" names nobody",
                "« {written} » ne désigne personne"
            );
            let problem = fields.error(codes::BAD_VALUE, to.span.clone(), message);
            problems.push(problem.label(words!(
                "write person:NAME or team:NAME",
                "écrivez person:NOM ou team:NOM"
            )));
            return None;
        }
    };
    if !names.check(kind, name, fields.source(), to.span.clone(), problems) {
        return None;
    }
    let persons: Vec<&Person> = match kind {
        Kind::Person => people.persons.get(name).into_iter().collect(),
        _ => {
            let members = people.teams.get(name).into_iter().flat_map(|t| &t.members);
            members
                .filter_map(|name| people.persons.get(name))
                .collect()
        }
    };
    if let Some(by) = by
        && !persons.iter().any(|person| is_reached(person, by))
    {
        let remedy = remedy_for(by);
        let word = by.word();
        let message = words!(
            "nobody of \"{written}\" can be told by \"{word}\"",
            "personne de « {written} » ne peut être prévenu par « {word} »"
        );
        let problem = fields.error(codes::ESCALATION, to.span.clone(), message);
        problems.push(problem.remedy(remedy));
    }
    Some(match kind {
        Kind::Person => MailboxOwner::Person(PersonName::from(name)),
        _ => MailboxOwner::Team(TeamName::from(name)),
    })
}

/// Whether somebody can be told in this way. A desk and e-mail are everybody's.
fn is_reached(person: &Person, by: By) -> bool {
    match by {
        By::Sms => person.text.is_some(),
        By::Call => !person.phones.is_empty() || !person.devices.is_empty(),
        By::Desk | By::Email => true,
    }
}

fn remedy_for(by: By) -> rappel_ivr::Words {
    match by {
        By::Sms => words!(
            "add  text = \"+33…\"  to the person, or choose another way",
            "ajoutez  text = \"+33…\"  à la personne, ou choisissez un autre moyen"
        ),
        By::Call => words!(
            "add  phones = [\"…\"]  to the person, or choose another way",
            "ajoutez  phones = [\"…\"]  à la personne, ou choisissez un autre moyen"
        ),
        By::Desk | By::Email => words!(
            "name a team with members",
            "nommez une équipe qui a des membres"
        ),
    }
}

const BY: [(&str, By); 4] = [
    ("sms", By::Sms),
    ("email", By::Email),
    ("desk", By::Desk),
    ("call", By::Call),
];

/// Keys that this engine reads and does nothing about yet.
const LATER: [&str; 4] = ["deliver", "hear_by", "escalate", "receipt"];

/// Most messages of one mailbox that nobody deleted.
const MAX_MESSAGES: u32 = 100;
