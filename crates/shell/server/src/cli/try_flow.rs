//! `rappel try`: play a call to a flow on the terminal, in virtual time.

mod line;
mod stage;

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use rappel_ivr::diagnostic::nearest;
use rappel_ivr::{Caller, Known};
use rappel_model::{CallUid, FlowName, Language, Now, PhoneNumber, Random, TenantId, Timestamp};
use rappel_net::Clock;
use rappel_tenant::Version;

use crate::config::tenant_files::Folder;
use stage::Stage;

/// Play a call to a flow on the terminal: no phone, no network, no waiting
///
/// The engine's words are printed as the caller would hear them; you are asked when it listens.
/// Time is virtual: it stands still while you think and jumps when nothing happens, so that any
/// hour of any day can be tried.
///
///     rappel try accueil --at "2026-11-24 12:15" --caller +33639981234
///
/// When you are asked, type
///
///     2          keys, as the caller would (also 12#)
///     (nothing)  silence, until the engine does something
///     +5m        let this much time pass
///     hang       hang up
///     answer     somebody being rung answers; also: none, busy, declined, off
///     say 8s     speak for so long while being recorded
///
/// What is typed may come from a file, so that a call can be repeated exactly:
///
///     printf '2\nhang\n' | rappel try accueil --at "2026-11-24 12:15"
///
/// Without --config and without a folder `tenants` here, the demo company is tried.
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
    /// The tenant, when there is more than one.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// The folder of `tenants/` and `shared/`. Default: here, else the demo company.
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
    /// Chance is seeded with this number: the same number, the same call.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

/// Runs the command.
pub(crate) fn run(args: &TryArgs) -> ExitCode {
    let stdin = std::io::stdin();
    // A terminal shows what is typed; of a file nothing would be seen.
    let echo = !stdin.is_terminal();
    let wall = Clock::start().now().wall;
    let result = folder(args).and_then(|folder| {
        let mut out = std::io::stdout().lock();
        let call = Call::prepare(args, &folder, wall)?;
        play(call, stdin.lock(), echo, &mut out).map_err(|error| format!("printing: {error}"))
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("rappel: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The folder named, the one here, or the demo company.
fn folder(args: &TryArgs) -> Result<Folder, String> {
    match &args.config {
        Some(config) => Folder::read(config),
        None if PathBuf::from("tenants").is_dir() => Folder::read(&PathBuf::from(".")),
        None => {
            eprintln!("rappel: this is the demo company; --config DIR names another folder");
            Ok(Folder::from_table(super::demo::files::FILES))
        }
    }
}

/// A call about to be played.
struct Call {
    version: Version,
    flow: FlowName,
    caller: Caller,
    at: Timestamp,
    random: Random,
}

impl Call {
    fn prepare(args: &TryArgs, folder: &Folder, wall: Timestamp) -> Result<Self, String> {
        let tenant = choose_tenant(args.tenant.as_deref(), folder)?;
        let version = folder.load(&tenant).map_err(|problems| {
            let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
            format!(
                "the files of {tenant} are refused\n\n{}",
                shown.join("\n\n")
            )
        })?;
        let flow = choose_flow(&args.flow, &tenant, folder)?;
        let around = &version.surroundings;
        let at = match &args.at {
            Some(text) => moment(text, &around.timezone)?,
            None => wall,
        };
        let line = version.lines.iter().find(|line| line.flow == flow);
        let language = match (&args.language, line) {
            (Some(language), _) => Language::from(language.as_str()),
            (None, Some(line)) => line.language.clone(),
            (None, None) => around.languages[0].clone(),
        };
        let number = args.caller.as_deref().map(|text| {
            PhoneNumber::parse(text)
                .ok_or_else(|| format!("\"{text}\" is not a number: write +33639981234"))
        });
        let mut random = Random::from_seed(args.seed);
        let caller = Caller {
            tenant,
            number: number.transpose()?,
            name: None,
            user: None,
            called: line.map_or_else(String::new, |line| line.number.to_string()),
            line: line.map(|line| line.name.clone()),
            language,
            call: CallUid::draw(at, &mut random),
            answered: false,
            known: Known::default(),
        };
        Ok(Self {
            version,
            flow,
            caller,
            at,
            random,
        })
    }
}

fn choose_tenant(wanted: Option<&str>, folder: &Folder) -> Result<TenantId, String> {
    let names: Vec<_> = folder.tenants().map(TenantId::as_str).collect();
    match (wanted, names.as_slice()) {
        (Some(name), all) if all.contains(&name) => Ok(TenantId::from(name)),
        (Some(name), all) => Err(format!(
            "no tenant is named \"{name}\"; there are: {}",
            all.join(", ")
        )),
        (None, [only]) => Ok(TenantId::from(*only)),
        (None, []) => Err("there is no tenant in this folder".to_owned()),
        (None, all) => Err(format!("say which tenant: --tenant {}", all.join(" or "))),
    }
}

fn choose_flow(wanted: &str, tenant: &TenantId, folder: &Folder) -> Result<FlowName, String> {
    let files = folder.flows(tenant);
    if files.iter().any(|name| name == wanted) {
        return Ok(FlowName::from(wanted));
    }
    let near = nearest(wanted, files.iter().map(String::as_str));
    let hint = match near {
        Some(near) => near.to_string(),
        None => format!("there are: {}", files.join(", ")),
    };
    Err(format!("{tenant} has no flow named \"{wanted}\": {hint}"))
}

/// `2026-11-24 12:15` on a clock of this zone. An hour that is shown twice is the first one.
fn moment(text: &str, zone: &jiff::tz::TimeZone) -> Result<Timestamp, String> {
    let local: jiff::civil::DateTime = text
        .trim()
        .parse()
        .map_err(|_| format!("\"{text}\" is not a time: write \"2026-11-24 12:15\""))?;
    let zoned = local
        .to_zoned(zone.clone())
        .map_err(|_| format!("\"{text}\" lies outside all calendars"))?;
    Ok(Timestamp::from_jiff(zoned.timestamp()))
}

/// Plays the call to its end, asking `input` what the caller and the people called do.
fn play(call: Call, input: impl BufRead, echo: bool, out: &mut impl Write) -> std::io::Result<()> {
    let now = Now {
        instant: rappel_model::Instant::ZERO,
        wall: call.at,
    };
    let mut stage = Stage::new(call.version, now, call.random, out);
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
                stage.echo("(no more input: hangs up)")?;
                stage.take("hang")?;
            }
        }
    }
    stage.sum_up()
}

#[cfg(test)]
mod tests;
