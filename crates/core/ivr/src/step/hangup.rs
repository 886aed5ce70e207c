//! `hangup`: the end, with a last sentence.

use std::sync::Arc;

use rappel_model::{PlayId, PromptKey};

use super::asking::LONGEST_SOUND;
use super::{Answers, Facts, Key, Kind, Onward, Presence, Step, Template, Turn, Verb, Voice, Work};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::words::Help;

/// `hangup`.
pub(super) const VERB: Verb = Verb {
    name: "hangup",
    keys: &[
        Key::new("prompt", Kind::Prompt, None, "said first").fr("dite d'abord"),
        Key::new("reason", Kind::Text, None, "a word for reports").fr("un mot pour les rapports"),
    ],
    outcomes: &[],
    next: Presence::None,
    press: Presence::None,
    answers: Answers::WhenSpeaking,
    after_hangup: true,
    waits: false,
    voice: Voice::Closes(&[]),
    internal: false,
    help: Help {
        en: "Ends the call, after a last sentence when one is given.",
        fr: "Termine l'appel, après une dernière phrase si elle est donnée.",
    },
    example: r#"do = "hangup"
prompt = "au-revoir""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Hangup {
            prompts: keys.prompts("prompt"),
            reason: keys.template("reason"),
        }))
    },
};

#[derive(Debug)]
struct Hangup {
    prompts: Vec<PromptKey>,
    reason: Option<Template>,
}

impl Step for Hangup {
    fn facts(&self) -> Facts<'_> {
        let worded = !self.prompts.is_empty();
        Facts {
            onward: Onward::End { worded },
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Ending {
            step: self,
            playing: None,
        })
    }
}

#[derive(Debug)]
struct Ending {
    step: Arc<Hangup>,
    playing: Option<PlayId>,
}

impl Ending {
    fn end(&self, desk: &mut Desk<'_>) -> Turn {
        if desk.state.gone {
            return Turn::Abandon;
        }
        let reason = self.step.reason.as_ref().map(|reason| desk.write(reason));
        desk.ask(Ask::Hangup { reason });
        Turn::End
    }
}

impl Work for Ending {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        if self.step.prompts.is_empty() || desk.state.gone {
            return self.end(desk);
        }
        if let Err(turn) = desk.answer() {
            return turn;
        }
        let sounds = desk.say(&self.step.prompts);
        self.playing = desk.play(sounds, false, false);
        if self.playing.is_none() {
            return self.end(desk);
        }
        desk.wake_in(LONGEST_SOUND, "last sentence");
        Turn::Stay
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match event {
            Event::PlayEnded(play) if self.playing == Some(*play) => self.end(desk),
            Event::CallerGone => Turn::Abandon,
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.end(desk)
    }
}
