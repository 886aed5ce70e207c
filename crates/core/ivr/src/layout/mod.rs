//! The layout of an operator's file (FLOWS §15): the same values and comments, in the order and the
//! columns of the manual. Text in, text out; what `rappel fmt` writes.

mod order;
mod sheet;
mod write;

use toml::{Table, Value};

use crate::diagnostic::{Diagnostic, Source};
use crate::parse::MAX_FILE;
use crate::syntax::{Reader, document};
use crate::words;

/// Lays out the text of one file of a tenant: a flow or any other. `file` is the name shown in
/// problems. Comments, strings and lists stay as they are written; the keys of steps come in the
/// order of the manual, their values and trailing comments in columns.
///
/// The result says the same as the text, and laying it out again changes nothing. A text that is not
/// TOML (R001, R110) or too large (R702) is refused with its problems.
pub fn layout(file: &str, text: &str) -> Result<String, Vec<Diagnostic>> {
    let source = Source::new(file, if text.len() > MAX_FILE { "" } else { text });
    let mut reader = Reader::new(&source);
    if text.len() > MAX_FILE {
        let message = words!(
            "a file has at most {MAX_FILE} bytes",
            "un fichier a au plus {MAX_FILE} octets"
        );
        reader.error("R702", 0..0, message);
    } else {
        drop(document(&mut reader));
    }
    if reader.errors() > 0 {
        return Err(reader.into_problems());
    }
    let laid_out = write::write(order::ordered(sheet::read(text)));
    // A file is somebody's work: better refused than changed by a fault of ours.
    if says_the_same(text, &laid_out) {
        return Ok(laid_out);
    }
    let message = words!(
        "this file cannot be laid out without changing what it says; it stays as it is",
        "ce fichier ne peut pas être mis en forme sans changer ce qu'il dit ; il reste tel quel"
    );
    Err(vec![source.error("R001", 0..0, message)])
}

/// Whether two texts hold the same values under the same names.
fn says_the_same(before: &str, after: &str) -> bool {
    match (before.parse::<Table>(), after.parse::<Table>()) {
        (Ok(before), Ok(after)) => same_table(&before, &after),
        _ => false,
    }
}

fn same_table(a: &Table, b: &Table) -> bool {
    let same = |(key, value): (&String, &Value)| b.get(key).is_some_and(|other| same(value, other));
    a.len() == b.len() && a.iter().all(same)
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Table(a), Value::Table(b)) => same_table(a, b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        // `nan` is a value of TOML and equals nothing, itself included.
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests;
