//! A caller tests their own call: they hear themselves, or are told what their sound is like.

use rappel_ivr::Event;
use rappel_ivr::need::{Measured, SelfTest};
use rappel_media::Command;
use rappel_model::LegId;
use rappel_model::record::StreamReport;

use crate::call::Call;

impl Call {
    /// Does what the flow wants done with the caller's sound.
    pub(crate) fn self_test(&mut self, wanted: SelfTest) {
        let leg = self.caller;
        match wanted {
            SelfTest::Echo => self.order(leg, Command::Bridge { a: leg, b: leg }),
            SelfTest::Measure(question) => {
                self.measuring = Some(question);
                self.order(leg, Command::Measure { leg });
            }
        }
    }

    /// The figures of a leg, for the flow that asked for them.
    pub(crate) fn measured(&mut self, leg: LegId, report: &StreamReport) {
        if leg != self.caller {
            return;
        }
        if let Some(question) = self.measuring.take() {
            let report = *report;
            self.news
                .push_back(Event::Measured(Measured { question, report }));
        }
    }
}
