//! `rappel load`: calls with voice both ways against a server, and what they cost it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use clap::Args;

use crate::load::interrupt::Interrupt;
use crate::load::run::Load;
use crate::load::{bench, floor, flows, signalling};

/// Place calls with voice both ways, and print what they cost
///
/// Against a server that is running, name a number that answers and its process:
///
///     rappel load --server 127.0.0.1:5060 --number +33199001001 --calls 50 --pid $(pidof rappel)
///
/// The caller must be known to the server as a trunk (`[trunk.load] address = ["127.0.0.1"]`).
/// With --bench, a server of our own is started, measured and stopped, and before and after it the
/// floor: a bare loop that moves the same packets.
///
/// With --flows, no call is placed: what it costs to check a large company, to walk one step and to
/// simulate a call of two hours is printed.
///
/// With --signalling, a server of our own takes whole calls without voice, 2,500 and 5,000 a second:
/// what is printed is how many of them one core carries.
///
/// Ctrl-C hangs up what is up, and stops what was started.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LoadArgs {
    /// Where the server answers SIP over UDP.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5060")]
    #[arg(conflicts_with = "bench")]
    server: SocketAddr,
    /// The number to dial, as a carrier dials it.
    #[arg(long, required_unless_present_any = ["bench", "floor", "flows", "signalling"], conflicts_with = "bench")]
    number: Option<String>,
    /// How many calls at once.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=5000))]
    calls: u16,
    /// New calls per second.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    /// How long the calls stay up, once all are.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// The server's process, to tell what the calls cost it.
    #[arg(long, conflicts_with = "bench")]
    pid: Option<u32>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// Start, measure and stop a server of our own, and the floor beside it.
    #[arg(long)]
    bench: bool,
    /// Measure what flows cost instead: a check, a step, a simulated call.
    #[arg(long, conflicts_with_all = ["bench", "number", "pid"])]
    flows: bool,
    /// Measure whole calls without voice, for --seconds at each rate.
    #[arg(long, conflicts_with_all = ["bench", "flows", "number", "pid"])]
    signalling: bool,
    /// Used by --bench itself: serve the floor for this many calls.
    #[arg(long, hide = true)]
    floor: Option<usize>,
}

/// Runs the command.
pub(crate) fn run(args: &LoadArgs) -> Result<(), String> {
    if args.flows {
        let figures = flows::measure()?;
        if args.json {
            println!("{}", figures.json());
        } else {
            print!("{}", figures.table());
        }
        return Ok(());
    }
    if args.signalling {
        let figures = signalling::bench::measure(args.seconds, &Interrupt::listen()?)?;
        if args.json {
            println!("{}", signalling::bench::json(&figures));
        } else {
            print!("{}", signalling::bench::table(&figures));
        }
        return Ok(());
    }
    if let Some(count) = args.floor {
        return floor::serve(IpAddr::from([127, 0, 0, 1]), count);
    }
    let load = Load {
        server: args.server,
        number: args.number.clone().unwrap_or_default(),
        calls: args.calls.into(),
        rate: args.rate,
        length: Duration::from_secs(args.seconds),
        pid: args.pid,
    };
    let interrupt = Interrupt::listen()?;
    let report = if args.bench {
        bench::run(&load, &interrupt)?
    } else {
        load.run(&interrupt)?
    };
    if args.json {
        println!("{}", report.json());
    } else {
        print!("{report}");
    }
    if report.calls == 0 {
        return Err(
            "no call was answered: is the server there, is this address a trunk of it, \
                    and does the number exist?"
                .into(),
        );
    }
    Ok(())
}
