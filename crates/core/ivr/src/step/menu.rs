//! `menu`: say a sentence, wait for one key.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::PromptKey;

use super::asking::{Asking, Heard};
use super::{Answers, Key, Kind, Otherwise, Outcome, Presence, Step, Turn, Verb, Voice, Work};
use crate::engine::Desk;
use crate::event::Event;
use crate::variables::Value;
use crate::words::Help;

/// `menu`.
pub(super) const VERB: Verb = Verb {
    name: "menu",
    keys: &[
        Key::required("prompt", Kind::Prompt, "the sentence").fr("la phrase"),
        Key::new(
            "short",
            Kind::Prompt,
            None,
            "sentence used from the second time",
        )
        .fr("phrase dite à partir de la deuxième fois"),
        Key::new(
            "wait",
            Kind::Duration("1s", "30s"),
            Some("5s"),
            "silence allowed after the sentence",
        )
        .fr("silence permis après la phrase"),
        Key::new(
            "tries",
            Kind::Number(1, 10),
            Some("3"),
            "times the sentence is said in all",
        )
        .fr("combien de fois la phrase est dite en tout"),
        Key::new(
            "no_input",
            Kind::Prompts,
            Some("no-input"),
            "what to say the 1st, 2nd… time nothing came",
        )
        .fr("que dire la 1re, 2e… fois que rien n'est venu"),
        Key::new(
            "no_match",
            Kind::Prompts,
            Some("no-match"),
            "what to say the 1st, 2nd… time a wrong key came",
        )
        .fr("que dire la 1re, 2e… fois qu'une autre touche est venue"),
    ],
    outcomes: &[
        Outcome::new("give_up", Otherwise::Required, "after the last try")
            .fr("après le dernier essai"),
        Outcome::new(
            "no_input",
            Otherwise::As("on.give_up"),
            "nothing came at the last try",
        )
        .fr("rien n'est venu au dernier essai"),
        Outcome::new(
            "no_match",
            Otherwise::As("on.give_up"),
            "a wrong key came at the last try",
        )
        .fr("une mauvaise touche est venue au dernier essai"),
    ],
    next: Presence::None,
    press: Presence::Required,
    answers: Answers::First,
    after_hangup: false,
    waits: true,
    voice: Voice::Opens,
    internal: false,
    help: Help {
        en: "Says a sentence and waits for one key.",
        fr: "Dit une phrase et attend une touche.",
    },
    example: r#"do = "menu"
prompt = "menu"
press.1 = "ventes"
press.2 = "atelier"
on.give_up = "fin""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Menu {
            prompt: keys.prompts("prompt"),
            short: keys.prompts("short"),
            wait: keys.duration("wait"),
            tries: keys.number("tries").unwrap_or(3),
            no_input: keys.prompts("no_input"),
            no_match: keys.prompts("no_match"),
            press: keys.press.clone(),
        }))
    },
};

#[derive(Debug)]
struct Menu {
    prompt: Vec<PromptKey>,
    short: Vec<PromptKey>,
    wait: Duration,
    tries: u32,
    no_input: Vec<PromptKey>,
    no_match: Vec<PromptKey>,
    press: BTreeSet<char>,
}

impl Step for Menu {
    fn gives(&self, way: &str) -> Vec<&str> {
        if way.starts_with("press.") {
            vec!["keys"]
        } else {
            Vec::new()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Choosing {
            step: self,
            asking: Asking::default(),
            silences: 0,
            wrong: 0,
        })
    }
}

#[derive(Debug)]
struct Choosing {
    step: Arc<Menu>,
    asking: Asking,
    silences: u32,
    wrong: u32,
}

impl Choosing {
    /// Says the sentence, after what there is to say about the last try.
    fn ask(&mut self, desk: &mut Desk<'_>, complaint: Option<PromptKey>) -> Turn {
        let again = self.silences + self.wrong > 0 || desk.state.visits > 1;
        let short = again && !self.step.short.is_empty();
        let sentence = if short {
            &self.step.short
        } else {
            &self.step.prompt
        };
        let mut sounds = desk.say(complaint.as_slice());
        let words = desk.say(sentence);
        if words.is_empty() {
            return Turn::Fail("nothing_to_say");
        }
        sounds.extend(words);
        self.asking.start(desk, sounds, self.step.wait);
        Turn::Stay
    }

    fn again(
        &mut self,
        desk: &mut Desk<'_>,
        complaints: &[PromptKey],
        time: u32,
        give_up: &'static str,
    ) -> Turn {
        if self.silences + self.wrong >= self.step.tries {
            self.asking.stop(desk);
            return Turn::leave(give_up);
        }
        self.ask(desk, nth(complaints, time))
    }
}

/// What to say the `time`-th time, counted from 1; the last of the list from then on.
pub(super) fn nth(prompts: &[PromptKey], time: u32) -> Option<PromptKey> {
    let index = usize::try_from(time.saturating_sub(1)).unwrap_or(usize::MAX);
    prompts.get(index).or_else(|| prompts.last()).cloned()
}

impl Work for Choosing {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.ask(desk, None)
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        if *event == Event::CallerGone {
            return Turn::Abandon;
        }
        let Heard::Key(key) = self.asking.on_event(desk, event) else {
            return Turn::Stay;
        };
        desk.heard(key, false);
        desk.state.values.set("keys", Value::Text(key.to_string()));
        if self.step.press.contains(&key) {
            return Turn::press(key);
        }
        self.wrong += 1;
        let step = Arc::clone(&self.step);
        self.again(desk, &step.no_match, self.wrong, "on.no_match")
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        if !self.asking.is_silence(desk) {
            return Turn::Stay;
        }
        self.silences += 1;
        let step = Arc::clone(&self.step);
        self.again(desk, &step.no_input, self.silences, "on.no_input")
    }
}
