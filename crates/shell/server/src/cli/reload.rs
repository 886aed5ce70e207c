//! `rappel reload`: the running engine reads the files again.

use std::process::ExitCode;

use clap::Args;

use super::lang::Spoken;
use super::place::Place;
use crate::loading::control::Request;

/// Let the running engine read the companies' files again, and print what changes for callers
///
/// The files are checked as by `rappel check`. What is good is swapped in at one instant: calls in
/// progress finish on the flows and prompts they began with, the next call has the new ones, and
/// people, opening hours and mailboxes are the new ones for everybody. What is refused changes
/// nothing; exit status 1. A company whose folder is gone takes no new calls.
///
///     rappel reload --plan
///     rappel reload --tenant garage-martin
///     rappel reload
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ReloadArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    spoken: Spoken,
    /// Only this company.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Only print what would change.
    #[arg(long)]
    plan: bool,
}

/// Runs the command.
pub(crate) fn run(args: &ReloadArgs) -> ExitCode {
    let request = Request::Reload {
        tenant: args.tenant.clone(),
        plan: args.plan,
    };
    args.place.command(request, args.spoken)
}
