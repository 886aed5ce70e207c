//! Who calls on paper.

use rappel_ivr::{Caller, Known};
use rappel_model::{CallUid, FlowName, Language, PhoneNumber, Random, Timestamp};
use rappel_tenant::Version;

use crate::given::Given;

/// A caller of `flow`, by the first line that leads there. The first words are in `language`, else in
/// the line's, else in the tenant's first.
pub fn caller(
    version: &Version,
    flow: &FlowName,
    number: Option<PhoneNumber>,
    language: Option<Language>,
    given: &Given,
    at: Timestamp,
    random: &mut Random,
) -> Caller {
    let known = Known {
        contact: given.known || is_contact(version, number.as_ref(), given),
        attempts_today: given.attempts_today,
        reached_today: given.reached_today,
        ..Known::default()
    };
    let line = version.lines.iter().find(|line| line.flow == *flow);
    let first = || match line {
        Some(line) => line.language.clone(),
        None => version.surroundings.languages[0].clone(),
    };
    Caller {
        tenant: version.tenant.clone(),
        number,
        name: None,
        user: None,
        called: line.map_or_else(String::new, |line| line.number.to_string()),
        line: line.map(|line| line.name.clone()),
        language: language.unwrap_or_else(first),
        call: CallUid::draw(at, random),
        answered: false,
        known,
    }
}

/// Whether the number stands in a directory of contacts.
fn is_contact(version: &Version, number: Option<&PhoneNumber>, given: &Given) -> bool {
    let Some(number) = number else {
        return false;
    };
    let directories = version.surroundings.directories.values();
    let mut contacts = directories.filter(|directory| directory.contacts);
    contacts.any(|directory| {
        let table = given.tables.get(directory.name.as_str());
        table.is_some_and(|table| table.find(&directory.key, number.as_str()).is_some())
    })
}
