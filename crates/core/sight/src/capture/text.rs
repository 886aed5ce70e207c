//! Messages as text: a line that says when and between whom, then the message as it was.

use std::fmt::Write;

use bytes::Bytes;
use rappel_model::Timestamp;
use rappel_sip::Transport;

use crate::captured::{Captured, Passage};

/// What every line above a message begins with.
pub const MARK: &str = "--- @";

/// One message as text. Bytes that are no UTF-8 cannot be shown and become `�`; the length counts
/// what is shown.
pub fn print(message: &Captured) -> String {
    let body = String::from_utf8_lossy(&message.bytes);
    let micros = message.at.as_micros();
    let way = match message.passage {
        Passage::In => "in",
        Passage::Out => "out",
        Passage::Across => "across",
    };
    let mut out = String::with_capacity(body.len() + 120);
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{MARK}{}.{:06} {} {} > {} {way} {} bytes, {}",
        micros.div_euclid(1_000_000),
        micros.rem_euclid(1_000_000),
        message.transport.via_name(),
        message.source,
        message.destination,
        body.len(),
        message.at,
    );
    out.push_str(&body);
    out.push('\n');
    out
}

/// Reads what [`print`] wrote, up to the first line that it could not have written.
pub(super) fn read(file: &Bytes) -> Vec<Captured> {
    let mut messages = Vec::new();
    let mut at = 0;
    while let Some(end) = file[at..].iter().position(|byte| *byte == b'\n') {
        let line = std::str::from_utf8(&file[at..at + end]).unwrap_or_default();
        if line.is_empty() {
            at += 1;
            continue;
        }
        let Some((mut message, length)) = head(line) else {
            break;
        };
        let begin = at + end + 1;
        let Some(end) = begin.checked_add(length).filter(|end| *end <= file.len()) else {
            break;
        };
        message.bytes = file.slice(begin..end);
        messages.push(message);
        at = (end + 1).min(file.len());
    }
    messages
}

fn head(line: &str) -> Option<(Captured, usize)> {
    let mut words = line.strip_prefix(MARK)?.split(' ');
    let (seconds, micros) = words.next()?.split_once('.')?;
    let seconds = seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?;
    let micros = seconds.checked_add(micros.parse().ok()?)?;
    let transport = words.next()?;
    let transport = Transport::ALL
        .into_iter()
        .find(|t| t.via_name() == transport)?;
    let source = words.next()?.parse().ok()?;
    let destination = words.nth(1)?.parse().ok()?;
    let passage = match words.next()? {
        "in" => Passage::In,
        "out" => Passage::Out,
        _ => Passage::Across,
    };
    let message = Captured {
        at: Timestamp::from_micros(micros),
        passage,
        transport,
        source,
        destination,
        bytes: Bytes::new(),
    };
    Some((message, words.next()?.parse().ok()?))
}
