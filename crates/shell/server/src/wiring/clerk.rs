//! Takes the core's questions and writes to the store, and brings the answers back.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use rappel_model::QuestionId;
use rappel_store::Store;
use rappel_switchboard::{Answer, Input, Question, Write};
use tokio::runtime::Handle;

use super::web::Web;

/// The control thread's way to the store, and to other systems. None of its methods waits.
#[derive(Debug)]
pub(crate) struct Clerk {
    store: Arc<Store>,
    inbox: SyncSender<Input>,
    web: Web,
    runtime: Handle,
}

impl Clerk {
    /// A clerk that answers into `inbox`.
    pub(crate) fn new(
        store: Arc<Store>,
        inbox: SyncSender<Input>,
        web: Web,
        runtime: Handle,
    ) -> Self {
        Self {
            store,
            inbox,
            web,
            runtime,
        }
    }

    /// Asks the store; `Input::Answer` follows, whatever happens.
    pub(crate) fn ask(&self, question: QuestionId, ask: Question) {
        match ask {
            Question::KeepMessage(message) => {
                let (id, inbox) = (message.id, self.inbox.clone());
                self.store.keep_message(*message, move |kept| {
                    answer(&inbox, question, stored(kept, Answer::Kept(id)));
                });
            }
            Question::DeleteMessage {
                message,
                recording,
                at,
            } => {
                let inbox = self.inbox.clone();
                self.store
                    .delete_message(message, recording, at, move |deleted| {
                        answer(&inbox, question, stored(deleted, Answer::Stored));
                    });
            }
            Question::KeepConsent(consent) => {
                let inbox = self.inbox.clone();
                self.store.keep_consent(*consent, move |kept| {
                    answer(&inbox, question, stored(kept, Answer::Stored));
                });
            }
            Question::KeepForward(forward) => {
                let inbox = self.inbox.clone();
                self.store.keep_forward(*forward, move |kept| {
                    answer(&inbox, question, stored(kept, Answer::Stored));
                });
            }
            Question::Http {
                tenant,
                request,
                allow,
            } => {
                let (web, inbox) = (self.web.clone(), self.inbox.clone());
                self.runtime.spawn(async move {
                    let result = web.ask(&tenant, *request, &allow).await;
                    answer(&inbox, question, Answer::Http(result));
                });
            }
            Question::CheckPin { tenant, user, pin } => {
                let (store, inbox) = (Arc::clone(&self.store), self.inbox.clone());
                self.runtime.spawn(async move {
                    let verdict = store
                        .database()
                        .check_pin(&tenant, &user, pin, wall())
                        .await;
                    answer(&inbox, question, pin_verdict(verdict));
                });
            }
        }
    }

    /// Keeps something; a refusal is logged, the store has no better plan for it either.
    pub(crate) fn write(&self, write: Write) {
        let row = match write {
            Write::Call(call) => rappel_store::Write::Call(call),
            Write::Heard { message, at } => rappel_store::Write::Heard { message, at },
            Write::Count { tenant, name, at } => rappel_store::Write::Count { tenant, name, at },
            Write::RecordingBegan(began) => rappel_store::Write::RecordingBegan(began),
            Write::CallRecordingBegan(began) => rappel_store::Write::CallRecordingBegan(began),
            Write::CallRecordingEnded {
                recording,
                length,
                cut,
            } => rappel_store::Write::CallRecordingEnded {
                recording,
                length,
                cut,
            },
            Write::Registration(record) => rappel_store::Write::Registration(record),
            Write::CallerLanguage(chosen) => rappel_store::Write::CallerLanguage(chosen),
            Write::Discard(recording) => rappel_store::Write::Discard(recording),
        };
        if let Err(error) = self.store.write(row) {
            tracing::error!(%error, "a record could not be kept");
        }
    }
}

fn wall() -> rappel_model::Timestamp {
    rappel_net::Clock::start().now().wall
}

fn stored(result: Result<(), rappel_store::Error>, good: Answer) -> Answer {
    match result {
        Ok(()) => good,
        Err(error) => Answer::NotStored(error.to_string()),
    }
}

fn pin_verdict(verdict: Result<rappel_store::PinVerdict, rappel_store::Error>) -> Answer {
    use rappel_ivr::PinVerdict as Said;
    use rappel_store::PinVerdict as Found;
    match verdict {
        Ok(Found::Right) => Answer::Pin(Said::Right),
        Ok(Found::Wrong) => Answer::Pin(Said::Wrong),
        Ok(Found::NotSet) => Answer::Pin(Said::NotSet),
        Ok(Found::Locked) => Answer::Pin(Said::Locked),
        Err(error) => Answer::NotStored(error.to_string()),
    }
}

/// The inbox is full only when the control thread is far behind; the store's threads may wait.
fn answer(inbox: &SyncSender<Input>, question: QuestionId, answer: Answer) {
    // The receiver is gone only when the engine has stopped.
    let _stopped = inbox.send(Input::Answer { question, answer }).is_err();
}
