//! One version of a tenant: everything its files say, checked.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use rappel_ivr::diagnostic::Place;
use rappel_ivr::{Diagnostic, FlowSet, PromptTexts, Severity, Surroundings, words};
use rappel_model::callback::CallMe;
use rappel_model::campaign::Campaign;
use rappel_model::person::Person;
use rappel_model::{
    CampaignName, FlowName, PersonName, PhoneNumber, TenantId, Timestamp, VersionId,
};
use sha2::{Digest, Sha256};

use crate::codes;
use crate::files::Files;
use crate::lines::Line;
use crate::settings::Settings;

/// Everything the files of a tenant say. Immutable; a reload makes another one. Calls keep the
/// flows and prompts they began with, so the parts are shared.
#[derive(Clone, Debug)]
pub struct Version {
    /// Whose.
    pub tenant: TenantId,
    /// Counted by the engine that took it, from 1; 0 as long as none has.
    pub number: u32,
    /// Twelve hex digits of the SHA-256 over all paths, texts and recordings, shared ones included.
    pub fingerprint: String,
    /// The company itself.
    pub settings: Settings,
    /// Its lines, by name.
    pub lines: Vec<Line>,
    /// Its flows and the shared ones.
    pub flows: Arc<FlowSet>,
    /// The text of each flow, the shared ones in use included: what a reload changes is told from it.
    pub(crate) flow_texts: BTreeMap<FlowName, Arc<str>>,
    /// What flows see: calendars, people, queues, mailboxes.
    pub surroundings: Arc<Surroundings>,
    /// Its missed-call campaigns.
    pub campaigns: BTreeMap<CampaignName, Campaign>,
    /// The buttons of its web pages.
    pub call_me: Vec<CallMe>,
    /// The words of its prompts, the shared ones included.
    pub prompts: Arc<PromptTexts>,
    /// What somebody should look at although the files are taken.
    pub warnings: Vec<Diagnostic>,
    /// Where the tenant's own calendars and lines are declared: `calendar.garage`, `line.principal`.
    pub places: BTreeMap<String, Place>,
}

impl Version {
    /// What records and traces call it.
    pub fn id(&self) -> VersionId {
        VersionId {
            number: self.number,
            fingerprint: self.fingerprint.clone(),
        }
    }

    /// The line with this number.
    pub fn line_by_number(&self, number: &PhoneNumber) -> Option<&Line> {
        self.lines.iter().find(|line| line.number == *number)
    }

    /// The line with this extension.
    pub fn line_by_extension(&self, extension: &str) -> Option<&Line> {
        self.lines
            .iter()
            .find(|line| line.extension.as_deref() == Some(extension))
    }

    /// The person with this extension.
    pub fn person_by_extension(&self, extension: &str) -> Option<(&PersonName, &Person)> {
        let mut persons = self.surroundings.people.persons.iter();
        persons.find(|(_, person)| person.extension.as_deref() == Some(extension))
    }

    /// What is only wrong at a given time: calendars without an opening in the 30 days after `at`.
    pub fn warnings_at(&self, at: Timestamp) -> Vec<Diagnostic> {
        let calendars = self.surroundings.calendars.iter();
        let quiet = calendars.filter(|(_, calendar)| !calendar.opens_within(at, SOON_DAYS));
        quiet
            .filter_map(|(name, _)| {
                let place = self.places.get(&format!("calendar.{name}"))?.clone();
                let message = words!(
                    "the calendar \"{name}\" does not open in the next {SOON_DAYS} days",
                    "les horaires « {name} » n'ouvrent pas dans les {SOON_DAYS} prochains jours"
                );
                Some(Diagnostic::new(
                    codes::NOT_OPEN_SOON,
                    Severity::Warning,
                    place,
                    message,
                ))
            })
            .collect()
    }
}

/// Numbers that lines of two tenants claim: an engine cannot serve both. Each is shown at the later
/// one, in the order given.
pub fn clashes<'v>(versions: impl IntoIterator<Item = &'v Version>) -> Vec<Diagnostic> {
    let mut owners: BTreeMap<&PhoneNumber, &Version> = BTreeMap::new();
    let mut problems = Vec::new();
    for version in versions {
        for line in &version.lines {
            let owner = *owners.entry(&line.number).or_insert(version);
            if owner.tenant == version.tenant {
                continue;
            }
            let place = version.places.get(&format!("line.{}", line.name));
            if let Some(place) = place.or_else(|| version.places.get("tenant")) {
                let (number, tenant) = (&line.number, &owner.tenant);
                let message = words!(
                    "the number {number} belongs to the tenant \"{tenant}\" already",
                    "le numéro {number} est déjà à l'entreprise « {tenant} »"
                );
                problems.push(Diagnostic::new(
                    codes::CLAIMED_TWICE,
                    Severity::Error,
                    place.clone(),
                    message,
                ));
            }
        }
    }
    problems
}

/// How soon a calendar should open, in days, before somebody is warned.
const SOON_DAYS: u16 = 30;

/// Twelve hex digits over all paths, texts and digests of recordings of both folders. Lengths
/// are hashed too, so that no two different folders give the same bytes.
pub(crate) fn fingerprint(files: &Files, shared: &Files) -> String {
    let mut hash = Sha256::new();
    for folder in [files, shared] {
        for (path, text) in folder.iter() {
            for part in [path, text] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
        }
        hash.update(u64::MAX.to_le_bytes());
        for (path, digest) in folder.recordings() {
            for part in [path, digest] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
        }
        hash.update(u64::MAX.to_le_bytes());
    }
    let mut shown = String::with_capacity(12);
    for byte in &hash.finalize()[..6] {
        write!(shown, "{byte:02x}").expect("a String takes everything");
    }
    shown
}
