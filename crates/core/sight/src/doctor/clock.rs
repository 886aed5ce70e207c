//! Clocks that are wrong.

use std::time::Duration;

use rappel_ivr::words;
use rappel_model::Timestamp;
use rappel_sip::header::Name;

use super::{Finding, View};

/// Compares the Date of messages (RFC 3261 §20.17) with when they passed.
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    let wrong = view
        .case
        .messages
        .iter()
        .enumerate()
        .find_map(|(place, seen)| {
            let headers = seen.sip.as_ref().ok()?.headers();
            let said = read(&headers.text(&Name::Date)?)?;
            let off = said.as_micros().abs_diff(seen.captured.at.as_micros());
            (Duration::from_micros(off) > TOLERATED).then_some((place, said))
        });
    let Some((place, said)) = wrong else {
        return;
    };
    let seen = &view.case.messages[place];
    let (who, at) = (seen.source(), seen.captured.at);
    found.push(view.finding(
        "clock-skew",
        &[place],
        words!(
            "The clock of {who} is wrong: it says {said}, and it was {at}.",
            "L'horloge de {who} est fausse : elle dit {said}, et il était {at}."
        ),
        words!(
            "Give it a time server (NTP): certificates and registrations depend on the time.",
            "Donnez-lui un serveur de temps (NTP) : certificats et enregistrements dépendent de l'heure."
        ),
    ));
}

/// `Sat, 13 Nov 2010 23:29:00 GMT`; `None` for anything else.
fn read(text: &str) -> Option<Timestamp> {
    let mut words = text.split_once(',')?.1.split_whitespace();
    let day: i64 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS
        .iter()
        .position(|name| name.eq_ignore_ascii_case(month))? as i64
        + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(str::parse::<i64>);
    let mut part = |limit: i64| clock.next()?.ok().filter(|n| (0..limit).contains(n));
    let (hour, minute, second) = (part(24)?, part(60)?, part(61)?);
    if words.next() != Some("GMT") || !(1..=31).contains(&day) || !(1970..3000).contains(&year) {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(Timestamp::from_micros(seconds * 1_000_000))
}

/// Days since 1 January 1970 of a day of the Gregorian calendar, its years counted from March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let month = (month + 9) % 12;
    let of_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// How far a clock may be off: more than any journey takes.
const TOLERATED: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        let at = |text| read(text).map(|at| at.to_string());
        assert_eq!(
            at("Sat, 13 Nov 2010 23:29:00 GMT").as_deref(),
            Some("2010-11-13T23:29:00.000Z")
        );
        assert_eq!(
            at("Thu, 29 Feb 2024 00:00:01 GMT").as_deref(),
            Some("2024-02-29T00:00:01.000Z")
        );
        for wrong in [
            "",
            "Sat, 13 Nov 2010",
            "Sat, 13 Foo 2010 1:1:1 GMT",
            "Sat, 13 Nov 2010 25:00:00 GMT",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
