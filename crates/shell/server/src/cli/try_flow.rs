//! `rappel try`: play a call to a flow on the terminal, in virtual time.

mod line;
mod stage;

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use clap::Args;
use rappel_ivr::Caller;
use rappel_ivr::diagnostic::nearest;
use rappel_ivr::words::Lang;
use rappel_model::{FlowName, Instant, Language, Now, PhoneNumber, Random, Timestamp};
use rappel_net::Clock;
use rappel_rehearsal::{Given, World, script, world};

use super::company::{Company, Opened};
use super::heard::{self, Recordings};
use super::lang::Spoken;
use super::place::printed;
use stage::Stage;

/// Play a call to a flow on the terminal: no phone, no network, no waiting
///
/// The engine's words are printed as the caller would hear them; you are asked when it listens.
/// Time is virtual: it stands still while you think and jumps when nothing happens, so that any
/// hour of any day can be tried. Colleagues, queues and other systems are played, too.
///
///     rappel try accueil --at "2026-11-24 12:15" --caller +33639981234
///
/// When you are asked, type
///
///     2          keys, as the caller would (also 12#)
///     (nothing)  silence, until the engine does something
///     +5m        let this much time pass
///     hang       hang up
///     answer     somebody being rung, or the agent of the queue, answers (answer 5m: talks so long);
///                nobody answers: none, busy, declined, off
///     say 8s     speak for so long while being recorded
///
/// What is typed may come from a file, so that a call can be repeated exactly:
///
///     printf '2\nhang\n' | rappel try accueil --at "2026-11-24 12:15"
///
/// With --listen, what the caller heard is written to a WAV when the call is over. Without --config
/// and without a folder `tenants` here, the demo company is tried.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct TryArgs {
    /// The flow: the name of its file in `flows/` without the ending.
    flow: String,
    /// When the call comes, on the tenant's clock: "2026-11-24 12:15". Default: now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// The caller's number, international: +33639981234. Default: hidden.
    #[arg(long, value_name = "NUMBER")]
    caller: Option<String>,
    /// The language of the first words. Default: that of the first line with this flow.
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// Write what the caller heard to this WAV.
    #[arg(long, value_name = "FILE")]
    listen: Option<PathBuf>,
    /// Play the call as this release's engine would: steps it does not serve yet fail.
    #[arg(long)]
    as_served: bool,
    /// Chance is seeded with this number: the same number, the same call.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    company: Company,
    #[command(flatten)]
    spoken: Spoken,
}

/// Runs the command.
pub(crate) fn run(args: &TryArgs) -> ExitCode {
    let stdin = std::io::stdin();
    // A terminal shows what is typed; of a file nothing would be seen.
    let echo = !stdin.is_terminal();
    let wall = Clock::start().now().wall;
    let lang = args.spoken.lang();
    let result = args.company.open(lang).and_then(|company| {
        let mut out = std::io::stdout().lock();
        let call = Call::prepare(args, &company, wall)?;
        let recordings = Rc::new(Recordings::new(company.catalog, company.tenant));
        let played = play(call, &recordings, lang, stdin.lock(), echo, &mut out);
        let world = printed(played)?;
        match args.listen.as_ref().zip(world) {
            Some((path, world)) => heard::write(path, &recordings, world.heard(), world.length()),
            None => Ok(()),
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("rappel: {why}");
            ExitCode::FAILURE
        }
    }
}

/// A call about to be played.
struct Call {
    version: Arc<rappel_tenant::Version>,
    flow: FlowName,
    caller: Caller,
    given: Given,
    at: Timestamp,
    random: Random,
}

impl Call {
    fn prepare(args: &TryArgs, company: &Opened, wall: Timestamp) -> Result<Self, String> {
        let version = Arc::clone(&company.version);
        let flow = choose_flow(&args.flow, company)?;
        let at = match &args.at {
            Some(text) => script::moment(text, &version.surroundings.timezone)
                .ok_or_else(|| format!("\"{text}\" is not a time: write \"2026-11-24 12:15\""))?,
            None => wall,
        };
        let number = args.caller.as_deref().map(|text| {
            PhoneNumber::parse(text)
                .ok_or_else(|| format!("\"{text}\" is not a number: write +33639981234"))
        });
        let language = args.language.as_deref().map(Language::from);
        let given = Given {
            as_served: args.as_served,
            tables: company.tables.clone(),
            ..Given::default()
        };
        let mut random = Random::from_seed(args.seed);
        let number = number.transpose()?;
        let caller = world::caller(&version, &flow, number, language, &given, at, &mut random);
        Ok(Self {
            version,
            flow,
            caller,
            given,
            at,
            random,
        })
    }
}

fn choose_flow(wanted: &str, company: &Opened) -> Result<FlowName, String> {
    let files = company.folder.flows(&company.tenant);
    if files.iter().any(|name| name == wanted) {
        return Ok(FlowName::from(wanted));
    }
    let near = nearest(wanted, files.iter().map(String::as_str));
    let hint = match near {
        Some(near) => near.to_string(),
        None => format!("there are: {}", files.join(", ")),
    };
    let tenant = &company.tenant;
    Err(format!("{tenant} has no flow named \"{wanted}\": {hint}"))
}

/// Plays the call to its end, asking `input` what the caller and the people called do.
fn play(
    call: Call,
    recordings: &Rc<Recordings>,
    lang: Lang,
    input: impl BufRead,
    echo: bool,
    out: &mut impl Write,
) -> std::io::Result<World> {
    let now = Now {
        instant: Instant::ZERO,
        wall: call.at,
    };
    let zone = call.version.surroundings.timezone.clone();
    let lengths = Box::new(Rc::clone(recordings));
    let mut world = World::new(call.version, now, call.random, call.given, lengths);
    let mut stage = Stage::new(&mut world, zone, lang, out);
    stage.begin(&call.flow, call.caller)?;
    let mut lines = input.lines();
    while let Some(question) = stage.run_on()? {
        stage.ask(question, echo)?;
        match lines.next().transpose()? {
            Some(text) => {
                if echo {
                    stage.echo(&text)?;
                }
                stage.take(&text)?;
            }
            None => {
                stage.no_more_input()?;
                stage.take("hang")?;
            }
        }
    }
    stage.sum_up()?;
    Ok(world)
}

#[cfg(test)]
mod tests;
