//! What is declared, and where: every table of every file by its kind and name.

use std::collections::BTreeMap;
use std::ops::Range;

use rappel_ivr::diagnostic::{Place, Suggestion};
use rappel_ivr::{Diagnostic, Source, Words};
use toml::de::{DeTable, DeValue};

use crate::codes;
use crate::document::{Document, Fields, Problems, with_line};

/// Kinds of things that have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Calendar,
    Person,
    Team,
    Mailbox,
    Line,
    Device,
    Prompt,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Calendar,
        Self::Person,
        Self::Team,
        Self::Mailbox,
        Self::Line,
        Self::Device,
        Self::Prompt,
    ];

    /// The name of its tables.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Calendar => "calendar",
            Self::Person => "person",
            Self::Team => "team",
            Self::Mailbox => "mailbox",
            Self::Line => "line",
            Self::Device => "device",
            Self::Prompt => "prompt",
        }
    }

    /// The code of a name of this kind that nobody declared. Lines are never referred to, and a phone that is no device is a user.
    const fn unknown(self) -> &'static str {
        match self {
            Self::Calendar => codes::UNKNOWN_CALENDAR,
            Self::Person | Self::Team => codes::UNKNOWN_PERSON,
            Self::Mailbox => codes::UNKNOWN_MAILBOX,
            Self::Prompt => codes::UNKNOWN_PROMPT,
            Self::Line | Self::Device => codes::UNKNOWN_KEY,
        }
    }

    /// Whether the shared folder may hold it.
    const fn may_be_shared(self) -> bool {
        matches!(self, Self::Calendar | Self::Prompt)
    }

    /// How many of it one tenant may have.
    const fn limit(self) -> usize {
        match self {
            Self::Prompt => 5000,
            Self::Person | Self::Mailbox | Self::Device => 2000,
            Self::Calendar | Self::Team | Self::Line => 1000,
        }
    }
}

/// One declared table.
#[derive(Clone)]
pub(crate) struct Declared<'d> {
    pub source: &'d Source,
    pub name: &'d str,
    pub kind: Kind,
    span: Range<usize>,
    header: Range<usize>,
    table: &'d DeTable<'d>,
    pub shared: bool,
}

impl<'d> Declared<'d> {
    /// Where its name is written.
    pub(crate) fn place(&self) -> Place {
        self.source.place(self.span.clone())
    }

    /// Reads it.
    pub(crate) fn fields(&self) -> Fields<'d> {
        let title = format!("[{}.{}]", self.kind.word(), self.name);
        Fields::new(self.source, title, self.header.clone(), self.table)
    }

    /// A problem shown at its header.
    pub(crate) fn error(&self, code: &'static str, message: impl Into<Words>) -> Diagnostic {
        self.source.error(code, self.header.clone(), message)
    }

    /// A warning shown at its header.
    pub(crate) fn warning(&self, code: &'static str, message: impl Into<Words>) -> Diagnostic {
        self.source.warning(code, self.header.clone(), message)
    }
}

/// Everything declared in the files of a tenant and the shared ones.
#[derive(Default)]
pub(crate) struct Names<'d> {
    declared: BTreeMap<Kind, BTreeMap<&'d str, Declared<'d>>>,
    /// `[tenant]`, with its file.
    pub tenant: Option<Fields<'d>>,
}

impl<'d> Names<'d> {
    /// Collects the tables of all documents, a tenant's before the shared ones.
    pub(crate) fn collect(documents: &'d [Document<'d>], problems: &mut Problems) -> Self {
        let mut names = Self::default();
        for shared in [false, true] {
            for document in documents.iter().filter(|d| d.shared == shared) {
                names.collect_document(document, problems);
            }
        }
        names
    }

    /// Everything of one kind, by name.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Declared<'d>> {
        self.declared
            .get(&kind)
            .into_iter()
            .flat_map(BTreeMap::values)
    }

    /// What `name` declares.
    pub(crate) fn find(&self, kind: Kind, name: &str) -> Option<&Declared<'d>> {
        self.declared.get(&kind)?.get(name)
    }

    /// Whether `name` is declared; if not, that is a problem at `span` of `source`.
    pub(crate) fn check(
        &self,
        kind: Kind,
        name: &str,
        source: &Source,
        span: Range<usize>,
        problems: &mut Problems,
    ) -> bool {
        if self.find(kind, name).is_some() {
            return true;
        }
        let message = format!("no {} is named \"{name}\"", kind.word());
        let near = problems.nearest(name, self.of(kind).map(|declared| declared.name));
        let near = self.with_line(kind, near, source);
        problems.push(source.error(kind.unknown(), span, message).suggest(near));
        false
    }

    fn with_line(
        &self,
        kind: Kind,
        near: Option<Suggestion>,
        source: &Source,
    ) -> Option<Suggestion> {
        with_line(near, |name| {
            let place = self.find(kind, name)?.place();
            (place.file == source.file()).then_some(place.line)
        })
    }

    fn collect_document(&mut self, document: &'d Document<'d>, problems: &mut Problems) {
        let source = &document.source;
        let mut known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        known.extend(["rappel", "tenant"]);
        for (key, value) in &document.root {
            if problems.is_full() {
                return;
            }
            let name = key.get_ref().as_ref();
            let kind = Kind::ALL.into_iter().find(|kind| kind.word() == name);
            match (kind, name, value.get_ref()) {
                (_, "rappel", version) => {
                    let is_known = version.as_integer().is_some_and(|v| v.as_str() == "1");
                    if !is_known {
                        let message = "this engine reads version 1 of the language".to_owned();
                        let problem = source.error(codes::VERSION, value.span(), message);
                        problems.push(problem.label("write  rappel = 1"));
                    }
                }
                (_, "tenant", DeValue::Table(table)) if !document.shared => {
                    self.collect_tenant(source, value.span(), table, problems);
                }
                (Some(kind), _, DeValue::Table(table))
                    if !document.shared || kind.may_be_shared() =>
                {
                    self.collect_tables(document, kind, table, problems);
                }
                (Some(_), _, DeValue::Table(_)) | (None, "tenant", DeValue::Table(_)) => {
                    let message = format!("the shared folder may not declare [{name}]");
                    let problem = source.error(codes::UNKNOWN_KEY, key.span(), message);
                    problems.push(problem.remedy("move it to the folder of a tenant"));
                }
                (Some(_), ..) | (None, "tenant", _) => {
                    let message = format!("\"{name}\" is a table: [{name}.…]");
                    problems.push(source.error(codes::WRONG_TYPE, value.span(), message));
                }
                _ if LATER.contains(&name) => {
                    let message = format!("[{name}] is not available yet");
                    let problem = source.error(codes::NOT_YET, key.span(), message);
                    problems
                        .push(problem.remedy("remove it: this engine would not do what it says"));
                }
                _ => {
                    let message = format!("a tenant has no \"{name}\"");
                    let near = problems.nearest(name, known.iter().copied());
                    let problem = source.error(codes::UNKNOWN_KEY, key.span(), message);
                    problems.push(problem.suggest(near));
                }
            }
        }
    }

    fn collect_tenant(
        &mut self,
        source: &'d Source,
        span: Range<usize>,
        table: &'d DeTable<'d>,
        problems: &mut Problems,
    ) {
        if let Some(first) = &self.tenant {
            let place = first.source().place(first.span());
            let message = "[tenant] is declared twice".to_owned();
            problems.push(
                source
                    .error(codes::TWICE, span, message)
                    .note(first_at(&place)),
            );
            return;
        }
        self.tenant = Some(Fields::new(source, "[tenant]".to_owned(), span, table));
    }

    fn collect_tables(
        &mut self,
        document: &'d Document<'d>,
        kind: Kind,
        table: &'d DeTable<'d>,
        problems: &mut Problems,
    ) {
        let source = &document.source;
        let of_kind = self.declared.entry(kind).or_default();
        for (key, value) in table {
            if problems.is_full() {
                return;
            }
            let name = key.get_ref().as_ref();
            let DeValue::Table(table) = value.get_ref() else {
                let message = format!("\"{name}\" is not a table: [{}.{name}]", kind.word());
                problems.push(source.error(codes::WRONG_TYPE, value.span(), message));
                continue;
            };
            check_name(name, source, key.span(), problems);
            let declared = Declared {
                source,
                name,
                kind,
                span: key.span(),
                header: header_of(source, value.span(), key.span()),
                table,
                shared: document.shared,
            };
            match of_kind.get(name) {
                None if of_kind.len() >= kind.limit() => {
                    let message = format!("there may be {} of [{}]", kind.limit(), kind.word());
                    problems.push(source.error(codes::LIMIT, key.span(), message));
                    return;
                }
                None => {
                    of_kind.insert(name, declared);
                }
                // What is shared is only offered: a tenant's own comes first.
                Some(first) if document.shared && !first.shared => {}
                Some(first) => {
                    let message = format!("the {} \"{name}\" is declared twice", kind.word());
                    let problem = declared.error(codes::TWICE, message);
                    problems.push(problem.note(first_at(&first.place())));
                }
            }
        }
    }
}

/// Says which letters names may have; they become file names and parts of expressions.
pub(crate) fn check_name(name: &str, source: &Source, span: Range<usize>, problems: &mut Problems) {
    let is_fine = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let starts_well = name.starts_with(char::is_alphanumeric);
    if starts_well && name.chars().all(is_fine) && name.chars().count() <= MAX_NAME {
        return;
    }
    let message = format!("\"{name}\" cannot be a name");
    let problem = source.error(codes::BAD_NAME, span, message);
    problems.push(problem.label(format!("letters, digits, - and _, up to {MAX_NAME}")));
}

/// The note that shows the other place of something declared twice.
pub(crate) fn first_at(place: &Place) -> String {
    format!(
        "first declared at {}:{}:{}",
        place.file, place.line, place.column
    )
}

/// The header `[person.sofia]` where the value has one; the key alone of an inline table.
fn header_of(source: &Source, value: Range<usize>, key: Range<usize>) -> Range<usize> {
    if source
        .text()
        .get(value.clone())
        .is_some_and(|text| text.starts_with('['))
    {
        value
    } else {
        key
    }
}

/// Longest name, in characters.
const MAX_NAME: usize = 64;

/// Tables of the language that this engine does not serve yet.
const LATER: [&str; 12] = [
    "queue",
    "campaign",
    "list",
    "survey",
    "directory",
    "destination",
    "call_me",
    "defaults",
    "limits",
    "keep",
    "http",
    "outbound",
];
