//! `text`: send a text message, an e-mail or a SIP message; `to_text` goes on in writing.

use std::sync::Arc;

use rappel_model::numbering::may_take_texts;
use rappel_model::{Language, PhoneNumber, Redacted};

use super::asked::Asked;
use super::{
    Answers, Facts, Fault, Key, Kind, Otherwise, Outcome, Presence, Reading, Step, Template, Turn,
    Verb, Voice, Work,
};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::{Basis, Medium, Text, Texted};
use crate::words::Help;

/// `text`.
pub(super) const VERB: Verb = Verb {
    name: "text",
    keys: &[
        Key::new(
            "to",
            Kind::Text,
            None,
            "to whom; the caller's number when absent",
        )
        .fr("à qui ; le numéro de l'appelant quand ce n'est pas écrit"),
        Key::new(
            "by",
            Kind::Word(&["sms", "email", "sip"], &[]),
            Some("sms"),
            "how it travels",
        )
        .fr("par quel moyen"),
        Key::required(
            "body",
            Kind::Bodies,
            "body.LANGUAGE: its words in each language of the flow",
        )
        .fr("body.LANGUE : ses mots dans chaque langue du flux"),
        Key::new(
            "basis",
            Kind::Basis,
            Some("service"),
            "why it may be sent: service, asked, or list:NAME, the only one for commercial content",
        )
        .fr("ce qui permet l'envoi : service, asked, ou list:NOM, seul permis pour la publicité"),
    ],
    outcomes: &[
        Outcome::new("sent", Otherwise::As("next"), "it is on its way").fr("le texte est parti"),
        Outcome::new(
            "not_possible",
            Otherwise::As("next"),
            "a landline, a hidden number, somebody who wants no texts",
        )
        .fr("ligne fixe, numéro masqué, personne qui ne veut pas de textes"),
        Outcome::new("failed", Otherwise::Error, "it could not be handed on")
            .fr("le texte n'a pas pu partir"),
    ],
    next: Presence::Optional,
    press: Presence::None,
    answers: Answers::First,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Sends a text message, an e-mail or a SIP message; also after the caller has gone.",
        fr: "Envoie un texto, un courriel ou un message SIP ; aussi quand l'appelant a raccroché.",
    },
    example: r#"do = "text"
body.fr = "Garage Martin : votre voiture est prête."
body.en = "Garage Martin: your car is ready."
next = "fin""#,
    served: false,
    read,
};

#[derive(Debug)]
struct Sending {
    to: Option<Template>,
    by: Medium,
    body: Vec<(Language, Template)>,
    basis: Basis,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    keys.leads("text", "sent")?;
    Ok(Arc::new(Sending {
        to: keys.template("to"),
        by: match keys.word("by") {
            "email" => Medium::Email,
            "sip" => Medium::Sip,
            _ => Medium::Sms,
        },
        body: keys.bodies("body"),
        basis: keys.basis("basis").unwrap_or(Basis::Service),
    }))
}

impl Step for Sending {
    fn facts(&self) -> Facts<'_> {
        Facts {
            leaves: &["on.sent", "next"],
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Posting {
            step: self,
            waiting: None,
        })
    }
}

#[derive(Debug)]
struct Posting {
    step: Arc<Sending>,
    waiting: Option<Asked>,
}

impl Posting {
    /// To whom; `None` when nothing could reach it.
    fn recipient(&self, desk: &Desk<'_>) -> Option<String> {
        let to = match &self.step.to {
            Some(to) => desk.write(to),
            None => desk.state.caller.number.as_ref()?.to_string(),
        };
        let to = to.trim();
        let fits = match self.step.by {
            Medium::Sms => PhoneNumber::parse(to).is_some_and(|number| may_take_texts(&number)),
            Medium::Email | Medium::Sip => {
                let (name, host) = to.split_once('@')?;
                !name.is_empty() && !host.is_empty() && !to.contains(char::is_whitespace)
            }
        };
        (fits && to.len() <= MAX_ADDRESS).then(|| to.to_owned())
    }
}

impl Work for Posting {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        let Some(to) = self.recipient(desk) else {
            return Turn::leave("on.not_possible");
        };
        let Some((language, body)) = body(desk, &self.step.body) else {
            return Turn::Fail("nothing_to_say");
        };
        let (by, basis) = (self.step.by, self.step.basis.clone());
        self.waiting = Some(Asked::put(desk, |question| {
            Ask::Text(Text {
                question,
                to: Redacted::new(to),
                by,
                body: Redacted::new(body),
                language,
                basis,
            })
        }));
        Turn::Stay
    }

    fn on_event(&mut self, _: &mut Desk<'_>, event: &Event) -> Turn {
        match (&self.waiting, event) {
            (Some(waiting), Event::Texted { question, outcome }) if waiting.is(*question) => {
                match outcome {
                    Texted::Sent => Turn::leave("on.sent"),
                    Texted::NotPossible => Turn::leave("on.not_possible"),
                    Texted::Failed => Turn::leave("on.failed"),
                }
            }
            // A text is sent whether the caller waits for it or not.
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

/// The words of a text in the language spoken, else in the first of the tenant's that has some, with
/// their holes filled; cut where a value of a hole makes it longer than any text may be.
pub(super) fn body(desk: &Desk<'_>, bodies: &[(Language, Template)]) -> Option<(Language, String)> {
    let spoken = &desk.state.language;
    let primary = spoken.as_str().split('-').next().unwrap_or_default();
    let of = |wanted: &str| bodies.iter().find(|(l, _)| l.as_str() == wanted);
    let others = desk.around.languages.iter();
    let (language, template) = of(spoken.as_str())
        .or_else(|| of(primary))
        .or_else(|| others.into_iter().find_map(|l| of(l.as_str())))
        .or_else(|| bodies.first())?;
    let text: String = desk.write(template).chars().take(MAX_BODY).collect();
    Some((language.clone(), text))
}

/// Longest address, in bytes (RFC 5321 §4.5.3.1.3).
const MAX_ADDRESS: usize = 254;
/// Longest text, in characters: ten parts of a text message.
const MAX_BODY: usize = 1530;
