//! Values as people type them to hear them: as in a flow, or local ISO 8601 (FLOWS §10).

use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use rappel_model::{Money, PhoneNumber, Timestamp};

use super::format::Format;
use crate::variables::{Value, parse_duration, parse_time};
use crate::words;
use crate::words::Words;

/// A text that is no value of a format; says what one looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub Words);

/// The value that `text` writes for `format`, moments in `zone`.
///
/// # Errors
/// [`Unreadable`], with an example of what can be read.
pub fn read(format: Format, text: &str, zone: &TimeZone) -> Result<Value, Unreadable> {
    value(format, text.trim(), zone).ok_or_else(|| {
        let example = example(format);
        Unreadable(words!(
            "\"{text}\" is no value for the format \"{format}\": write it as in {example}",
            "« {text} » n'est pas une valeur pour le format « {format} » : écrivez-la comme {example}"
        ))
    })
}

/// A local moment, `2026-11-24T09:00` or `2026-11-24 09:00`, or a day, which begins at midnight.
/// With `Z` or an offset behind, that point of time.
pub fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(point) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp::from_jiff(point));
    }
    let local = text.parse::<DateTime>().ok()?;
    let zoned = local.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_jiff(zoned.timestamp()))
}

fn value(format: Format, text: &str, zone: &TimeZone) -> Option<Value> {
    Some(match format {
        Format::Number(_) | Format::Ordinal(_) => Value::Number(text.parse().ok()?),
        Format::Digits | Format::Spell | Format::Name | Format::Say => Value::Text(text.to_owned()),
        Format::Phone => Value::Phone(PhoneNumber::parse(text)?),
        Format::Time => match time(text) {
            Some(time) => Value::Time(time),
            None => Value::Moment(moment(text, zone)?),
        },
        Format::Date | Format::Day => match text.parse::<Date>() {
            Ok(date) if !text.contains(':') => Value::Date(date),
            _ => Value::Moment(moment(text, zone)?),
        },
        Format::Moment => Value::Moment(moment(text, zone)?),
        Format::Window => window(text, zone)?,
        Format::Duration => Value::Duration(duration(text)?),
        Format::Between => {
            let (low, high) = text.split_once('/')?;
            let (low, high) = (duration(low)?, duration(high)?);
            Value::Range { low, high }
        }
        Format::Money => Value::Money(Money::parse(text)?),
    })
}

/// `08:30`, `8:30`, `08:30:15`, `T08:30`.
fn time(text: &str) -> Option<Time> {
    let plain = text.strip_prefix('T').unwrap_or(text);
    let padded = match plain.find(':') {
        Some(1) => format!("0{plain}"),
        _ => plain.to_owned(),
    };
    let plain = padded.as_str();
    let clock = plain.bytes().all(|b| b.is_ascii_digit() || b == b':');
    parse_time(plain).or_else(|| plain.parse().ok().filter(|_| clock))
}

/// `1h30m`, `90s`, `PT1H30M`.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    parse_duration(text).or_else(|| {
        let iso = text.starts_with('P');
        let length: SignedDuration = text.parse().ok().filter(|_| iso)?;
        Duration::try_from(length).ok()
    })
}

/// Two moments; the second may be a time alone, of the same day or, when it is earlier, of the next.
fn window(text: &str, zone: &TimeZone) -> Option<Value> {
    let (from, to) = text.split_once('/')?;
    let start = moment(from, zone)?;
    let to = to.trim();
    let end = match time(to) {
        None => moment(to, zone)?,
        Some(time) => {
            let local = start.to_jiff().to_zoned(zone.clone()).datetime();
            let same_day = local.date().to_datetime(time);
            let end = if same_day < local {
                same_day.checked_add(1.day()).ok()?
            } else {
                same_day
            };
            Timestamp::from_jiff(end.to_zoned(zone.clone()).ok()?.timestamp())
        }
    };
    Some(Value::Window {
        from: start,
        to: end,
    })
}

fn example(format: Format) -> &'static str {
    match format {
        Format::Number(_) | Format::Ordinal(_) => "21",
        Format::Digits => "1234",
        Format::Phone => "+33612345678",
        Format::Time => "14:30",
        Format::Date | Format::Day => "2026-11-24",
        Format::Moment => "2026-11-24T14:00",
        Format::Window => "2026-11-24T14:00/14:20",
        Format::Duration => "1h30m",
        Format::Between => "4m/7m",
        Format::Money => "200.50 EUR",
        Format::Spell | Format::Name | Format::Say => "Martin",
    }
}
