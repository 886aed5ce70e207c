//! `rappel messages`: what waits in the mailboxes.

use std::process::ExitCode;

use clap::Args;
use rappel_model::record::{MessageRecord, MessageState};
use rappel_store::{Folder, MessageFilter};
use serde_json::{Value, json};

use super::calls::{length, seconds_of};
use super::columns::Columns;
use super::place::{self, Place};

/// List the messages in the mailboxes, and where their sound is
///
/// One row per message, by tenant and mailbox, the oldest first. Times are UTC. May be used beside
/// a running engine; nothing is marked as heard.
///
///     rappel messages --config /etc/rappel
///     rappel messages --tenant garage --mailbox accueil
///     rappel messages --deleted --json
///
/// The sound of a message is the WAV file of its recording, in the folder `recordings` of the data
/// folder.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct MessagesArgs {
    #[command(flatten)]
    place: Place,
    /// Only this tenant's messages.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Only this mailbox's messages.
    #[arg(long, value_name = "NAME")]
    mailbox: Option<String>,
    /// Deleted ones too: their sound is gone.
    #[arg(long)]
    deleted: bool,
    /// JSON instead of a table: one object per line.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &MessagesArgs) -> ExitCode {
    place::exit(place::run(print(args)))
}

async fn print(args: &MessagesArgs) -> Result<String, String> {
    let database = args.place.open_existing().await?;
    let filter = MessageFilter {
        tenant: args.tenant.as_deref().map(Into::into),
        mailbox: args.mailbox.as_deref().map(Into::into),
        deleted: args.deleted,
    };
    let messages = database
        .messages(&filter)
        .await
        .map_err(|e| e.to_string())?;
    let folder = database.folder();
    if args.json {
        let lines = messages.iter().map(|m| format!("{}\n", as_json(m, folder)));
        return Ok(lines.collect());
    }
    Ok(match messages.is_empty() {
        true => "no messages\n".to_owned(),
        false => format!(
            "{}\nThe sound of a message: {}/RECORDING.wav\n",
            table(&messages),
            folder.recordings().display()
        ),
    })
}

fn table(messages: &[MessageRecord]) -> String {
    let mut table = Columns::new(&[
        "left (UTC)",
        "tenant",
        "mailbox",
        "state",
        "length",
        "caller",
        "recording",
    ]);
    for message in messages {
        let urgent = if message.urgent { ", urgent" } else { "" };
        table.row([
            seconds_of(message.left),
            message.tenant.to_string(),
            message.mailbox.to_string(),
            format!("{}{urgent}", state(message.state)),
            length(message.length),
            caller(message).unwrap_or_else(|| "hidden".to_owned()),
            message.recording.to_string(),
        ]);
    }
    table.print()
}

fn as_json(message: &MessageRecord, folder: &Folder) -> Value {
    let at = match message.state {
        MessageState::New => None,
        MessageState::Heard(at) | MessageState::Deleted(at) => Some(at.to_string()),
    };
    json!({
        "message": message.id.to_string(),
        "tenant": message.tenant.as_str(),
        "mailbox": message.mailbox.as_str(),
        "call": message.call.to_string(),
        "caller": caller(message),
        "left": message.left.to_string(),
        "length_ms": u64::try_from(message.length.as_millis()).unwrap_or(u64::MAX),
        "urgent": message.urgent,
        "state": state(message.state),
        "state_since": at,
        "sound": folder.recording(message.recording).display().to_string(),
    })
}

fn state(state: MessageState) -> &'static str {
    match state {
        MessageState::New => "new",
        MessageState::Heard(_) => "heard",
        MessageState::Deleted(_) => "deleted",
    }
}

fn caller(message: &MessageRecord) -> Option<String> {
    message.caller.as_ref().map(|c| c.reveal().clone())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rappel_model::{CallUid, MessageId, RecordingId, Redacted, Timestamp};

    use super::*;

    #[test]
    fn a_message_is_one_row_and_one_object() {
        let message = MessageRecord {
            id: MessageId(1),
            tenant: "garage".into(),
            mailbox: "accueil".into(),
            call: CallUid(2),
            recording: RecordingId(3),
            caller: Some(Redacted::new("+33472001122".to_owned())),
            left: Timestamp::from_micros(1_795_000_000_000_000),
            length: Duration::from_millis(3_240),
            urgent: true,
            state: MessageState::New,
        };
        let table = table(std::slice::from_ref(&message));
        let row = table.lines().nth(1).unwrap_or_default();
        assert_eq!(
            row,
            "2026-11-18 11:06:40  garage  accueil  new, urgent  3.2 s   +33472001122  \
             00000000000000000000000003"
        );
        let object = as_json(&message, &Folder::new("/data"));
        assert_eq!(
            object["sound"],
            "/data/recordings/00000000000000000000000003.wav"
        );
        assert_eq!(object["length_ms"], 3_240);
    }
}
