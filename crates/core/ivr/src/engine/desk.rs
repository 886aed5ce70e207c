//! What a step may do while it runs: ask, speak, remember, set a deadline.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::{
    Country, Currency, Deadline, FlowName, Instant, Language, MailboxName, Now, PersonName,
    PhoneNumber, PlayId, PromptKey, QuestionId, Random, Sound, StepName, TeamName, Timestamp,
    UserName,
};

use super::values::{Values, View};
use crate::ask::{Ask, Whom};
use crate::expression::Expression;
use crate::flow::FlowSet;
use crate::prompt::Speaker;
use crate::say::Format;
use crate::step::{Template, TemplatePart, Turn, currency_of};
use crate::surroundings::{Caller, Surroundings};
use crate::variables::{Type, Value};

/// What a run keeps besides its current step.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) flows: Arc<FlowSet>,
    pub(crate) caller: Caller,
    pub(crate) random: Random,
    pub(crate) asks: VecDeque<Ask>,
    pub(crate) language: Language,
    /// The last language the caller chose, in this call or before.
    pub(crate) chosen: Option<Language>,
    pub(crate) answered: bool,
    pub(crate) gone: bool,
    /// When the caller went.
    pub(crate) gone_at: Option<Instant>,
    pub(crate) values: Values,
    pub(crate) deadline: Option<Deadline>,
    pub(crate) started: Now,
    /// Steps entered since the caller last typed or spoke.
    pub(crate) patience: u32,
    /// How often the current step was entered in this call.
    pub(crate) visits: u32,
    /// The flow and the step that run.
    pub(crate) place: Option<(FlowName, StepName)>,
    pub(crate) next_play: u64,
    pub(crate) next_question: u64,
    /// The first question of the current step: older ones are no longer waited for.
    pub(crate) first_question: u64,
    /// The current step is about a secret.
    pub(crate) discreet: bool,
    /// The last play order, until it is over.
    pub(crate) sounding: Option<PlayId>,
    /// How long the caller has heard nothing while other systems were asked, in a row.
    pub(crate) hush: Duration,
}

/// What a step works with: the run's state, the tenant and the time.
pub(crate) struct Desk<'a> {
    pub(crate) now: Now,
    pub(crate) around: &'a Surroundings,
    pub(crate) state: &'a mut State,
}

impl Desk<'_> {
    /// Asks for something.
    pub(crate) fn ask(&mut self, ask: Ask) {
        self.state.asks.push_back(ask);
    }

    /// Answers the call if it is not; on a line that is never answered, the step has failed.
    pub(crate) fn answer(&mut self) -> Result<(), Turn> {
        if self.state.answered {
            return Ok(());
        }
        let line = self.state.caller.line.as_ref();
        if line.is_some_and(|line| self.state.flows.never_answers(line)) {
            return Err(Turn::Fail("never_answered"));
        }
        self.state.answered = true;
        self.ask(Ask::Answer);
        Ok(())
    }

    /// Plays sounds, stopped by a key when the caller may interrupt. With nothing to play the
    /// answer is `None`: the end is there at once.
    pub(crate) fn play(
        &mut self,
        sounds: Vec<Sound>,
        stop_on_key: bool,
        forever: bool,
    ) -> Option<PlayId> {
        // Nobody is there to hear it.
        if sounds.is_empty() || self.state.gone {
            return None;
        }
        self.state.hush = Duration::ZERO;
        let play = PlayId(self.state.next_play);
        self.state.next_play += 1;
        self.ask(Ask::Play {
            play,
            sounds,
            stop_on_key,
            forever,
        });
        self.state.sounding = Some(play);
        Some(play)
    }

    /// Stops a play order.
    pub(crate) fn stop(&mut self, play: PlayId) {
        self.state.sounding.take_if(|sounding| *sounding == play);
        self.ask(Ask::Stop(play));
    }

    /// Speaks another language from now on.
    pub(crate) fn speak(&mut self, language: &Language) {
        self.state.chosen = Some(language.clone());
        if self.state.language != *language {
            self.state.language = language.clone();
            self.ask(Ask::Speak(language.clone()));
        }
    }

    /// Gives a variable of the flow its first value again, or none.
    pub(crate) fn reset(&mut self, variable: &str) {
        let flow = self.state.place.as_ref().map(|(flow, _)| flow);
        let flow = flow.and_then(|flow| self.state.flows.flow(flow));
        let declared = flow.and_then(|flow| flow.variables.get(variable));
        match declared.and_then(|variable| variable.default.clone()) {
            Some(value) => self.state.values.set(variable, value),
            None => self.state.values.unset(variable),
        }
    }

    /// Writes down what went wrong, where the step has a way of its own for it (FLOWS §8).
    pub(crate) fn trouble(&mut self, cause: &str) {
        let place = self.state.place.as_ref();
        let step = place.map_or("", |(_, step)| step.as_str());
        let value = format!("{step}:{cause}");
        self.ask(Ask::Tag {
            name: "error".to_owned(),
            value: value.clone(),
        });
        self.ask(Ask::Trouble(value));
    }

    /// The number of a new question.
    pub(crate) fn question(&mut self) -> QuestionId {
        let question = QuestionId(self.state.next_question);
        self.state.next_question += 1;
        question
    }

    /// Wakes the step after `length`, replacing its former deadline.
    pub(crate) fn wake_in(&mut self, length: Duration, why: &'static str) {
        self.state.deadline = Some(Deadline::new(self.now.instant + length, why));
    }

    /// Now, for measuring.
    pub(crate) fn instant(&self) -> Instant {
        self.now.instant
    }

    /// The caller did something: tells the diary and renews the patience of the engine. A secret
    /// key is told without its name.
    pub(crate) fn heard(&mut self, key: char, secret: bool) {
        self.state.patience = 0;
        self.state.hush = Duration::ZERO;
        self.ask(Ask::Heard((!secret).then_some(key)));
    }

    /// The sounds that say `prompts` one after the other; nothing when no sound is left.
    pub(crate) fn say(&mut self, prompts: &[PromptKey]) -> Vec<Sound> {
        let mut sounds = Vec::new();
        for key in prompts {
            let view = self.view(true);
            let phrase = self.speaker(&view).say(key);
            if phrase.hole_left_out {
                self.ask(Ask::Tag {
                    name: "left_out".to_owned(),
                    value: key.to_string(),
                });
            }
            sounds.extend(phrase.sounds);
        }
        sounds
    }

    /// The sounds of a shared sentence.
    pub(crate) fn say_shared(&mut self, key: &'static str) -> Vec<Sound> {
        self.say(&[PromptKey::from(key)])
    }

    /// The sounds of a value by itself; nothing when it cannot be said so.
    pub(crate) fn say_value(&self, format: Format, value: &Value) -> Vec<Sound> {
        let view = self.view(true);
        let speaker = self.speaker(&view);
        let language = speaker.language;
        speaker.value(format, value, language).unwrap_or_default()
    }

    fn speaker<'s>(&'s self, view: &'s View<'s>) -> Speaker<'s> {
        Speaker {
            texts: self.state.flows.prompts(),
            around: self.around,
            language: &self.state.language,
            values: view,
        }
    }

    /// A text with its holes filled; an unset value leaves its hole empty, a secret is masked.
    pub(crate) fn write(&self, template: &Template) -> String {
        let view = self.view(true);
        let mut text = String::new();
        for part in &template.parts {
            match part {
                TemplatePart::Words(words) => text.push_str(words),
                TemplatePart::Value(expression, _) => {
                    if let Ok(Some(value)) = expression.evaluate(&view) {
                        text.push_str(&value.to_string());
                    }
                }
            }
        }
        text
    }

    /// The telephone number that a text with one hole, or without any, is; `None` when it is unset or
    /// none.
    pub(crate) fn phone_of(&self, template: &Template) -> Option<PhoneNumber> {
        let value = match template.parts.as_slice() {
            [TemplatePart::Value(expression, _)] => {
                expression.evaluate(&self.view(false)).ok().flatten()?
            }
            _ => Value::Text(self.write(template)),
        };
        match value.convert(Type::Phone) {
            Some(Value::Phone(number)) => Some(number),
            _ => None,
        }
    }

    /// The moment that a text with one hole is.
    pub(crate) fn moment_of(&self, template: &Template) -> Option<Timestamp> {
        let [TemplatePart::Value(expression, _)] = template.parts.as_slice() else {
            return None;
        };
        match expression.evaluate(&self.view(false)).ok().flatten()? {
            Value::Moment(moment) => Some(moment),
            _ => None,
        }
    }

    /// The words of sentences as they are written in the language spoken: what a caller was told.
    pub(crate) fn wording(&self, prompts: &[PromptKey]) -> String {
        let texts = self.state.flows.prompts();
        let words: Vec<String> = prompts
            .iter()
            .filter_map(|key| match texts.prompt(key) {
                Some(prompt) => {
                    let others = &self.around.languages;
                    let (_, sentence) = prompt.sentence(&self.state.language, others)?;
                    Some(sentence.text().to_owned())
                }
                None => texts.words(&self.state.language, key.as_str()),
            })
            .collect();
        words.join(" ")
    }

    /// Whether a condition holds; an unset value fails the step.
    pub(crate) fn holds(&self, condition: &Expression) -> Result<bool, Turn> {
        condition
            .holds(&self.view(false))
            .map_err(|_| Turn::Fail("unset"))
    }

    /// The value of an expression.
    pub(crate) fn evaluate(&self, expression: &Expression) -> Result<Value, Turn> {
        let value = expression.evaluate(&self.view(false));
        value.ok().flatten().ok_or(Turn::Fail("unset"))
    }

    /// The value of an expression; `None` for a name without one.
    pub(crate) fn evaluate_if_set(&self, expression: &Expression) -> Result<Option<Value>, Turn> {
        let value = expression.evaluate(&self.view(false));
        value.map_err(|_| Turn::Fail("unset"))
    }

    /// A value as it may be written and sent: a secret is masked. `None` for one that is unset.
    pub(crate) fn shown(&self, expression: &Expression) -> Option<Value> {
        expression.evaluate(&self.view(true)).ok().flatten()
    }

    /// The country in which numbers are written without a country code: that of the line that was
    /// called, else France.
    pub(crate) fn home(&self) -> Country {
        let called = PhoneNumber::parse(&self.state.caller.called);
        called
            .and_then(|number| Country::of(&number))
            .unwrap_or(Country::FRANCE)
    }

    /// The currency of amounts without one.
    pub(crate) fn currency(&self) -> Currency {
        currency_of(self.home())
    }

    fn view(&self, masked: bool) -> View<'_> {
        View {
            values: &self.state.values,
            around: self.around,
            caller: &self.state.caller,
            now: self.now,
            started: self.started(),
            answered: self.state.answered,
            chosen: self.state.chosen.as_ref(),
            masked,
        }
    }

    fn started(&self) -> Timestamp {
        self.state.started.wall
    }

    /// Whom an extension that was dialled means: a person by their name in the files or a user.
    pub(crate) fn callee(&self) -> (Whom, Option<PersonName>) {
        let called = self.state.caller.called.as_str();
        let persons = &self.around.people.persons;
        let by_extension = persons
            .iter()
            .find(|(_, p)| p.extension.as_deref() == Some(called));
        if let Some((name, _)) = by_extension {
            return (Whom::Person(name.clone()), Some(name.clone()));
        }
        let owner = persons
            .iter()
            .find(|(_, p)| p.phones.iter().any(|u| u.as_str() == called));
        if let Some((name, _)) = owner {
            return (Whom::User(UserName::from(called)), Some(name.clone()));
        }
        match persons.get_key_value(called) {
            Some((name, _)) => (Whom::Person(name.clone()), Some(name.clone())),
            None => (Whom::User(UserName::from(called)), None),
        }
    }

    /// The team that stands in for the person that was dialled, when it has members.
    pub(crate) fn backup(&self) -> Option<TeamName> {
        let people = &self.around.people;
        let team = people.persons.get(&self.callee().1?)?.backup.as_ref()?;
        let members = &people.teams.get(team)?.members;
        (!members.is_empty()).then(|| team.clone())
    }

    /// The mailbox a step means: by name, or one that only the engine's own flows name.
    pub(crate) fn mailbox(&self, written: &str) -> Option<MailboxName> {
        match written {
            DEFAULT_MAILBOX => self.around.mailbox.clone(),
            CALLEE => {
                let person = self.callee().1?;
                self.around.people.persons.get(&person)?.mailbox.clone()
            }
            name => Some(MailboxName::from(name)),
        }
        .filter(|name| self.around.mailboxes.contains_key(name))
    }
}

/// In the engine's own flows: the tenant's default mailbox.
pub(crate) const DEFAULT_MAILBOX: &str = "*default";
/// In the engine's own flows: the person or user that was dialled, and their mailbox.
pub(crate) const CALLEE: &str = "*callee";
/// In the engine's own flows: the team that stands in for the person that was dialled.
pub(crate) const BACKUP: &str = "*backup";
/// The number outside that was dialled.
pub(crate) const OUTSIDE: &str = "*outside";
