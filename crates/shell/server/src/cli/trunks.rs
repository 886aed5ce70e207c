//! `rappel trunks`: how the trunks of the running engine stand, and which of them take no new call.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::lang::Spoken;
use super::place::Place;
use crate::loading::control::Request;

/// Say how the trunks of the running engine stand, take one out of use, put it back
///
/// One line per trunk: whether it answers and when it was asked last (times are UTC), whether it has
/// registered us, whether it is drained, calls through it at this moment. Then one line per company:
/// its calls outside at this moment, those answered today, and what they cost.
///
///     rappel trunks --config /etc/rappel
///     rappel trunks drain main
///     rappel trunks undrain main
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub(crate) struct TrunksArgs {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say how the trunks stand
    List(ListArgs),
    /// Have a trunk take no new call, while those it has go on
    ///
    /// Calls outside that begin go by other trunks. Whoever calls in by this one is served as before, it
    /// stays registered and is asked whether it is there, and a call for help (112, 15 ...) is still tried
    /// there. A reload changes nothing of it. It lasts until `rappel trunks undrain` or the next start; to
    /// keep it, write `drained = true` into `[trunk.NAME]` of rappel.toml.
    ///
    ///     rappel trunks drain main
    ///     rappel trunks              shows when its last call is over: `0 out`
    #[command(verbatim_doc_comment)]
    Drain(OneArgs),
    /// Let a trunk that was drained by command take calls again
    Undrain(OneArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    spoken: Spoken,
}

#[derive(Debug, Args)]
struct OneArgs {
    /// Which, as `[trunk.NAME]` of rappel.toml names it.
    #[arg(value_name = "NAME")]
    trunk: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    spoken: Spoken,
}

/// Runs the command. The exit status is 1 when there is no such trunk, or when rappel.toml itself drains
/// one that is to take calls.
pub(crate) fn run(args: &TrunksArgs) -> ExitCode {
    let (one, drained) = match &args.verb {
        None => return args.list.place.command(Request::Trunks, args.list.spoken),
        Some(Verb::List(list)) => return list.place.command(Request::Trunks, list.spoken),
        Some(Verb::Drain(one)) => (one, true),
        Some(Verb::Undrain(one)) => (one, false),
    };
    let trunk = one.trunk.clone();
    one.place
        .command(Request::Drain { trunk, drained }, one.spoken)
}
