//! A trace drawn as a ladder: a column per party, an arrow per message, time on the left.

use std::net::SocketAddr;

use rappel_sip::message::Message;

use crate::case::Seen;
use crate::mask::Mask;
use crate::sight::Trace;

/// Draws a trace. Numbers are hidden as `mask` says. A message that passed before, byte for byte the
/// same way, is marked `↻`.
pub fn draw(trace: &Trace, mask: Mask) -> String {
    let columns = columns(trace);
    let mut out = String::new();
    let mut canvas = Line::new(columns.len());
    for (place, address) in columns.iter().enumerate() {
        canvas.centre(place, &address.to_string());
    }
    canvas.end(&mut out);
    let first = trace.messages.first().map(|message| message.at);
    let mut left_out = 0;
    for (number, message) in trace.messages.iter().enumerate() {
        let place = |address| columns.iter().position(|known| *known == address);
        let (Some(from), Some(to)) = (place(message.source), place(message.destination)) else {
            left_out += 1;
            continue;
        };
        let repeated = trace.messages[..number]
            .iter()
            .rev()
            .take(LOOK_BACK)
            .any(|earlier| earlier.bytes == message.bytes && earlier.source == message.source);
        let seen = Seen::of(message);
        let mut line = Line::rungs(columns.len());
        let since = first.map_or(0.0, |first| message.at.since(first).as_secs_f64());
        line.put(0, &format!("{since:>9.3}"));
        line.arrow(from, to, &label(&seen, mask, repeated));
        line.end(&mut out);
        if let Some(session) = seen.session().filter(|_| !repeated) {
            let mut line = Line::rungs(columns.len());
            line.between(from, to, &session.summary());
            line.end(&mut out);
        }
    }
    if left_out > 0 {
        out.push_str(&format!("… {left_out} messages of further parties\n"));
    }
    if trace.omitted > 0 {
        out.push_str(&format!(
            "… {} messages are not remembered\n",
            trace.omitted
        ));
    }
    out
}

/// The parties in the order they appear, at most [`MAX_COLUMNS`].
fn columns(trace: &Trace) -> Vec<SocketAddr> {
    let mut columns = Vec::new();
    for message in &trace.messages {
        for address in [message.source, message.destination] {
            if columns.len() < MAX_COLUMNS && !columns.contains(&address) {
                columns.push(address);
            }
        }
    }
    columns
}

fn label(seen: &Seen<'_>, mask: Mask, repeated: bool) -> String {
    let text = match &seen.sip {
        Ok(Message::Request(request)) => {
            let user = request.uri().user().unwrap_or_default();
            let uri = mask.text(&format!("sip:{user}"));
            let user = uri.strip_prefix("sip:").unwrap_or_default();
            format!("{} {user}", request.method())
        }
        Ok(Message::Response(response)) => {
            let method = &response.cseq().method;
            format!(
                "{} {} ({method})",
                response.status().code(),
                response.reason()
            )
        }
        Err(why) => format!("? {why}"),
    };
    let text: String = text
        .trim_end()
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    match repeated {
        true => format!("{text} ↻"),
        false => text,
    }
}

/// One line of the drawing.
struct Line(Vec<char>);

impl Line {
    fn new(columns: usize) -> Self {
        Self(vec![' '; TIME + columns * WIDTH])
    }

    fn rungs(columns: usize) -> Self {
        let mut line = Self::new(columns);
        for place in 0..columns {
            line.0[middle(place)] = '│';
        }
        line
    }

    fn put(&mut self, at: usize, text: &str) {
        for (slot, c) in self.0.iter_mut().skip(at).zip(text.chars()) {
            *slot = c;
        }
    }

    fn centre(&mut self, place: usize, text: &str) {
        let length = text.chars().count().min(WIDTH);
        self.put(middle(place).saturating_sub(length / 2), text);
    }

    /// Text between two columns, cut where there is no more room.
    fn between(&mut self, from: usize, to: usize, text: &str) {
        let (left, right) = (from.min(to), from.max(to));
        // A party that speaks to itself has the room to its right.
        let right = if left == right {
            middle(left) + WIDTH / 2
        } else {
            middle(right)
        };
        let left = middle(left);
        let room = right - left - 5;
        let length = text.chars().count();
        let text: String = if length > room {
            text.chars().take(room - 1).chain(['…']).collect()
        } else {
            text.to_owned()
        };
        let length = text.chars().count();
        self.put(left + 3 + (room - length) / 2, &text);
    }

    fn arrow(&mut self, from: usize, to: usize, label: &str) {
        let (left, right) = (middle(from.min(to)), middle(from.max(to)));
        for slot in &mut self.0[(left + 1).min(right)..right] {
            *slot = '─';
        }
        match from.cmp(&to) {
            std::cmp::Ordering::Less => self.0[right - 1] = '►',
            std::cmp::Ordering::Greater => self.0[left + 1] = '◄',
            std::cmp::Ordering::Equal => self.0[left + 1] = '↺',
        }
        self.between(from, to, &format!(" {label} "));
    }

    fn end(self, out: &mut String) {
        let text: String = self.0.into_iter().collect();
        out.push_str(text.trim_end());
        out.push('\n');
    }
}

fn middle(place: usize) -> usize {
    TIME + place * WIDTH + WIDTH / 2
}

/// Characters of the time on the left.
const TIME: usize = 4;
/// Characters from one column to the next.
const WIDTH: usize = 36;
/// Most parties that are drawn.
pub const MAX_COLUMNS: usize = 8;
/// How many messages back one may be a repetition.
const LOOK_BACK: usize = 64;

#[cfg(test)]
mod tests;
