//! Promises of a call on paper: made, found again, moved, kept and given up.

use std::time::Duration;

use rappel_ivr::need::{
    Callback, CallbackAction, CallbackAnswer, CallbackWhen, Debtor, Pending, Promise, Slots,
};
use rappel_ivr::{Event, words};
use rappel_model::calendar::{Calendar, State};
use rappel_model::country::Country;
use rappel_model::{MessageId, PhoneNumber, PromiseId, QuestionId, Timestamp};

use super::World;
use super::books::Owed;
use crate::scene::Scene;

impl World {
    /// Promises that are open before the call begins.
    pub(super) fn open_promises(&mut self) {
        let own = self.caller.as_ref().and_then(|c| c.number.as_ref());
        let own = own.map(PhoneNumber::to_string).unwrap_or_default();
        for open in self.given.callbacks.clone() {
            let person = open
                .person
                .as_deref()
                .map(|name| Debtor::Person(name.into()));
            let queue = open.queue.as_deref().map(|name| Debtor::Queue(name.into()));
            let debtor = queue.or(person);
            let from = self.opens_at(debtor.as_ref()).unwrap_or(self.now.wall);
            let from = rounded(from + SOON);
            let id = PromiseId::draw(self.now.wall, &mut self.random);
            self.books.promises.push(Owed {
                promise: Promise {
                    id,
                    from,
                    to: from + WINDOW,
                },
                by: debtor_name(debtor.as_ref()),
                number: open.number.unwrap_or_else(|| own.clone()),
                closed: None,
                made_here: false,
            });
        }
    }

    /// A promise is asked for, or acted upon.
    pub(super) fn callback(&mut self, wish: &Callback) {
        let answer = match wish.action {
            CallbackAction::Request => self.promise(wish),
            action => self.act_on(action, wish),
        };
        if let CallbackAnswer::Done(promise) = answer
            && wish.action != CallbackAction::Cancel
        {
            let window = self.window(promise.from, promise.to);
            self.scene(Scene::World(words!(
                "(a call is promised: {window})",
                "(un rappel est promis : {window})"
            )));
        }
        let question = wish.question;
        self.later(Duration::ZERO, Event::CallbackAnswered { question, answer });
    }

    fn promise(&mut self, wish: &Callback) -> CallbackAnswer {
        let Some(number) = wish.number.as_ref().filter(|number| number.is_e164()) else {
            return CallbackAnswer::BadNumber;
        };
        if !self.may_be_called(wish.debtor.as_ref(), number) {
            return CallbackAnswer::NotAllowed;
        }
        let by = debtor_name(wish.debtor.as_ref());
        let mut open = self.books.promises.iter().filter(|p| p.closed.is_none());
        if let Some(open) = open.find(|p| p.by == by && p.number == number.as_str()) {
            return CallbackAnswer::Already(open.promise);
        }
        let Some((from, to)) = self.when(wish) else {
            return CallbackAnswer::NoneLeft;
        };
        let id = PromiseId::draw(self.now.wall, &mut self.random);
        let promise = Promise { id, from, to };
        self.books.promises.push(Owed {
            promise,
            by,
            number: number.to_string(),
            closed: None,
            made_here: true,
        });
        CallbackAnswer::Done(promise)
    }

    fn act_on(&mut self, action: CallbackAction, wish: &Callback) -> CallbackAnswer {
        let moved = self.when(wish);
        let now = self.now.wall;
        let mut open = self
            .books
            .promises
            .iter_mut()
            .filter(|p| p.closed.is_none());
        let Some(owed) = open.find(|p| wish.promise.is_none_or(|id| id == p.promise.id)) else {
            return CallbackAnswer::Gone;
        };
        match action {
            CallbackAction::Move => match moved {
                Some((from, to)) => (owed.promise.from, owed.promise.to) = (from, to),
                None => return CallbackAnswer::NoneLeft,
            },
            CallbackAction::Now => {
                (owed.promise.from, owed.promise.to) = (now, now + SOON);
            }
            CallbackAction::Cancel => owed.closed = Some("cancelled".to_owned()),
            CallbackAction::Keep | CallbackAction::Request => {}
        }
        CallbackAnswer::Done(owed.promise)
    }

    /// Which slots could be promised.
    pub(super) fn slots(&mut self, wish: &Slots) {
        let mut slots = Vec::new();
        let calendar = self.calendar_of(wish.debtor.as_ref());
        let mut at = self
            .opens_at(wish.debtor.as_ref())
            .map(|at| rounded(at + SOON));
        for _ in 0..MAX_TRIED {
            let Some(from) = at.filter(|_| slots.len() < Slots::MOST) else {
                break;
            };
            let open = |at| {
                calendar
                    .as_ref()
                    .is_none_or(|c| c.state_at(at) == State::Open)
            };
            if open(from) {
                slots.push((from, from + wish.length));
                at = Some(from + wish.length);
            } else {
                at = calendar.as_ref().and_then(|c| c.next_open(from));
            }
        }
        let question = wish.question;
        self.later(Duration::ZERO, Event::Slots { question, slots });
    }

    /// What the caller has open.
    pub(super) fn pending(&mut self, question: QuestionId) {
        let number = self.caller.as_ref().and_then(|c| c.number.as_ref());
        let number = number.map(PhoneNumber::to_string);
        let mut open = self.books.promises.iter().filter(|p| p.closed.is_none());
        let callback = open
            .find(|p| Some(&p.number) == number.as_ref())
            .map(|p| p.promise);
        let message = self.given.message.then(|| {
            let id = MessageId::draw(self.now.wall, &mut self.random);
            (id, super::SPOKEN)
        });
        let found = Pending {
            callback,
            message,
            thread: self.given.thread,
            just_called: self.given.just_called,
        };
        self.later(Duration::ZERO, Event::Pending { question, found });
    }

    /// The window that is promised; `None` when nobody is there for weeks.
    fn when(&self, wish: &Callback) -> Option<(Timestamp, Timestamp)> {
        let now = self.now.wall;
        let debtor = wish.debtor.as_ref();
        match wish.when {
            CallbackWhen::Slot { from, to } => Some((from, to)),
            CallbackWhen::At(at) => Some((at, at + WINDOW)),
            CallbackWhen::NextOpen => {
                let from = self.opens_at(debtor)?;
                Some((from, from + WINDOW))
            }
            CallbackWhen::KeepPlace => {
                let from = self.opens_at(debtor)?;
                let wait = match debtor {
                    Some(Debtor::Queue(queue)) => self.wait_of(queue),
                    _ => None,
                };
                let (low, high) = wait
                    .filter(|_| from == now)
                    .unwrap_or((Duration::ZERO, SOON));
                Some((rounded(from + low), rounded(from + high)))
            }
        }
    }

    /// When whoever owes the call is there: now, or when they open again.
    pub(super) fn opens_at(&self, debtor: Option<&Debtor>) -> Option<Timestamp> {
        let mut now = self.now.wall;
        if let Some(Debtor::Person(name)) = debtor {
            let person = self.around.people.persons.get(name)?;
            let zone = &self.around.timezone;
            let today = zone.to_datetime(now.to_jiff()).date();
            if let Some(absence) = person.absence_on(today) {
                let calendar = person.hours.as_ref();
                let calendar = calendar.and_then(|name| self.around.calendars.get(name));
                let back = person.back(absence, calendar).to_zoned(zone.clone()).ok()?;
                now = Timestamp::from_jiff(back.timestamp());
            }
        }
        match self.calendar_of(debtor) {
            Some(calendar) if calendar.state_at(now) != State::Open => calendar.next_open(now),
            _ => Some(now),
        }
    }

    fn calendar_of(&self, debtor: Option<&Debtor>) -> Option<Calendar> {
        let name = match debtor? {
            Debtor::Queue(queue) => {
                let queue = self.around.queues.get(queue)?;
                let rules = queue
                    .voice()
                    .and_then(|voice| voice.callback.hours.as_ref());
                rules.or(queue.calendar.as_ref())?
            }
            Debtor::Person(person) => self.around.people.persons.get(person)?.hours.as_ref()?,
        };
        self.around.calendars.get(name).cloned()
    }

    fn may_be_called(&self, debtor: Option<&Debtor>, number: &PhoneNumber) -> bool {
        let Some(Debtor::Queue(queue)) = debtor else {
            return true;
        };
        let queue = self.around.queues.get(queue);
        let rules = queue
            .and_then(|queue| queue.voice())
            .map(|voice| &voice.callback);
        let allowed = rules
            .map(|rules| rules.destinations.as_slice())
            .unwrap_or_default();
        allowed.is_empty() || Country::of(number).is_some_and(|country| allowed.contains(&country))
    }

    fn window(&self, from: Timestamp, to: Timestamp) -> String {
        let zone = &self.around.timezone;
        let show = |at: Timestamp| zone.to_datetime(at.to_jiff());
        let (from, to) = (show(from), show(to));
        format!(
            "{} – {}",
            from.strftime("%Y-%m-%d %H:%M"),
            to.strftime("%H:%M")
        )
    }
}

pub(super) fn debtor_name(debtor: Option<&Debtor>) -> String {
    match debtor {
        Some(Debtor::Queue(queue)) => queue.to_string(),
        Some(Debtor::Person(person)) => person.to_string(),
        None => String::new(),
    }
}

/// Up to the next five minutes: nobody promises "14:03".
fn rounded(at: Timestamp) -> Timestamp {
    let seconds = at.to_jiff().as_second();
    let over = seconds.rem_euclid(STEP);
    let missing = if over == 0 { 0 } else { STEP - over };
    at + Duration::from_secs(missing.unsigned_abs())
}

const STEP: i64 = 300;
/// How soon a call is promised when nobody waits.
const SOON: Duration = Duration::from_secs(20 * 60);
/// How long a promised window is.
const WINDOW: Duration = Duration::from_secs(30 * 60);
/// Slots looked at before none is offered.
const MAX_TRIED: usize = 100;
