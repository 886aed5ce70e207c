//! The tests that lie beside a flow: what the caller hears and does, what must have followed.

mod act;
mod expect;
mod fields;
mod given;
mod perform;
mod read;
#[cfg(test)]
mod tests;

use rappel_ivr::diagnostic::Place;
use rappel_model::{FlowName, Language, PhoneNumber, Timestamp};

pub use act::{Act, HttpWord};
pub use expect::Expect;
pub use perform::{Report, perform};
pub use read::{moment, read, read_each};

use crate::given::Given;

/// One test of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What it shows, for people.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The flow that is called.
    pub flow: FlowName,
    /// When the call comes.
    pub at: Timestamp,
    /// The caller's number; hidden when absent.
    pub caller: Option<PhoneNumber>,
    /// The language of the first words; the line's when absent.
    pub language: Option<Language>,
    /// What is true before.
    pub given: Given,
    /// What happens, in order, with its place.
    pub say: Vec<(Act, Place)>,
    /// What must have followed.
    pub expect: Vec<(Expect, Place)>,
}
