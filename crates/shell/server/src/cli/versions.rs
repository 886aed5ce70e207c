//! `rappel versions`: which versions of the companies' files the running engine keeps.

use std::process::ExitCode;

use clap::Args;

use super::lang::Spoken;
use super::place::Place;
use crate::loading::control::Request;

/// List the versions of the companies' files that the running engine keeps
///
/// One row per version: its number, its fingerprint, when the engine first took it (UTC), and which
/// one runs. `rappel calls --trace` names the version that a call began with.
///
///     rappel versions --tenant garage-martin
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct VersionsArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    spoken: Spoken,
    /// Only this company's.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: &VersionsArgs) -> ExitCode {
    let request = Request::Versions {
        tenant: args.tenant.clone(),
    };
    args.place.command(request, args.spoken)
}
