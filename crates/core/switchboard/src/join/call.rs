//! What calls want.

use rappel_call::{Output as CallOutput, Wish};
use rappel_model::{CallUid, Now};

use crate::output::{Output, Write};
use crate::switchboard::Switchboard;

impl Switchboard {
    /// Carries one output of a call to where it belongs.
    pub(crate) fn join_call(&mut self, now: Now, uid: CallUid, output: CallOutput) {
        let tenant = self.calls.get(&uid).and_then(|call| call.tenant().cloned());
        match output {
            CallOutput::Media {
                thread,
                version,
                command,
            } => self.put(Output::Media {
                thread,
                version,
                command,
            }),
            CallOutput::Fact(fact) => self.diary(now, tenant, Some(uid), fact),
            CallOutput::Find { search, sought } => self.find(now, uid, search, &sought),
            CallOutput::Fetch { leg, dialog, user } => self.fetch(now, uid, leg, dialog, &user),
            CallOutput::Ended(record) => {
                if let (Some(tenant), Some(caller), Some(at)) =
                    (&tenant, self.number_of(uid), record.connected)
                {
                    self.callers.reached(tenant, &caller, at);
                }
                self.dismiss(uid);
                self.put(Output::Write(Write::Call(record)));
            }
            CallOutput::Wish(wish) => {
                // Only the flow of a tenant has wishes.
                let Some(tenant) = tenant else { return };
                match wish {
                    Wish::Keep { question, message } => self.keep(now, uid, question, message),
                    Wish::Began(began) => self.put(Output::Write(Write::RecordingBegan(began))),
                    Wish::Taping(began) => {
                        self.put(Output::Write(Write::CallRecordingBegan(began)));
                    }
                    Wish::Taped {
                        recording,
                        length,
                        cut,
                    } => self.put(Output::Write(Write::CallRecordingEnded {
                        recording,
                        length,
                        cut,
                    })),
                    Wish::Discard(recording) => {
                        self.put(Output::Write(Write::Discard(recording)));
                    }
                    Wish::CheckPin {
                        question,
                        user,
                        pin,
                    } => self.check_pin(now, (tenant, uid, question), user, pin),
                    Wish::ListMessages { question, user } => {
                        self.list_messages(now, &tenant, uid, question, user);
                    }
                    Wish::MarkHeard(message) => self.heard(now, tenant, uid, message),
                    Wish::Delete { question, message } => {
                        self.delete(now, (tenant, uid, question), message);
                    }
                    Wish::Errand(ask) => self.run_errand(now, (tenant, uid), *ask),
                    Wish::Count(name) => {
                        let at = now.wall;
                        self.put(Output::Write(Write::Count { tenant, name, at }));
                    }
                }
            }
        }
    }
}
