//! State after a restart.

use jiff::tz::TimeZone;
use rappel_model::record::{
    CallerLanguage, MessageRecord, OutsideCall, PastCall, RegistrationRecord,
};
use rappel_model::{Now, TenantId};
use rappel_voicemail::Voicemail;

use crate::switchboard::Switchboard;

impl Switchboard {
    /// Takes every message that the store holds; phones are told how many wait.
    pub(crate) fn restore(&mut self, now: Now, messages: Vec<MessageRecord>) {
        self.voicemail = Voicemail::restore(messages);
        self.tell_everybody(now);
    }

    /// Takes where phones were reached before the restart. None of them is told anything: their lamps
    /// are right again with their next registration, and a start does not begin with a NOTIFY for each.
    pub(crate) fn readmit(&mut self, now: Now, kept: Vec<RegistrationRecord>) {
        self.sip.restore(now, kept);
    }

    /// Takes what the store remembers of calls to numbers outside.
    pub(crate) fn recount(&mut self, now: Now, calls: Vec<OutsideCall>) {
        for call in calls {
            let Some(version) = self.version(&call.tenant).cloned() else {
                continue;
            };
            let asker = rappel_trunk::Asker {
                tenant: &call.tenant,
                home: version.settings.outbound.country,
                zone: &version.surroundings.timezone,
                number: &call.number,
                came_by: None,
            };
            let spoke = (call.answered, call.ended);
            self.carriers.restore(now, &asker, spoke);
        }
    }

    /// Takes what the store remembers of callers.
    pub(crate) fn recall(&mut self, calls: Vec<PastCall>, languages: Vec<CallerLanguage>) {
        let tenants = &self.tenants;
        let zone = |tenant: &TenantId| {
            let version = tenants.get(tenant);
            version.map_or(TimeZone::UTC, |v| v.surroundings.timezone.clone())
        };
        self.callers.restore(calls, languages, zone);
    }
}
