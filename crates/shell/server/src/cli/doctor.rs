//! `rappel doctor`: what went wrong on the wire, in plain words.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use rappel_ivr::words;
use rappel_ivr::words::Lang;
use rappel_model::Timestamp;
use rappel_model::time::parse_duration;
use rappel_sight::{Found, Known, Trace, capture, doctor};

use super::lang::Spoken;
use super::passed::{self, Shown};
use super::place::{self, Place};
use crate::sight::wire::Ask;

/// Say what went wrong on the wire, why, and what to do about it
///
/// Looks at what the running engine remembers of the messages that passed, or at a saved capture
/// (pcap, pcapng, or what `rappel calls --messages` printed). Every finding shows the messages that
/// prove it and names what to change. The exit status is 0 when nothing was found, 1 otherwise.
///
///     rappel doctor
///     rappel doctor --since 15m
///     rappel doctor 01KAJ3V1Q8Z9X2M4N6P8R0T2W4
///     rappel doctor --trace problem.pcap
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    spoken: Spoken,
    #[command(flatten)]
    shown: Shown,
    /// Only this call: its ID, a Call-ID, or the beginning of one.
    #[arg(value_name = "CALL", conflicts_with = "trace")]
    call: Option<String>,
    /// How far back to look.
    #[arg(long, value_name = "LENGTH", default_value = "1h", value_parser = length)]
    since: Duration,
    /// Look at a saved capture instead of the running engine.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

fn length(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write a length like 90s, 15m or 2h".to_owned())
}

/// Runs the command.
pub(crate) fn run(args: &DoctorArgs) -> ExitCode {
    match examine(args) {
        Ok((text, healthy)) => {
            let printed = place::exit(Ok(text));
            match healthy {
                true => printed,
                false => ExitCode::FAILURE,
            }
        }
        Err(why) => place::exit(Err(why)),
    }
}

fn examine(args: &DoctorArgs) -> Result<(String, bool), String> {
    let lang = args.spoken.lang();
    let now = Timestamp::from_jiff(jiff::Timestamp::now());
    let (trace, until) = match (&args.trace, &args.call) {
        (Some(path), _) => {
            let unread = |why: String| format!("{}: {why}", path.display());
            let file = std::fs::read(path).map_err(|e| unread(e.to_string()))?;
            let messages = capture::read(&Bytes::from(file)).map_err(|e| unread(e.to_string()))?;
            let trace = Trace::of(messages);
            let until = trace.messages.last().map_or(now, |last| last.at);
            (trace, until)
        }
        (None, Some(call)) => {
            let trace = passed::call(&args.place, call, lang);
            let told = |why| match remembers_nothing(&args.place) {
                true => forgetful(lang),
                false => why,
            };
            (trace.map_err(told)?, now)
        }
        (None, None) => {
            let since = now.as_micros() - i64::try_from(args.since.as_micros()).unwrap_or(i64::MAX);
            match passed::ask(&args.place, Ask::Recent { since: Some(since) })? {
                Found::One(trace) => (*trace, now),
                Found::Several(_) | Found::None => (Trace::default(), now),
            }
        }
    };
    let known = args.place.known(&trace).unwrap_or_else(|why| {
        eprintln!("rappel: {why}");
        Known::default()
    });
    if args.trace.is_none() && trace.messages.is_empty() && remembers_nothing(&args.place) {
        return Err(forgetful(lang));
    }
    let findings = doctor::examine(&trace, &known, until);
    let count = trace.messages.len();
    if findings.is_empty() {
        let told = words!(
            "{count} messages looked at; nothing is wrong with them\n",
            "{count} messages examinés ; rien à leur reprocher\n"
        );
        return Ok((told.in_lang(lang).to_owned(), true));
    }
    Ok((doctor::print(&findings, lang, args.shown.mask()), false))
}

/// Whether the engine was told to keep no messages.
fn remembers_nothing(place: &Place) -> bool {
    place.engine().is_ok_and(|engine| engine.sight.memory == 0)
}

/// That there is nothing to look at, and which key changes it.
fn forgetful(lang: Lang) -> String {
    let told = words!(
        "no message is remembered: `[sight] memory` is 0 in rappel.toml. Set it to some MiB (48 is usual) and start the engine again",
        "aucun message n'est retenu : `[sight] memory` vaut 0 dans rappel.toml. Mettez-y quelques Mio (48 est l'usage) et redémarrez le moteur"
    );
    told.in_lang(lang).to_owned()
}
