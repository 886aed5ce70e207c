//! What is known of callers from before: the language they chose, their calls of today.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rappel_ivr::Known;
use rappel_model::record::{CallerLanguage, PastCall};
use rappel_model::{Language, PhoneNumber, TenantId, Timestamp};

/// Everybody who called a tenant lately or chose a language there, within [`MAX_CALLERS`]; beyond,
/// whoever called least recently is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Callers {
    known: BTreeMap<(TenantId, PhoneNumber), Caller>,
    /// Who called when, least recently first.
    recent: BTreeMap<(Timestamp, u64), (TenantId, PhoneNumber)>,
    notes: u64,
}

#[derive(Debug, Default)]
struct Caller {
    language: Option<Language>,
    /// The calls of the last day on which there was one.
    calls: u32,
    last: Option<Timestamp>,
    reached: Option<Timestamp>,
    /// The place in `recent`.
    place: (Timestamp, u64),
}

impl Callers {
    /// Takes what the store remembers, calls oldest first.
    pub(crate) fn restore(
        &mut self,
        calls: Vec<PastCall>,
        languages: Vec<CallerLanguage>,
        zone: impl Fn(&TenantId) -> TimeZone,
    ) {
        for CallerLanguage {
            tenant,
            caller,
            language,
            chosen,
        } in languages
        {
            self.note(&tenant, &caller, chosen).language = Some(language);
        }
        for call in calls {
            let zone = zone(&call.tenant);
            self.called(&call.tenant, &call.caller, call.started, &zone);
            if call.reached {
                self.reached(&call.tenant, &call.caller, call.started);
            }
        }
    }

    /// What is known of a caller; nothing of whoever hides their number.
    pub(crate) fn known(
        &self,
        tenant: &TenantId,
        caller: &PhoneNumber,
        at: Timestamp,
        zone: &TimeZone,
    ) -> Known {
        let Some(caller) = self.known.get(&(tenant.clone(), caller.clone())) else {
            return Known::default();
        };
        let today =
            |when: Option<Timestamp>| when.is_some_and(|when| day(when, zone) == day(at, zone));
        Known {
            language: caller.language.clone(),
            attempts_today: if today(caller.last) { caller.calls } else { 0 },
            last_attempt: caller.last,
            reached_today: today(caller.reached),
            ..Known::default()
        }
    }

    /// Somebody calls.
    pub(crate) fn called(
        &mut self,
        tenant: &TenantId,
        caller: &PhoneNumber,
        at: Timestamp,
        zone: &TimeZone,
    ) {
        let note = self.note(tenant, caller, at);
        let same_day = note
            .last
            .is_some_and(|last| day(last, zone) == day(at, zone));
        note.calls = if same_day {
            note.calls.saturating_add(1)
        } else {
            1
        };
        note.last = Some(at);
    }

    /// They talk to somebody.
    pub(crate) fn reached(&mut self, tenant: &TenantId, caller: &PhoneNumber, at: Timestamp) {
        self.note(tenant, caller, at).reached = Some(at);
    }

    /// They chose a language.
    pub(crate) fn speaks(
        &mut self,
        tenant: &TenantId,
        caller: &PhoneNumber,
        at: Timestamp,
        language: Language,
    ) {
        self.note(tenant, caller, at).language = Some(language);
    }

    fn note(&mut self, tenant: &TenantId, caller: &PhoneNumber, at: Timestamp) -> &mut Caller {
        let key = (tenant.clone(), caller.clone());
        self.notes += 1;
        let place = (at, self.notes);
        if let Some(known) = self.known.get(&key) {
            self.recent.remove(&known.place);
        } else if self.known.len() >= MAX_CALLERS
            && let Some((_, oldest)) = self.recent.pop_first()
        {
            self.known.remove(&oldest);
        }
        self.recent.insert(place, key.clone());
        let caller = self.known.entry(key).or_default();
        caller.place = place;
        caller
    }
}

fn day(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_jiff().to_zoned(zone.clone()).date()
}

/// Most callers of all tenants that are remembered: some 20 MiB.
pub(crate) const MAX_CALLERS: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn number(n: usize) -> PhoneNumber {
        PhoneNumber::parse(&format!("+336{n:08}")).unwrap()
    }

    fn hour(n: i64) -> Timestamp {
        Timestamp::from_micros(n * 3_600_000_000)
    }

    #[test]
    fn calls_count_within_their_day_at_the_tenants_place() {
        let (a, zone) = (TenantId::from("a"), TimeZone::fixed(jiff::tz::offset(2)));
        let mut callers = Callers::default();
        callers.called(&a, &number(1), hour(20), &zone);
        callers.called(&a, &number(1), hour(21), &zone);
        callers.reached(&a, &number(1), hour(21));
        let known = |at| callers.known(&a, &number(1), at, &zone);
        let tonight = known(hour(21));
        assert_eq!((tonight.attempts_today, tonight.reached_today), (2, true));
        let tomorrow = known(hour(22));
        assert_eq!(
            (tomorrow.attempts_today, tomorrow.reached_today),
            (0, false)
        );
        assert_eq!(tomorrow.last_attempt, Some(hour(21)));
        assert_eq!(
            callers.known(&"b".into(), &number(1), hour(21), &zone),
            Known::default()
        );
    }

    #[test]
    fn whoever_called_least_recently_is_forgotten_first() {
        let (a, zone) = (TenantId::from("a"), TimeZone::UTC);
        let mut callers = Callers::default();
        for n in 0..MAX_CALLERS {
            callers.speaks(&a, &number(n), hour(n as i64), "en".into());
        }
        callers.called(&a, &number(0), hour(MAX_CALLERS as i64), &zone);
        callers.called(&a, &number(MAX_CALLERS), hour(MAX_CALLERS as i64), &zone);
        let language = |n| callers.known(&a, &number(n), hour(0), &zone).language;
        assert_eq!(language(0), Some("en".into()));
        assert_eq!(
            language(1),
            None,
            "the second caller was the oldest by then"
        );
        assert_eq!(callers.known.len(), MAX_CALLERS);
        assert_eq!(callers.recent.len(), MAX_CALLERS);
    }
}
