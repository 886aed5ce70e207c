//! From text to a version, or to everything that is wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use rappel_ivr::{
    Diagnostic, FlowFile, FlowSet, PromptTexts, Severity, Source, Surroundings, Use, words,
};
use rappel_model::{FlowName, TenantId};

use crate::document::Document;
use crate::files::Files;
use crate::lines::Answer;
use crate::names::check_name;
use crate::problems::Problems;
use crate::tables::Tables;
use crate::version::{Version, fingerprint};
use crate::{check, codes, encoding};

/// Reads and checks all files of `tenant`. Names are looked up among its own files first, then in
/// `shared` (calendars, prompts and flows). Errors refuse the whole: the running version stays.
/// Problems come sorted by file and line.
pub fn load(tenant: &TenantId, files: &Files, shared: &Files) -> Result<Version, Vec<Diagnostic>> {
    let mut problems = Problems::default();
    let documents = parse(files, shared, &mut problems);
    // What a file that is not TOML declares is unknown: everything else would follow from that.
    if problems.has_errors() {
        return Err(problems.into_sorted());
    }
    check_version(&documents, &mut problems);
    let tables = Tables::read(tenant, &documents, [files, shared], &mut problems);
    let flows = flow_files(files, shared, &tables.flow_names(), &mut problems);
    let print = fingerprint(files, shared);
    let version = into_version(tables, tenant, flows, print, &mut problems);
    match version {
        Some(version) if !problems.has_errors() => Ok(Version {
            warnings: problems.into_sorted(),
            ..version
        }),
        _ => Err(problems.into_sorted()),
    }
}

/// The sentences of `tenant` and what surrounds its flows, as far as its files can be read: for whoever
/// lists what is to be recorded, which must not wait until everything else is right.
pub fn sentences(tenant: &TenantId, files: &Files, shared: &Files) -> (PromptTexts, Surroundings) {
    let mut problems = Problems::default();
    let documents = parse(files, shared, &mut problems);
    let read = Tables::read(tenant, &documents, [files, shared], &mut problems);
    (read.prompts, read.around)
}

/// Parses the tables of both folders; flows and tests are read by others.
fn parse<'t>(files: &'t Files, shared: &'t Files, problems: &mut Problems) -> Vec<Document<'t>> {
    let mut documents = Vec::new();
    for (folder, is_shared) in [(files, false), (shared, true)] {
        for (path, text) in folder.iter() {
            match path.split_once('/') {
                None if path.ends_with(".toml") => {
                    let shown = folder.shown(path);
                    documents.extend(Document::parse(shown, text, is_shared, problems));
                }
                Some(("flows", name)) if flow_name(name).is_some() => {
                    let source = Source::new(folder.shown(path), text);
                    if let Some(problem) = encoding::refusal(&source) {
                        problems.push(problem);
                    }
                }
                Some(("tests", _)) => {}
                _ => problems.push(stray(&Source::new(folder.shown(path), text))),
            }
        }
    }
    if files.text("tenant.toml").is_none() {
        let source = Source::new(files.shown("tenant.toml"), "");
        let message = words!("there is no tenant.toml", "il n'y a pas de tenant.toml");
        let problem = source.error(codes::MISSING, 0..0, message);
        problems.push(problem.remedy(words!(
            "write one, with  rappel = 1  and  [tenant]",
            "écrivez-en un, avec  rappel = 1  et  [tenant]"
        )));
    }
    documents
}

/// A file that nothing reads: its author thinks otherwise.
fn stray(source: &Source) -> Diagnostic {
    let message = words!("nothing reads this file", "rien ne lit ce fichier");
    let problem = source.error(codes::STRAY_FILE, 0..0, message);
    problem.remedy(words!(
        "flows are in flows/NAME.toml, tables beside tenant.toml",
        "les flux sont dans flows/NOM.toml, les tableaux à côté de tenant.toml"
    ))
}

/// The name of the flow in a file of the folder `flows`.
fn flow_name(file: &str) -> Option<&str> {
    file.strip_suffix(".toml")
        .filter(|name| !name.contains('/'))
}

/// Checks the flows against the tables; `None` when they are refused.
fn into_version(
    tables: Tables<'_>,
    tenant: &TenantId,
    mut flows: Vec<FlowFile>,
    fingerprint: String,
    problems: &mut Problems,
) -> Option<Version> {
    let known: Vec<&str> = flows.iter().map(|flow| flow.name.as_str()).collect();
    if let Some(on_error) = &tables.on_error {
        check::flow_exists(on_error, &known, problems);
    }
    let mut uses = Vec::new();
    let mut lines = Vec::new();
    for read in &tables.lines {
        let named = read.flow.as_ref();
        if named.is_none_or(|flow| check::flow_exists(flow, &known, problems)) {
            uses.push(Use {
                line: read.line.name.clone(),
                flow: read.line.flow.clone(),
                never_answered: read.line.answer == Answer::Never,
                language: read.language.clone(),
                language_at: read.language_at.clone(),
            });
        }
        lines.push(read.line.clone());
    }
    check_limits(&tables, &flows, problems);
    let texts = flows.iter();
    let texts: BTreeMap<FlowName, Arc<str>> = texts
        .map(|flow| (flow.name.clone(), Arc::from(flow.text.as_str())))
        .collect();
    flows.extend(tables.refusals());
    uses.extend(tables.unnamed.iter().map(|line| Use {
        line: line.name.clone(),
        flow: line.flow.clone(),
        never_answered: true,
        language: None,
        language_at: None,
    }));
    lines.extend(tables.unnamed.iter().cloned());
    let prompts = Arc::new(tables.prompts);
    let flows = match FlowSet::load(&flows, Arc::clone(&prompts), &tables.around, &uses) {
        Ok((flows, warnings)) => {
            problems.extend(warnings);
            flows
        }
        Err(errors) => {
            problems.extend(errors);
            return None;
        }
    };
    Some(Version {
        tenant: tenant.clone(),
        number: 0,
        fingerprint,
        settings: tables.settings,
        lines,
        flows: Arc::new(flows),
        flow_texts: texts,
        surroundings: Arc::new(tables.around),
        campaigns: tables.campaigns,
        call_me: tables.call_me,
        prompts,
        warnings: Vec::new(),
        places: tables.places,
    })
}

/// `[limits] flows` and `steps`, counted over the flows in use.
fn check_limits(tables: &Tables<'_>, flows: &[FlowFile], problems: &mut Problems) {
    let limits = &tables.limits;
    let steps = |flow: &FlowFile| {
        let lines = flow.text.lines();
        lines
            .filter(|line| line.trim_start().starts_with("[step."))
            .count()
    };
    let counted = [
        (
            limits.limits.flows,
            &limits.flows_at,
            flows.len(),
            words!("flows", "flux"),
        ),
        (
            limits.limits.steps,
            &limits.steps_at,
            flows.iter().map(steps).sum(),
            words!("steps", "étapes"),
        ),
    ];
    for (most, place, count, what) in counted {
        let (Some(most), Some(place)) = (most, place) else {
            continue;
        };
        if u64::try_from(count).is_ok_and(|count| count <= u64::from(most)) {
            continue;
        }
        let message = words!(
            [what] "this company has {count} {what}, and may have {most}",
            "cette entreprise a {count} {what}, et peut en avoir {most}"
        );
        let severity = Severity::Error;
        problems.push(Diagnostic::new(
            codes::TENANT_LIMIT,
            severity,
            place.clone(),
            message,
        ));
    }
}

/// `tenant.toml` says which version of the language the folder is written in.
fn check_version(documents: &[Document<'_>], problems: &mut Problems) {
    for document in documents.iter().filter(|document| !document.shared) {
        let is_main = document.source.file().ends_with("tenant.toml");
        let has_version = document
            .root
            .iter()
            .any(|(key, _)| key.get_ref() == "rappel");
        let has_tenant = document
            .root
            .iter()
            .any(|(key, _)| key.get_ref() == "tenant");
        if is_main && !has_version {
            let message = words!(
                "the version of the language is missing",
                "il manque la version du langage"
            );
            let problem = document.source.error(codes::VERSION, 0..0, message);
            problems.push(problem.remedy(words!(
                "begin the file with  rappel = 1",
                "commencez le fichier par  rappel = 1"
            )));
        }
        if is_main && !has_tenant {
            let message = words!("[tenant] is missing", "il manque [tenant]");
            let problem = document.source.error(codes::MISSING, 0..0, message);
            problems.push(problem.remedy(words!(
                "write [tenant] with timezone and languages",
                "écrivez [tenant] avec timezone et languages"
            )));
        }
    }
}

/// The tenant's flows, and of the shared ones those that something names: a shared flow nobody
/// uses cannot refuse a tenant. A tenant's own flow hides a shared one of the same name.
fn flow_files(
    files: &Files,
    shared: &Files,
    named: &[&str],
    problems: &mut Problems,
) -> Vec<FlowFile> {
    let mut flows = read_flows(files);
    for flow in &flows {
        let source = Source::new(flow.path.clone(), flow.text.clone());
        check_name(flow.name.as_str(), &source, 0..0, problems);
    }
    let mut offered: BTreeMap<FlowName, FlowFile> = read_flows(shared)
        .into_iter()
        .filter(|flow| flows.iter().all(|own| own.name != flow.name))
        .map(|flow| (flow.name.clone(), flow))
        .collect();
    let named = named.iter().filter_map(|name| offered.remove(*name));
    let named: Vec<_> = named.collect();
    flows.extend(named);
    let mut read = 0;
    while let Some(user) = flows.get(read) {
        // Every quoted text may be the name of a flow; the flows themselves are read later.
        let quoted = user.text.split(['"', '\'']);
        let found: Vec<_> = quoted.filter_map(|name| offered.remove(name)).collect();
        flows.extend(found);
        read += 1;
    }
    flows
}

fn read_flows(folder: &Files) -> Vec<FlowFile> {
    let flows = folder.iter().filter_map(|(path, text)| {
        let name = flow_name(path.strip_prefix("flows/")?)?;
        Some(FlowFile {
            name: FlowName::from(name),
            path: folder.shown(path),
            text: text.to_owned(),
        })
    });
    flows.collect()
}

#[cfg(test)]
mod tests;
