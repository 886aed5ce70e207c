//! `rappel calls`: what became of every call.

mod sound;

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use rappel_ivr::words::Words;
use rappel_ivr::{Lang, words};
use rappel_model::record::{
    CallDirection, CallRecord, ConsentRecord, EndedBy, LegRecord, Origin, Outcome,
};
use rappel_model::{CallUid, Timestamp};
use rappel_store::CallFilter;
use serde_json::{Value, json};

use super::columns::{Columns, plain};
use super::lang::Spoken;
use super::passed::{self, Shown};
use super::place::{self, Place};

/// List the newest calls, or show one from its first message to its last
///
/// One row per call: who called what, how long until it was answered, how it ended and why. Times
/// are UTC. May be used beside a running engine.
///
///     rappel calls --config /etc/rappel
///     rappel calls --tenant garage --last 100
///     rappel calls --trace 01KAJ3V1Q8Z9X2M4N6P8R0T2W4
///     rappel calls --sip 01KAJ3V1
///     rappel calls --sip 01KAJ3V1 --pcap call.pcap
///     rappel calls --last 1000 --json
///
/// Outcomes: served (talked with a person), message (left one), flow (heard the menu only), missed
/// (gone before anything was said), refused, failed.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CallsArgs {
    #[command(flatten)]
    place: Place,
    /// Only this tenant's calls.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// How many of the newest (at most 10000).
    #[arg(long, value_name = "N", default_value_t = 20,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(rappel_store::MAX_LISTED)))]
    last: u32,
    /// Everything about one call: its stages and legs. The ID stands at the end of its row.
    #[arg(long, value_name = "ID", conflicts_with_all = ["tenant", "last"])]
    trace: Option<String>,
    /// The SIP messages of one call, drawn as a ladder: asked of the running engine, also while the
    /// call is up. The ID is that of its row, or a Call-ID; its beginning is enough.
    #[arg(long, value_name = "ID", conflicts_with_all = ["tenant", "last", "trace", "json"])]
    sip: Option<String>,
    /// The messages themselves instead of the ladder.
    #[arg(long, requires = "sip")]
    messages: bool,
    /// The messages as a capture that tcpdump and Wireshark read.
    #[arg(
        long,
        value_name = "FILE",
        requires = "sip",
        conflicts_with = "messages"
    )]
    pcap: Option<PathBuf>,
    #[command(flatten)]
    shown: Shown,
    #[command(flatten)]
    spoken: Spoken,
    /// JSON instead of a table: one object per line.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &CallsArgs) -> ExitCode {
    place::exit(match &args.sip {
        Some(id) => passed(args, id),
        None => place::run(print(args)),
    })
}

/// What passed on the wire for one call.
fn passed(args: &CallsArgs, id: &str) -> Result<String, String> {
    let lang = args.spoken.lang();
    let trace = passed::call(&args.place, id, lang)?;
    let mask = args.shown.mask();
    match &args.pcap {
        Some(path) => passed::save(&trace, path, mask, lang),
        None if args.messages => Ok(passed::messages(&trace, mask)),
        None => Ok(rappel_sight::ladder::draw(&trace, mask)),
    }
}

async fn print(args: &CallsArgs) -> Result<String, String> {
    let database = args.place.open_existing().await?;
    if let Some(id) = &args.trace {
        let uid = CallUid::parse(id).ok_or_else(|| {
            format!("`{id}` is no call: an ID has 26 letters and digits, see `rappel calls`")
        })?;
        let call = database.call(uid).await.map_err(|e| e.to_string())?;
        let call = call.ok_or_else(|| format!("there is no call {uid}"))?;
        return Ok(match args.json {
            true => format!("{}\n", as_json(&call)),
            false => {
                let consents = database.consents(uid).await.map_err(|e| e.to_string())?;
                trace(&call, &consents, args.spoken.lang())
            }
        });
    }
    let filter = CallFilter {
        tenant: args.tenant.as_deref().map(Into::into),
        last: args.last,
    };
    let calls = database.calls(&filter).await.map_err(|e| e.to_string())?;
    if args.json {
        return Ok(calls.iter().map(|c| format!("{}\n", as_json(c))).collect());
    }
    Ok(match calls.is_empty() {
        true => "no calls yet\n".to_owned(),
        false => table(&calls, args.spoken.lang()),
    })
}

fn table(calls: &[CallRecord], lang: Lang) -> String {
    let headings = [
        words!("started (UTC)", "début (UTC)"),
        words!("tenant", "entreprise"),
        words!("line", "ligne"),
        words!("caller", "appelant"),
        words!("called", "appelé"),
        words!("answer", "réponse"),
        words!("length", "durée"),
        words!("outcome", "issue"),
        words!("cause", "cause"),
        words!("call", "appel"),
    ];
    let headings: Vec<&str> = headings.iter().map(|words| words.in_lang(lang)).collect();
    let mut table = Columns::new(&headings);
    for call in calls {
        table.row([
            seconds_of(call.started),
            name(call.tenant.as_ref()),
            name(call.line.as_ref()),
            caller(call),
            call.called.clone(),
            after(call.started, call.answered),
            after(call.started, Some(call.ended)),
            outcome(call.outcome).in_lang(lang).to_owned(),
            call.cause.to_string(),
            call.uid.to_string(),
        ]);
    }
    table.print()
}

/// How a call ended, for people; records and JSON keep the word.
fn outcome(outcome: Outcome) -> Words {
    match outcome {
        Outcome::Served => words!("served", "servi"),
        Outcome::MessageLeft => words!("message", "message"),
        Outcome::FlowOnly => words!("flow", "menu"),
        Outcome::Missed => words!("missed", "manqué"),
        Outcome::Refused => words!("refused", "refusé"),
        Outcome::Failed => words!("failed", "échoué"),
    }
}

fn trace(call: &CallRecord, consents: &[ConsentRecord], lang: Lang) -> String {
    let mut facts = Columns::new(&["call", &call.uid.to_string()]);
    let mut fact = |what: &str, value: String| facts.row([what.to_owned(), value]);
    fact("started (UTC)", call.started.to_string());
    fact("tenant", name(call.tenant.as_ref()));
    fact("line", name(call.line.as_ref()));
    fact("flow", name(call.flow.as_ref()));
    fact("version", name(call.version.as_ref()));
    fact(
        "from",
        format!("{} ({})", caller(call), origin(&call.origin)),
    );
    fact("called", call.called.clone());
    fact("ringing", after(call.started, call.ringing));
    fact("answered", after(call.started, call.answered));
    fact("first sound", after(call.started, call.first_sound));
    fact("with a person", after(call.started, call.connected));
    fact("ended", after(call.started, Some(call.ended)));
    fact(
        "outcome",
        format!(
            "{}, ended by {}",
            call.outcome.word(),
            ended_by(call.ended_by)
        ),
    );
    fact("cause (Q.850)", call.cause.to_string());
    fact(
        "SIP status",
        call.status.map(|s| s.to_string()).unwrap_or_default(),
    );
    fact(
        "message",
        call.message.map(|m| m.to_string()).unwrap_or_default(),
    );
    for (tag, value) in &call.tags {
        fact(&format!("tag {tag}"), value.clone());
    }
    for ConsentRecord {
        kind,
        answer,
        language,
        wording,
        ..
    } in consents
    {
        let said = format!("{answer} ({language}: {wording})");
        fact(&format!("consent {kind}"), said);
    }
    let mut text = facts.print();
    text.push('\n');
    for stage in &call.stages {
        let at = stage.at.since(call.started).as_secs_f64();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{at:>9.3} s  {}", plain(&stage.what));
    }
    if !call.legs.is_empty() {
        text.push('\n');
        text.push_str(&legs(call));
    }
    if let Some(table) = sound::table(&call.legs, lang) {
        text.push('\n');
        text.push_str(&table);
    }
    text
}

fn legs(call: &CallRecord) -> String {
    let mut table = Columns::new(&[
        "leg", "peer", "started", "ringing", "answered", "ended", "status",
    ]);
    for leg in &call.legs {
        table.row([
            leg.leg.to_string(),
            leg.peer.reveal().clone(),
            after(call.started, Some(leg.started)),
            after(call.started, leg.ringing),
            after(call.started, leg.answered),
            after(call.started, leg.ended),
            leg.status.map(|s| s.to_string()).unwrap_or_default(),
        ]);
    }
    table.print()
}

fn as_json(call: &CallRecord) -> Value {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "call": call.uid.to_string(),
        "tenant": call.tenant.as_ref().map(|t| t.as_str()),
        "line": call.line.as_ref().map(|l| l.as_str()),
        "flow": call.flow.as_ref().map(|f| f.as_str()),
        "version": call.version.as_ref().map(ToString::to_string),
        "origin": origin(&call.origin),
        "direction": match call.direction {
            CallDirection::Inbound => "inbound",
            CallDirection::Internal => "internal",
            CallDirection::Outbound => "outbound",
        },
        "caller": call.caller.as_ref().map(|c| c.reveal()),
        "called": call.called,
        "started": call.started.to_string(),
        "ringing": time(call.ringing),
        "answered": time(call.answered),
        "first_sound": time(call.first_sound),
        "connected": time(call.connected),
        "ended": call.ended.to_string(),
        "outcome": call.outcome.word(),
        "cause": call.cause,
        "status": call.status,
        "ended_by": ended_by(call.ended_by),
        "message": call.message.map(|m| m.to_string()),
        "tags": call.tags,
        "legs": call.legs.iter().map(leg_json).collect::<Vec<_>>(),
        "stages": call.stages.iter()
            .map(|s| json!({ "at": s.at.to_string(), "what": s.what }))
            .collect::<Vec<_>>(),
    })
}

fn leg_json(leg: &LegRecord) -> Value {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "leg": leg.leg.to_string(),
        "peer": leg.peer.reveal(),
        "started": leg.started.to_string(),
        "ringing": time(leg.ringing),
        "answered": time(leg.answered),
        "ended": time(leg.ended),
        "status": leg.status,
        "media": leg.media.as_ref().map(sound::as_json),
    })
}

fn name(name: Option<&impl ToString>) -> String {
    name.map(ToString::to_string).unwrap_or_default()
}

fn caller(call: &CallRecord) -> String {
    let caller = call.caller.as_ref().map(|c| c.reveal().clone());
    caller.unwrap_or_else(|| "hidden".to_owned())
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Trunk(name) => format!("trunk {name}"),
        Origin::User(name) => format!("user {name}"),
        Origin::Unknown(address) => format!("unknown {address}"),
    }
}

fn ended_by(by: EndedBy) -> &'static str {
    match by {
        EndedBy::Caller => "caller",
        EndedBy::Callee => "callee",
        EndedBy::Engine => "engine",
        EndedBy::Network => "network",
    }
}

/// A time to the second, in UTC: `2026-11-22 09:30:05`.
pub(crate) fn seconds_of(at: Timestamp) -> String {
    let text = at.to_string();
    text.split('.')
        .next()
        .unwrap_or(&text)
        .replace('T', " ")
        .replace('Z', "")
}

/// How long after the start something happened; empty when it did not.
fn after(start: Timestamp, at: Option<Timestamp>) -> String {
    at.map(|at| length(at.since(start))).unwrap_or_default()
}

/// A length as people read it: `3.2 s`, `2:05`, `1:02:05`.
pub(super) fn length(length: Duration) -> String {
    let whole = length.as_secs();
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes) {
        (0, 0) => format!("{:.1} s", length.as_millis() as f64 / 1_000.0),
        (0, _) => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_speaks_both_languages() {
        assert!(table(&[], Lang::Fr).starts_with("début (UTC)  entreprise"));
        assert!(table(&[], Lang::En).starts_with("started (UTC)  tenant"));
        assert_eq!(outcome(Outcome::Missed).in_lang(Lang::Fr), "manqué");
    }

    #[test]
    fn lengths_and_times_are_short() {
        for (millis, text) in [
            (0, "0.0 s"),
            (3_240, "3.2 s"),
            (125_000, "2:05"),
            (3_725_999, "1:02:05"),
        ] {
            assert_eq!(length(Duration::from_millis(millis)), text);
        }
        let at = Timestamp::from_micros(1_795_000_000_123_456);
        assert_eq!(seconds_of(at), "2026-11-18 11:06:40");
    }
}
