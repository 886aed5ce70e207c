//! `rappel trace`: the SIP messages that the running engine remembers, or those that pass now.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use rappel_sight::capture::text;
use rappel_sight::mask::Mask;
use rappel_sight::{Captured, Found};

use super::lang::Spoken;
use super::passed::{self, Capture, Shown};
use super::place::{self, Place};
use crate::loading::control;
use crate::sight::wire::{Ask, Line};

/// Show the SIP messages that the running engine remembers, or those that pass from now on
///
/// Secrets are hidden, and telephone numbers but for two digits.
///
///     rappel trace --pcap all.pcap
///     rappel trace --live
///     rappel trace --live --only 0472001122 --seconds 60 --pcap now.pcap
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    spoken: Spoken,
    #[command(flatten)]
    shown: Shown,
    /// Show messages as they pass, until Ctrl-C.
    #[arg(long)]
    live: bool,
    /// End after so many seconds.
    #[arg(long, value_name = "N", requires = "live", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: Option<u64>,
    /// Only messages that contain this (a number, a user, a Call-ID) or pass at this address.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Write a capture that tcpdump and Wireshark read, instead of printing.
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &TraceArgs) -> ExitCode {
    place::exit(if args.live {
        follow(args)
    } else {
        remembered(args)
    })
}

fn remembered(args: &TraceArgs) -> Result<String, String> {
    let mut trace = match passed::ask(&args.place, Ask::Recent { since: None })? {
        Found::One(trace) => *trace,
        Found::Several(_) | Found::None => rappel_sight::Trace::default(),
    };
    trace.messages.retain(|message| args.wants(message));
    let mask = args.shown.mask();
    match &args.pcap {
        Some(path) => passed::save(&trace, path, mask, args.spoken.lang()),
        None => Ok(passed::messages(&trace, mask)),
    }
}

fn follow(args: &TraceArgs) -> Result<String, String> {
    let mask: Mask = args.shown.mask();
    let mut capture = args
        .pcap
        .as_ref()
        .map(|path| Capture::create(path, mask))
        .transpose()?;
    let end = args
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    control::look(&args.place.folder()?, Ask::Live, |line| {
        if let Line::Message(message) = line
            && let Some(message) = message.captured().filter(|message| args.wants(message))
        {
            match &mut capture {
                Some(capture) => capture.write(&message)?,
                None => {
                    let text = text::print(&passed::masked(&message, mask));
                    let mut out = std::io::stdout();
                    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
                    // Who has seen enough closes the pipe.
                    if place::printed(printed)?.is_none() {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(end.is_none_or(|end| Instant::now() < end))
    })?;
    match capture {
        Some(capture) => capture.finish().map(|count| format!("{count}\n")),
        None => Ok(String::new()),
    }
}

impl TraceArgs {
    fn wants(&self, message: &Captured) -> bool {
        let Some(only) = &self.only else {
            return true;
        };
        let addresses = [message.source, message.destination];
        addresses
            .iter()
            .any(|a| a.to_string() == *only || a.ip().to_string() == *only)
            || String::from_utf8_lossy(&message.bytes).contains(only.as_str())
    }
}
