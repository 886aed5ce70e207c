//! A `rappel.toml` that was read, with everything that is wrong with it, each with its line.

use rappel_ivr::words::Words;
use rappel_ivr::{Diagnostic, Source, toml_words, words};
use toml::de::DeTable;

use super::engine::Engine;
use super::fault::{Fault, NOT_TOML};
use super::reading::{self, Gone, Read};

/// A `rappel.toml` that was read, and everything that is wrong with it by itself.
#[derive(Debug)]
pub(crate) struct Examined {
    /// What it says; what could not be read is as if it were not there.
    pub(crate) engine: Engine,
    /// Everything that is wrong, in the order of the file.
    pub(crate) problems: Vec<Diagnostic>,
    source: Source,
    /// The paths of what could not be read.
    unread: Vec<Vec<String>>,
    gone: Gone,
}

impl Examined {
    /// Finds everything that is wrong with the text of a `rappel.toml`.
    pub(super) fn of(text: &str) -> Self {
        let source = Source::new(FILE, text);
        let (root, errors) = DeTable::parse_recoverable(text);
        let table = match errors.is_empty() {
            true => toml::from_str(text).unwrap_or_default(),
            false => toml::Table::new(),
        };
        let Read {
            settings: engine,
            mut faults,
            gone,
        } = reading::read::<Engine>(table);
        let unread: Vec<Vec<String>> = faults.iter().map(|f| f.path().to_vec()).collect();
        faults.extend(fresh(engine.faults(), &unread, &gone));
        let root = root.get_ref();
        let mut problems: Vec<Diagnostic> = match errors.is_empty() {
            true => faults
                .iter()
                .map(|fault| fault.located(&source, root))
                .collect(),
            false => errors
                .iter()
                .take(MAX_ERRORS)
                .map(|e| broken(&source, e))
                .collect(),
        };
        problems.sort_by_key(|problem| problem.place.span.start);
        Self {
            engine,
            problems,
            source,
            unread,
            gone,
        }
    }

    /// Further faults with their lines, in the order of the file. Those at what could not be read are left
    /// out: that is told already.
    pub(crate) fn located(&self, faults: Vec<Fault>) -> Vec<Diagnostic> {
        let (root, _) = DeTable::parse_recoverable(self.source.text());
        let fresh = fresh(faults, &self.unread, &self.gone);
        let mut problems: Vec<Diagnostic> = fresh
            .map(|fault| fault.located(&self.source, root.get_ref()))
            .collect();
        problems.sort_by_key(|problem| problem.place.span.start);
        problems
    }
}

/// Faults of what was read, where the file has them. What could not be read is not missing.
fn fresh(faults: Vec<Fault>, unread: &[Vec<String>], gone: &Gone) -> impl Iterator<Item = Fault> {
    let in_file = |fault: Fault| {
        let path = gone.in_file(fault.path());
        fault.moved(path)
    };
    let faults = faults.into_iter().map(in_file);
    faults.filter(|fault| !is_told(unread, fault))
}

/// Whether a fault stands at what could not be read, or at a list of which that is a part.
fn is_told(unread: &[Vec<String>], fault: &Fault) -> bool {
    unread.iter().any(|path| path.starts_with(fault.path()))
}

/// A fault in one line, with the name of the file.
pub(crate) fn in_file(fault: &Fault) -> Words {
    let why = fault.told();
    words!([why] "{FILE}: {why}", "{FILE} : {why}")
}

/// Says what TOML does not accept.
fn broken(source: &Source, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().unwrap_or(0..0);
    let first = error.message().lines().next().unwrap_or_default();
    let what = match first {
        "duplicate key" => words!(
            "this stands here twice: keep one of the two",
            "ceci est là deux fois : gardez l'un des deux"
        ),
        first => toml_words(first, source.text(), span.start),
    };
    let why = words!([what] "this is not TOML: {what}", "ceci n'est pas du TOML : {what}");
    source.error(NOT_TOML, span, why)
}

/// The file itself.
pub(super) const FILE: &str = "rappel.toml";

/// Most faults of a text that is not TOML.
const MAX_ERRORS: usize = 10;
