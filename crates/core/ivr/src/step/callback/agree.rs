//! One run of `callback`: the number, then the reason, then the time, then the promise.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::{PhoneNumber, PlayId, PromiseId, RecordingId, Redacted, Sound, Timestamp, Tone};

use super::{Owing, When, Why};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::{Callback, CallbackAction, CallbackAnswer, CallbackWhen, Reason, Slots};
use crate::say::Format;
use crate::step::asked::Asked;
use crate::step::asking::{Asking, Heard};
use crate::step::known::{forget_promise, set_promise};
use crate::step::number::{Number, NumberAsking};
use crate::step::{Turn, Work};
use crate::variables::Value;

/// One run.
#[derive(Debug)]
pub(super) struct Agreeing {
    step: Arc<Owing>,
    number: Option<PhoneNumber>,
    reason: Option<Reason>,
    phase: Phase,
    /// Times that the question of this phase was said.
    tries: u32,
}

#[derive(Debug)]
enum Phase {
    New,
    /// The caller types a number.
    Numbering(NumberAsking),
    /// It is read back: 1 is right, 2 is another.
    Confirming(Asking),
    /// What to say after the beep, then the beep.
    Inviting(PlayId),
    /// The caller says why.
    Recording(RecordingId),
    /// Which slots are there?
    Slotting(Asked),
    /// One of these slots, by key.
    Choosing(Asking, Vec<(Timestamp, Timestamp)>),
    /// The promise is being stored.
    Storing(Asked),
}

impl Agreeing {
    pub(super) fn new(step: Arc<Owing>) -> Self {
        Self {
            step,
            number: None,
            reason: None,
            phase: Phase::New,
            tries: 0,
        }
    }

    /// The promise that `pending` found, or that this call made.
    fn promise(desk: &Desk<'_>) -> Option<PromiseId> {
        match desk.state.values.shown("callback.id")? {
            Value::Text(id) => PromiseId::parse(id),
            _ => None,
        }
    }

    fn ask_number(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.phase = Phase::Numbering(NumberAsking::start(desk, "number-ask", None));
        Turn::Stay
    }

    /// A number is there: read back when the flow wants it.
    fn numbered(&mut self, desk: &mut Desk<'_>, number: PhoneNumber) -> Turn {
        self.number = Some(number);
        self.tries = 0;
        if self.step.confirm {
            self.confirm(desk, None)
        } else {
            self.why(desk)
        }
    }

    fn confirm(&mut self, desk: &mut Desk<'_>, complaint: Option<&'static str>) -> Turn {
        let Some(number) = self.number.clone() else {
            return self.ask_number(desk);
        };
        if self.tries >= TRIES {
            return Turn::leave("on.give_up");
        }
        self.tries += 1;
        let mut sounds = complaint.map_or_else(Vec::new, |key| desk.say_shared(key));
        sounds.extend(desk.say_shared("callback-number"));
        sounds.extend(desk.say_value(Format::Phone, &Value::Phone(number)));
        sounds.extend(desk.say_shared("callback-number-choices"));
        let mut asking = Asking::default();
        asking.start(desk, sounds, WAIT);
        self.phase = Phase::Confirming(asking);
        Turn::Stay
    }

    /// The caller says why, when the flow wants it and a crash would not lose it.
    fn why(&mut self, desk: &mut Desk<'_>) -> Turn {
        match &self.step.reason {
            None => {}
            Some(Why::Text(template)) => {
                self.reason = Some(Reason::Text(Redacted::new(desk.write(template))));
            }
            Some(Why::Record) if desk.around.mailbox.is_none() => {}
            Some(Why::Record) => {
                let mut sounds = desk.say_shared("callback-reason");
                sounds.push(Sound::Tone(Tone::Beep));
                if let Some(play) = desk.play(sounds, true, false) {
                    desk.wake_in(LONGEST_INVITATION, "invitation");
                    self.phase = Phase::Inviting(play);
                    return Turn::Stay;
                }
            }
        }
        self.when(desk)
    }

    fn record(&mut self, desk: &mut Desk<'_>) -> Turn {
        let Some(mailbox) = desk.around.mailbox.clone() else {
            return self.when(desk);
        };
        let recording = RecordingId::draw(desk.now.wall, &mut desk.state.random);
        desk.ask(Ask::Record {
            recording,
            mailbox,
            max: LONGEST_REASON,
            silence: REASON_SILENCE,
        });
        desk.wake_in(LONGEST_REASON + GRACE, "recording");
        self.phase = Phase::Recording(recording);
        Turn::Stay
    }

    /// When, as the flow says; the caller chooses among the slots there are.
    fn when(&mut self, desk: &mut Desk<'_>) -> Turn {
        let timed = matches!(
            self.step.action,
            CallbackAction::Request | CallbackAction::Move
        );
        let when = match &self.step.when {
            _ if !timed => CallbackWhen::KeepPlace,
            When::KeepPlace => CallbackWhen::KeepPlace,
            When::NextOpen => CallbackWhen::NextOpen,
            When::At(template) => match desk.moment_of(template) {
                Some(moment) => CallbackWhen::At(moment.max(desk.now.wall)),
                None => return Turn::Fail("unset"),
            },
            When::Choose(length) => {
                let (length, debtor) = (*length, self.step.debtor.clone());
                let promise = Self::promise(desk);
                self.phase = Phase::Slotting(Asked::put(desk, |question| {
                    Ask::Slots(Slots {
                        question,
                        debtor,
                        promise,
                        length,
                    })
                }));
                return Turn::Stay;
            }
        };
        self.store(desk, when)
    }

    fn offer(
        &mut self,
        desk: &mut Desk<'_>,
        slots: Vec<(Timestamp, Timestamp)>,
        complaint: Option<&'static str>,
    ) -> Turn {
        if self.tries >= TRIES {
            return Turn::leave("on.give_up");
        }
        self.tries += 1;
        let mut sounds = complaint.map_or_else(Vec::new, |key| desk.say_shared(key));
        for ((from, to), press) in slots.iter().zip(PRESS) {
            sounds.extend(desk.say_shared("callback-slot"));
            let (from, to) = (*from, *to);
            sounds.extend(desk.say_value(Format::Window, &Value::Window { from, to }));
            sounds.extend(desk.say_shared(press));
        }
        let mut asking = Asking::default();
        asking.start(desk, sounds, WAIT);
        self.phase = Phase::Choosing(asking, slots);
        Turn::Stay
    }

    fn store(&mut self, desk: &mut Desk<'_>, when: CallbackWhen) -> Turn {
        let promise = match self.step.action {
            CallbackAction::Request => None,
            _ => Self::promise(desk),
        };
        let step = Arc::clone(&self.step);
        let (number, reason) = (self.number.clone(), self.reason.take());
        let language = desk.state.language.clone();
        self.phase = Phase::Storing(Asked::put(desk, |question| {
            Ask::Callback(Callback {
                question,
                action: step.action,
                debtor: step.debtor.clone(),
                promise,
                number,
                when,
                reason,
                receipt: step.receipt.clone(),
                language,
            })
        }));
        Turn::Stay
    }

    fn answered(&self, desk: &mut Desk<'_>, answer: &CallbackAnswer) -> Turn {
        let way = match answer {
            CallbackAnswer::Done(promise) => {
                match self.step.action {
                    CallbackAction::Cancel => forget_promise(desk),
                    _ => set_promise(desk, promise),
                }
                "on.done"
            }
            CallbackAnswer::Already(promise) => {
                set_promise(desk, promise);
                "on.already"
            }
            CallbackAnswer::BadNumber => "on.bad_number",
            CallbackAnswer::NotAllowed => "on.not_allowed",
            CallbackAnswer::NoneLeft => "on.none_left",
            CallbackAnswer::Gone => {
                forget_promise(desk);
                "on.give_up"
            }
            CallbackAnswer::NotStored => return Turn::Fail("not_stored"),
        };
        if desk.state.gone {
            Turn::Abandon
        } else {
            Turn::leave(way)
        }
    }

    fn caller_gone(&self, desk: &mut Desk<'_>) -> Turn {
        match &self.phase {
            // What was agreed is promised, whether they wait for the confirmation or not.
            Phase::Storing(_) => Turn::Stay,
            Phase::Recording(recording) => {
                desk.ask(Ask::StopRecording(*recording));
                desk.ask(Ask::Discard(*recording));
                Turn::Abandon
            }
            _ => {
                if let Some(Reason::Recording(recording)) = &self.reason {
                    desk.ask(Ask::Discard(*recording));
                }
                Turn::Abandon
            }
        }
    }

    fn recorded(&mut self, desk: &mut Desk<'_>, recording: RecordingId, spoken: bool) -> Turn {
        if spoken {
            desk.state.patience = 0;
            self.reason = Some(Reason::Recording(recording));
        } else {
            desk.ask(Ask::Discard(recording));
        }
        self.tries = 0;
        self.when(desk)
    }

    fn confirmed(&mut self, desk: &mut Desk<'_>, key: char) -> Turn {
        desk.heard(key, false);
        match key {
            '1' => self.why(desk),
            '2' => self.ask_number(desk),
            '*' => Turn::leave("on.give_up"),
            _ => self.confirm(desk, Some("no-match")),
        }
    }

    fn chosen(
        &mut self,
        desk: &mut Desk<'_>,
        key: char,
        slots: Vec<(Timestamp, Timestamp)>,
    ) -> Turn {
        desk.heard(key, false);
        let index = key.to_digit(10).and_then(|digit| digit.checked_sub(1));
        let slot = index.and_then(|index| slots.get(usize::try_from(index).ok()?));
        match (slot, key) {
            (Some((from, to)), _) => {
                let (from, to) = (*from, *to);
                self.store(desk, CallbackWhen::Slot { from, to })
            }
            (None, '*') => Turn::leave("on.give_up"),
            (None, _) => self.offer(desk, slots, Some("no-match")),
        }
    }

    fn on_number(&mut self, desk: &mut Desk<'_>, number: Number) -> Turn {
        match number {
            Number::Waits => Turn::Stay,
            Number::GivenUp => Turn::leave("on.give_up"),
            Number::Given(number) => self.numbered(desk, number),
        }
    }
}

impl Work for Agreeing {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        if self.step.action != CallbackAction::Request {
            return match Self::promise(desk) {
                Some(_) => self.when(desk),
                None => Turn::leave("on.give_up"),
            };
        }
        let number = match &self.step.number {
            Some(number) => desk.phone_of(number),
            None => desk.state.caller.number.clone(),
        };
        match number.filter(PhoneNumber::is_e164) {
            Some(number) => self.numbered(desk, number),
            None => self.ask_number(desk),
        }
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        if *event == Event::CallerGone {
            return self.caller_gone(desk);
        }
        match (&mut self.phase, event) {
            (Phase::Numbering(asking), _) => {
                let number = asking.on_event(desk, event);
                self.on_number(desk, number)
            }
            (Phase::Confirming(asking), _) => match asking.on_event(desk, event) {
                Heard::Key(key) => self.confirmed(desk, key),
                Heard::Said | Heard::Nothing => Turn::Stay,
            },
            (Phase::Choosing(asking, slots), _) => match asking.on_event(desk, event) {
                Heard::Key(key) => {
                    let slots = std::mem::take(slots);
                    self.chosen(desk, key, slots)
                }
                Heard::Said | Heard::Nothing => Turn::Stay,
            },
            (Phase::Inviting(expected), Event::PlayEnded(play)) if expected == play => {
                self.record(desk)
            }
            (Phase::Recording(recording), Event::Key(key, _)) => {
                let recording = *recording;
                desk.heard(*key, false);
                if *key == '#' {
                    desk.ask(Ask::StopRecording(recording));
                    desk.wake_in(GRACE, "recording");
                }
                Turn::Stay
            }
            (
                Phase::Recording(expected),
                Event::RecordingEnded {
                    recording,
                    speech,
                    complete,
                    ..
                },
            ) if expected == recording => {
                self.recorded(desk, *recording, *complete && !speech.is_zero())
            }
            (Phase::Slotting(waiting), Event::Slots { question, slots })
                if waiting.is(*question) =>
            {
                let slots: Vec<_> = slots.iter().take(Slots::MOST).copied().collect();
                if slots.is_empty() {
                    return Turn::leave("on.none_left");
                }
                self.tries = 0;
                self.offer(desk, slots, None)
            }
            (Phase::Storing(waiting), Event::CallbackAnswered { question, answer })
                if waiting.is(*question) =>
            {
                self.answered(desk, answer)
            }
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        match &mut self.phase {
            Phase::New => Turn::Stay,
            Phase::Numbering(asking) => {
                let number = asking.on_timeout(desk);
                self.on_number(desk, number)
            }
            Phase::Confirming(asking) => {
                if !asking.is_silence(desk) {
                    return Turn::Stay;
                }
                self.confirm(desk, Some("no-input"))
            }
            Phase::Choosing(asking, slots) => {
                if !asking.is_silence(desk) {
                    return Turn::Stay;
                }
                let slots = std::mem::take(slots);
                self.offer(desk, slots, Some("no-input"))
            }
            Phase::Inviting(play) => {
                let play = *play;
                desk.stop(play);
                self.record(desk)
            }
            // Its end was never told: the promise matters more than its reason.
            Phase::Recording(recording) => {
                let recording = *recording;
                desk.ask(Ask::StopRecording(recording));
                self.recorded(desk, recording, false)
            }
            Phase::Slotting(waiting) | Phase::Storing(waiting) => waiting.on_timeout(desk),
        }
    }
}

/// The sentences that name the key of a slot.
const PRESS: [&str; Slots::MOST] = ["press-1", "press-2", "press-3"];
/// Times a question is said.
const TRIES: u32 = 2;
/// Silence allowed after a question.
const WAIT: Duration = Duration::from_secs(5);
/// The invitation to speak is over after this.
const LONGEST_INVITATION: Duration = Duration::from_secs(20);
/// Longest spoken reason, and the silence that ends it.
const LONGEST_REASON: Duration = Duration::from_secs(30);
const REASON_SILENCE: Duration = Duration::from_secs(3);
/// How long the end of a recording may take to be told.
const GRACE: Duration = Duration::from_secs(2);
