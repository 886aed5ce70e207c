//! State after a restart.

use rappel_model::Now;
use rappel_model::record::MessageRecord;
use rappel_voicemail::Voicemail;

use crate::switchboard::Switchboard;

impl Switchboard {
    /// Takes every message that the store holds; phones are told how many wait.
    pub(crate) fn restore(&mut self, now: Now, messages: Vec<MessageRecord>) {
        self.voicemail = Voicemail::restore(messages);
        self.tell_everybody(now);
    }
}
