//! `rappel recordings`: which calls were recorded, and where their sound is.

use std::process::ExitCode;

use clap::Args;
use rappel_model::CallUid;
use rappel_model::record::CallRecording;
use rappel_store::{Folder, RecordingFilter};
use serde_json::{Value, json};

use super::calls::{length, seconds_of};
use super::columns::Columns;
use super::place::{self, Place};

/// List the recordings of calls, and where their sound is
///
/// One row per recording, the oldest first. Times are UTC. May be used beside a running engine.
///
///     rappel recordings --config /etc/rappel
///     rappel recordings --call 01jd…
///     rappel recordings --tenant garage --json
///
/// The sound of a recording is its WAV file in the folder `recordings` of the data folder: with both
/// sides, the caller is left and what the caller hears is right. It can be played while it is made.
/// One whose time was up is removed; its row stays, without the caller, and says when.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct RecordingsArgs {
    #[command(flatten)]
    place: Place,
    /// Only this tenant's recordings.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Only the recordings of this call.
    #[arg(long, value_name = "CALL")]
    call: Option<String>,
    /// JSON instead of a table: one object per line.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &RecordingsArgs) -> ExitCode {
    place::exit(place::run(print(args)))
}

async fn print(args: &RecordingsArgs) -> Result<String, String> {
    let call = match &args.call {
        None => None,
        Some(call) => {
            Some(CallUid::parse(call).ok_or_else(|| format!("--call: {call:?} is no call"))?)
        }
    };
    let database = args.place.open_existing().await?;
    let filter = RecordingFilter {
        tenant: args.tenant.as_deref().map(Into::into),
        call,
    };
    let recordings = database
        .call_recordings(&filter)
        .await
        .map_err(|e| e.to_string())?;
    let folder = database.folder();
    if args.json {
        let lines = recordings
            .iter()
            .map(|r| format!("{}\n", as_json(r, folder)));
        return Ok(lines.collect());
    }
    Ok(match recordings.is_empty() {
        true => "no recordings\n".to_owned(),
        false => format!(
            "{}\nThe sound of a recording: {}/RECORDING.wav\n",
            table(&recordings),
            folder.recordings().display()
        ),
    })
}

fn table(recordings: &[CallRecording]) -> String {
    let mut table = Columns::new(&[
        "began (UTC)",
        "tenant",
        "sides",
        "length",
        "why",
        "kept until",
        "call",
        "recording",
    ]);
    for recording in recordings {
        let cut = if recording.cut { ", cut" } else { "" };
        let long = recording
            .length
            .map_or_else(|| "running".to_owned(), length);
        let kept = match (recording.removed, recording.keep_until) {
            (Some(removed), _) => format!("removed {}", seconds_of(removed)),
            (None, until) => until.map_or_else(|| "-".to_owned(), seconds_of),
        };
        let why = recording.why.as_ref().map(|why| why.reveal().clone());
        table.row([
            seconds_of(recording.began),
            recording.tenant.to_string(),
            recording.sides.word().to_owned(),
            format!("{long}{cut}"),
            why.unwrap_or_else(|| "-".to_owned()),
            kept,
            recording.call.to_string(),
            recording.recording.to_string(),
        ]);
    }
    table.print()
}

fn as_json(recording: &CallRecording, folder: &Folder) -> Value {
    let millis = |length: std::time::Duration| u64::try_from(length.as_millis()).ok();
    json!({
        "recording": recording.recording.to_string(),
        "tenant": recording.tenant.as_str(),
        "call": recording.call.to_string(),
        "caller": recording.caller.as_ref().map(|c| c.reveal().clone()),
        "sides": recording.sides.word(),
        "why": recording.why.as_ref().map(|why| why.reveal().clone()),
        "began": recording.began.to_string(),
        "keep_until": recording.keep_until.map(|at| at.to_string()),
        "length_ms": recording.length.and_then(millis),
        "cut": recording.cut,
        "removed": recording.removed.map(|at| at.to_string()),
        "sound": recording.removed.is_none().then(|| folder.recording(recording.recording).display().to_string()),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rappel_model::record::RecordedSides;
    use rappel_model::{RecordingId, Redacted, Timestamp};

    use super::*;

    #[test]
    fn a_recording_is_one_row_and_one_object() {
        let recording = CallRecording {
            recording: RecordingId(3),
            tenant: "garage".into(),
            call: CallUid(2),
            caller: Some(Redacted::new("+33472001122".to_owned())),
            sides: RecordedSides::Both,
            why: Some(Redacted::new("qualité".to_owned())),
            began: Timestamp::from_micros(1_795_000_000_000_000),
            keep_until: None,
            length: Some(Duration::from_millis(3_240)),
            cut: true,
            removed: None,
        };
        let printed = table(std::slice::from_ref(&recording));
        assert_eq!(printed.lines().count(), 2);
        for word in ["garage", "both", ", cut", "qualité"] {
            assert!(printed.contains(word), "{printed}");
        }
        let object = as_json(&recording, &Folder::new("/data"));
        assert_eq!(object["length_ms"], 3_240);
        let sound = object["sound"].as_str().unwrap();
        assert!(sound.starts_with("/data/recordings/") && sound.ends_with(".wav"));
        let trace = CallRecording {
            removed: Some(Timestamp::from_micros(1_796_000_000_000_000)),
            ..recording
        };
        assert!(table(std::slice::from_ref(&trace)).contains("removed 2026-"));
        assert!(as_json(&trace, &Folder::new("/data"))["sound"].is_null());
    }
}
