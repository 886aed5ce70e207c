//! `voicemail`: greeting, beep, recording, review; kept before the caller is told so.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::calendar::State;
use rappel_model::{
    MailboxName, MessageId, PlayId, PromptKey, QuestionId, RecordingId, Sound, Tone,
};

use super::asking::{Asking, Heard, LONGEST_SOUND};
use super::{Answers, Key, Kind, Otherwise, Outcome, Presence, Step, Turn, Verb, Voice, Work};
use crate::ask::Ask;
use crate::engine::{CALLEE, Desk};
use crate::event::{Event, Refused};
use crate::variables::Value;
use crate::words::Help;

/// `voicemail`.
pub(super) const VERB: Verb = Verb {
    name: "voicemail",
    keys: &[
        Key::required("mailbox", Kind::Mailbox, "where the message goes").fr("où va le message"),
        Key::new(
            "greeting",
            Kind::Prompt,
            None,
            "said first; else the mailbox's, by situation",
        )
        .fr("dite d'abord ; sinon celle de la messagerie, selon la situation"),
        Key::new("beep", Kind::YesNo, Some("true"), "tone after the greeting")
            .fr("bip après l'accueil"),
        Key::new(
            "max",
            Kind::Duration("5s", "30m"),
            Some("3m"),
            "longest message",
        )
        .fr("durée maximale d'un message"),
        Key::new(
            "silence",
            Kind::Duration("1s", "30s"),
            Some("4s"),
            "this much silence ends the recording",
        )
        .fr("un silence aussi long termine l'enregistrement"),
        Key::new(
            "min",
            Kind::Duration("0s", "30s"),
            Some("2s"),
            "shorter than this is not a message",
        )
        .fr("plus court que cela n'est pas un message"),
        Key::new(
            "review",
            Kind::YesNo,
            Some("true"),
            "1 keep, 2 listen, 3 again, 4 mark urgent",
        )
        .fr("1 garder, 2 écouter, 3 recommencer, 4 marquer urgent"),
        Key::new("end", Kind::Key, Some("#"), "key that ends").fr("touche qui termine"),
    ],
    outcomes: &[
        Outcome::new("saved", Otherwise::As("next"), "the message is on disk")
            .fr("le message est enregistré sur disque"),
        Outcome::new(
            "empty",
            Otherwise::Required,
            "nothing was said, or too little",
        )
        .fr("rien n'a été dit, ou trop peu"),
        Outcome::new(
            "full",
            Otherwise::Error,
            "the mailbox holds as many as it may; the caller was told",
        )
        .fr("la messagerie est pleine ; l'appelant l'a entendu"),
        Outcome::new("off", Otherwise::Error, "the mailbox takes no voice")
            .fr("la messagerie ne prend pas de messages vocaux"),
    ],
    next: Presence::Optional,
    press: Presence::Optional,
    answers: Answers::WhenSpeaking,
    after_hangup: false,
    waits: true,
    voice: Voice::Closes(&["on.saved", "next"]),
    internal: false,
    help: Help {
        en: "Takes a message; hanging up after speaking keeps it.",
        fr: "Prend un message ; raccrocher après avoir parlé le garde.",
    },
    example: r#"do = "voicemail"
mailbox = "accueil"
max = "2m"
on.saved = "fin"
on.empty = "fin"
on.full = "fin""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Voicemail {
            mailbox: keys.name("mailbox").unwrap_or_default().to_owned(),
            greeting: keys.prompts("greeting"),
            beep: keys.yes("beep"),
            max: keys.duration("max"),
            silence: keys.duration("silence"),
            min: keys.duration("min"),
            review: keys.yes("review"),
            end: keys.key("end"),
            press: keys.press.clone(),
        }))
    },
};

#[derive(Debug)]
struct Voicemail {
    mailbox: String,
    greeting: Vec<PromptKey>,
    beep: bool,
    max: Duration,
    silence: Duration,
    min: Duration,
    review: bool,
    end: char,
    press: BTreeSet<char>,
}

impl Step for Voicemail {
    fn gives(&self, way: &str) -> Vec<&str> {
        match way {
            "on.saved" | "next" => vec!["message.id", "message.seconds"],
            _ => Vec::new(),
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Taking {
            step: self,
            mailbox: MailboxName::from(""),
            asking: Asking::default(),
            urgent: false,
            silences: 0,
            phase: Phase::Greeting,
        })
    }
}

#[derive(Debug)]
struct Taking {
    step: Arc<Voicemail>,
    mailbox: MailboxName,
    asking: Asking,
    urgent: bool,
    silences: u32,
    phase: Phase,
}

/// Where the taking of a message is.
#[derive(Debug)]
enum Phase {
    Greeting,
    Beep(PlayId),
    Recording(RecordingId),
    /// Asked to stop, or past its longest: the end must be told soon.
    Ending(RecordingId),
    /// The caller chooses what becomes of it.
    Review(RecordingId, Duration),
    /// The store is asked to keep it; true once "one moment" was said.
    Keeping(QuestionId, RecordingId, Duration, bool),
    /// A sentence about what went wrong, then this.
    Telling(PlayId, Turn),
}

impl Taking {
    fn greeting(&self, desk: &Desk<'_>) -> Vec<PromptKey> {
        if !self.step.greeting.is_empty() {
            return self.step.greeting.clone();
        }
        let Some(mailbox) = desk.around.mailboxes.get(&self.mailbox) else {
            return Vec::new();
        };
        let calendar = mailbox
            .calendar
            .as_ref()
            .and_then(|name| desk.around.calendars.get(name));
        let greeting = &mailbox.greeting;
        let own = match calendar.map(|calendar| calendar.state_at(desk.now.wall)) {
            None | Some(State::Open) => greeting.open.clone(),
            Some(State::Lunch) => greeting.lunch.clone().or_else(|| greeting.closed.clone()),
            Some(_) => greeting.closed.clone(),
        };
        vec![own.unwrap_or_else(|| PromptKey::from("leave-message"))]
    }

    fn beep(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.asking.stop(desk);
        let tone = if self.step.beep {
            vec![Sound::Tone(Tone::Beep)]
        } else {
            Vec::new()
        };
        match desk.play(tone, false, false) {
            Some(play) => {
                desk.wake_in(LONGEST_BEEP, "beep");
                self.phase = Phase::Beep(play);
            }
            None => self.record(desk),
        }
        Turn::Stay
    }

    fn record(&mut self, desk: &mut Desk<'_>) {
        let recording = RecordingId::draw(desk.now.wall, &mut desk.state.random);
        desk.ask(Ask::Record {
            recording,
            mailbox: self.mailbox.clone(),
            max: self.step.max,
            silence: self.step.silence,
        });
        desk.wake_in(self.step.max + GRACE, "recording");
        self.phase = Phase::Recording(recording);
    }

    fn end_recording(&mut self, desk: &mut Desk<'_>, recording: RecordingId) -> Turn {
        desk.ask(Ask::StopRecording(recording));
        desk.wake_in(GRACE, "end of recording");
        self.phase = Phase::Ending(recording);
        Turn::Stay
    }

    fn recorded(
        &mut self,
        desk: &mut Desk<'_>,
        recording: RecordingId,
        length: Duration,
        speech: Duration,
        complete: bool,
    ) -> Turn {
        if !complete {
            desk.ask(Ask::Discard(recording));
            return self.not_saved(desk);
        }
        if length < self.step.min || speech.is_zero() {
            desk.ask(Ask::Discard(recording));
            return if desk.state.gone {
                Turn::Abandon
            } else {
                Turn::leave("on.empty")
            };
        }
        // Whoever speaks to us is there: the engine's patience starts anew.
        desk.state.patience = 0;
        if self.step.review && !desk.state.gone {
            return self.review(desk, recording, length, Vec::new());
        }
        self.keep(desk, recording, length)
    }

    fn review(
        &mut self,
        desk: &mut Desk<'_>,
        recording: RecordingId,
        length: Duration,
        first: Vec<Sound>,
    ) -> Turn {
        let mut sounds = first;
        sounds.extend(desk.say_shared("review"));
        self.asking.start(desk, sounds, REVIEW_WAIT);
        self.phase = Phase::Review(recording, length);
        Turn::Stay
    }

    fn choose(
        &mut self,
        desk: &mut Desk<'_>,
        recording: RecordingId,
        length: Duration,
        key: char,
    ) -> Turn {
        self.silences = 0;
        match key {
            '1' => self.keep(desk, recording, length),
            '2' => self.review(desk, recording, length, vec![Sound::Recording(recording)]),
            '3' => {
                desk.ask(Ask::Discard(recording));
                self.urgent = false;
                self.beep(desk)
            }
            '4' => {
                self.urgent = true;
                let told = desk.say_shared("marked-urgent");
                self.review(desk, recording, length, told)
            }
            key if key == self.step.end => self.keep(desk, recording, length),
            _ => {
                let told = desk.say_shared("no-match");
                self.review(desk, recording, length, told)
            }
        }
    }

    fn keep(&mut self, desk: &mut Desk<'_>, recording: RecordingId, length: Duration) -> Turn {
        self.asking.stop(desk);
        let question = desk.question();
        desk.ask(Ask::Keep {
            question,
            recording,
            mailbox: self.mailbox.clone(),
            length,
            urgent: self.urgent,
        });
        desk.wake_in(ONE_MOMENT, "one moment");
        self.phase = Phase::Keeping(question, recording, length, false);
        Turn::Stay
    }

    /// Nothing may be promised: the caller is told, then the step has failed.
    fn not_saved(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.tell(desk, "message-not-saved", Turn::Fail("not_saved"))
    }

    fn tell(&mut self, desk: &mut Desk<'_>, key: &'static str, then: Turn) -> Turn {
        if desk.state.gone {
            return match then {
                Turn::Leave(_) => Turn::Abandon,
                failed => failed,
            };
        }
        let sounds = desk.say_shared(key);
        match desk.play(sounds, false, false) {
            Some(play) => {
                desk.wake_in(LONGEST_TELLING, "told");
                self.phase = Phase::Telling(play, then);
                Turn::Stay
            }
            None => then,
        }
    }

    fn caller_gone(&mut self, desk: &mut Desk<'_>) -> Turn {
        match &self.phase {
            Phase::Greeting | Phase::Beep(_) => Turn::Abandon,
            Phase::Recording(recording) => {
                let recording = *recording;
                self.end_recording(desk, recording)
            }
            Phase::Review(recording, length) => {
                let (recording, length) = (*recording, *length);
                self.keep(desk, recording, length)
            }
            Phase::Ending(_) | Phase::Keeping(..) => Turn::Stay,
            Phase::Telling(_, then) => match then.clone() {
                Turn::Leave(_) => Turn::Abandon,
                failed => failed,
            },
        }
    }

    /// The store has answered.
    fn kept(
        &mut self,
        desk: &mut Desk<'_>,
        recording: RecordingId,
        length: Duration,
        result: Result<MessageId, Refused>,
    ) -> Turn {
        match result {
            Ok(message) => {
                let seconds = i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
                desk.state
                    .values
                    .set("message.id", Value::Text(message.to_string()));
                desk.state
                    .values
                    .set("message.seconds", Value::Number(seconds));
                if desk.state.gone {
                    Turn::Abandon
                } else {
                    Turn::leave("on.saved")
                }
            }
            Err(Refused::MailboxFull) => {
                desk.ask(Ask::Discard(recording));
                self.tell(desk, "mailbox-full", Turn::leave("on.full"))
            }
            Err(Refused::NotStored) => self.not_saved(desk),
        }
    }
}

impl Work for Taking {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        let Some(mailbox) = desk.mailbox(&self.step.mailbox) else {
            // Not every extension has a mailbox; a name that was checked and has gone is a fault.
            let own = self.step.mailbox == CALLEE;
            return if own {
                Turn::leave("on.off")
            } else {
                Turn::Fail("no_mailbox")
            };
        };
        if !desk.around.mailboxes[&mailbox].takes_voice {
            return Turn::leave("on.off");
        }
        if let Err(turn) = desk.answer() {
            return turn;
        }
        self.mailbox = mailbox;
        let greeting = self.greeting(desk);
        let sounds = desk.say(&greeting);
        self.asking.start(desk, sounds, Duration::ZERO);
        Turn::Stay
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        if *event == Event::CallerGone {
            return self.caller_gone(desk);
        }
        match (&self.phase, event) {
            (Phase::Greeting, _) => match self.asking.on_event(desk, event) {
                Heard::Key(key) => {
                    desk.heard(key, false);
                    if self.step.press.contains(&key) {
                        return Turn::press(key);
                    }
                    self.beep(desk)
                }
                Heard::Said => self.beep(desk),
                Heard::Nothing => Turn::Stay,
            },
            (Phase::Beep(beep), Event::PlayEnded(play)) if beep == play => {
                self.record(desk);
                Turn::Stay
            }
            (Phase::Recording(recording), Event::Key(key, _)) => {
                let recording = *recording;
                desk.heard(*key, false);
                if *key == self.step.end {
                    self.end_recording(desk, recording)
                } else {
                    Turn::Stay
                }
            }
            (
                Phase::Recording(expected) | Phase::Ending(expected),
                Event::RecordingEnded {
                    recording,
                    length,
                    speech,
                    complete,
                },
            ) if expected == recording => {
                self.recorded(desk, *recording, *length, *speech, *complete)
            }
            (Phase::Review(recording, length), _) => {
                let (recording, length) = (*recording, *length);
                match self.asking.on_event(desk, event) {
                    Heard::Key(key) => {
                        desk.heard(key, false);
                        self.choose(desk, recording, length, key)
                    }
                    Heard::Said | Heard::Nothing => Turn::Stay,
                }
            }
            (Phase::Keeping(expected, recording, length, _), Event::Kept { question, result })
                if expected == question =>
            {
                let (recording, length) = (*recording, *length);
                self.kept(desk, recording, length, *result)
            }
            (Phase::Telling(expected, then), Event::PlayEnded(play)) if expected == play => {
                then.clone()
            }
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        match &self.phase {
            Phase::Greeting => self.beep(desk),
            Phase::Beep(_) => {
                self.record(desk);
                Turn::Stay
            }
            Phase::Recording(recording) => {
                let recording = *recording;
                self.end_recording(desk, recording)
            }
            Phase::Ending(recording) => {
                desk.ask(Ask::Discard(*recording));
                self.not_saved(desk)
            }
            Phase::Review(recording, length) => {
                let (recording, length) = (*recording, *length);
                if !self.asking.is_silence(desk) {
                    return Turn::Stay;
                }
                self.silences += 1;
                if self.silences < REVIEW_TRIES {
                    return self.review(desk, recording, length, Vec::new());
                }
                self.keep(desk, recording, length)
            }
            Phase::Keeping(question, recording, length, false) => {
                self.phase = Phase::Keeping(*question, *recording, *length, true);
                if !desk.state.gone {
                    let sounds = desk.say_shared("one-moment");
                    desk.play(sounds, false, false);
                }
                desk.wake_in(LONGEST_KEEPING, "message stored");
                Turn::Stay
            }
            Phase::Keeping(.., true) => self.not_saved(desk),
            Phase::Telling(_, then) => then.clone(),
        }
    }
}

/// The beep lasts 200 ms; recording begins after this even if its end was never told.
const LONGEST_BEEP: Duration = Duration::from_secs(1);
/// A recording that was asked to end, or should have, ends within this.
const GRACE: Duration = Duration::from_secs(5);
/// Silence after the choices of the review.
const REVIEW_WAIT: Duration = Duration::from_secs(5);
/// How often the choices are said before the message is kept as it is.
const REVIEW_TRIES: u32 = 2;
/// When storing takes longer, the caller hears "one moment".
const ONE_MOMENT: Duration = Duration::from_secs(1);
/// Then the store has this long; beyond it nothing is promised. A shared sentence of two seconds
/// and no more than two of silence are heard meanwhile.
const LONGEST_KEEPING: Duration = Duration::from_secs(4);
/// A sentence about a failure is over after this.
const LONGEST_TELLING: Duration = Duration::from_secs(15);
const _: () = assert!(
    LONGEST_SOUND.as_secs() > 30 * 60,
    "a recording of the longest `max` is heard whole"
);
