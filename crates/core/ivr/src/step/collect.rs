//! `collect`: ask for something typed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::{PromptKey, Secret};

use super::asking::{Asking, Heard};
use super::menu::nth;
use super::typed::{KINDS, value};
use super::{
    Answers, Fault, Key, Kind, Otherwise, Outcome, Presence, Reading, Step, Turn, Verb, Voice, Work,
};
use crate::engine::Desk;
use crate::event::Event;
use crate::expression::Expression;
use crate::variables::Value;
use crate::words;
use crate::words::{Help, Words};

/// `collect`.
pub(super) const VERB: Verb = Verb {
    name: "collect",
    keys: &[
        Key::required("prompt", Kind::Prompt, "the sentence").fr("la phrase"),
        Key::new(
            "ask",
            Kind::Word(
                &[
                    "digits", "number", "phone", "pin", "date", "time", "money", "yesno",
                ],
                &[],
            ),
            Some("digits"),
            "what is asked for",
        )
        .fr("ce qui est demandé"),
        Key::required(
            "into",
            Kind::Variable,
            "variable receiving it, of the matching type",
        )
        .fr("variable qui le reçoit, du type correspondant"),
        Key::new("min", Kind::Number(1, 32), None, "least digits").fr("nombre minimal de chiffres"),
        Key::new("max", Kind::Number(1, 32), None, "most digits").fr("nombre maximal de chiffres"),
        Key::new("end", Kind::Key, Some("#"), "key that ends").fr("touche qui termine"),
        Key::new(
            "wait",
            Kind::Duration("1s", "30s"),
            Some("6s"),
            "silence before the first key",
        )
        .fr("silence avant la première touche"),
        Key::new(
            "between",
            Kind::Duration("1s", "30s"),
            Some("3s"),
            "silence between keys",
        )
        .fr("silence entre les touches"),
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
            "what to say the 1st, 2nd… time it did not fit",
        )
        .fr("que dire la 1re, 2e… fois que cela ne convient pas"),
        Key::new(
            "confirm",
            Kind::Prompt,
            None,
            "sentence reading it back, then 1 = yes, 2 = again",
        )
        .fr("phrase qui le relit, puis 1 = oui, 2 = recommencer"),
        Key::new(
            "secret",
            Kind::YesNo,
            None,
            "never shown anywhere; true for a pin",
        )
        .fr("jamais montré nulle part ; vrai pour un pin"),
        Key::new("check", Kind::Condition, None, "must be true, with keys")
            .fr("doit être vrai, avec keys"),
    ],
    outcomes: &[
        Outcome::new("give_up", Otherwise::Required, "after the last try")
            .fr("après le dernier essai"),
        Outcome::new("cancel", Otherwise::Never, "the caller pressed *")
            .fr("l'appelant a appuyé sur *"),
    ],
    next: Presence::Required,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: false,
    waits: true,
    voice: Voice::Opens,
    internal: false,
    help: Help {
        en: "Asks the caller to type something: digits, a number, a telephone number, a code, a date, a time, an amount, yes or no.",
        fr: "Demande à l'appelant de taper quelque chose : chiffres, nombre, téléphone, code, date, heure, montant, oui ou non.",
    },
    example: r#"do = "collect"
prompt = "dossier"
ask = "digits"
into = "dossier"
min = 6
max = 8
next = "fin"
on.give_up = "fin""#,
    served: true,
    read,
};

#[derive(Debug)]
struct Collect {
    prompt: Vec<PromptKey>,
    ask: &'static str,
    into: String,
    min: usize,
    max: usize,
    end: char,
    wait: Duration,
    between: Duration,
    tries: u32,
    no_input: Vec<PromptKey>,
    no_match: Vec<PromptKey>,
    confirm: Vec<PromptKey>,
    secret: bool,
    check: Option<Expression>,
    may_cancel: bool,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    let ask = keys.word("ask");
    let (_, fits, least, most) = KINDS
        .into_iter()
        .find(|(name, ..)| *name == ask)
        .unwrap_or(KINDS[0]);
    let into = keys.name("into").unwrap_or_default().to_owned();
    // An unknown variable is told where names are checked.
    let kind = keys.variables.get(&into).copied().unwrap_or(fits);
    if fits != kind {
        let (kind, gives, word) = (kind.named(), fits.named(), fits);
        let message = words!([kind, gives] "\"{into}\" is {kind}, and ask = \"{ask}\" gives {gives}", "« {into} » est {kind}, et ask = \"{ask}\" donne {gives}");
        let fault = Fault::new("R201", Some("into"), message);
        return Err(fault.label(words!(
            "declare it as {{ type = \"{word}\" }}",
            "déclarez-la {{ type = \"{word}\" }}"
        )));
    }
    let (min, max) = (
        keys.number("min").unwrap_or(least),
        keys.number("max").unwrap_or(most),
    );
    let max = if keys.number("min").is_some() && keys.number("max").is_none() {
        max.max(min)
    } else {
        max
    };
    if min > max || (ask == "number" && max > 18) {
        let message = words!(
            "min is {min} and max is {max}",
            "min vaut {min} et max vaut {max}"
        );
        return Err(Fault::new("R203", Some("min"), message).label(words!(
            "min may not exceed max, nor a number 18 digits",
            "min ne dépasse pas max, ni un nombre 18 chiffres"
        )));
    }
    let end = keys.key("end");
    if let Some(message) = never_ends(keys, ask, end) {
        return Err(Fault::new("R213", Some("end"), message)
            .label(words!("write end = \"#\"", "écrivez end = \"#\"")));
    }
    let secret = keys.yes_if_given("secret").unwrap_or(ask == "pin");
    if secret && keys.settings.contains_key("confirm") {
        let message = words!(
            "a secret is never read back",
            "un secret n'est jamais relu à voix haute"
        );
        return Err(Fault::new("R210", Some("confirm"), message).label(words!(
            "remove it, or say secret = false",
            "retirez ceci, ou écrivez secret = false"
        )));
    }
    Ok(Arc::new(Collect {
        prompt: keys.prompts("prompt"),
        ask,
        into,
        min: min as usize,
        max: max as usize,
        end,
        wait: keys.duration("wait"),
        between: keys.duration("between"),
        tries: keys.number("tries").unwrap_or(3),
        no_input: keys.prompts("no_input"),
        no_match: keys.prompts("no_match"),
        confirm: keys.prompts("confirm"),
        secret,
        check: keys.condition("check"),
        may_cancel: keys.on.contains("cancel"),
    }))
}

/// What is wrong with a key that ends: it is typed for something else, too.
fn never_ends(keys: &Reading, ask: &str, end: char) -> Option<Words> {
    if end.is_ascii_digit() && ask != "yesno" {
        return Some(words!(
            "the digit {end} may be typed as part of the answer: it cannot end it",
            "le chiffre {end} peut faire partie de la réponse : il ne peut pas la terminer"
        ));
    }
    if end == '*' && ask == "money" {
        return Some(words!(
            "of an amount, * stands between whole and cents: it cannot end it",
            "dans un montant, * sépare les centimes : elle ne peut pas le terminer"
        ));
    }
    (end == '*' && keys.on.contains("cancel")).then(|| {
        words!(
            "* gives up by on.cancel: it cannot end the answer, too",
            "* renonce par on.cancel : elle ne peut pas aussi terminer la réponse"
        )
    })
}

impl Step for Collect {
    fn gives(&self, way: &str) -> Vec<&str> {
        match way {
            "next" => vec![&self.into, "keys"],
            _ => Vec::new(),
        }
    }

    fn secret(&self) -> Option<&str> {
        self.secret.then_some(self.into.as_str())
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Typing {
            step: self,
            asking: Asking::default(),
            typed: Secret::default(),
            confirming: false,
            former: None,
            silences: 0,
            wrong: 0,
        })
    }
}

struct Typing {
    step: Arc<Collect>,
    asking: Asking,
    typed: Secret,
    confirming: bool,
    /// What the variable held before, and whether that was a secret.
    former: Option<(Value, bool)>,
    silences: u32,
    wrong: u32,
}

/// What was typed may be a secret: it is never shown.
impl fmt::Debug for Typing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typing")
            .field("into", &self.step.into)
            .field("typed", &self.typed)
            .field("confirming", &self.confirming)
            .finish_non_exhaustive()
    }
}

impl Typing {
    fn ask(&mut self, desk: &mut Desk<'_>, complaint: Option<PromptKey>) -> Turn {
        self.typed = Secret::default();
        self.confirming = false;
        let mut sounds = desk.say(complaint.as_slice());
        let words = desk.say(&self.step.prompt);
        if words.is_empty() {
            return Turn::Fail("nothing_to_say");
        }
        sounds.extend(words);
        self.asking.start(desk, sounds, self.step.wait);
        Turn::Stay
    }

    fn again(&mut self, desk: &mut Desk<'_>, silent: bool) -> Turn {
        let step = Arc::clone(&self.step);
        let (complaints, count) = if silent {
            (&step.no_input, &mut self.silences)
        } else {
            (&step.no_match, &mut self.wrong)
        };
        *count += 1;
        let complaint = nth(complaints, *count);
        if self.silences + self.wrong >= step.tries {
            self.asking.stop(desk);
            if self.confirming {
                self.take_back(desk);
            }
            return Turn::leave("on.give_up");
        }
        match self.confirming {
            true => self.read_back(desk, complaint),
            false => self.ask(desk, complaint),
        }
    }

    /// The caller wants to type it again. That is no mistake to be told of, but it counts as a try.
    fn retype(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.take_back(desk);
        self.confirming = false;
        self.wrong += 1;
        if self.silences + self.wrong >= self.step.tries {
            return Turn::leave("on.give_up");
        }
        self.ask(desk, None)
    }

    fn key(&mut self, desk: &mut Desk<'_>, key: char) -> Turn {
        let divides = key == '*' && self.step.ask == "money" && self.digits() > 0;
        if self.step.may_cancel && key == '*' && self.step.end != '*' && !divides {
            return Turn::leave("on.cancel");
        }
        if divides && !self.typed.reveal().contains('*') {
            self.typed.push(key);
            desk.wake_in(self.step.between, "next key");
            return Turn::Stay;
        }
        if key == self.step.end && self.step.ask != "yesno" {
            return self.complete(desk);
        }
        if !key.is_ascii_digit() {
            return self.again(desk, false);
        }
        self.typed.push(key);
        if self.digits() >= self.step.max {
            return self.complete(desk);
        }
        desk.wake_in(self.step.between, "next key");
        Turn::Stay
    }

    /// How many digits were typed: the sign of an amount is none.
    fn digits(&self) -> usize {
        self.typed.len() - self.typed.reveal().matches('*').count()
    }

    /// Takes what was typed, if it fits.
    fn complete(&mut self, desk: &mut Desk<'_>) -> Turn {
        if self.digits() < self.step.min {
            return self.again(desk, false);
        }
        let Some(value) = value(desk, self.step.ask, self.typed.reveal()) else {
            return self.again(desk, false);
        };
        let keys = Value::Text(self.typed.reveal().to_owned());
        if self.step.secret {
            desk.state.values.set_secret("keys", keys);
        } else {
            desk.state.values.set("keys", keys);
        }
        if let Some(check) = &self.step.check {
            match desk.holds(check) {
                Ok(true) => {}
                Ok(false) => return self.again(desk, false),
                Err(turn) => return turn,
            }
        }
        self.former = desk.state.values.get(&self.step.into);
        if self.step.secret {
            desk.state.values.set_secret(&self.step.into, value);
        } else {
            desk.state.values.set(&self.step.into, value);
        }
        if self.step.confirm.is_empty() {
            return Turn::NEXT;
        }
        self.confirming = true;
        self.read_back(desk, None)
    }

    /// Reads back what was typed, after what there is to say about the last try.
    fn read_back(&mut self, desk: &mut Desk<'_>, complaint: Option<PromptKey>) -> Turn {
        let mut sounds = desk.say(complaint.as_slice());
        let words = desk.say(&self.step.confirm);
        if words.is_empty() {
            return Turn::Fail("nothing_to_say");
        }
        sounds.extend(words);
        self.asking.start(desk, sounds, self.step.wait);
        Turn::Stay
    }

    /// What was typed does not count: the variable is as it was before.
    fn take_back(&mut self, desk: &mut Desk<'_>) {
        let into = &self.step.into;
        match self.former.take() {
            Some((value, true)) => desk.state.values.set_secret(into, value),
            Some((value, false)) => desk.state.values.set(into, value),
            None => desk.state.values.unset(into),
        }
    }
}

impl Work for Typing {
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
        desk.heard(key, self.step.secret);
        if !self.confirming {
            return self.key(desk, key);
        }
        match key {
            '1' => Turn::NEXT,
            '2' => self.retype(desk),
            // Who ends the last digit asked for with the end key as well answers nothing yet.
            _ if key == self.step.end => self.read_back(desk, None),
            _ => self.again(desk, false),
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        if !self.asking.is_silence(desk) {
            return Turn::Stay;
        }
        if self.confirming || self.typed.is_empty() {
            return self.again(desk, true);
        }
        self.complete(desk)
    }
}
