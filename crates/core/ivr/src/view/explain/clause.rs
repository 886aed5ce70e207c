//! When an outcome happens, as a clause that can begin a sentence or a line.

use super::super::flow::StepView;
use super::Teller;
use crate::words::Help;

impl Teller<'_> {
    /// When an outcome happens: in words of its own, else in those of the table of the verb.
    pub(super) fn clause(&self, step: &StepView, outcome: &str) -> String {
        if let Some((en, fr)) = clause(&step.verb, outcome) {
            return Help { en, fr }.in_lang(self.lang).to_owned();
        }
        let known = step.known().map_or(&[][..], |verb| verb.outcomes);
        match known.iter().find(|known| known.name == outcome) {
            Some(known) => known.help.in_lang(self.lang).to_owned(),
            None => outcome.to_owned(),
        }
    }
}

fn clause(verb: &str, outcome: &str) -> Option<(&'static str, &'static str)> {
    Some(match (verb, outcome) {
        (_, "error") => ("if the step fails", "si l'étape échoue"),
        (_, "too_often") => ("on coming here too often", "en passant ici trop souvent"),
        ("hours", "open") => ("during opening hours", "pendant les heures d'ouverture"),
        ("hours", "closed") => ("outside opening hours", "en dehors des heures d'ouverture"),
        ("hours", "lunch") => ("during the lunch break", "pendant la pause du midi"),
        ("hours", "holiday") => ("on a public holiday", "un jour férié"),
        ("hours", "exception") => (
            "on an exceptional day",
            "un jour de fermeture exceptionnelle",
        ),
        ("hours", "soon") => ("shortly before opening", "peu avant l'ouverture"),
        ("pending", "none") => ("if nothing is open", "s'il n'y a rien en cours"),
        ("pending", "callback") => ("if a callback is planned", "si un rappel est déjà prévu"),
        ("pending", "message") => ("if they left a message", "s'il a laissé un message"),
        ("pending", "thread") => ("if they are writing to us already", "s'il nous écrit déjà"),
        ("pending", "just_called") => (
            "if they hung up while waiting a moment ago",
            "s'il vient de raccrocher pendant l'attente",
        ),
        ("menu" | "collect" | "language", "give_up") => (
            "after the last try without an answer",
            "sans réponse valable après le dernier essai",
        ),
        ("menu" | "collect" | "language", "no_input") => {
            ("if nothing is typed", "s'il ne tape rien")
        }
        ("menu" | "collect" | "language", "no_match") => {
            ("after a wrong key", "après une mauvaise touche")
        }
        ("collect", "cancel") => ("if they press *", "s'il tape *"),
        ("callback", "give_up") => ("if they give up", "s'il renonce"),
        ("reach" | "queue", "answered") => ("after the conversation", "après la conversation"),
        (_, "no_answer") => ("if nobody answers", "si personne ne répond"),
        (_, "busy") => ("if the line is busy", "si c'est occupé"),
        ("reach", "declined") => ("if the call is declined", "si l'appel est refusé"),
        ("reach", "absent") => ("if the person is on leave", "si la personne est en congé"),
        ("reach", "focus") => (
            "if they do not wish to be disturbed",
            "si on ne veut pas être dérangé",
        ),
        (_, "closed") => ("if it is closed", "si c'est fermé"),
        ("queue", "timeout") => ("if the wait is too long", "si l'attente dure trop"),
        ("queue", "no_agents") => (
            "if nobody is there to answer",
            "s'il n'y a personne pour répondre",
        ),
        ("queue" | "estimate", "full") => ("if the queue is full", "si la file est pleine"),
        ("estimate", "ready") => ("if somebody is free", "si quelqu'un est libre"),
        ("estimate", "wait") => ("if there is a wait", "s'il faut attendre"),
        ("estimate", "unknown") => ("if the wait cannot be told", "si l'attente est inconnue"),
        ("callback", "done") => ("once it is promised", "une fois le rappel promis"),
        ("callback", "already") => ("if one is promised already", "si un rappel est déjà promis"),
        ("callback", "bad_number") => ("if the number is not good", "si le numéro n'est pas bon"),
        ("callback", "not_allowed") => (
            "if this number may not be called",
            "si ce numéro ne peut pas être appelé",
        ),
        ("callback", "none_left") => (
            "if no time can be promised",
            "si aucune heure ne peut être promise",
        ),
        ("voicemail", "saved") => ("once the message is kept", "une fois le message enregistré"),
        ("voicemail", "empty") => ("if nothing is said", "s'il ne dit rien"),
        ("voicemail", "full") => ("if the mailbox is full", "si la messagerie est pleine"),
        ("voicemail", "off") => (
            "if the mailbox takes no voice",
            "si la messagerie ne prend pas la voix",
        ),
        ("lookup", "found") => ("if they are found", "s'il y est"),
        ("lookup", "missing") => ("if they are not found", "s'il n'y est pas"),
        ("http", "ok") => ("with the answer", "avec la réponse"),
        ("http", "missing") => ("if there is no answer for them", "s'il n'y a rien pour lui"),
        ("http", "failed") => (
            "if the other system fails",
            "si l'autre système ne répond pas",
        ),
        ("to_text", "moved") => ("once the text is sent", "une fois le texto parti"),
        ("to_text" | "text", "not_possible") => (
            "if no text can be sent there",
            "si ce numéro ne reçoit pas de texto",
        ),
        ("text", "sent") => ("once it is sent", "une fois envoyé"),
        ("text" | "transfer", "failed") => ("if it fails", "en cas d'échec"),
        ("transfer", "done") => ("once transferred", "une fois transféré"),
        ("survey", "done") => ("with their opinion", "avec son avis"),
        ("survey", "refused") => ("if they prefer not to", "s'il ne le souhaite pas"),
        ("consent", "yes") => ("if they agree", "s'il accepte"),
        ("consent", "no") => ("if they do not agree", "s'il refuse"),
        _ => return None,
    })
}
