//! Checks that need more than one table: numbers and extensions claimed once, numbers shown that are
//! owned, words for sentences named outside flows.

use std::collections::BTreeMap;

use rappel_ivr::diagnostic::Place;
use rappel_ivr::{Diagnostic, PromptTexts, Severity, Surroundings, Words, words};
use rappel_model::callback::CallMe;
use rappel_model::person::Pickup;
use rappel_model::queue::QueueKind;
use rappel_model::{Language, PhoneNumber, PromptKey};

use crate::codes;
use crate::lines::{Leads, Line};
use crate::names::{Declared, Kind, Names, first_at};
use crate::problems::Problems;
use crate::settings::FlowReference;

/// A number as something of the tenant claims it.
pub(crate) struct Claim<'c, 'd> {
    pub number: &'c PhoneNumber,
    /// Where the claim stands.
    pub declared: &'c Declared<'d>,
    /// What a call to it reaches.
    pub leads: &'c Leads,
}

/// A number belongs to one line, campaign, list or survey. A line may name the campaign that counts
/// the same number: that is one claim told twice.
pub(crate) fn numbers(claims: &[Claim<'_, '_>], problems: &mut Problems) {
    let mut taken: BTreeMap<&PhoneNumber, &Claim<'_, '_>> = BTreeMap::new();
    for claim in claims {
        let Some(first) = taken.get(claim.number) else {
            taken.insert(claim.number, claim);
            continue;
        };
        let both = first.declared.kind != claim.declared.kind;
        if both && matches!(claim.leads, Leads::Campaign(_)) && first.leads == claim.leads {
            taken.insert(claim.number, claim);
            continue;
        }
        let number = claim.number;
        let what = words!("number {number}", "numéro {number}");
        problems.push(claimed(what, claim.declared, first.declared));
    }
}

/// An extension belongs to one line or one person.
pub(crate) fn extensions(
    names: &Names<'_>,
    lines: &[Line],
    around: &Surroundings,
    problems: &mut Problems,
) {
    let of_lines = lines.iter().filter_map(|line| {
        let declared = names.find(Kind::Line, line.name.as_str())?;
        Some((line.extension.as_deref()?, declared))
    });
    let of_persons = around.people.persons.iter().filter_map(|(name, person)| {
        let declared = names.find(Kind::Person, name.as_str())?;
        Some((person.extension.as_deref()?, declared))
    });
    let mut taken: BTreeMap<&str, &Declared<'_>> = BTreeMap::new();
    for (extension, declared) in of_lines.chain(of_persons) {
        if around.office.codes.slot(extension).is_some() {
            problems.push(parking_place(extension, declared, around));
        }
        match taken.get(extension) {
            None => {
                taken.insert(extension, declared);
            }
            Some(first) => {
                let what = words!("extension {extension}", "numéro interne {extension}");
                problems.push(claimed(what, declared, first));
            }
        }
    }
}

/// An extension that is also a place for parked calls: whoever dials it would fetch one of them.
fn parking_place(extension: &str, declared: &Declared<'_>, around: &Surroundings) -> Diagnostic {
    let slots = &around.office.codes.slots;
    let (low, high) = (slots.start(), slots.end());
    let message = words!(
        "the extension {extension} is a place for parked calls: {low} to {high}",
        "le numéro interne {extension} est une place d'appels mis en attente : {low} à {high}"
    );
    let problem = declared.error(codes::RESERVED, message);
    problem.remedy(words!(
        "choose another extension, or write other  slots  in [codes]",
        "choisissez un autre numéro interne, ou d'autres  slots  dans [codes]"
    ))
}

fn claimed(what: Words, declared: &Declared<'_>, first: &Declared<'_>) -> Diagnostic {
    let (kind, name) = (first.kind.words(), first.name);
    let message = words!(
        [what, kind] "the {what} belongs to the {kind} \"{name}\" already",
        "le {what} est déjà pris par : {kind} « {name} »"
    );
    let problem = declared.error(codes::CLAIMED_TWICE, message);
    problem.note(first_at(&first.place()))
}

/// The number shown when the company calls is one of its own: carriers refuse any other, and callers
/// who ring back must reach it.
pub(crate) fn shown_number(
    number: Option<&PhoneNumber>,
    place: Option<&Place>,
    owned: &[Claim<'_, '_>],
    problems: &mut Problems,
) {
    let (Some(number), Some(place)) = (number, place) else {
        return;
    };
    if owned.iter().any(|claim| claim.number == number) {
        return;
    }
    let message = words!(
        "the number shown, {number}, is no line of this company",
        "le numéro affiché, {number}, n'est aucune ligne de cette entreprise"
    );
    let problem = Diagnostic::new(codes::NOT_OWNED, Severity::Error, place.clone(), message);
    problems.push(problem.remedy(words!(
        "show the number of one of its lines, or declare the line",
        "affichez le numéro d'une de ses lignes, ou déclarez cette ligne"
    )));
}

/// The mailbox of rescues takes voice messages: the last resort may not be closed (FLOWS §8).
pub(crate) fn last_resort(around: &Surroundings, place: Option<&Place>, problems: &mut Problems) {
    let name = around.mailbox.as_ref();
    let mailbox = name.and_then(|name| around.mailboxes.get(name));
    let (Some(mailbox), Some(place)) = (mailbox, place) else {
        return;
    };
    if mailbox.takes_voice {
        return;
    }
    let name = &mailbox.name;
    let message = words!(
        "calls are rescued to \"{name}\", which takes no voice messages",
        "les appels en difficulté vont à « {name} », qui ne prend pas de message vocal"
    );
    let problem = Diagnostic::new(codes::VOICE_OFF, Severity::Error, place.clone(), message);
    problems.push(problem.remedy(words!(
        "name a mailbox with  voice = \"on\"",
        "nommez une messagerie avec  voice = \"on\""
    )));
}

/// A button promises a phone that rings at once: nobody of its queue can keep that whose own phone
/// must be picked up first (FLOWS §7.6).
pub(crate) fn buttons(
    names: &Names<'_>,
    buttons: &[CallMe],
    around: &Surroundings,
    problems: &mut Problems,
) {
    for button in buttons {
        let queue = around.queues.get(&button.queue);
        let team = queue.and_then(|queue| around.people.teams.get(&queue.team));
        let Some(team) = team else { continue };
        let members = team.members.iter();
        let persons = members.filter_map(|name| around.people.persons.get(name));
        let slow: Vec<_> = persons
            .filter(|person| person.pickup == Pickup::Ring)
            .map(|person| person.name.as_str())
            .take(MAX_NAMED)
            .collect();
        let declared = names.find(Kind::CallMe, button.name.as_str());
        let (Some(declared), false) = (declared, slow.is_empty()) else {
            continue;
        };
        let (name, who) = (&button.name, slow.join(", "));
        let message = words!(
            "\"{name}\" cannot ring within its time while agents pick up first: {who}",
            "« {name} » ne peut pas sonner dans son délai tant que des agents décrochent \
             d'abord : {who}"
        );
        let problem = declared.warning(codes::SLOW_PICKUP, message);
        let problem = problem.note(words!(
            "the page shows a window as long as nobody has picked up",
            "la page affiche un créneau tant que personne n'a décroché"
        ));
        problems.push(problem.remedy(words!(
            "give them  pickup = \"auto\"  or  \"open\"",
            "donnez-leur  pickup = \"auto\"  ou  \"open\""
        )));
    }
}

/// Whether a flow of this name exists; if not, that is a problem.
pub(crate) fn flow_exists(
    reference: &FlowReference<'_>,
    flows: &[&str],
    problems: &mut Problems,
) -> bool {
    let name = reference.flow.value;
    if flows.contains(&name) {
        return true;
    }
    let message = words!(
        "no flow is named \"{name}\"",
        "aucun flux ne s'appelle « {name} »"
    );
    let span = reference.flow.span.clone();
    let problem = reference.source.error(codes::UNKNOWN_FLOW, span, message);
    let near = problems.nearest(name, flows.iter().copied());
    problems.push(problem.suggest(near).remedy(words!(
        "write flows/{name}.toml",
        "écrivez flows/{name}.toml"
    )));
    false
}

/// Sentences named outside flows (greetings, spoken names, announcements) have words in every
/// language spoken.
pub(crate) fn spoken(
    names: &Names<'_>,
    around: &Surroundings,
    prompts: &PromptTexts,
    problems: &mut Problems,
) {
    let mut check = |kind, name: &str, keys: &[&Option<PromptKey>]| {
        let Some(declared) = names.find(kind, name) else {
            return;
        };
        for key in keys.iter().filter_map(|key| key.as_ref()) {
            for language in &around.languages {
                if !has_words(prompts, key, language) {
                    let message = words!(
                        "the prompt \"{key}\" has no words in \"{language}\"",
                        "la phrase « {key} » n'a pas de mots en « {language} »"
                    );
                    problems.push(declared.error(codes::NO_SENTENCE, message));
                }
            }
        }
    };
    for (name, mailbox) in &around.mailboxes {
        let greeting = &mailbox.greeting;
        let keys = [&greeting.open, &greeting.lunch, &greeting.closed];
        check(Kind::Mailbox, name.as_str(), &keys);
    }
    for (name, person) in &around.people.persons {
        check(Kind::Person, name.as_str(), &[&person.spoken]);
    }
    for (name, queue) in &around.queues {
        match &queue.kind {
            QueueKind::Voice(voice) => {
                let plan = &voice.announce;
                let keys = [&plan.first, &plan.estimate, &plan.unknown];
                check(Kind::Queue, name.as_str(), &keys);
            }
            QueueKind::Text(text) => check(Kind::Queue, name.as_str(), &[&text.receipt]),
        }
    }
}

/// A regional language falls back on its plain one: `fr-CH` on `fr`.
pub(crate) fn has_words(prompts: &PromptTexts, key: &PromptKey, language: &Language) -> bool {
    let Some(prompt) = prompts.prompt(key) else {
        return true;
    };
    let plain = language.as_str().split('-').next().unwrap_or_default();
    prompt.sentences.contains_key(language) || prompt.sentences.contains_key(plain)
}

/// Most names in one message.
const MAX_NAMED: usize = 5;
