//! What `rappel check` finds: broken files with their exact messages, faults put into good files, and what
//! holds for whatever passes.

mod broken;
mod callers;
mod company;
mod growth;
mod mutations;
mod recordings;
