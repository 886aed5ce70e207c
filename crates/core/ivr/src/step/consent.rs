//! `consent`: say what is done with the call or with data, ask where the law wants a yes, and keep
//! the proof.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::PromptKey;

use super::asked::Asked;
use super::asking::{Asking, Heard};
use super::{
    Answers, Facts, Fault, Key, Kind, Notice, Otherwise, Outcome, Presence, Reading, Step, Turn,
    Verb, Voice, Work,
};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::{Consent, ConsentAnswer, ConsentKind};
use crate::words;
use crate::words::Help;

/// `consent`.
pub(super) const VERB: Verb = Verb {
    name: "consent",
    keys: &[
        Key::required(
            "kind",
            Kind::Word(&["recording", "contact", "data"], &[]),
            "to what: the call is recorded, the caller is contacted, data about them are kept",
        )
        .fr("à quoi : l'appel est enregistré, on recontacte l'appelant, on garde ses données"),
        Key::required("prompt", Kind::Prompt, "the sentence that tells, or asks")
            .fr("la phrase qui informe, ou qui demande"),
        Key::new(
            "mode",
            Kind::Word(&["inform", "ask"], &[]),
            Some("inform"),
            "inform: say it and go on; ask: 1 is yes, 2 is no, silence is no",
        )
        .fr("inform : dire et continuer ; ask : 1 oui, 2 non, le silence vaut non"),
    ],
    outcomes: &[
        Outcome::new(
            "yes",
            Otherwise::As("next"),
            "the caller said yes, or was informed",
        )
        .fr("l'appelant a dit oui, ou a été informé"),
        Outcome::new(
            "no",
            Otherwise::As("next"),
            "the caller said no, or nothing",
        )
        .fr("l'appelant a dit non, ou rien"),
    ],
    next: Presence::Optional,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: false,
    waits: false,
    voice: Voice::Opens,
    internal: false,
    help: Help {
        en: "Tells or asks the caller what is recorded or kept, and stores when, what wording and the answer.",
        fr: "Informe l'appelant de ce qui est enregistré ou gardé, ou le lui demande, et conserve quand, quels mots et la réponse.",
    },
    example: r#"do = "consent"
kind = "recording"
mode = "inform"
prompt = "bonjour"
next = "menu""#,
    served: true,
    read,
};

#[derive(Debug)]
struct Agreement {
    kind: ConsentKind,
    prompt: Vec<PromptKey>,
    asks: bool,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    let asks = keys.word("mode") == "ask";
    let leads = |word: &str| keys.on.contains(word) || keys.next;
    let missing = match (leads("yes"), leads("no")) {
        (false, _) => Some("on.yes"),
        (_, false) if asks => Some("on.no"),
        _ => None,
    };
    if let Some(way) = missing {
        let message = words!(
            "\"consent\" needs \"{way}\"",
            "il faut « {way} » à « consent »"
        );
        return Err(Fault::new("R111", None, message).label(words!(
            "where the call goes then",
            "où va l'appel dans ce cas"
        )));
    }
    Ok(Arc::new(Agreement {
        kind: match keys.word("kind") {
            "contact" => ConsentKind::Contact,
            "data" => ConsentKind::Data,
            _ => ConsentKind::Recording,
        },
        prompt: keys.prompts("prompt"),
        asks,
    }))
}

impl Step for Agreement {
    fn facts(&self) -> Facts<'_> {
        let notice = match (self.kind, self.asks) {
            (ConsentKind::Recording, true) => Notice::Asked,
            (ConsentKind::Recording, false) => Notice::Given,
            _ => Notice::Silent,
        };
        Facts {
            notice,
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Agreeing {
            step: self,
            asking: Asking::default(),
            storing: None,
            tries: 0,
        })
    }
}

#[derive(Debug)]
struct Agreeing {
    step: Arc<Agreement>,
    asking: Asking,
    storing: Option<(Asked, ConsentAnswer)>,
    /// Times the sentence was said.
    tries: u32,
}

impl Agreeing {
    fn say(&mut self, desk: &mut Desk<'_>, complaint: &[PromptKey]) -> Turn {
        self.tries += 1;
        let mut sounds = desk.say(complaint);
        let words = desk.say(&self.step.prompt);
        if words.is_empty() {
            return Turn::Fail("nothing_to_say");
        }
        sounds.extend(words);
        let wait = if self.step.asks { WAIT } else { Duration::ZERO };
        self.asking.start(desk, sounds, wait);
        Turn::Stay
    }

    /// Keeps the answer; the call goes on once it is kept.
    fn store(&mut self, desk: &mut Desk<'_>, answer: ConsentAnswer) -> Turn {
        self.asking.stop(desk);
        let (kind, prompts) = (self.step.kind, self.step.prompt.clone());
        let (wording, language) = (desk.wording(&prompts), desk.state.language.clone());
        let waiting = Asked::put(desk, |question| {
            Ask::Consent(Consent {
                question,
                kind,
                prompts,
                wording,
                language,
                answer,
            })
        });
        self.storing = Some((waiting, answer));
        Turn::Stay
    }

    fn key(&mut self, desk: &mut Desk<'_>, key: char) -> Turn {
        desk.heard(key, false);
        match key {
            '1' if self.step.asks => self.store(desk, ConsentAnswer::Yes),
            '2' if self.step.asks => self.store(desk, ConsentAnswer::No),
            _ if !self.step.asks => self.store(desk, ConsentAnswer::Informed),
            _ if self.tries < TRIES => self.say(desk, &[PromptKey::from("no-match")]),
            _ => self.store(desk, ConsentAnswer::Silence),
        }
    }
}

impl Work for Agreeing {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.say(desk, &[])
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match (&self.storing, event) {
            // What was answered is being kept; what was not is not made up.
            (_, Event::CallerGone) => Turn::Abandon,
            (Some((waiting, answer)), Event::Done { question, stored })
                if waiting.is(*question) =>
            {
                match answer {
                    ConsentAnswer::No | ConsentAnswer::Silence => Turn::leave("on.no"),
                    // A yes without proof allows nothing.
                    _ if !stored => Turn::Fail("not_stored"),
                    _ => Turn::leave("on.yes"),
                }
            }
            (Some(_), _) => Turn::Stay,
            (None, _) => match self.asking.on_event(desk, event) {
                Heard::Key(key) => self.key(desk, key),
                Heard::Said if !self.step.asks => self.store(desk, ConsentAnswer::Informed),
                Heard::Said | Heard::Nothing => Turn::Stay,
            },
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        if let Some((waiting, answer)) = &mut self.storing {
            return match (waiting.on_timeout(desk), answer) {
                (Turn::Fail(_), ConsentAnswer::No | ConsentAnswer::Silence) => Turn::leave("on.no"),
                (turn, _) => turn,
            };
        }
        if !self.asking.is_silence(desk) {
            return Turn::Stay;
        }
        if !self.step.asks {
            return self.store(desk, ConsentAnswer::Informed);
        }
        if self.tries < TRIES {
            return self.say(desk, &[PromptKey::from("no-input")]);
        }
        self.store(desk, ConsentAnswer::Silence)
    }

    /// Nothing can be kept: a no stays a no.
    fn on_refused(&mut self, _: &mut Desk<'_>) -> Turn {
        match &self.storing {
            Some((_, ConsentAnswer::No | ConsentAnswer::Silence)) => Turn::leave("on.no"),
            _ => Turn::Fail("not_available"),
        }
    }
}

/// Silence allowed after the question.
const WAIT: Duration = Duration::from_secs(5);
/// Times the question is said before silence is a no.
const TRIES: u32 = 2;
