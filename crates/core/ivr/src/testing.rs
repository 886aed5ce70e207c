//! A small company and a caller, for the tests of this room.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use rappel_model::calendar::{Calendar, Exception, Openings, Span};
use rappel_model::directory::{Destination, Directory};
use rappel_model::mailbox::{Greetings, Mailbox, MailboxOwner};
use rappel_model::person::{Absence, Person, Team};
use rappel_model::queue::{Music, Queue, QueueKind, TextQueue, VoiceQueue};
use rappel_model::{
    CallUid, DirectoryName, FlowName, Language, LineName, MailboxName, Now, PersonName,
    PhoneNumber, PromptKey, QueueName, Random, TeamName, TenantId, Timestamp, UserName,
};

use crate::diagnostic::Source;
use crate::flow::{FlowFile, FlowSet};
use crate::prompt::PromptTexts;
use crate::surroundings::{Caller, Known, Surroundings};

/// `2026-11-24 12:15`, Paris.
pub(crate) fn at(text: &str) -> Now {
    let zone = TimeZone::get("Europe/Paris").unwrap();
    let time: jiff::civil::DateTime = text.replace(' ', "T").parse().unwrap();
    let wall = Timestamp::from_jiff(time.to_zoned(zone).unwrap().timestamp());
    Now {
        wall,
        ..Now::default()
    }
}

fn person(name: &str, phone: &str) -> Person {
    Person {
        phones: vec![UserName::from(phone)],
        ..Person::named(name)
    }
}

fn mailbox(name: &str, owner: MailboxOwner) -> Mailbox {
    Mailbox {
        name: MailboxName::from(name),
        owner,
        calendar: Some("magasin".into()),
        takes_voice: true,
        greeting: Greetings {
            open: None,
            lunch: None,
            closed: Some(PromptKey::from("ferme")),
        },
        deliver: Vec::new(),
        hear_by: None,
        escalate: Vec::new(),
        receipt: false,
        keep: None,
        max_messages: 100,
    }
}

/// A shop open 08:30–12:00 and 14:00–19:00 on weekdays, with three people and three mailboxes.
pub(crate) fn company() -> Surroundings {
    let mut around = Surroundings::bare(TenantId::from("garage"));
    around.on_paper = true;
    around.timezone = TimeZone::get("Europe/Paris").unwrap();
    around.languages = vec![Language::from("fr"), Language::from("en")];
    let mut calendar = Calendar::new(around.timezone.clone());
    for day in [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
    ] {
        let spans = ["08:30-12:00", "14:00-19:00"].map(|text| Span::parse(text).unwrap());
        calendar.set_day(day, Openings::new(spans.to_vec()).unwrap());
    }
    calendar.add_exception(Exception {
        from: Date::constant(2026, 12, 23),
        to: Date::constant(2026, 12, 23),
        hours: Openings::NONE,
        reason: None,
    });
    around.calendars.insert("magasin".into(), calendar);
    let mut durand = person("Madame Durand", "poste-12");
    durand.spoken = Some(PromptKey::from("nom-durand"));
    durand.extension = Some("12".to_owned());
    durand.hours = Some("magasin".into());
    durand.mailbox = Some("durand".into());
    durand.focus = vec![Span::parse("15:00-16:00").unwrap()];
    durand.absences = vec![Absence {
        from: Date::constant(2026, 11, 2),
        to: Date::constant(2026, 11, 12),
        reason: "congés".to_owned(),
    }];
    let mut sans = person("Sans Téléphone", "x");
    sans.phones.clear();
    around.people.persons = BTreeMap::from([
        ("durand".into(), durand),
        ("petit".into(), person("Monsieur Petit", "poste-13")),
        ("sans".into(), sans),
    ]);
    let team = Team {
        members: vec!["durand".into(), "petit".into()],
        ..Team::default()
    };
    around.people.teams.insert(TeamName::from("ventes"), team);
    around.people.teams.insert("vide".into(), Team::default());
    let durand = MailboxOwner::Person(PersonName::from("durand"));
    let mut muette = mailbox("muette", durand.clone());
    muette.takes_voice = false;
    around.mailboxes = BTreeMap::from([
        (
            "accueil".into(),
            mailbox("accueil", MailboxOwner::Team("ventes".into())),
        ),
        ("durand".into(), mailbox("durand", durand)),
        ("muette".into(), muette),
    ]);
    around.mailbox = Some("accueil".into());
    let clients = Directory {
        name: DirectoryName::from("clients"),
        file: "clients.csv".to_owned(),
        key: "telephone".to_owned(),
        contacts: true,
        columns: Some(
            ["telephone", "nom", "contrat", "solde"]
                .map(str::to_owned)
                .into(),
        ),
    };
    around.directories.insert(clients.name.clone(), clients);
    around.http_allow = vec!["https://crm.exemple.fr/v1/".to_owned()];
    around.secrets.insert("clients".to_owned());
    around.queues = queues();
    around.lines.insert(LineName::from("principal"));
    around.destinations.insert(
        "astreinte".into(),
        Destination {
            name: "astreinte".into(),
            number: PhoneNumber::parse("+33199000077").unwrap(),
        },
    );
    around
}

/// A queue of calls with every announcement and one without any, both of the sales team, a queue of
/// nobody, and written dialogues.
fn queues() -> BTreeMap<QueueName, Queue> {
    let queue = |name: &str, team: &str, kind| Queue {
        name: name.into(),
        team: team.into(),
        calendar: Some("magasin".into()),
        kind,
    };
    let key = |text: &str| Some(PromptKey::from(text));
    let mut ventes = VoiceQueue {
        max_wait: Duration::from_secs(240),
        music: Music::Named("calme".to_owned()),
        quiet_key: Some('5'),
        ..VoiceQueue::default()
    };
    ventes.announce.first = key("un-instant");
    ventes.announce.estimate = key("attente-estimee");
    ventes.announce.unknown = key("attente-inconnue");
    let voice = |voice: VoiceQueue| QueueKind::Voice(Box::new(voice));
    let all = [
        queue("ventes", "ventes", voice(ventes)),
        queue("nue", "ventes", voice(VoiceQueue::default())),
        queue("vide", "vide", voice(VoiceQueue::default())),
        queue("textos", "ventes", QueueKind::Text(TextQueue::default())),
    ];
    all.into_iter().map(|q| (q.name.clone(), q)).collect()
}

/// The sentences of the company.
pub(crate) fn sentences() -> Arc<PromptTexts> {
    let mut texts = PromptTexts::new();
    let mut problems = Vec::new();
    for (key, fr, en) in [
        ("bonjour", "Bonjour.", "Hello."),
        ("au-revoir", "Au revoir.", "Goodbye."),
        ("ferme", "Nous sommes fermés.", "We are closed."),
        (
            "menu",
            "Ventes, tapez 1. Atelier, tapez 2. English, 9.",
            "Sales, press 1. Workshop, press 2. English, 9.",
        ),
        (
            "court",
            "Ventes 1, atelier 2, anglais 9.",
            "Sales 1, workshop 2, English 9.",
        ),
        ("rien", "Rien entendu.", "Heard nothing."),
        ("encore", "Toujours rien.", "Still nothing."),
        ("dossier", "Tapez votre dossier.", "Enter your file number."),
        (
            "relire",
            "Vous avez tapé {keys|digits}. Oui 1, non 2.",
            "You typed {keys|digits}. Yes 1, no 2.",
        ),
        (
            "age",
            "Il vous reste {n|number} places, ouverture à {magasin.next_open|time}.",
            "{n|number} seats left, we open at {magasin.next_open|time}.",
        ),
        (
            "absente",
            "{person.name|name} est absente.",
            "{person.name|name} is away.",
        ),
        ("nom-durand", "Madame Durand", "Madam Durand"),
        (
            "un-instant",
            "Nous cherchons un conseiller.",
            "We are looking for an adviser.",
        ),
        (
            "attente-estimee",
            "Attente {wait|between}. Rappel, 1.",
            "Waiting time {wait|between}. Callback, 1.",
        ),
        (
            "attente-inconnue",
            "Attente inconnue. Rappel, 1.",
            "Unknown wait. Callback, 1.",
        ),
        (
            "promis",
            "Nous vous rappelons {callback.window|window}.",
            "We will call you {callback.window|window}.",
        ),
        ("avis-note", "Votre note, de 1 à 5 ?", "Your mark, 1 to 5?"),
        (
            "avis-encore",
            "Reviendrez-vous ? 1 oui, 2 non.",
            "Will you come again? 1 yes, 2 no.",
        ),
    ] {
        for (language, text) in [("fr", fr), ("en", en)] {
            let source = Source::new("prompts.toml", format!("{language} = \"{text}\""));
            let span = 5..source.text().len();
            texts.declare(
                key.into(),
                language.into(),
                text,
                &source,
                span,
                &mut problems,
            );
        }
    }
    let source = Source::new("prompts.toml", "fr = \"Seulement en français.\"");
    texts.declare(
        "seul".into(),
        "fr".into(),
        "Seulement en français.",
        &source,
        5..30,
        &mut problems,
    );
    assert_eq!(problems, []);
    Arc::new(texts)
}

/// A file of the company.
pub(crate) fn file(name: &str, text: &str) -> FlowFile {
    FlowFile {
        name: FlowName::from(name),
        path: format!("flows/{name}.toml"),
        text: text.to_owned(),
    }
}

/// Flows that must be right.
pub(crate) fn flows(files: &[(&str, &str)]) -> Arc<FlowSet> {
    let files: Vec<_> = files.iter().map(|(name, text)| file(name, text)).collect();
    match FlowSet::load(&files, sentences(), &company(), &[]) {
        Ok((set, _)) => Arc::new(set),
        Err(problems) => {
            let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
            panic!("{}", shown.join("\n\n"));
        }
    }
}

/// Somebody from outside.
pub(crate) fn caller() -> Caller {
    Caller {
        tenant: TenantId::from("garage"),
        number: PhoneNumber::parse("+33639981234"),
        name: None,
        user: None,
        called: "+33199000010".to_owned(),
        line: Some(LineName::from("principal")),
        language: Language::from("fr"),
        call: CallUid::draw(Timestamp::from_micros(0), &mut Random::from_seed(1)),
        answered: false,
        known: Known::default(),
    }
}

/// How long each sentence lasts in tests.
pub(crate) const SENTENCE: Duration = Duration::from_secs(3);
