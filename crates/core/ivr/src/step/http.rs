//! `http`: ask another system.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::PromptKey;

use super::foreign::{escaped, from_scalar, is_allowed};
use super::lookup::typed_reads;
use super::waiting::{Waited, Waiting};
use super::{
    Answers, Facts, Fault, Field, FieldValue, Key, Kind, Otherwise, Outcome, Presence, Reading,
    Step, Template, TemplatePart, Turn, Verb, Voice, Work,
};
use crate::ask::{Ask, HttpMethod, HttpRequest, Scalar};
use crate::engine::Desk;
use crate::event::{Event, HttpResult};
use crate::variables::{Type, Value};
use crate::words;
use crate::words::Help;

/// `http`.
pub(super) const VERB: Verb = Verb {
    name: "http",
    keys: &[
        Key::required(
            "url",
            Kind::Address,
            "the address; values in its holes are escaped",
        )
        .fr("l'adresse ; les valeurs de ses trous sont protégées"),
        Key::new(
            "method",
            Kind::Word(&["GET", "POST", "PUT"], &[]),
            Some("GET"),
            "how it is asked",
        )
        .fr("la façon de demander"),
        Key::new(
            "send",
            Kind::Fields,
            None,
            "send.NAME: fields, sent as JSON; not with GET",
        )
        .fr("send.NOM : des champs, envoyés en JSON ; pas avec GET"),
        Key::new(
            "auth",
            Kind::Secret,
            None,
            "secret:NAME, declared by the administrator",
        )
        .fr("secret:NOM, déclaré par l'administrateur"),
        Key::new(
            "timeout",
            Kind::Duration("1s", "10s"),
            Some("2s"),
            "limit of the whole, repeats included",
        )
        .fr("limite du tout, répétitions comprises"),
        Key::new(
            "retries",
            Kind::Number(0, 5),
            Some("0"),
            "repeats within the limit",
        )
        .fr("répétitions dans cette limite"),
        Key::new(
            "read",
            Kind::Readings,
            None,
            "read.VARIABLE = \"path.in.answer\"",
        )
        .fr("read.VARIABLE = \"chemin.dans.la.réponse\""),
        Key::new(
            "meanwhile",
            Kind::Meanwhile,
            None,
            "heard while it takes longer than 1s: \"one moment\" when absent, \"none\" for silence",
        )
        .fr("entendu au-delà d'une seconde : « un instant » sinon, \"none\" pour le silence"),
    ],
    outcomes: &[
        Outcome::new(
            "ok",
            Otherwise::As("next"),
            "it answered, and all values were there",
        )
        .fr("il a répondu, avec toutes les valeurs"),
        Outcome::new(
            "missing",
            Otherwise::As("on.failed"),
            "it knows nothing of this, or a value is absent",
        )
        .fr("il ne connaît pas cela, ou une valeur manque"),
        Outcome::new(
            "failed",
            Otherwise::Required,
            "no answer in time, a refusal, another status or a value of a wrong type",
        )
        .fr("pas de réponse à temps, un refus, un autre statut ou une valeur d'un autre type"),
    ],
    next: Presence::Optional,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Asks another system, within the tenant's allow list, and reads values of its answer.",
        fr: "Interroge un autre système, parmi ceux qui sont permis, et lit des valeurs de sa réponse.",
    },
    example: r#"do = "http"
url = "https://clients.exemple.fr/v1/dossiers/{keys}"
auth = "secret:clients"
timeout = "2s"
meanwhile = "un-instant"
next = "dossier"
on.missing = "inconnu"
on.failed = "inconnu""#,
    served: true,
    read,
};

#[derive(Debug)]
struct Request {
    url: Template,
    method: HttpMethod,
    send: Vec<Field>,
    auth: Option<String>,
    timeout: Duration,
    retries: u32,
    /// Variable, its type, and the path.
    reads: Vec<(String, Type, String)>,
    meanwhile: Vec<PromptKey>,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    let said = keys.settings.contains_key("meanwhile");
    let meanwhile = match said {
        true => keys.prompts("meanwhile"),
        false => vec![PromptKey::from("one-moment")],
    };
    let timeout = keys.duration("timeout");
    if timeout > MAX_SILENCE && (!said || meanwhile.is_empty()) {
        let message = words!(
            "beyond 2s the caller must hear something",
            "au-delà de 2s l'appelant doit entendre quelque chose"
        );
        return Err(Fault::new("R306", Some("timeout"), message).label(words!(
            "add meanwhile = \"PROMPT\"",
            "ajoutez meanwhile = \"PHRASE\""
        )));
    }
    if !keys.next && !keys.on.contains("ok") {
        let message = words!("this step leads nowhere", "cette étape ne mène nulle part");
        return Err(Fault::new("R302", None, message).label(words!(
            "add next = \"STEP\", or on.ok",
            "ajoutez next = \"ÉTAPE\", ou on.ok"
        )));
    }
    let method = match keys.word("method") {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        _ => HttpMethod::Get,
    };
    let send = keys.fields("send").to_vec();
    if method == HttpMethod::Get && !send.is_empty() {
        let message = words!("GET sends nothing", "GET n'envoie rien");
        return Err(Fault::new("R103", Some("send"), message)
            .label(words!("add method = \"POST\"", "ajoutez method = \"POST\"")));
    }
    let Some(url) = keys.template("url") else {
        let message = words!("the address is missing", "il manque l'adresse");
        return Err(Fault::new("R103", None, message));
    };
    Ok(Arc::new(Request {
        url,
        method,
        send,
        auth: keys.name("auth").map(str::to_owned),
        timeout,
        retries: keys.number("retries").unwrap_or(0),
        reads: typed_reads(keys)?,
        meanwhile,
    }))
}

impl Step for Request {
    fn gives(&self, way: &str) -> Vec<&str> {
        match way {
            "on.ok" | "next" => self.reads.iter().map(|(name, ..)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    fn facts(&self) -> Facts<'_> {
        let silence = match self.meanwhile.is_empty() {
            true => self.timeout,
            false => Duration::ZERO,
        };
        Facts {
            silence,
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Requesting {
            step: self,
            waiting: Waiting::default(),
        })
    }
}

#[derive(Debug)]
struct Requesting {
    step: Arc<Request>,
    waiting: Waiting,
}

impl Requesting {
    /// The address with its holes filled; `None` when a value for one is missing.
    fn address(&self, desk: &Desk<'_>) -> Option<String> {
        let mut address = String::new();
        for part in &self.step.url.parts {
            match part {
                TemplatePart::Words(words) => address.push_str(words),
                TemplatePart::Value(expression, _) => {
                    let value = desk.shown(expression)?.to_string();
                    address.push_str(&escaped(&value));
                }
            }
        }
        Some(address)
    }

    /// The fields to send; one that is a hole without a value is left out.
    fn fields(&self, desk: &Desk<'_>) -> Vec<(String, Scalar)> {
        let fields = self.step.send.iter();
        fields
            .filter_map(|field| Some((field.name.clone(), scalar(desk, &field.value)?)))
            .collect()
    }

    /// How long may be waited: as long as the step says, and never so long that steps in a row leave
    /// the caller without a sound for more than two seconds.
    fn limit(&self, desk: &Desk<'_>) -> Duration {
        let heard = !desk.state.answered || desk.state.gone || !self.step.meanwhile.is_empty();
        match heard {
            true => self.step.timeout,
            false => self
                .step
                .timeout
                .min(MAX_SILENCE.saturating_sub(desk.state.hush)),
        }
    }

    /// Takes the values of an answer, all or none.
    fn take(&self, desk: &mut Desk<'_>, values: &BTreeMap<String, Scalar>) -> Turn {
        let mut taken = Vec::new();
        for (variable, kind, path) in &self.step.reads {
            let Some(scalar) = values.get(path) else {
                return Turn::leave("on.missing");
            };
            match from_scalar(desk, *kind, scalar) {
                Some(value) => taken.push((variable, value)),
                None => return failed(desk, "wrong_type"),
            }
        }
        for (variable, value) in taken {
            desk.state.values.set(variable, value);
        }
        Turn::leave("on.ok")
    }
}

/// Leaves by `on.failed` and writes down why.
fn failed(desk: &mut Desk<'_>, cause: &str) -> Turn {
    desk.trouble(cause);
    Turn::leave("on.failed")
}

fn scalar(desk: &Desk<'_>, value: &FieldValue) -> Option<Scalar> {
    Some(match value {
        FieldValue::Number(number) => Scalar::Number(number.to_string()),
        FieldValue::Fraction(number) => Scalar::Number(number.clone()),
        FieldValue::YesNo(yes) => Scalar::YesNo(*yes),
        FieldValue::Template(template) => match template.parts.as_slice() {
            [TemplatePart::Value(expression, _)] => match desk.shown(expression)? {
                Value::Number(number) => Scalar::Number(number.to_string()),
                Value::YesNo(yes) => Scalar::YesNo(yes),
                other => Scalar::Text(other.to_string()),
            },
            _ => Scalar::Text(desk.write(template)),
        },
    })
}

impl Work for Requesting {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        let step = Arc::clone(&self.step);
        let Some(url) = self.address(desk) else {
            return Turn::leave("on.missing");
        };
        let known = step.auth.as_ref();
        let known = known.is_none_or(|secret| desk.around.secrets.contains(secret));
        if !known || !is_allowed(&desk.around.http_allow, &url) {
            return failed(desk, "not_allowed");
        }
        let timeout = self.limit(desk);
        if timeout.is_zero() {
            return failed(desk, "too_much_silence");
        }
        let fields = self.fields(desk);
        let question = self.waiting.begin(desk, step.meanwhile.clone(), timeout);
        desk.ask(Ask::Http(HttpRequest {
            question,
            method: step.method,
            url,
            fields,
            auth: step.auth.clone(),
            timeout,
            retries: step.retries,
            paths: step.reads.iter().map(|(.., path)| path.clone()).collect(),
        }));
        Turn::Stay
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match event {
            Event::HttpAnswered { question, result } if self.waiting.is_mine(*question) => {
                let turn = match result {
                    HttpResult::Ok(values) => self.take(desk, values),
                    HttpResult::Missing => Turn::leave("on.missing"),
                    HttpResult::Failed(failure) => failed(desk, failure.word()),
                };
                self.waiting.answered(desk, turn)
            }
            _ => self.waiting.on_event(desk, event),
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        match self.waiting.on_timeout(desk) {
            Waited::Still => Turn::Stay,
            Waited::Late => failed(desk, "timed_out"),
            Waited::Done(turn) => turn,
        }
    }
}

/// Nothing to hear for longer is too long (FLOWS §8).
const MAX_SILENCE: Duration = Duration::from_secs(2);
