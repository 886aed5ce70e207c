//! The trunk room as a call sees it: ways to numbers outside.

use rappel_call::{Barred, Outside, Permit, Route, Wanted};
use rappel_ivr::need::Shown;
use rappel_model::{LegId, Now, TrunkName};
use rappel_sip::header::NameAddr;
use rappel_sip::uri::{SipUri, Uri};
use rappel_trunk::Trunks;

/// What a call is lent of the trunk room.
#[derive(Debug)]
pub(crate) struct Carriers<'a> {
    pub(crate) trunks: &'a Trunks,
}

impl Outside for Carriers<'_> {
    /// Through the trunk that the call came by.
    fn routes(&mut self, _now: Now, wanted: &Wanted<'_>) -> Result<Vec<Route>, Barred> {
        let flow = wanted.came_by.ok_or(Barred::NoTrunk)?;
        let trunk = self.trunks.arrival(flow.remote).ok_or(Barred::NoTrunk)?;
        let from = match (wanted.shown, wanted.line) {
            (Shown::Line, Some(line)) => NameAddr::new(SipUri::at(line, flow.local).into()),
            _ => wanted.caller.shown_to(flow.local),
        };
        let to: Uri = SipUri::at(wanted.number.as_str(), flow.remote).into();
        Ok(vec![Route {
            trunk: TrunkName::clone(&trunk.name),
            target: to.clone(),
            way: flow.into(),
            from,
            to: NameAddr::new(to),
            headers: Vec::new(),
            account: None,
            patience: None,
        }])
    }

    fn admit(
        &mut self,
        _now: Now,
        _wanted: &Wanted<'_>,
        _leg: LegId,
        _route: &Route,
    ) -> Result<Permit, Barred> {
        Ok(Permit::granted())
    }

    fn answered(&mut self, _now: Now, _leg: LegId) {}

    fn ended(&mut self, _now: Now, _leg: LegId, _status: Option<u16>) {}
}
