//! `listen`: hear one's own messages by telephone: code, counts, then one message after the other.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::record::{MessageRecord, MessageState};
use rappel_model::{Instant, PlayId, QuestionId, Secret, Sound, UserName};

use super::asking::{Asking, Heard};
use super::{Answers, Key, Kind, Presence, Step, Turn, Verb, Voice, Work};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::{Event, PinVerdict};
use crate::say::{Format, Gender};
use crate::variables::Value;
use crate::words::Help;

/// `listen`, of the engine's own flow for `*98`.
pub(super) const VERB: Verb = Verb {
    name: "listen",
    keys: &[Key::new(
        "wait",
        Kind::Duration("1s", "30s"),
        Some("5s"),
        "silence allowed after a sentence",
    )
    .fr("silence permis après une phrase")],
    outcomes: &[],
    next: Presence::Required,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: false,
    waits: true,
    voice: Voice::Speaks,
    internal: true,
    help: Help {
        en: "Lets a registered user hear their messages: 1 repeat, 2 next, 3 delete.",
        fr: "Fait entendre ses messages à un utilisateur : 1 répéter, 2 suivant, 3 supprimer.",
    },
    example: r#"do = "listen"
next = "fin""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Listen {
            wait: keys.duration("wait"),
        }))
    },
};

#[derive(Debug)]
struct Listen {
    wait: Duration,
}

impl Step for Listen {
    /// A PIN, then other people's messages.
    fn is_discreet(&self) -> bool {
        true
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Listening {
            wait: self.wait,
            user: UserName::from(""),
            asking: Asking::default(),
            pin: Secret::default(),
            tries: 0,
            silences: 0,
            waiting: VecDeque::new(),
            current: None,
            slow: false,
            phase: Phase::Pin,
        })
    }
}

struct Listening {
    wait: Duration,
    user: UserName,
    asking: Asking,
    pin: Secret,
    tries: u32,
    silences: u32,
    /// Messages not yet heard in this call.
    waiting: VecDeque<MessageRecord>,
    current: Option<MessageRecord>,
    /// "One moment" was said: the store is slow today, once is enough.
    slow: bool,
    phase: Phase,
}

/// Keys of the code and messages of people stay out of traces.
impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening")
            .field("user", &self.user)
            .field("pin", &self.pin)
            .field("waiting", &self.waiting.len())
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
enum Phase {
    /// The code is being typed.
    Pin,
    Checking(QuestionId),
    Listing(QuestionId),
    /// A message is played, from this moment on.
    Message(Instant),
    /// The choices are said after a message.
    Choice,
    Deleting(QuestionId),
    /// Last words, then the step is left.
    Last(PlayId),
}

impl Listening {
    fn ask_pin(&mut self, desk: &mut Desk<'_>, complaint: Option<&'static str>) -> Turn {
        self.pin = Secret::default();
        self.tries += 1;
        if self.tries > PIN_TRIES {
            return self.last(desk, &[complaint.unwrap_or("no-input"), "goodbye"]);
        }
        let mut sounds = complaint
            .map(|key| desk.say_shared(key))
            .unwrap_or_default();
        sounds.extend(desk.say_shared("pin-ask"));
        self.asking.start(desk, sounds, self.wait);
        self.phase = Phase::Pin;
        Turn::Stay
    }

    fn check_pin(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.asking.stop(desk);
        let question = desk.question();
        desk.ask(Ask::CheckPin {
            question,
            user: self.user.clone(),
            pin: std::mem::take(&mut self.pin),
        });
        desk.wake_in(ONE_MOMENT, "code checked");
        self.phase = Phase::Checking(question);
        Turn::Stay
    }

    fn pin_checked(&mut self, desk: &mut Desk<'_>, verdict: PinVerdict) -> Turn {
        match verdict {
            PinVerdict::Right => {
                let question = desk.question();
                desk.ask(Ask::ListMessages {
                    question,
                    user: self.user.clone(),
                });
                desk.wake_in(ONE_MOMENT, "messages listed");
                self.phase = Phase::Listing(question);
                Turn::Stay
            }
            PinVerdict::Wrong => self.ask_pin(desk, Some("pin-wrong")),
            PinVerdict::NotSet => self.last(desk, &["pin-not-set"]),
            PinVerdict::Locked => self.last(desk, &["pin-locked"]),
        }
    }

    /// How many there are, then the first one.
    fn list(&mut self, desk: &mut Desk<'_>, messages: &[MessageRecord]) -> Turn {
        if messages.is_empty() {
            return self.last(desk, &["no-messages", "goodbye"]);
        }
        self.waiting = messages.iter().cloned().collect();
        let new = messages
            .iter()
            .filter(|m| m.state == MessageState::New)
            .count();
        let counts = [
            (new, "new-message", "new-messages"),
            (messages.len() - new, "old-message", "old-messages"),
        ];
        let mut sounds = desk.say_shared("you-have");
        let mut said = false;
        for (count, one, many) in counts.into_iter().filter(|(count, ..)| *count > 0) {
            if said {
                sounds.extend(desk.say_shared("and"));
            }
            said = true;
            sounds.extend(count_of(desk, count));
            sounds.extend(desk.say_shared(if count == 1 { one } else { many }));
        }
        self.next(desk, sounds)
    }

    /// The next message after `first`, or the end.
    fn next(&mut self, desk: &mut Desk<'_>, first: Vec<Sound>) -> Turn {
        self.current = self.waiting.pop_front();
        match self.current {
            Some(_) => self.play(desk, first),
            None => {
                let mut sounds = first;
                sounds.extend(desk.say_shared("no-more-messages"));
                sounds.extend(desk.say_shared("goodbye"));
                self.last_sounds(desk, sounds)
            }
        }
    }

    fn play(&mut self, desk: &mut Desk<'_>, first: Vec<Sound>) -> Turn {
        let Some(message) = &self.current else {
            return Turn::NEXT;
        };
        let mut sounds = first;
        let (recording, urgent) = (message.recording, message.urgent);
        let new = message.state == MessageState::New;
        if urgent {
            sounds.extend(desk.say_shared("this-message-urgent"));
        }
        sounds.extend(desk.say_shared(if new {
            "this-message-new"
        } else {
            "this-message-old"
        }));
        sounds.push(Sound::Recording(recording));
        self.asking.start(desk, sounds, Duration::ZERO);
        self.phase = Phase::Message(desk.instant());
        Turn::Stay
    }

    fn choices(&mut self, desk: &mut Desk<'_>, first: Vec<Sound>) -> Turn {
        let mut sounds = first;
        sounds.extend(desk.say_shared("listen-menu"));
        self.asking.start(desk, sounds, self.wait);
        self.phase = Phase::Choice;
        Turn::Stay
    }

    fn choose(&mut self, desk: &mut Desk<'_>, key: char) -> Turn {
        self.silences = 0;
        match key {
            '1' => self.play(desk, Vec::new()),
            '2' => self.next(desk, Vec::new()),
            '3' => self.delete(desk),
            _ => {
                let told = desk.say_shared("no-match");
                self.choices(desk, told)
            }
        }
    }

    fn delete(&mut self, desk: &mut Desk<'_>) -> Turn {
        let Some(message) = &self.current else {
            return Turn::NEXT;
        };
        let message = message.id;
        let question = desk.question();
        desk.ask(Ask::Delete { question, message });
        desk.wake_in(ONE_MOMENT, "message deleted");
        self.phase = Phase::Deleting(question);
        Turn::Stay
    }

    fn deleted(&mut self, desk: &mut Desk<'_>, stored: bool) -> Turn {
        let told = if stored {
            "message-deleted"
        } else {
            "message-not-deleted"
        };
        let sounds = desk.say_shared(told);
        self.next(desk, sounds)
    }

    /// The message was heard; a later repetition says that it is old.
    fn mark_heard(&mut self, desk: &mut Desk<'_>) {
        if let Some(message) = &mut self.current
            && message.state == MessageState::New
        {
            message.state = MessageState::Heard(desk.now.wall);
            let id = message.id;
            desk.ask(Ask::MarkHeard(id));
        }
    }

    fn last(&mut self, desk: &mut Desk<'_>, keys: &[&'static str]) -> Turn {
        let sounds = keys.iter().flat_map(|key| desk.say_shared(key)).collect();
        self.last_sounds(desk, sounds)
    }

    fn last_sounds(&mut self, desk: &mut Desk<'_>, sounds: Vec<Sound>) -> Turn {
        self.asking.stop(desk);
        match desk.play(sounds, false, false) {
            Some(play) => {
                desk.wake_in(LONGEST_LAST, "last words");
                self.phase = Phase::Last(play);
                Turn::Stay
            }
            None => Turn::NEXT,
        }
    }

    fn pin_key(&mut self, desk: &mut Desk<'_>, key: char) -> Turn {
        desk.heard(key, true);
        match key {
            '0'..='9' => {
                self.pin.push(key);
                if self.pin.len() >= LONGEST_PIN {
                    return self.check_pin(desk);
                }
                desk.wake_in(self.wait, "next key");
                Turn::Stay
            }
            '#' if !self.pin.is_empty() => self.check_pin(desk),
            _ => self.ask_pin(desk, None),
        }
    }
}

/// A count of messages as it is said; above 99, "more than 99".
fn count_of(desk: &mut Desk<'_>, count: usize) -> Vec<Sound> {
    let mut sounds = if count > MOST_COUNTED {
        desk.say_shared("more-than")
    } else {
        Vec::new()
    };
    let said = i64::try_from(count.min(MOST_COUNTED)).unwrap_or(0);
    let format = Format::Number(Gender::Masculine);
    sounds.extend(desk.say_value(format, &Value::Number(said)));
    sounds
}

/// Above it nobody cares how many messages there are.
const MOST_COUNTED: usize = 99;

impl Work for Listening {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        match desk.state.caller.user.clone() {
            Some(user) => {
                self.user = user;
                self.ask_pin(desk, None)
            }
            None => self.last(desk, &["not-a-user"]),
        }
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match (&self.phase, event) {
            (phase, Event::CallerGone) => {
                if let Phase::Message(since) = phase
                    && desk.instant().since(*since) >= HEARD_AFTER
                {
                    self.mark_heard(desk);
                }
                Turn::Abandon
            }
            (Phase::Pin, _) => match self.asking.on_event(desk, event) {
                Heard::Key(key) => self.pin_key(desk, key),
                Heard::Said | Heard::Nothing => Turn::Stay,
            },
            (Phase::Checking(expected), Event::PinChecked { question, verdict })
                if expected == question =>
            {
                self.pin_checked(desk, *verdict)
            }
            (Phase::Listing(expected), Event::Messages { question, messages })
                if expected == question =>
            {
                self.list(desk, messages)
            }
            (Phase::Message(since), _) => {
                let since = *since;
                match self.asking.on_event(desk, event) {
                    Heard::Key(key) => {
                        desk.heard(key, false);
                        if desk.instant().since(since) >= HEARD_AFTER {
                            self.mark_heard(desk);
                        }
                        self.choose(desk, key)
                    }
                    Heard::Said => {
                        self.mark_heard(desk);
                        self.choices(desk, Vec::new())
                    }
                    Heard::Nothing => Turn::Stay,
                }
            }
            (Phase::Choice, _) => match self.asking.on_event(desk, event) {
                Heard::Key(key) => {
                    desk.heard(key, false);
                    self.choose(desk, key)
                }
                Heard::Said | Heard::Nothing => Turn::Stay,
            },
            (Phase::Deleting(expected), Event::Done { question, stored })
                if expected == question =>
            {
                self.deleted(desk, *stored)
            }
            (Phase::Last(expected), Event::PlayEnded(play)) if expected == play => Turn::NEXT,
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        match &self.phase {
            Phase::Pin => {
                if !self.asking.is_silence(desk) {
                    return Turn::Stay;
                }
                if self.pin.is_empty() {
                    return self.ask_pin(desk, Some("no-input"));
                }
                self.check_pin(desk)
            }
            Phase::Checking(_) | Phase::Listing(_) | Phase::Deleting(_) if !self.slow => {
                self.slow = true;
                let sounds = desk.say_shared("one-moment");
                desk.play(sounds, false, false);
                desk.wake_in(LONGEST_ANSWER, "slow store");
                Turn::Stay
            }
            Phase::Checking(_) | Phase::Listing(_) => Turn::Fail("no_answer"),
            Phase::Deleting(_) => self.deleted(desk, false),
            Phase::Message(_) => {
                self.asking.stop(desk);
                self.choices(desk, Vec::new())
            }
            Phase::Choice => {
                if !self.asking.is_silence(desk) {
                    return Turn::Stay;
                }
                self.silences += 1;
                if self.silences < CHOICE_TRIES {
                    return self.choices(desk, Vec::new());
                }
                self.last(desk, &["goodbye"])
            }
            Phase::Last(_) => Turn::NEXT,
        }
    }
}

/// Wrong or missing codes in one call.
const PIN_TRIES: u32 = 3;
/// Most digits of a code.
const LONGEST_PIN: usize = 12;
/// The choices are said this often before goodbye.
const CHOICE_TRIES: u32 = 3;
/// When checking a code or reading the store takes longer, the caller hears "one moment".
const ONE_MOMENT: Duration = Duration::from_secs(1);
/// Then there is this long; a sentence of two seconds and no more than two of silence.
const LONGEST_ANSWER: Duration = Duration::from_secs(4);
/// A message whose playing was cut short after this long was heard.
const HEARD_AFTER: Duration = Duration::from_secs(3);
/// Last words are over after this.
const LONGEST_LAST: Duration = Duration::from_secs(20);
