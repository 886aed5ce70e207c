//! What flows ask of directories and other systems: columns that exist, addresses that are allowed
//! (R117, R213, R606).

use super::Around;
use crate::draft::{Draft, FlowDraft};
use crate::step::{Kind, Setting, TemplatePart, address_begins, climbs};
use crate::syntax::Reader;
use crate::words;

pub(super) fn check(reader: &mut Reader<'_>, draft: &FlowDraft, with: Around<'_>) {
    for step in &draft.steps {
        columns(reader, step, with);
        paths(reader, step);
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

/// The paths that an `http` step reads in an answer: names between dots.
fn paths(reader: &mut Reader<'_>, step: &Draft) {
    if step.verb.is_none_or(|verb| verb.name != "http") {
        return;
    }
    for each in step.reading.readings("read") {
        let path = &each.word.value;
        if path.split('.').any(|name| name.trim().is_empty()) {
            let message = words!(
                "\"{path}\" is no path into an answer: a name is missing",
                "« {path} » n'est pas un chemin dans une réponse : il manque un nom"
            );
            let label = words!(
                "write names between dots: client.name",
                "écrivez des noms séparés par des points : client.nom"
            );
            reader.error_label("R213", each.word.span.clone(), message, label);
        }
    }
}

/// What stands before the first hole must already be allowed: nothing that is filled in later can
/// lead elsewhere.
fn address(reader: &mut Reader<'_>, step: &Draft, key: &str, with: Around<'_>) {
    let Some((Setting::Template(url), span)) = step.reading.settings.get(key) else {
        return;
    };
    let constant: String = url
        .parts
        .iter()
        .map(|part| match part {
            TemplatePart::Words(words) => words.as_str(),
            TemplatePart::Value(..) => "x",
        })
        .collect();
    if climbs(&constant) {
        let message = words!(
            "an address with \".\" or \"..\" as a part of its path is not asked",
            "une adresse dont le chemin contient « . » ou « .. » n'est pas appelée"
        );
        let label = words!(
            "write the path where it leads",
            "écrivez directement le chemin voulu"
        );
        reader.error_label("R606", span.clone(), message, label);
        return;
    }
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
