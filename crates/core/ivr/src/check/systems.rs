//! What flows ask of directories and other systems: columns that exist, addresses that are allowed
//! (R117, R606).

use super::Around;
use crate::draft::{Draft, FlowDraft};
use crate::step::{Kind, Setting, TemplatePart, address_begins};
use crate::syntax::Reader;
use crate::words;

pub(super) fn check(reader: &mut Reader<'_>, draft: &FlowDraft, with: Around<'_>) {
    for step in &draft.steps {
        columns(reader, step, with);
        for key in step.verb.map_or(&[][..], |verb| verb.keys) {
            if key.kind == Kind::Address {
                address(reader, step, key.name, with);
            }
        }
    }
}

/// The columns that a `lookup` reads and looks in.
fn columns(reader: &mut Reader<'_>, step: &Draft, with: Around<'_>) {
    let settings = &step.reading.settings;
    let Some((Setting::Name(name), _)) = settings.get("directory") else {
        return;
    };
    let Some(directory) = with.around.directories.get(name.as_str()) else {
        return;
    };
    let mut wanted = Vec::new();
    if let Some((Setting::Template(by), span)) = settings.get("by") {
        wanted.push((by.text.value.as_str(), span.clone()));
    }
    for each in step.reading.readings("read") {
        wanted.push((each.word.value.as_str(), each.word.span.clone()));
    }
    for (column, span) in wanted {
        if !directory.may_have(column) {
            let message = words!(
                "the directory \"{name}\" has no column \"{column}\"",
                "l'annuaire « {name} » n'a pas de colonne « {column} »"
            );
            let columns = directory.columns.iter().flatten().map(String::as_str);
            reader.unknown("R117", span, message, column, columns);
        }
    }
}

/// What stands before the first hole must already be allowed: nothing that is filled in later can
/// lead elsewhere.
fn address(reader: &mut Reader<'_>, step: &Draft, key: &str, with: Around<'_>) {
    let Some((Setting::Template(url), span)) = step.reading.settings.get(key) else {
        return;
    };
    let begins = match url.parts.first() {
        Some(TemplatePart::Words(words)) => words.as_str(),
        _ => "",
    };
    if address_begins(&with.around.http_allow, begins) {
        return;
    }
    let message = words!(
        "this address is not on the list of those allowed",
        "cette adresse n'est pas sur la liste de celles qui sont permises"
    );
    let label = words!(
        "add it to [http] allow in tenant.toml, its host and path before the first hole",
        "ajoutez-la à [http] allow dans tenant.toml, hôte et chemin jusqu'au premier trou"
    );
    reader.error_label("R606", span.clone(), message, label);
}
