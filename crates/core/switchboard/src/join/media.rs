//! News of pacing threads.

use rappel_call::Input;
use rappel_media::Event;
use rappel_model::Now;

use crate::switchboard::Switchboard;

impl Switchboard {
    /// Brings news of a media session to its call; the port of one that closed is free again.
    /// News of a session nobody knows any more concerns nobody.
    pub(crate) fn join_media(&mut self, now: Now, event: Event) {
        let loan = match &event {
            Event::Closed { leg, local, .. } => self.ledger.give_back(*leg, *local),
            Event::Started { leg }
            | Event::PlayStarted { leg, .. }
            | Event::PlayEnded { leg, .. }
            | Event::LeftOut { leg, .. }
            | Event::Digit { leg, .. }
            | Event::Measured { leg, .. }
            | Event::RecordingEnded { leg, .. }
            | Event::RoomFull { leg, .. }
            | Event::NoKeys { leg, .. }
            | Event::Quiet { leg }
            | Event::Lost { leg } => self.ledger.loan(*leg),
        };
        if let Some(loan) = loan {
            self.with_call(loan.call, |call, house| {
                call.handle_input(now, house, Input::Media(event));
            });
        }
    }
}
