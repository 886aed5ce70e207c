//! What is declared, and where: every table of every file by its kind and name.

use std::collections::BTreeMap;
use std::ops::Range;

use rappel_ivr::diagnostic::{Place, Suggestion};
use rappel_ivr::{Diagnostic, Source, Words, words};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::codes;
use crate::document::Document;
use crate::fields::{Fields, with_line};
use crate::problems::Problems;

/// Kinds of things that have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Calendar,
    Person,
    Team,
    Mailbox,
    Line,
    Prompt,
    Queue,
    Campaign,
    List,
    Survey,
    Directory,
    Destination,
    Device,
    CallMe,
}

impl Kind {
    const ALL: [Self; 14] = [
        Self::Calendar,
        Self::Person,
        Self::Team,
        Self::Mailbox,
        Self::Line,
        Self::Prompt,
        Self::Queue,
        Self::Campaign,
        Self::List,
        Self::Survey,
        Self::Directory,
        Self::Destination,
        Self::Device,
        Self::CallMe,
    ];

    /// The name of its tables.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Calendar => "calendar",
            Self::Person => "person",
            Self::Team => "team",
            Self::Mailbox => "mailbox",
            Self::Line => "line",
            Self::Prompt => "prompt",
            Self::Queue => "queue",
            Self::Campaign => "campaign",
            Self::List => "list",
            Self::Survey => "survey",
            Self::Directory => "directory",
            Self::Destination => "destination",
            Self::Device => "device",
            Self::CallMe => "call_me",
        }
    }

    /// What people call it.
    pub(crate) fn words(self) -> Words {
        match self {
            Self::Calendar => words!("calendar", "calendrier d'horaires"),
            Self::Person => words!("person", "personne"),
            Self::Team => words!("team", "équipe"),
            Self::Mailbox => words!("mailbox", "messagerie"),
            Self::Line => words!("line", "ligne"),
            Self::Prompt => words!("prompt", "phrase"),
            Self::Queue => words!("queue", "file d'attente"),
            Self::Campaign => words!("campaign", "campagne"),
            Self::List => words!("list", "liste"),
            Self::Survey => words!("survey", "sondage"),
            Self::Directory => words!("directory", "annuaire"),
            Self::Destination => words!("destination", "destination"),
            Self::Device => words!("device", "appareil"),
            Self::CallMe => words!("button", "bouton d'appel"),
        }
    }

    /// How a sentence begins that says there is none of this name.
    fn none(self) -> Words {
        let word = self.words().en;
        match self {
            Self::Calendar => words!("no {word} is", "aucun calendrier d'horaires ne"),
            Self::Person => words!("no {word} is", "personne ne"),
            Self::Team => words!("no {word} is", "aucune équipe ne"),
            Self::Mailbox => words!("no {word} is", "aucune messagerie ne"),
            Self::Line => words!("no {word} is", "aucune ligne ne"),
            Self::Prompt => words!("no {word} is", "aucune phrase ne"),
            Self::Queue => words!("no {word} is", "aucune file d'attente ne"),
            Self::Campaign => words!("no {word} is", "aucune campagne ne"),
            Self::List => words!("no {word} is", "aucune liste ne"),
            Self::Survey => words!("no {word} is", "aucun sondage ne"),
            Self::Directory => words!("no {word} is", "aucun annuaire ne"),
            Self::Destination => words!("no {word} is", "aucune destination ne"),
            Self::Device => words!("no {word} is", "aucun appareil ne"),
            Self::CallMe => words!("no {word} is", "aucun bouton d'appel ne"),
        }
    }

    /// The code of a name of this kind that nobody declared. Buttons are never referred to, and a phone
    /// that is no device is a user.
    const fn unknown(self) -> &'static str {
        match self {
            Self::Calendar => codes::UNKNOWN_CALENDAR,
            Self::Person | Self::Team => codes::UNKNOWN_PERSON,
            Self::Mailbox => codes::UNKNOWN_MAILBOX,
            Self::Prompt => codes::UNKNOWN_PROMPT,
            Self::Queue => codes::UNKNOWN_QUEUE,
            Self::Directory => codes::UNKNOWN_DIRECTORY,
            Self::Line | Self::Destination => codes::UNKNOWN_DESTINATION,
            Self::Campaign | Self::List | Self::Survey => codes::UNKNOWN_LIST,
            Self::Device | Self::CallMe => codes::UNKNOWN_KEY,
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
            Self::Calendar | Self::Team | Self::Line | Self::Destination => 1000,
            Self::Queue | Self::Campaign => 500,
            Self::List | Self::Survey => 200,
            Self::Directory | Self::CallMe => 100,
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
        Fields::new(
            self.source,
            Words::same(title),
            self.header.clone(),
            self.table,
        )
    }

    /// A problem shown at its header.
    pub(crate) fn error(&self, code: &'static str, message: impl Into<Words>) -> Diagnostic {
        self.source.error(code, self.header.clone(), message)
    }

    /// Where its header stands.
    pub(crate) fn header(&self) -> Place {
        self.source.place(self.header.clone())
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
    /// Tables that stand once: `[tenant]`, `[limits]` …
    single: BTreeMap<&'static str, Fields<'d>>,
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

    /// The table that stands once, to be read; `None` when nobody wrote it.
    pub(crate) fn take(&mut self, table: &'static str) -> Option<Fields<'d>> {
        self.single.remove(table)
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
        let none = kind.none();
        let message = words!([none] "{none} named \"{name}\"", "{none} s'appelle « {name} »");
        let near = problems.nearest(name, self.of(kind).map(|declared| declared.name));
        let near = self.with_line(kind, near, source);
        problems.push(source.error(kind.unknown(), span, message).suggest(near));
        false
    }

    /// Reads a key whose value is the name of something declared; an unknown name is a problem.
    pub(crate) fn refer<'f>(
        &self,
        fields: &mut Fields<'f>,
        key: &'static str,
        kind: Kind,
        problems: &mut Problems,
    ) -> Option<&'f str> {
        let text = fields.text(key, problems)?;
        self.check(kind, text.value, fields.source(), text.span, problems)
            .then_some(text.value)
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
        for (key, value) in &document.root {
            if problems.is_full() {
                return;
            }
            let name = key.get_ref().as_ref();
            let kind = Kind::ALL.into_iter().find(|kind| kind.word() == name);
            let single = SINGLE.into_iter().find(|single| *single == name);
            if name == "rappel" {
                check_version(source, value, problems);
                continue;
            }
            if kind.is_none() && single.is_none() {
                unknown_table(source, key.span(), name, problems);
                continue;
            }
            let DeValue::Table(table) = value.get_ref() else {
                let title = kind.map_or_else(|| format!("[{name}]"), |_| format!("[{name}.…]"));
                let message = words!(
                    "\"{name}\" is a table: {title}",
                    "« {name} » est un tableau : {title}"
                );
                problems.push(source.error(codes::WRONG_TYPE, value.span(), message));
                continue;
            };
            if document.shared && !kind.is_some_and(Kind::may_be_shared) {
                let message = words!(
                    "the shared folder may not declare [{name}]",
                    "le dossier partagé ne peut pas déclarer [{name}]"
                );
                let problem = source.error(codes::UNKNOWN_KEY, key.span(), message);
                problems.push(problem.remedy(words!(
                    "move it to the folder of a tenant",
                    "déplacez-le dans le dossier d'une entreprise"
                )));
                continue;
            }
            match (kind, single) {
                (Some(kind), _) => self.collect_tables(document, kind, table, problems),
                (None, Some(single)) => {
                    let fields = Fields::new(
                        source,
                        Words::same(format!("[{single}]")),
                        header_of(source, value.span(), key.span()),
                        table,
                    );
                    self.collect_single(single, fields, problems);
                }
                (None, None) => {}
            }
        }
    }

    fn collect_single(&mut self, name: &'static str, fields: Fields<'d>, problems: &mut Problems) {
        if let Some(first) = self.single.get(name) {
            let place = first.source().place(first.span());
            let message = words!(
                "[{name}] is declared twice",
                "[{name}] est déclaré deux fois"
            );
            let problem = fields.error(codes::TWICE, fields.span(), message);
            problems.push(problem.note(first_at(&place)));
            return;
        }
        self.single.insert(name, fields);
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
                let word = kind.word();
                let message = words!(
                    "\"{name}\" is not a table: [{word}.{name}]",
                    "« {name} » n'est pas un tableau : [{word}.{name}]"
                );
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
                    let (most, word) = (kind.limit(), kind.word());
                    let message = words!(
                        "there may be {most} of [{word}]",
                        "il y a {most} [{word}] au plus"
                    );
                    problems.push(source.error(codes::LIMIT, key.span(), message));
                    return;
                }
                None => {
                    of_kind.insert(name, declared);
                }
                // What is shared is only offered: a tenant's own comes first.
                Some(first) if document.shared && !first.shared => {}
                Some(first) => {
                    let what = kind.words();
                    let message = words!(
                        [what] "the {what} \"{name}\" is declared twice",
                        "{what} « {name} » : déclaré deux fois"
                    );
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
    let message = words!(
        "\"{name}\" cannot be a name",
        "« {name} » ne peut pas être un nom"
    );
    let problem = source.error(codes::BAD_NAME, span, message);
    problems.push(problem.label(words!(
        "letters, digits, - and _, up to {MAX_NAME}",
        "des lettres, des chiffres, - et _, {MAX_NAME} au plus"
    )));
}

/// `rappel = 1`.
fn check_version(source: &Source, version: &Spanned<DeValue<'_>>, problems: &mut Problems) {
    let number = version.get_ref().as_integer();
    if number.is_some_and(|number| number.as_str() == "1") {
        return;
    }
    let message = words!(
        "this engine reads version 1 of the language",
        "ce moteur lit la version 1 du langage"
    );
    let problem = source.error(codes::VERSION, version.span(), message);
    problems.push(problem.label(words!("write  rappel = 1", "écrivez  rappel = 1")));
}

/// A table that no tenant has; those of flows and tests have places of their own.
fn unknown_table(source: &Source, span: Range<usize>, name: &str, problems: &mut Problems) {
    let message = words!(
        "a tenant has no \"{name}\"",
        "une entreprise n'a pas de « {name} »"
    );
    let problem = source.error(codes::UNKNOWN_KEY, span, message);
    let problem = match name {
        "flow" | "step" | "vars" | "args" | "results" => problem.remedy(words!(
            "flows are in flows/NAME.toml, one per file",
            "les flux sont dans flows/NOM.toml, un par fichier"
        )),
        "test" => problem.remedy(words!(
            "tests are in tests/NAME.toml",
            "les essais sont dans tests/NOM.toml"
        )),
        _ => {
            let known = Kind::ALL.iter().map(|kind| kind.word());
            problem.suggest(problems.nearest(name, known.chain(SINGLE)))
        }
    };
    problems.push(problem);
}

/// The note that shows the other place of something declared twice.
pub(crate) fn first_at(place: &Place) -> Words {
    let (file, line, column) = (&place.file, place.line, place.column);
    words!(
        "first declared at {file}:{line}:{column}",
        "déclaré d'abord en {file}:{line}:{column}"
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

/// Tables that stand once.
const SINGLE: [&str; 8] = [
    "tenant", "codes", "defaults", "http", "keep", "limits", "outbound", "phones",
];
