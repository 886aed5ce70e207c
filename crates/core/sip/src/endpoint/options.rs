//! OPTIONS outside dialogs: what this end can do, and that it is alive (RFC 3261 §11.2).

use rappel_model::Now;

use super::Endpoint;
use super::respond::{Capabilities, KEYS, SDP};
use crate::message::StatusCode;
use crate::transaction::table::TransactionId;

impl Endpoint {
    /// Answers OPTIONS, inside a dialog or outside, as an INVITE without its consequences.
    pub(super) fn handle_options(&mut self, now: Now, id: TransactionId) {
        if let Some(response) = self.response(id, StatusCode::OK) {
            let bodies = [SDP, KEYS[0], KEYS[1]];
            let response = response.allow().accept(&bodies).supported().allow_events();
            self.answer(now, id, response);
        }
    }
}
