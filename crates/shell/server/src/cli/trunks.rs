//! `rappel trunks`: how the trunks of the running engine stand.

use std::process::ExitCode;

use clap::Args;

use super::lang::Spoken;
use super::place::Place;
use crate::loading::control::Request;

/// Say how the trunks of the running engine stand
///
/// One line per trunk: whether it answers and when it was asked last (times are UTC), whether it has
/// registered us, whether it is drained, calls through it at this moment. Then one line per company:
/// its calls outside at this moment, those answered today, and what they cost.
///
///     rappel trunks --config /etc/rappel
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct TrunksArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    spoken: Spoken,
}

/// Runs the command.
pub(crate) fn run(args: &TrunksArgs) -> ExitCode {
    args.place.command(Request::Trunks, args.spoken)
}
