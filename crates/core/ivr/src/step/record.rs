//! `record`: begin, end or interrupt the recording of the call itself.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::record::RecordedRate;

use super::asked::Asked;
use super::{Answers, Facts, Key, Kind, Presence, Step, Template, Turn, Verb, Voice, Work};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::{CallRecording, RecordAction, Sides};
use crate::words::Help;

/// `record`.
pub(super) const VERB: Verb = Verb {
    name: "record",
    keys: &[
        Key::required(
            "action",
            Kind::Word(&["start", "stop", "pause", "resume"], &[]),
            "what happens to the recording of this call",
        )
        .fr("ce que devient l'enregistrement de cet appel"),
        Key::new(
            "sides",
            Kind::Word(&["both", "agent", "caller"], &[]),
            Some("both"),
            "whose voice is recorded",
        )
        .fr("la voix de qui est enregistrée"),
        Key::new(
            "rate",
            Kind::Word(&["8kHz", "16kHz", "auto"], &[]),
            Some("8kHz"),
            "how finely it is sampled; auto: 16kHz when the caller's codec is G.722 or Opus",
        )
        .fr("finesse du son ; auto : 16kHz si le codec de l'appelant est G.722 ou Opus"),
        Key::new(
            "why",
            Kind::Text,
            None,
            "what for, in a few words; kept with it",
        )
        .fr("à quelle fin, en quelques mots ; gardé avec lui"),
        Key::new(
            "keep",
            Kind::Duration("1d", "3650d"),
            None,
            "how long it is kept; else the company's rule",
        )
        .fr("combien de temps il est gardé ; sinon la règle de l'entreprise"),
    ],
    outcomes: &[],
    next: Presence::Required,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: false,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Begins, ends or interrupts the recording of the call; it needs a consent of kind recording before.",
        fr: "Commence, arrête ou interrompt l'enregistrement de l'appel ; il faut avant un « consent » de type recording.",
    },
    example: r#"do = "record"
action = "start"
why = "qualité"
keep = "30d"
next = "menu""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Recording {
            action: match keys.word("action") {
                "stop" => RecordAction::Stop,
                "pause" => RecordAction::Pause,
                "resume" => RecordAction::Resume,
                _ => RecordAction::Start,
            },
            sides: match keys.word("sides") {
                "agent" => Sides::Agent,
                "caller" => Sides::Caller,
                _ => Sides::Both,
            },
            rate: match keys.word("rate") {
                "16kHz" => RecordedRate::Wide,
                "auto" => RecordedRate::Auto,
                _ => RecordedRate::Narrow,
            },
            why: keys.template("why"),
            keep: keys.duration_if_given("keep"),
        }))
    },
};

#[derive(Debug)]
struct Recording {
    action: RecordAction,
    sides: Sides,
    rate: RecordedRate,
    why: Option<Template>,
    keep: Option<Duration>,
}

impl Step for Recording {
    fn facts(&self) -> Facts<'_> {
        Facts {
            records: matches!(self.action, RecordAction::Start | RecordAction::Resume),
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Switching {
            step: self,
            waiting: None,
        })
    }
}

#[derive(Debug)]
struct Switching {
    step: Arc<Recording>,
    waiting: Option<Asked>,
}

impl Work for Switching {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        let step = &*self.step;
        let (action, sides, rate, keep) = (step.action, step.sides, step.rate, step.keep);
        let why = self.step.why.as_ref().map(|why| desk.write(why));
        self.waiting = Some(Asked::put(desk, |question| {
            Ask::RecordCall(CallRecording {
                question,
                action,
                sides,
                rate,
                why,
                keep,
            })
        }));
        Turn::Stay
    }

    fn on_event(&mut self, _: &mut Desk<'_>, event: &Event) -> Turn {
        match (&self.waiting, event) {
            (Some(waiting), Event::Done { question, stored }) if waiting.is(*question) => {
                if *stored {
                    Turn::NEXT
                } else {
                    Turn::Fail("not_recorded")
                }
            }
            (_, Event::CallerGone) => Turn::Abandon,
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        match &mut self.waiting {
            Some(waiting) => waiting.on_timeout(desk),
            None => Turn::Stay,
        }
    }
}
