//! `[directory.NAME]`, `[destination.NAME]` and `[http]`: what flows may look up, ask and be sent to
//! (FLOWS §7.6, §18.10).

use std::collections::BTreeMap;

use rappel_ivr::words;
use rappel_model::directory::{Destination, Directory};
use rappel_model::{Country, DestinationName, DirectoryName};

use crate::codes;
use crate::fields::Fields;
use crate::files::Files;
use crate::names::{Declared, Kind, Names};
use crate::outbound::Outbound;
use crate::problems::Problems;

/// Reads every directory.
pub(crate) fn read(
    names: &Names<'_>,
    files: &Files,
    problems: &mut Problems,
) -> BTreeMap<DirectoryName, Directory> {
    let declared = names.of(Kind::Directory);
    declared
        .map(|declared| {
            let directory = read_one(declared, files, problems);
            (directory.name.clone(), directory)
        })
        .collect()
}

fn read_one(declared: &Declared<'_>, files: &Files, problems: &mut Problems) -> Directory {
    let mut fields = declared.fields();
    let file = fields.required("file", problems);
    let key = fields.required("key", problems);
    let contacts = fields.yes_no("contacts", problems).unwrap_or(false);
    let mut columns = None;
    if let Some(file) = &file {
        if is_inside(file.value) {
            columns = read_columns(&fields, file, files, problems);
        } else {
            let written = file.value;
            let message = words!(
                "\"{written}\" is not a CSV file of this folder",
                "« {written} » n'est pas un fichier CSV de ce dossier"
            );
            let problem = fields.error(codes::BAD_VALUE, file.span.clone(), message);
            problems.push(problem.label(words!(
                "write a path below the folder, like clients.csv",
                "écrivez un chemin dans le dossier, comme clients.csv"
            )));
        }
    }
    if let (Some(key), Some(columns)) = (&key, &columns)
        && !columns.iter().any(|column| column == key.value)
    {
        let (column, known) = (key.value, columns.join(", "));
        let message = words!(
            "the file has no column \"{column}\"",
            "le fichier n'a pas de colonne « {column} »"
        );
        let near = problems.nearest(column, columns.iter().map(String::as_str));
        let problem = fields.error(codes::UNKNOWN_COLUMN, key.span.clone(), message);
        let problem = problem.note(words!("its columns: {known}", "ses colonnes : {known}"));
        problems.push(problem.suggest(near));
    }
    fields.finish(problems);
    Directory {
        name: DirectoryName::from(declared.name),
        file: file.map(|text| text.value.to_owned()).unwrap_or_default(),
        key: key.map(|text| text.value.to_owned()).unwrap_or_default(),
        contacts,
        columns,
    }
}

/// The columns of a file, when the folder told them.
fn read_columns(
    fields: &Fields<'_>,
    file: &crate::fields::Text<'_>,
    files: &Files,
    problems: &mut Problems,
) -> Option<Vec<String>> {
    let path = file.value;
    let Some(columns) = files.columns(path) else {
        if files.tells_tables() {
            let message = words!("there is no file {path}", "il n'y a pas de fichier {path}");
            let problem = fields.error(codes::UNKNOWN_DIRECTORY, file.span.clone(), message);
            problems.push(problem.remedy(words!(
                "put it beside tenant.toml; its first line names the columns",
                "mettez-le à côté de tenant.toml ; sa première ligne nomme les colonnes"
            )));
        }
        return None;
    };
    let mut sorted = columns.to_vec();
    sorted.sort();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        let column = &pair[0];
        let message = words!(
            "{path} has two columns \"{column}\"",
            "{path} a deux colonnes « {column} »"
        );
        problems.push(fields.error(codes::TWICE, file.span.clone(), message));
    }
    Some(columns.to_vec())
}

/// Whether a path stays below the folder and names a CSV file.
fn is_inside(path: &str) -> bool {
    let parts = path.split('/');
    let is_part = |part: &str| {
        let strange = |c: char| c.is_control() || "\\:".contains(c);
        !part.is_empty() && !part.starts_with('.') && !part.contains(strange)
    };
    path.len() <= MAX_PATH && path.ends_with(".csv") && parts.into_iter().all(is_part)
}

/// Reads every destination.
pub(crate) fn read_destinations(
    names: &Names<'_>,
    outbound: &Outbound,
    problems: &mut Problems,
) -> BTreeMap<DestinationName, Destination> {
    let mut destinations = BTreeMap::new();
    for declared in names.of(Kind::Destination) {
        let mut fields = declared.fields();
        fields.require("number", problems);
        let number = fields.number("number", problems);
        let place = fields.span_of("number");
        fields.finish(problems);
        let Some(number) = number else { continue };
        if let Some(country) = Country::of(&number).filter(|c| !outbound.may_call(*c)) {
            let message = words!(
                "this company may not call {country}",
                "cette entreprise ne peut pas appeler {country}"
            );
            let problem = declared.source.error(codes::DESTINATION, place, message);
            problems.push(problem.remedy(words!(
                "add \"{country}\" to  destinations  of [outbound]",
                "ajoutez \"{country}\" à  destinations  de [outbound]"
            )));
        }
        let name = DestinationName::from(declared.name);
        destinations.insert(name.clone(), Destination { name, number });
    }
    destinations
}

/// Reads `[http] allow`: what addresses may begin with.
pub(crate) fn read_http(names: &mut Names<'_>, problems: &mut Problems) -> Vec<String> {
    let Some(mut fields) = names.take("http") else {
        return Vec::new();
    };
    let mut allowed = Vec::new();
    for text in fields.texts("allow", problems).unwrap_or_default() {
        let written = text.value;
        if is_prefix(written) {
            allowed.push(written.to_owned());
            continue;
        }
        let message = words!(
            "\"{written}\" is not the beginning of an address",
            "« {written} » n'est pas le début d'une adresse"
        );
        let problem = fields.error(codes::BAD_VALUE, text.span, message);
        problems.push(problem.label(words!(
            "write https://host/ or https://host/path/, with the final /",
            "écrivez https://serveur/ ou https://serveur/chemin/, avec le / final"
        )));
    }
    fields.finish(problems);
    allowed
}

/// Whether a text is a scheme, a host and a path that ends with `/`: without the `/`, other hosts
/// would begin with it, too.
fn is_prefix(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let Some((host, path)) = rest.and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let is_host = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
    let strange = |c: char| c.is_control() || c.is_whitespace() || "?#{}\\".contains(c);
    let climbs = path.split('/').any(|part| part == "..");
    text.ends_with('/') && is_host && !climbs && !path.contains(strange)
}

/// Longest path of a file, in bytes.
const MAX_PATH: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_inside_and_addresses_end() {
        for path in ["clients.csv", "listes/clients.csv"] {
            assert!(is_inside(path), "{path}");
        }
        for path in [
            "../x.csv",
            "/x.csv",
            "a//x.csv",
            "x.txt",
            "c:x.csv",
            ".x.csv",
            "a/.b/x.csv",
        ] {
            assert!(!is_inside(path), "{path}");
        }
        for text in [
            "https://a.example/",
            "https://a.example:8443/v1/",
            "http://127.0.0.1:9/",
        ] {
            assert!(is_prefix(text), "{text}");
        }
        for text in [
            "https://a.example",
            "https://a.example/v1",
            "ftp://a/",
            "https:///",
            "https://u@a/",
            "https://a/../",
            "https://a/?x/",
            "https://a/{b}/",
        ] {
            assert!(!is_prefix(text), "{text}");
        }
    }
}
