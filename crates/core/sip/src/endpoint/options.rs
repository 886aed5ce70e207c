//! OPTIONS outside dialogs: what this end can do, and that it is alive (RFC 3261 §11.2).

use rappel_model::Now;

use super::Endpoint;
use super::respond::{Capabilities, KEYS, SDP};
use crate::header::RetryAfter;
use crate::message::StatusCode;
use crate::settings::RETRY_AFTER;
use crate::transaction::table::TransactionId;

impl Endpoint {
    /// This end is about to stop: OPTIONS outside dialogs is answered 503 from here on, so that peers
    /// who probe send their calls elsewhere (RFC 3261 §11.2: as an INVITE would be).
    pub fn close(&mut self) {
        self.is_closing = true;
    }

    /// OPTIONS outside a dialog: how peers find out whether this end takes calls.
    pub(super) fn handle_probe(&mut self, now: Now, id: TransactionId) {
        if !self.is_closing {
            self.tell_capabilities(now, id, true);
        } else if let Some(response) = self.response(id, StatusCode::SERVICE_UNAVAILABLE) {
            self.answer(now, id, response.with(&RetryAfter(RETRY_AFTER)));
        }
    }

    /// Answers OPTIONS, inside a dialog or outside, as an INVITE without its consequences.
    pub(super) fn handle_options(&mut self, now: Now, id: TransactionId) {
        self.tell_capabilities(now, id, false);
    }

    /// What this end can do: in a dialog, or all of it, what it can do as registrar included.
    fn tell_capabilities(&mut self, now: Now, id: TransactionId, at_all: bool) {
        if let Some(response) = self.response(id, StatusCode::OK) {
            let bodies = [SDP, KEYS[0], KEYS[1]];
            let response = response.allow().accept(&bodies).allow_events();
            let response = match at_all {
                true => response.supported_at_all(),
                false => response.supported(),
            };
            self.answer(now, id, response);
        }
    }
}
