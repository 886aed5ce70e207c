//! `[mailbox.NAME]`: where messages are kept, and whose they are (FLOWS §7.4).

use std::collections::BTreeMap;

use rappel_model::mailbox::{Greetings, Mailbox, MailboxOwner};
use rappel_model::person::People;
use rappel_model::{CalendarName, MailboxName, PersonName, PromptKey, TeamName};

use crate::codes;
use crate::document::Problems;
use crate::names::{Declared, Kind, Names, first_at};
use crate::people::refer;

/// Reads every mailbox and gives each person theirs.
pub(crate) fn read(
    names: &Names<'_>,
    people: &mut People,
    problems: &mut Problems,
) -> BTreeMap<MailboxName, Mailbox> {
    let mut mailboxes = BTreeMap::new();
    for declared in names.of(Kind::Mailbox) {
        let name = MailboxName::from(declared.name);
        let mut mailbox = read_one(declared, name.clone(), names, problems);
        if let MailboxOwner::Person(owner) = &mailbox.owner
            && let Some(person) = people.persons.get_mut(owner)
        {
            mailbox.takes_voice &= !person.voice_off;
            match &person.mailbox {
                None => person.mailbox = Some(name.clone()),
                Some(first) => {
                    let message = format!("\"{owner}\" has a mailbox already");
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
    problems: &mut Problems,
) -> Mailbox {
    let mut fields = declared.fields();
    let is_person = fields.value("person").is_some();
    let is_team = fields.value("team").is_some();
    let person = refer(&mut fields, "person", Kind::Person, names, problems);
    let team = refer(&mut fields, "team", Kind::Team, names, problems);
    let owner = match (person, team) {
        (Some(person), _) => MailboxOwner::Person(PersonName::from(person)),
        (None, team) => MailboxOwner::Team(TeamName::from(team.unwrap_or_default())),
    };
    if is_person == is_team {
        let message = if is_person {
            format!("the mailbox \"{name}\" has a person and a team")
        } else {
            format!("nobody hears the mailbox \"{name}\"")
        };
        let problem = declared.error(codes::NOBODY, message);
        problems.push(problem.remedy("write  person = \"…\"  or  team = \"…\", one of them"));
    }
    let calendar = refer(&mut fields, "calendar", Kind::Calendar, names, problems);
    let voice = fields.word("voice", &["on", "off"], problems);
    let mut greeting = Greetings::default();
    if let Some(mut fields) = fields.table("greeting", problems) {
        let mut read =
            |key| refer(&mut fields, key, Kind::Prompt, names, problems).map(PromptKey::from);
        greeting = Greetings {
            open: read("open"),
            lunch: read("lunch"),
            closed: read("closed"),
        };
        fields.finish(&[], problems);
    }
    let keep = fields.duration("keep", problems);
    let later = ["deliver", "hear_by", "escalate", "receipt", "instead"];
    fields.finish(&later, problems);
    Mailbox {
        name,
        owner,
        calendar: calendar.map(CalendarName::from),
        takes_voice: voice != Some("off"),
        greeting,
        deliver: Vec::new(),
        hear_by: None,
        escalate: Vec::new(),
        receipt: false,
        keep,
        max_messages: MAX_MESSAGES,
    }
}

/// Most messages of one mailbox that nobody deleted.
const MAX_MESSAGES: u32 = 100;
