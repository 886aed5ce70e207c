//! `rappel bans`: whose messages the running engine drops, and how to change that.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use rappel_sip::guard::Network;

use super::lang::Spoken;
use super::place::Place;
use crate::loading::control::Request;

/// Show, add and lift bans of the running engine
///
/// An address is banned by itself after too many wrong passwords (`[guard]` in rappel.toml), for a
/// time that doubles each time. Trunks, trusted networks and addresses at which a phone is
/// registered are never banned, nor is a network that holds one of them. At most 100 networks are
/// banned at a time, none larger than a /8 of IPv4 or a /16 of IPv6.
///
///     rappel bans
///     rappel bans add 203.0.113.7 --seconds 3600
///     rappel bans add 198.51.100.0/24
///     rappel bans lift 203.0.113.7
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub(crate) struct BansArgs {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the bans in force
    List(ListArgs),
    /// Drop whatever an address or a network sends, for a time
    Add(AddArgs),
    /// Listen to an address or a network again, and forget what it did
    Lift(OneArgs),
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
    /// The address, or a network like 198.51.100.0/24; of an IPv6 address, its whole /64 is meant.
    #[arg(value_name = "ADDRESS")]
    network: Network,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    spoken: Spoken,
}

#[derive(Debug, Args)]
struct AddArgs {
    #[command(flatten)]
    one: OneArgs,
    /// For how many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400,
          value_parser = clap::value_parser!(u32).range(1..=31_536_000))]
    seconds: u32,
}

/// Runs the command.
pub(crate) fn run(args: &BansArgs) -> ExitCode {
    match &args.verb {
        None => args.list.place.command(Request::Bans, args.list.spoken),
        Some(Verb::List(list)) => list.place.command(Request::Bans, list.spoken),
        Some(Verb::Add(AddArgs { one, seconds })) => {
            let (network, seconds) = (one.network.to_string(), *seconds);
            let request = Request::Ban { network, seconds };
            one.place.command(request, one.spoken)
        }
        Some(Verb::Lift(one)) => {
            let network = one.network.to_string();
            one.place.command(Request::Lift { network }, one.spoken)
        }
    }
}
