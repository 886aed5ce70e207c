//! How a call begins: who called, what was dialled, and what shall serve it.

use std::sync::Arc;

use rappel_ivr::{FlowSet, Known};
use rappel_model::record::{CallDirection, Origin};
use rappel_model::{
    CallUid, FlowName, Language, LineName, PhoneNumber, Redacted, TenantId, UserName, VersionId,
};
use rappel_sip::Incoming;

use crate::cause::Cause;

/// A new INVITE, with everything numbering found out about it.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The call's identity.
    pub uid: CallUid,
    /// The INVITE.
    pub incoming: Box<Incoming>,
    /// Whose line or user is called; `None` when the number belongs to nobody.
    pub tenant: Option<TenantId>,
    /// Where it came from.
    pub origin: Origin,
    /// From outside, or from one of our own phones.
    pub direction: CallDirection,
    /// The line that was called, when one was.
    pub line: Option<LineName>,
    /// The tenant's files in force; the call keeps their flows and prompts.
    pub version: Option<VersionId>,
    /// Who calls, as others may see it.
    pub caller: CallerId,
    /// What was dialled, as it arrived.
    pub called: String,
    /// What shall serve the call.
    pub service: Service,
}

/// Who calls, as policy lets others see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerId {
    /// The number shown, E.164 when it is one; `None` when hidden.
    pub number: Option<PhoneNumber>,
    /// The name shown.
    pub name: Option<String>,
    /// The user, when it is one of ours.
    pub user: Option<UserName>,
}

/// What serves a call.
#[derive(Clone, Debug)]
pub enum Service {
    /// A flow of the tenant's, or one that every engine has.
    Flow {
        /// The flows in force when the call began; it keeps them.
        flows: Arc<FlowSet>,
        /// Which one.
        flow: FlowName,
        /// What the flow is told was dialled.
        called: String,
        /// Spoken first.
        language: Language,
        /// What is known of the caller from before.
        known: Known,
        /// False on a line with `answer = "never"`: no wish of the flow may answer it.
        may_answer: bool,
    },
    /// Nothing: it is refused for this cause, with a record.
    Refuse(Cause),
}

impl CallerId {
    /// The one word that stands for the caller in records: number, else user.
    pub fn shown(&self) -> Option<Redacted<String>> {
        let number = self.number.as_ref().map(|n| n.as_str().to_owned());
        let user = || self.user.as_ref().map(|u| u.as_str().to_owned());
        number.or_else(user).map(Redacted::new)
    }
}
