//! `rappel load`: calls with voice both ways against a server, and what they cost it.

use std::io::BufRead;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use clap::Args;
use rappel_model::Secret;

use crate::load::callee::User;
use crate::load::interrupt::Interrupt;
use crate::load::run::Load;
use crate::load::work::{Codec, Mode, Work};
use crate::load::{bench, floor, flows, signalling, table};

/// Place calls with voice both ways, and print what they cost
///
/// Against a server that is running, name a number that answers and its process:
///
///     rappel load --server 127.0.0.1:5060 --number +33199001001 --calls 50 --pid $(pidof rappel)
///
/// The caller must be known to the server as a trunk (`[trunk.load] address = ["127.0.0.1"]`). What
/// the server does with the calls is up to the number: let it play a prompt, or record.
///
/// For a bridge the number must ring a user of the server: a second phone registers as that user,
/// answers, and talks back. Packets carry the time they were sent, so that it is seen how long they
/// took through the server:
///
///     rappel load --mode bridge --user poste-11 --number +33199001002 < password.txt
///     rappel load --mode bridge --codec opus --user poste-11 --number +33199001002 < password.txt
///     rappel load --mode bridge --srtp --user poste-11 --number +33199001002 < password.txt
///
/// With --mode digits each caller presses 1, 2, 3 and again, a key every two seconds, and 0 at the end:
/// a flow that hangs up then, if it has read every key once and in order, proves that none was lost.
///
/// With --bench, a server of our own is started for that work, measured and stopped, and before and
/// after it the floor: a bare loop that moves the same packets. --table does so for every kind of work,
/// in turns, and tells which goals are met.
///
/// With --flows, no call is placed: what it costs to check a large company, to walk one step and to
/// simulate a call of two hours is printed.
///
/// With --signalling, a server of our own takes whole calls without voice, 2,500 and 5,000 a second:
/// what is printed is how many of them one core carries.
///
/// The lines of the report: set-up is from INVITE to 200; packets are those due each way, and a
/// gap in the sequence numbers is one lost; spacing is the time between two packets of a call as
/// they come; through is how long one took from phone to phone. With --pid or --bench, server is
/// the CPU (a millicore is a thousandth of one core) and the memory of its process by each call;
/// with --bench, beats are how often the 20 ms of its pacing thread began more than 4 ms late,
/// beside how often a thread that only waits was woken so late on the same machine, and ratio is
/// the CPU in multiples of the floor's. generator tells how often this program itself was late:
/// then its own load is a part of the figures. --json prints the same for programs.
///
/// Ctrl-C hangs up what is up, and stops what was started.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LoadArgs {
    /// Where the server answers SIP over UDP.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5060")]
    #[arg(conflicts_with_all = ["bench", "table"])]
    server: SocketAddr,
    /// The number to dial, as a carrier dials it.
    #[arg(long, required_unless_present_any = ["bench", "table", "floor", "floor_relay", "flows", "signalling"])]
    #[arg(conflicts_with_all = ["bench", "table"])]
    number: Option<String>,
    /// What the calls are for.
    #[arg(long, value_enum, default_value_t, conflicts_with = "table")]
    mode: Mode,
    /// How the callers talk.
    #[arg(long, value_enum, default_value_t, conflicts_with = "table")]
    codec: Codec,
    /// Encrypt what the callers say and hear (SRTP with keys in SDP).
    #[arg(long, conflicts_with = "table")]
    srtp: bool,
    /// The user as whom the second phone of a bridge registers; its password is the first line of the
    /// standard input.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["bench", "table"])]
    user: Option<String>,
    /// How many calls at once.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=5000))]
    calls: u16,
    /// New calls per second.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    /// How long the calls stay up, once all are.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// How often --table measures each kind of work.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=99))]
    rounds: u8,
    /// The server's process, to tell what the calls cost it.
    #[arg(long, conflicts_with_all = ["bench", "table"])]
    pid: Option<u32>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// Start, measure and stop a server of our own, and the floor beside it.
    #[arg(long)]
    bench: bool,
    /// Likewise for every kind of work, in turns, beside the goals.
    #[arg(long, conflicts_with = "bench")]
    table: bool,
    /// Measure what flows cost instead: a check, a step, a simulated call.
    #[arg(long, conflicts_with_all = ["bench", "number", "pid"])]
    flows: bool,
    /// Measure whole calls without voice, for --seconds at each of two rates.
    #[arg(long, conflicts_with_all = ["bench", "flows", "number", "pid", "rate", "calls"])]
    signalling: bool,
    /// Used by --bench itself: serve the floor of this many calls that hear a prompt.
    #[arg(long, hide = true)]
    floor: Option<usize>,
    /// Likewise of this many bridges.
    #[arg(long, hide = true)]
    floor_relay: Option<usize>,
}

/// Runs the command.
pub(crate) fn run(args: &LoadArgs) -> Result<(), String> {
    let loopback = IpAddr::from([127, 0, 0, 1]);
    if let Some(calls) = args.floor {
        return floor::serve(loopback, calls, floor::Kind::Paced);
    }
    if let Some(calls) = args.floor_relay {
        return floor::serve(loopback, calls, floor::Kind::Relay);
    }
    if args.flows {
        let figures = flows::measure()?;
        show(args.json, || figures.json(), || figures.table());
        return Ok(());
    }
    let interrupt = Interrupt::listen()?;
    if args.signalling {
        let figures = signalling::bench::measure(args.seconds, &interrupt)?;
        let json = || signalling::bench::json(&figures);
        show(args.json, json, || signalling::bench::table(&figures));
        return Ok(());
    }
    let load = args.load()?;
    if args.table {
        let table = table::measure(&load, args.rounds.into(), &interrupt)?;
        show(args.json, || table.json(), || table.text());
        return Ok(());
    }
    let report = if args.bench {
        bench::run(&load, &interrupt)?
    } else {
        load.run(&interrupt)?
    };
    show(args.json, || report.json(), || report.to_string());
    if report.calls == 0 {
        return Err(
            "no call was answered: is the server there, is this address a trunk of it, \
                    and does the number exist?"
                .into(),
        );
    }
    Ok(())
}

impl LoadArgs {
    fn load(&self) -> Result<Load, String> {
        let work = Work {
            mode: self.mode,
            codec: self.codec,
            srtp: self.srtp,
        };
        let is_ours = self.bench || self.table;
        if work.has_second_phone() && self.user.is_none() && !is_ours {
            return Err(
                "a bridge needs --user, as whom the second phone registers, and its \
                        password on the standard input"
                    .into(),
            );
        }
        Ok(Load {
            server: self.server,
            number: self.number.clone().unwrap_or_default(),
            calls: self.calls.into(),
            rate: self.rate,
            length: Duration::from_secs(self.seconds),
            pid: self.pid,
            work,
            metrics: None,
            user: self.user.as_deref().map(user).transpose()?,
        })
    }
}

/// The user of that name, with its password from the standard input.
fn user(name: &str) -> Result<User, String> {
    let mut password = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut password)
        .map_err(|e| format!("the password: {e}"))?;
    Ok(User {
        name: name.to_owned(),
        password: Secret::new(password.trim_end_matches(['\r', '\n']).to_owned()),
    })
}

fn show(as_json: bool, json: impl Fn() -> serde_json::Value, text: impl Fn() -> String) {
    if as_json {
        println!("{}", json());
    } else {
        print!("{}", text());
    }
}
