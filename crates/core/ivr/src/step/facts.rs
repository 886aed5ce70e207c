//! What the checks of paths must know of a step besides its ways out and its row in the table of verbs.

use std::time::Duration;

use rappel_model::FlowName;

/// What a step with these keys does to a call, told before any call ([`super::Step::facts`]).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts<'s> {
    /// How long the caller hears nothing while it runs: the length of a `pause`, the `timeout` of
    /// an `http` with `meanwhile = "none"`. Zero when there is something to hear.
    pub(crate) silence: Duration,
    /// Where the call goes besides the step's ways out.
    pub(crate) onward: Onward<'s>,
    /// It begins to record the conversation, which needs a notice before (FLOWS §6.6).
    pub(crate) records: bool,
    /// What it tells the caller about recordings.
    pub(crate) notice: Notice,
    /// A human being answers here, or the caller waits for one: `reach`, `queue`, `transfer`.
    pub(crate) human: bool,
    /// Ways out by which something stays of the call besides those that [`super::Voice::Closes`]
    /// names: a promise, a message, a text, a task.
    pub(crate) leaves: &'static [&'static str],
}

/// Where a step sends the call besides its ways out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Onward<'s> {
    /// Nowhere.
    #[default]
    Nowhere,
    /// To the start of this flow, for good: `goto`.
    Goto(&'s FlowName),
    /// Through this flow and back, then on by `next`: `flow`.
    Through(&'s FlowName),
    /// Nowhere: it ends the call; `worded` when the caller has a last word by it, or needs none.
    End { worded: bool },
    /// Back to the flow that called this one; the end of the call when none did: `return`.
    Back,
}

/// What a step tells the caller about recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Notice {
    /// Nothing: what was told before still stands.
    #[default]
    Silent,
    /// That the call is recorded: `consent` of kind `recording` with `mode = "inform"`.
    Given,
    /// It asks; only by `on.yes` (and `next`, when that stands for it) may the call be recorded.
    Asked,
}
