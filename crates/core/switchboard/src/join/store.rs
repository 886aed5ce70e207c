//! Answers of the store.

use rappel_call::Input;
use rappel_ivr::need::Forwarded;
use rappel_ivr::{Event, HttpFailure, HttpResult, PinVerdict, Refused};
use rappel_model::record::MessageRecord;
use rappel_model::{CallUid, Fact, MessageId, Now, QuestionId, TenantId};

use crate::input::Answer;
use crate::questions::{About, Open};
use crate::switchboard::Switchboard;

impl Switchboard {
    /// Brings an answer to the flow that asked, after the house itself has taken note of it. An
    /// answer of the wrong kind counts as "not stored": nothing may be promised on it.
    pub(crate) fn join_answer(&mut self, now: Now, question: QuestionId, answer: Answer) {
        let Some(open) = self.questions.answered(question) else {
            return;
        };
        let Open {
            tenant,
            call,
            asked,
            about,
        } = open;
        let event = match (about, answer) {
            (About::Keep(message), Answer::Kept(id)) => {
                self.kept(now, call, *message, id);
                Event::Kept {
                    question: asked,
                    result: Ok(id),
                }
            }
            (About::Keep(message), answer) => {
                self.lost(now, call, &message, why(answer));
                Event::Kept {
                    question: asked,
                    result: Err(Refused::NotStored),
                }
            }
            (About::Delete(message), Answer::Stored) => {
                self.deleted(now, tenant, call, message);
                Event::Done {
                    question: asked,
                    stored: true,
                }
            }
            (About::Delete(_), _) => Event::Done {
                question: asked,
                stored: false,
            },
            (About::Forward(record), Answer::Stored) => Event::Forwarded {
                question: asked,
                outcome: self.forward_kept(*record),
            },
            (About::Forward(_), _) => Event::Forwarded {
                question: asked,
                outcome: Forwarded::NotStored,
            },
            (About::Row, answer) => Event::Done {
                question: asked,
                stored: answer == Answer::Stored,
            },
            (About::Http, answer) => Event::HttpAnswered {
                question: asked,
                result: match answer {
                    Answer::Http(result) => result,
                    _ => HttpResult::Failed(HttpFailure::Unreachable),
                },
            },
            (About::Pin, answer) => Event::PinChecked {
                question: asked,
                verdict: match answer {
                    Answer::Pin(verdict) => verdict,
                    // A PIN that cannot be checked opens nothing.
                    _ => PinVerdict::Locked,
                },
            },
        };
        self.grant(now, call, event);
    }

    /// Tells a flow what came of its wish.
    pub(crate) fn grant(&mut self, now: Now, call: CallUid, event: Event) {
        self.with_call(call, |call, house| {
            call.handle_input(now, house, Input::Granted(event));
        });
    }

    /// A message is durable.
    fn kept(&mut self, now: Now, call: CallUid, mut message: MessageRecord, id: MessageId) {
        message.id = id;
        let (tenant, mailbox) = (message.tenant.clone(), message.mailbox.clone());
        let saved = Fact::MessageSaved {
            message: id,
            mailbox: mailbox.clone(),
            length: message.length,
        };
        self.voicemail.kept(message);
        self.diary(now, Some(tenant.clone()), Some(call), saved);
        self.tell_mailbox(now, &tenant, &mailbox);
    }

    /// A message is not durable and never will be.
    pub(crate) fn lost(&mut self, now: Now, call: CallUid, message: &MessageRecord, why: String) {
        let fact = Fact::MessageLost {
            mailbox: message.mailbox.clone(),
            why,
        };
        self.diary(now, Some(message.tenant.clone()), Some(call), fact);
    }

    /// A message is deleted for good.
    fn deleted(&mut self, now: Now, tenant: TenantId, call: CallUid, message: MessageId) {
        let mailbox = self.voicemail.message(message).map(|m| m.mailbox.clone());
        self.voicemail.deleted(message, now.wall);
        self.diary(
            now,
            Some(tenant.clone()),
            Some(call),
            Fact::MessageDeleted(message),
        );
        if let Some(mailbox) = mailbox {
            self.tell_mailbox(now, &tenant, &mailbox);
        }
    }
}

fn why(answer: Answer) -> String {
    match answer {
        Answer::NotStored(why) => why,
        other => format!("the store answered {other:?}"),
    }
}
