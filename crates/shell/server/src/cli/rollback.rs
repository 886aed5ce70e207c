//! `rappel rollback`: the running engine goes back to files it has had.

use std::process::ExitCode;

use clap::Args;

use super::lang::Spoken;
use super::place::Place;
use crate::loading::control::Request;

/// Go back to an earlier version of a company's files
///
/// The engine keeps the last 20 versions it took. Going back changes no file: the folder still says
/// what it said, and the engine runs the earlier version, over restarts too, until the next
/// `rappel reload`. Calls in progress finish on what they began with.
///
///     rappel versions
///     rappel rollback --tenant garage-martin
///     rappel rollback --tenant garage-martin --to 7
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct RollbackArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    spoken: Spoken,
    /// Which company; may be left out when there is one.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// To this version; the one before that which runs without it.
    #[arg(long, value_name = "N")]
    to: Option<u32>,
}

/// Runs the command.
pub(crate) fn run(args: &RollbackArgs) -> ExitCode {
    let request = Request::Rollback {
        tenant: args.tenant.clone(),
        to: args.to,
    };
    args.place.command(request, args.spoken)
}
