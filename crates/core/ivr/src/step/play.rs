//! `play`: say a sentence.

use std::sync::Arc;

use rappel_model::{PlayId, PromptKey};

use super::asking::LONGEST_SOUND;
use super::{Answers, Key, Kind, Presence, Step, Turn, Verb, Voice, Work};
use crate::engine::Desk;
use crate::event::Event;
use crate::words::Help;

/// `play`.
pub(super) const VERB: Verb = Verb {
    name: "play",
    keys: &[
        Key::required("prompt", Kind::Prompt, "the sentence, or several in a row")
            .fr("la phrase, ou plusieurs à la suite"),
        Key::new("interrupt", Kind::YesNo, Some("true"), "a key stops it")
            .fr("une touche l'interrompt"),
        Key::new(
            "early",
            Kind::YesNo,
            Some("false"),
            "play before answering, where the trunk allows it",
        )
        .fr("parler avant de décrocher, si l'opérateur le permet"),
        Key::new(
            "repeat",
            Kind::Number(1, 10),
            Some("1"),
            "how often it is said",
        )
        .fr("combien de fois elle est dite"),
    ],
    outcomes: &[],
    next: Presence::Required,
    press: Presence::None,
    answers: Answers::UnlessEarly,
    after_hangup: false,
    waits: false,
    voice: Voice::Speaks,
    internal: false,
    help: Help {
        en: "Says a sentence.",
        fr: "Dit une phrase.",
    },
    example: r#"do = "play"
prompt = "bonjour"
next = "accueil""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Play {
            prompts: keys.prompts("prompt"),
            interrupt: keys.yes("interrupt"),
            early: keys.yes("early"),
            repeat: keys.number("repeat").unwrap_or(1),
        }))
    },
};

#[derive(Debug)]
struct Play {
    prompts: Vec<PromptKey>,
    interrupt: bool,
    early: bool,
    repeat: u32,
}

impl Step for Play {
    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Playing {
            step: self,
            playing: None,
        })
    }
}

#[derive(Debug)]
struct Playing {
    step: Arc<Play>,
    playing: Option<PlayId>,
}

impl Work for Playing {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        if !self.step.early
            && let Err(turn) = desk.answer()
        {
            return turn;
        }
        let once = desk.say(&self.step.prompts);
        let sounds: Vec<_> = (0..self.step.repeat).flat_map(|_| once.clone()).collect();
        self.playing = desk.play(sounds, self.step.interrupt, false);
        if self.playing.is_none() {
            return Turn::Fail("nothing_to_say");
        }
        desk.wake_in(LONGEST_SOUND, "sentence");
        Turn::Stay
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match event {
            Event::PlayEnded(play) if self.playing == Some(*play) => Turn::NEXT,
            Event::Key(key, _) => {
                desk.heard(*key, false);
                Turn::Stay
            }
            Event::CallerGone => Turn::Abandon,
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, _: &mut Desk<'_>) -> Turn {
        Turn::NEXT
    }
}
