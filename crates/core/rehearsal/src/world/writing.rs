//! Texts, tasks, consents and answers of a call on paper.

use std::time::Duration;

use rappel_ivr::need::{
    CallRecording, Consent, ConsentAnswer, ConsentKind, Medium, Moved, RecordAction, Survey, Task,
    TaskOwner, Text, Texted, ToText,
};
use rappel_ivr::{Event, words};
use rappel_model::QuestionId;

use super::World;
use crate::scene::Scene;

impl World {
    pub(super) fn text(&mut self, wish: &Text) {
        let reachable = match wish.by {
            Medium::Sms => wish.to.reveal().starts_with('+'),
            Medium::Email | Medium::Sip => wish.to.reveal().contains('@'),
        };
        let outcome = if reachable {
            self.books.texts += 1;
            let body = wish.body.reveal();
            self.scene(Scene::World(words!(
                "(a text is sent: {body})",
                "(un texto part : {body})"
            )));
            Texted::Sent
        } else {
            Texted::NotPossible
        };
        let question = wish.question;
        self.later(Duration::ZERO, Event::Texted { question, outcome });
    }

    pub(super) fn go_on_in_writing(&mut self, wish: &ToText) {
        self.books.texts += 1;
        let (queue, body) = (&wish.queue, wish.body.reveal());
        let scene = words!(
            "(goes on in writing, in \"{queue}\": {body})",
            "(continue par écrit, dans « {queue} » : {body})"
        );
        self.scene(Scene::World(scene));
        let (question, outcome) = (wish.question, Moved::Done);
        self.later(Duration::ZERO, Event::MovedToText { question, outcome });
    }

    pub(super) fn task(&mut self, wish: &Task) {
        let owner = match &wish.owner {
            TaskOwner::Queue(queue) => queue.to_string(),
            TaskOwner::Team(team) => team.to_string(),
        };
        let title = wish.title.reveal();
        self.scene(Scene::World(words!(
            "(a task for \"{owner}\": {title})",
            "(une tâche pour « {owner} » : {title})"
        )));
        self.books.tasks.insert(owner);
        self.stored(wish.question);
    }

    pub(super) fn survey(&mut self, wish: &Survey) {
        for answer in &wish.answers {
            let (prompt, key) = (&answer.prompt, answer.key);
            self.books.answers.push(format!("{prompt}={key}"));
            self.scene(Scene::World(words!(
                "(answers \"{prompt}\" with {key})",
                "(répond {key} à « {prompt} »)"
            )));
        }
        self.stored(wish.question);
    }

    pub(super) fn consent(&mut self, wish: &Consent) {
        let kind = match wish.kind {
            ConsentKind::Recording => "recording",
            ConsentKind::Contact => "contact",
            ConsentKind::Data => "data",
        };
        let given = matches!(wish.answer, ConsentAnswer::Yes | ConsentAnswer::Informed);
        self.books.consents.push((kind.to_owned(), given));
        let answer = match wish.answer {
            ConsentAnswer::Informed => words!("informed", "informé"),
            ConsentAnswer::Yes => words!("yes", "oui"),
            ConsentAnswer::No | ConsentAnswer::Silence => words!("no", "non"),
        };
        let (en, fr) = (answer.en, answer.fr);
        self.scene(Scene::World(words!(
            "(consent \"{kind}\" is kept: {en})",
            "(le consentement « {kind} » est gardé : {fr})"
        )));
        self.stored(wish.question);
    }

    pub(super) fn record_call(&mut self, wish: &CallRecording) {
        self.scene(Scene::World(match wish.action {
            RecordAction::Start => words!("(the call is recorded)", "(l'appel est enregistré)"),
            RecordAction::Stop => words!("(the recording ends)", "(l'enregistrement s'arrête)"),
            RecordAction::Pause => {
                words!("(the recording pauses)", "(l'enregistrement est suspendu)")
            }
            RecordAction::Resume => words!("(the recording goes on)", "(l'enregistrement reprend)"),
        }));
        self.stored(wish.question);
    }

    fn stored(&mut self, question: QuestionId) {
        let stored = true;
        self.later(Duration::ZERO, Event::Done { question, stored });
    }
}
