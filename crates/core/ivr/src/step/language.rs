//! `language`: let the caller choose what is spoken, or change it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::{Language, PromptKey};

use super::asking::{Asking, Heard};
use super::menu::nth;
use super::{
    Answers, Fault, Key, Kind, Otherwise, Outcome, Presence, Reading, Step, Turn, Verb, Voice, Work,
};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::variables::Value;
use crate::words;
use crate::words::Help;

/// `language`.
pub(super) const VERB: Verb = Verb {
    name: "language",
    keys: &[
        Key::new(
            "to",
            Kind::Language,
            None,
            "spoken from now on, without asking",
        )
        .fr("parlée désormais, sans demander"),
        Key::new("prompt", Kind::Prompt, None, "the sentence that asks")
            .fr("la phrase qui demande"),
        Key::new(
            "set",
            Kind::Languages,
            None,
            "set.K = \"fr\": the language that key K chooses",
        )
        .fr("set.K = \"fr\" : la langue que choisit la touche K"),
        Key::new(
            "remember",
            Kind::YesNo,
            Some("false"),
            "spoken first when this caller calls again",
        )
        .fr("parlée d'emblée quand cet appelant rappellera"),
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
    outcomes: &[Outcome::new(
        "give_up",
        Otherwise::Never,
        "after the last try; with a prompt it must be given",
    )
    .fr("après le dernier essai ; obligatoire avec une phrase")],
    next: Presence::Optional,
    press: Presence::Optional,
    answers: Answers::WhenSpeaking,
    after_hangup: false,
    waits: true,
    voice: Voice::Opens,
    internal: false,
    help: Help {
        en: "Lets the caller choose a language by key, or changes it without asking.",
        fr: "Laisse l'appelant choisir une langue par une touche, ou en change sans demander.",
    },
    example: r#"do = "language"
prompt = "francais-ou-anglais"
set.1 = "fr"
set.2 = "en"
press.1 = "accueil"
press.2 = "accueil"
remember = true
on.give_up = "accueil""#,
    served: true,
    read,
};

#[derive(Debug)]
struct Choice {
    to: Option<Language>,
    prompt: Vec<PromptKey>,
    set: Vec<(char, Language)>,
    press: BTreeSet<char>,
    remember: bool,
    wait: Duration,
    tries: u32,
    no_input: Vec<PromptKey>,
    no_match: Vec<PromptKey>,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    let to = keys.name("to").map(Language::from);
    let prompt = keys.prompts("prompt");
    let set = keys.languages("set");
    match (&to, prompt.is_empty()) {
        (Some(_), false) => {
            let message = words!(
                "\"to\" changes the language without asking, and \"prompt\" asks",
                "« to » change de langue sans demander, et « prompt » demande"
            );
            return Err(Fault::new("R103", Some("to"), message)
                .label(words!("keep one of them", "gardez l'un des deux")));
        }
        (None, true) => {
            let message = words!(
                "\"language\" needs \"to\", or \"prompt\" and set.K",
                "il faut à « language » le réglage « to », ou « prompt » et set.K"
            );
            return Err(Fault::new("R103", None, message));
        }
        (Some(_), true) if !keys.next => {
            let message = words!("this step leads nowhere", "cette étape ne mène nulle part");
            return Err(Fault::new("R302", None, message)
                .label(words!("add next = \"STEP\"", "ajoutez next = \"ÉTAPE\"")));
        }
        (Some(_), true) => {}
        (None, false) => asks(keys)?,
    }
    Ok(Arc::new(Choice {
        to,
        prompt,
        set: set
            .iter()
            .map(|(key, tag, _)| (*key, tag.clone()))
            .collect(),
        press: keys.press.clone(),
        remember: keys.yes("remember"),
        wait: keys.duration("wait"),
        tries: keys.number("tries").unwrap_or(3),
        no_input: keys.prompts("no_input"),
        no_match: keys.prompts("no_match"),
    }))
}

/// What must be there when the caller is asked.
fn asks(keys: &Reading) -> Result<(), Fault> {
    let set = keys.languages("set");
    if set.is_empty() {
        let message = words!(
            "no key chooses a language",
            "aucune touche ne choisit de langue"
        );
        return Err(Fault::new("R103", None, message)
            .label(words!("add set.1 = \"fr\"", "ajoutez set.1 = \"fr\"")));
    }
    if let Some((key, ..)) = set.iter().find(|(key, ..)| !keys.press.contains(key)) {
        let message = words!(
            "the key {key} chooses a language and leads nowhere",
            "la touche {key} choisit une langue et ne mène nulle part"
        );
        return Err(Fault::new("R111", Some("set"), message).label(words!(
            "add press.{key} = \"STEP\"",
            "ajoutez press.{key} = \"ÉTAPE\""
        )));
    }
    if !keys.on.contains("give_up") {
        let message = words!(
            "\"language\" needs the outcome \"on.give_up\"",
            "il manque à « language » la sortie « on.give_up »"
        );
        return Err(Fault::new("R111", None, message)
            .label(words!("after the last try", "après le dernier essai")));
    }
    Ok(())
}

impl Step for Choice {
    fn gives(&self, way: &str) -> Vec<&str> {
        match way.strip_prefix("press.") {
            Some(key) if self.set.iter().any(|(set, _)| key.starts_with(*set)) => {
                vec!["keys", "caller.language"]
            }
            Some(_) => vec!["keys"],
            None if self.to.is_some() => vec!["caller.language"],
            None => Vec::new(),
        }
    }

    fn is_quiet(&self) -> bool {
        self.to.is_some()
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
    step: Arc<Choice>,
    asking: Asking,
    silences: u32,
    wrong: u32,
}

impl Choosing {
    fn ask(&mut self, desk: &mut Desk<'_>, complaint: Option<PromptKey>) -> Turn {
        let mut sounds = desk.say(complaint.as_slice());
        let words = desk.say(&self.step.prompt);
        if words.is_empty() {
            return Turn::Fail("nothing_to_say");
        }
        sounds.extend(words);
        self.asking.start(desk, sounds, self.step.wait);
        Turn::Stay
    }

    fn again(&mut self, desk: &mut Desk<'_>, complaints: &[PromptKey], time: u32) -> Turn {
        if self.silences + self.wrong >= self.step.tries {
            self.asking.stop(desk);
            return Turn::leave("on.give_up");
        }
        self.ask(desk, nth(complaints, time))
    }

    fn speak(&self, desk: &mut Desk<'_>, language: &Language) {
        desk.speak(language);
        if self.step.remember {
            desk.ask(Ask::Remember(language.clone()));
        }
    }
}

impl Work for Choosing {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        if let Some(to) = &self.step.to {
            self.speak(desk, to);
            return Turn::NEXT;
        }
        match desk.answer() {
            Ok(()) => self.ask(desk, None),
            Err(turn) => turn,
        }
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
        if let Some((_, language)) = self.step.set.iter().find(|(set, _)| *set == key) {
            self.speak(desk, language);
        }
        if self.step.press.contains(&key) {
            return Turn::press(key);
        }
        self.wrong += 1;
        let step = Arc::clone(&self.step);
        self.again(desk, &step.no_match, self.wrong)
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        if !self.asking.is_silence(desk) {
            return Turn::Stay;
        }
        self.silences += 1;
        let step = Arc::clone(&self.step);
        self.again(desk, &step.no_input, self.silences)
    }
}
