//! What flows ask of rooms that calls know nothing about: directories, other systems, consents,
//! what is pending. What no room can answer yet is said at once, so that the step goes on.

use rappel_ivr::need::{Consent, ConsentAnswer, ConsentKind, Pending};
use rappel_ivr::{Ask, Event, HttpFailure, HttpRequest, HttpResult, Unavailable};
use rappel_model::record::{CallerLanguage, ConsentRecord};
use rappel_model::{CallUid, DirectoryName, Language, Now, PhoneNumber, QuestionId, TenantId};

use crate::output::{Output, Question, Write};
use crate::questions::{About, Open};
use crate::switchboard::Switchboard;

/// Who asks: whose call, and which one.
type Asker = (TenantId, CallUid);

impl Switchboard {
    /// Does one errand for a call's flow; whatever comes of it, a question is answered.
    pub(crate) fn run_errand(&mut self, now: Now, asker: Asker, ask: Ask) {
        let open = ask.question();
        match ask {
            Ask::Lookup {
                question,
                directory,
                by,
                value,
                columns,
            } => {
                let result = self.look_up(&asker.0, &directory, (&by, value.reveal()), &columns);
                self.grant(now, asker.1, Event::LookedUp { question, result });
            }
            Ask::Http(request) => self.ask_elsewhere(now, asker, request),
            Ask::Remember(language) => self.remember(now, &asker, language),
            Ask::Forward(wanted) => self.forward(now, asker, wanted),
            Ask::Consent(consent) => self.keep_consent(now, asker, consent),
            Ask::Pending { question, .. } => {
                let found = self.pending(&asker);
                self.grant(now, asker.1, Event::Pending { question, found });
            }
            _ => {
                if let Some(question) = open {
                    self.grant(now, asker.1, Event::NotAvailable { question });
                }
            }
        }
    }

    fn look_up(
        &self,
        tenant: &TenantId,
        directory: &DirectoryName,
        (by, value): (&str, &str),
        columns: &[String],
    ) -> Result<Option<Vec<Option<String>>>, Unavailable> {
        let tables = self.directories.get(tenant);
        let table = tables.and_then(|tables| tables.get(directory));
        let table = table.ok_or(Unavailable)?;
        Ok(table.find(by, value).map(|row| {
            let cells = columns.iter().map(|column| row.cell(column));
            cells.map(|cell| cell.map(str::to_owned)).collect()
        }))
    }

    fn ask_elsewhere(&mut self, now: Now, (tenant, call): Asker, request: HttpRequest) {
        let asked = request.question;
        let version = self.version(&tenant);
        let allow = version.map(|version| version.surroundings.http_allow.clone());
        let ask = Question::Http {
            tenant: tenant.clone(),
            request: Box::new(request),
            allow: allow.unwrap_or_default(),
        };
        let open = Open {
            tenant,
            call,
            asked,
            about: About::Http,
        };
        if self.ask(open, ask).is_err() {
            let result = HttpResult::Failed(HttpFailure::Unreachable);
            let question = asked;
            self.grant(now, call, Event::HttpAnswered { question, result });
        }
    }

    fn remember(&mut self, now: Now, (tenant, call): &Asker, language: Language) {
        let Some(caller) = self.number_of(*call) else {
            return;
        };
        self.callers
            .speaks(tenant, &caller, now.wall, language.clone());
        let chosen = CallerLanguage {
            tenant: tenant.clone(),
            caller,
            language,
            chosen: now.wall,
        };
        self.put(Output::Write(Write::CallerLanguage(chosen)));
    }

    fn keep_consent(&mut self, now: Now, (tenant, call): Asker, consent: Consent) {
        let kind = match consent.kind {
            ConsentKind::Recording => "recording",
            ConsentKind::Contact => "contact",
            ConsentKind::Data => "data",
        };
        let answer = match consent.answer {
            ConsentAnswer::Informed => "informed",
            ConsentAnswer::Yes => "yes",
            ConsentAnswer::No => "no",
            ConsentAnswer::Silence => "silence",
        };
        let record = ConsentRecord {
            tenant: tenant.clone(),
            call,
            caller: self.calls.get(&call).and_then(|call| call.shown()),
            kind: kind.to_owned(),
            wording: consent.wording,
            language: consent.language,
            answer: answer.to_owned(),
            at: now.wall,
        };
        let open = Open {
            tenant,
            call,
            asked: consent.question,
            about: About::Row,
        };
        if self
            .ask(open, Question::KeepConsent(Box::new(record)))
            .is_err()
        {
            self.not_stored(now, call, consent.question);
        }
    }

    fn not_stored(&mut self, now: Now, call: CallUid, question: QuestionId) {
        let stored = false;
        self.grant(now, call, Event::Done { question, stored });
    }

    /// A message of theirs that nobody has heard. Callbacks and dialogues come with their rooms.
    fn pending(&self, (tenant, call): &Asker) -> Pending {
        let shown = self.calls.get(call).and_then(|call| call.shown());
        let message = shown.and_then(|caller| self.voicemail.waiting_from(tenant, caller.reveal()));
        Pending {
            message: message.map(|message| (message.id, message.length)),
            ..Pending::default()
        }
    }

    /// The caller's international number, when it is shown.
    pub(crate) fn number_of(&self, call: CallUid) -> Option<PhoneNumber> {
        let number = self.calls.get(&call)?.number()?;
        number.is_e164().then(|| number.clone())
    }
}
