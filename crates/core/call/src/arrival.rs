//! How a call begins: who called, what was dialled, and what shall serve it.

use std::net::SocketAddr;
use std::sync::Arc;

use rappel_ivr::{FlowSet, Known};
use rappel_model::record::{CallDirection, Origin};
use rappel_model::{
    CallUid, FlowName, Language, LineName, PhoneNumber, Redacted, Secrecy, TenantId, UserName,
    VersionId,
};
use rappel_sip::header::{Diversion, HistoryInfo, MaxForwards, NameAddr};
use rappel_sip::uri::{SipUri, Uri};
use rappel_sip::{Flow, Incoming};

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
    /// A number that saves lives was dialled: no bound of ours may refuse it.
    pub is_for_help: bool,
    /// What shall serve the call.
    pub service: Service,
    /// Whether the caller's voice is encrypted.
    pub secrecy: Secrecy,
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
    /// A user of ours who asked for privacy (RFC 3323 §4.2): no other leg is told who it is.
    pub is_hidden: bool,
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

/// One device of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    /// Whose.
    pub(crate) user: UserName,
    /// Which of theirs, as the `gr` of its GRUU names it.
    pub(crate) gr: String,
}

/// How a call came here: what those that we make for it go on with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Came {
    /// The way to the trunk that it came by.
    pub(crate) trunk: Option<Flow>,
    /// What a call that we make for this one may have left of its Max-Forwards (RFC 7332 §5).
    pub(crate) max_forwards: Option<u8>,
    /// How often the call was handed on before it came here, as who brought it says.
    pub(crate) diversions: u32,
}

impl Arrival {
    /// How the call came.
    pub(crate) fn came(&self) -> Came {
        Came {
            trunk: matches!(self.origin, Origin::Trunk(_)).then_some(self.incoming.flow),
            max_forwards: self.max_forwards(),
            diversions: self.diversions(),
        }
    }

    /// What is left of Max-Forwards for the calls we make: each is one more hop of the same way, so that one
    /// that leads back to us ends (RFC 7332 §5). `None` where nothing is said.
    fn max_forwards(&self) -> Option<u8> {
        let left: MaxForwards = self.incoming.headers.typed()?;
        Some(left.0.saturating_sub(1))
    }

    /// How often it was handed on already: by each Diversion as often as it counts (RFC 5806 §4.2), or by
    /// every address of History-Info but the last (RFC 7044 §5). A claim: it makes forwards fewer, never more.
    fn diversions(&self) -> u32 {
        let headers = &self.incoming.headers;
        let diverted = headers.all::<Diversion>();
        let diverted = diverted.iter().map(Diversion::counter);
        let history = headers.all::<HistoryInfo>().len().saturating_sub(1);
        let diverted = diverted.fold(0, u32::saturating_add);
        diverted.max(u32::try_from(history).unwrap_or(u32::MAX))
    }

    /// The one device that was called: the Request-URI is a GRUU (RFC 5627 §6.1).
    pub(crate) fn device(&self) -> Option<Device> {
        let uri = self.incoming.uri.as_sip()?;
        let gr = uri.params.value("gr")?.to_owned();
        let user = uri.user()?.as_str().into();
        Some(Device { user, gr })
    }

    /// The number that was called first, when a trunk says that the call was forwarded: of the oldest
    /// Diversion (RFC 5806 §3), else of the first History-Info (RFC 7044 §5). For records only: it is
    /// a claim of the trunk's.
    pub(crate) fn first_called(&self) -> Option<PhoneNumber> {
        if !matches!(self.origin, Origin::Trunk(_)) {
            return None;
        }
        let headers = &self.incoming.headers;
        let diverted = headers.all::<Diversion>().pop().map(|first| first.0);
        let history = || {
            let all = headers.all::<HistoryInfo>();
            // One address is that of this call itself.
            (all.len() > 1).then(|| all.into_iter().next())?
        };
        let first = diverted.or_else(|| history().map(|first| first.0))?;
        PhoneNumber::parse(&first.uri.user()?)
    }
}

impl CallerId {
    /// The one word that stands for the caller in records: number, else user.
    pub fn shown(&self) -> Option<Redacted<String>> {
        let number = self.number.as_ref().map(|n| n.as_str().to_owned());
        let user = || self.user.as_ref().map(|u| u.as_str().to_owned());
        number.or_else(user).map(Redacted::new)
    }

    /// What a peer sees of the caller at our address `host`: the number or the user, and the name, so
    /// that a call back finds us; who shows nothing is anonymous (RFC 3323 §4.1).
    pub fn shown_to(&self, host: SocketAddr) -> NameAddr {
        let number = self.number.as_ref().map(|number| number.as_str());
        let user = self.user.as_ref().map(UserName::as_str);
        let Some(shown) = number.or(user).filter(|_| !self.is_hidden) else {
            let uri = Uri::read("sip:anonymous@anonymous.invalid").expect("RFC 3323 gives it");
            return NameAddr::new(uri).with_display("Anonymous");
        };
        let address = NameAddr::new(SipUri::at(shown, host).into());
        address.with_display(self.name.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_shows_nothing_is_anonymous() {
        let local = "192.0.2.1:5060".parse().unwrap();
        let hidden = CallerId::default().shown_to(local);
        assert_eq!(
            hidden.to_string(),
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>"
        );
        let ours = CallerId {
            user: Some("karim".into()),
            is_hidden: true,
            ..CallerId::default()
        };
        assert_eq!(ours.shown_to(local), hidden);
        let caller = CallerId {
            number: PhoneNumber::parse("+33 6 12"),
            name: Some("Léa".to_owned()),
            ..CallerId::default()
        };
        let shown = caller.shown_to(local);
        assert_eq!(shown.to_string(), "\"Léa\" <sip:+33612@192.0.2.1:5060>");
    }
}
