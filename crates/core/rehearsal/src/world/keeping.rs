//! Recordings, messages and codes of a call on paper.

use std::time::Duration;

use rappel_ivr::{Ask, Event, PinVerdict, words};
use rappel_model::record::{MessageRecord, MessageState};
use rappel_model::{Instant, MessageId, RecordingId, Redacted};

use super::World;
use crate::scene::Scene;

/// A recording being made.
#[derive(Debug)]
pub(super) struct Recording {
    id: RecordingId,
    since: Instant,
    spoken: Duration,
    silence: Duration,
    max: Duration,
}

impl World {
    /// The caller speaks for `length`, then is silent until the recording ends. False when nobody
    /// records.
    pub fn speak(&mut self, length: Duration) -> bool {
        if self.recording.is_none() {
            return false;
        }
        self.speak_for(length);
        let Some(recording) = &self.recording else {
            return true;
        };
        let until = self.now.instant + recording.silence;
        self.advance_to(until);
        self.end_recording();
        true
    }

    /// The caller says nothing into the recording: it ends after its silence.
    pub fn stay_silent(&mut self) {
        if let Some(recording) = &self.recording {
            let until = self.now.instant + recording.silence;
            self.advance_to(until);
            self.end_recording();
        }
    }

    /// Whoever ends a recording by a key has spoken before.
    pub(super) fn speak_before_keys(&mut self) {
        let silent = self.recording.as_ref().is_some_and(|r| r.spoken.is_zero());
        if silent {
            self.speak_for(SPOKEN);
        }
    }

    /// The caller speaks; a recording that is long enough ends by itself.
    fn speak_for(&mut self, length: Duration) {
        let Some(recording) = &self.recording else {
            return;
        };
        let made = self.now.instant.since(recording.since);
        let room = recording.max.saturating_sub(made);
        let length = length.min(room);
        self.scene(Scene::Spoke(length));
        self.pass(length);
        if let Some(recording) = &mut self.recording {
            recording.spoken += length;
        }
        if length == room {
            self.end_recording();
        }
    }

    pub(super) fn end_recording(&mut self) {
        let Some(recording) = self.recording.take() else {
            return;
        };
        self.news(ended(&recording));
    }

    /// Wishes about recordings, messages and codes; the others are for the world outside.
    pub(super) fn keep(&mut self, ask: Ask) {
        match ask {
            Ask::Record {
                recording,
                max,
                silence,
                ..
            } => {
                self.scene(Scene::Recording);
                self.recording = Some(Recording {
                    id: recording,
                    since: self.now.instant,
                    spoken: Duration::ZERO,
                    silence,
                    max,
                });
            }
            Ask::StopRecording(id) => {
                if let Some(recording) = self.recording.take_if(|r| r.id == id) {
                    self.later(Duration::ZERO, ended(&recording));
                }
            }
            Ask::Keep { .. } => self.keep_message(ask),
            Ask::Discard(_) => self.scene(Scene::Discarded),
            Ask::CheckPin { question, pin, .. } => {
                let right = pin.reveal() == TRIED_PIN;
                let verdict = if right {
                    PinVerdict::Right
                } else {
                    PinVerdict::Wrong
                };
                self.scene(Scene::World(if right {
                    words!("(the code is right)", "(le code est bon)")
                } else {
                    words!(
                        "(the code is wrong; in a trial it is {TRIED_PIN})",
                        "(le code est faux ; dans un essai c'est {TRIED_PIN})"
                    )
                }));
                self.later(Duration::ZERO, Event::PinChecked { question, verdict });
            }
            Ask::ListMessages { question, .. } => {
                let messages = self.books.messages().to_vec();
                self.later(Duration::ZERO, Event::Messages { question, messages });
            }
            Ask::MarkHeard(_) => self.scene(Scene::World(words!(
                "(the message was heard)",
                "(le message a été écouté)"
            ))),
            Ask::Delete { question, message } => {
                self.books.delete(message);
                self.scene(Scene::World(words!(
                    "(the message is deleted)",
                    "(le message est effacé)"
                )));
                let stored = true;
                self.later(Duration::ZERO, Event::Done { question, stored });
            }
            ask => self.outside(ask),
        }
    }

    fn keep_message(&mut self, ask: Ask) {
        let Ask::Keep {
            question,
            recording,
            mailbox,
            length,
            urgent,
        } = ask
        else {
            return;
        };
        let id = MessageId::draw(self.now.wall, &mut self.random);
        self.scene(Scene::Kept {
            mailbox: mailbox.clone(),
            length,
        });
        if let Some(caller) = &self.caller {
            let number = caller.number.as_ref();
            self.books.keep(MessageRecord {
                id,
                tenant: caller.tenant.clone(),
                mailbox,
                call: caller.call,
                recording,
                caller: number.map(|number| Redacted::new(number.to_string())),
                left: self.now.wall,
                length,
                urgent,
                state: MessageState::New,
            });
        }
        let result = Ok(id);
        self.later(Duration::ZERO, Event::Kept { question, result });
    }
}

fn ended(recording: &Recording) -> Event {
    Event::RecordingEnded {
        recording: recording.id,
        length: recording.spoken,
        speech: recording.spoken,
        complete: true,
    }
}

/// How long a caller speaks when nobody says.
pub const SPOKEN: Duration = Duration::from_secs(10);
/// The code that is right while a flow is tried.
const TRIED_PIN: &str = "1234";
