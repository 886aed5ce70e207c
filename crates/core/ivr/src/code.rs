//! What a problem's code stands for: each has one meaning, in whatever file it is found.

use crate::words::Help;

/// One code of problems, as `rappel help R104` and the manual explain it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// `R104`, `W2`: never given another meaning.
    pub code: &'static str,
    /// What is wrong, in a sentence.
    pub title: Help,
    /// What to do about it, in a sentence.
    pub remedy: Help,
}
