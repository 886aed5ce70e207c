//! From text to a version, or to everything that is wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use rappel_ivr::diagnostic::Place;
use rappel_ivr::{Diagnostic, FlowFile, FlowSet, PromptTexts, Source, Surroundings, Use};
use rappel_model::{FlowName, TenantId};

use crate::document::{Document, Problems};
use crate::files::Files;
use crate::lines::{Answer, Read};
use crate::names::{Kind, Names, check_name};
use crate::settings::Settings;
use crate::version::{Version, fingerprint};
use crate::{calendars, check, codes, lines, mailboxes, people, settings, texts};

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
    let read = Tables::read(tenant, &documents, [files, shared], &mut problems);
    let flows = flow_files(files, shared, &read.flow_names(), &mut problems);
    let version = read.into_version(flows, fingerprint(files, shared), &mut problems);
    match version {
        Some(version) if !problems.has_errors() => Ok(Version {
            warnings: problems.into_sorted(),
            ..version
        }),
        _ => Err(problems.into_sorted()),
    }
}

/// Parses the tables of both folders; flows and tests are read by others.
fn parse<'t>(files: &'t Files, shared: &'t Files, problems: &mut Problems) -> Vec<Document<'t>> {
    let mut documents = Vec::new();
    for (folder, is_shared) in [(files, false), (shared, true)] {
        for (path, text) in folder.iter() {
            match path.split_once('/') {
                None if path.ends_with(".toml") => {
                    documents.extend(Document::parse(
                        folder.shown(path),
                        text,
                        is_shared,
                        problems,
                    ));
                }
                Some(("flows", name)) if flow_name(name).is_some() => {}
                Some(("tests", _)) => {}
                _ => {
                    let source = Source::new(folder.shown(path), text);
                    let message = "nothing reads this file".to_owned();
                    let problem = source.error(codes::STRAY_FILE, 0..0, message);
                    problems.push(
                        problem.remedy("flows are in flows/NAME.toml, tables beside tenant.toml"),
                    );
                }
            }
        }
    }
    if files.text("tenant.toml").is_none() {
        let source = Source::new(files.shown("tenant.toml"), "");
        let message = "there is no tenant.toml".to_owned();
        let problem = source.error(codes::MISSING, 0..0, message);
        problems.push(problem.remedy("write one, with  rappel = 1  and  [tenant]"));
    }
    documents
}

/// The name of the flow in a file of the folder `flows`.
fn flow_name(file: &str) -> Option<&str> {
    file.strip_suffix(".toml")
        .filter(|name| !name.contains('/'))
}

/// Everything the tables say.
struct Tables<'d> {
    tenant: TenantId,
    settings: Settings,
    around: Surroundings,
    lines: Vec<Read<'d>>,
    on_error: Option<settings::FlowReference<'d>>,
    prompts: PromptTexts,
    places: BTreeMap<String, Place>,
}

impl<'d> Tables<'d> {
    fn read(
        tenant: &TenantId,
        documents: &'d [Document<'d>],
        folders: [&Files; 2],
        problems: &mut Problems,
    ) -> Self {
        check_version(documents, problems);
        let mut names = Names::collect(documents, problems);
        let (settings, mut around, on_error) = settings::read(tenant, &mut names, problems);
        around.secrets.clone_from(folders[1].secrets());
        around.calendars = calendars::read(&names, &around.timezone, problems);
        around.people = people::read(&names, problems);
        around.mailboxes = mailboxes::read(&names, &mut around.people, problems);
        let lines = lines::read(&names, &around.languages, problems);
        let prompts = texts::read(&names, problems);
        texts::check_recordings(&names, &prompts, &around.languages, folders, problems);
        check::claims(&names, &lines, &around, problems);
        check::words(&names, &around, &prompts, problems);
        let places = [Kind::Calendar, Kind::Line].into_iter();
        let places = places.flat_map(|kind| names.of(kind).filter(|declared| !declared.shared));
        let places = places.map(|d| (format!("{}.{}", d.kind.word(), d.name), d.place()));
        Self {
            tenant: tenant.clone(),
            settings,
            around,
            lines,
            on_error,
            prompts,
            places: places.collect(),
        }
    }

    /// Every flow that is named outside the flows.
    fn flow_names(&self) -> Vec<&'d str> {
        let lines = self.lines.iter().map(|read| read.flow.flow.value);
        lines
            .chain(self.on_error.iter().map(|on| on.flow.value))
            .collect()
    }

    /// Checks the flows against the tables; `None` when they are refused.
    fn into_version(
        self,
        flows: Vec<FlowFile>,
        fingerprint: String,
        problems: &mut Problems,
    ) -> Option<Version> {
        let known: Vec<&str> = flows.iter().map(|flow| flow.name.as_str()).collect();
        if let Some(on_error) = &self.on_error {
            check::flow_exists(on_error, &known, problems);
        }
        let mut uses = Vec::new();
        let mut lines = Vec::new();
        for read in self.lines {
            if check::flow_exists(&read.flow, &known, problems) {
                uses.push(Use {
                    line: read.line.name.clone(),
                    flow: read.line.flow.clone(),
                    never_answered: read.line.answer == Answer::Never,
                    language: read.language,
                });
            }
            lines.push(read.line);
        }
        let prompts = Arc::new(self.prompts);
        let flows = match FlowSet::load(&flows, Arc::clone(&prompts), &self.around, &uses) {
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
            tenant: self.tenant,
            number: 0,
            fingerprint,
            settings: self.settings,
            lines,
            flows: Arc::new(flows),
            surroundings: Arc::new(self.around),
            prompts,
            warnings: Vec::new(),
            places: self.places,
        })
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
            let message = "the version of the language is missing".to_owned();
            let problem = document.source.error(codes::VERSION, 0..0, message);
            problems.push(problem.remedy("begin the file with  rappel = 1"));
        }
        if is_main && !has_tenant {
            let message = "[tenant] is missing".to_owned();
            let problem = document.source.error(codes::MISSING, 0..0, message);
            problems.push(problem.remedy("write [tenant] with timezone and languages"));
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
