//! `rappel hours`: a month of a calendar, as the engine understands it.

use std::fmt::Write;
use std::process::ExitCode;

use clap::Args;
use jiff::civil::{Date, Weekday};
use rappel_ivr::{Lang, Words, words};
use rappel_model::calendar::{Because, Calendar};
use rappel_net::Clock;
use rappel_tenant::Version;

use super::columns::plain;
use super::company::{Company, unknown};
use super::lang::Spoken;
use super::place;

/// Print a month of opening hours as the engine understands them
///
/// A line per day: the date, the day of the week, the hours or `closed`, and why when it is not the
/// week that decides: the name of a public holiday, the reason of an exception. Days on which the
/// clocks change say so.
///
///     rappel hours garage 2026-12
///     rappel hours garage 2026-12 --lang fr --config /etc/rappel
///
///     2026-12-23  Wednesday  08:30-12:00, 14:00-19:00
///     2026-12-24  Thursday   08:30-12:00               réveillon
///     2026-12-25  Friday     closed                    Christmas Day
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct HoursArgs {
    /// The calendar: the NAME of `[calendar.NAME]`.
    #[arg(value_name = "NAME")]
    calendar: String,
    /// The year and month: 2026-12. Default: the month it is in the calendar's time zone.
    #[arg(value_name = "YYYY-MM")]
    month: Option<String>,
    #[command(flatten)]
    company: Company,
    #[command(flatten)]
    spoken: Spoken,
}

/// Runs the command.
pub(crate) fn run(args: &HoursArgs) -> ExitCode {
    let lang = args.spoken.lang();
    let told = args.company.load(lang).and_then(|version| {
        month_of(args, &version).map_or_else(
            |why| Err(why.in_lang(lang).to_owned()),
            |(calendar, first)| Ok(print(calendar, first, lang)),
        )
    });
    place::exit(told)
}

/// The calendar that was named, and the first day of the month.
fn month_of<'v>(args: &HoursArgs, version: &'v Version) -> Result<(&'v Calendar, Date), Words> {
    let calendars = &version.surroundings.calendars;
    let name = args.calendar.as_str();
    let Some(calendar) = calendars.get(name) else {
        let tenant = &version.tenant;
        let known: Vec<&str> = calendars.keys().map(|name| name.as_str()).collect();
        let what = words!(
            "{tenant} has no calendar named \"{name}\"",
            "{tenant} n'a pas d'horaires nommés « {name} »"
        );
        return Err(unknown(&what, name, &known));
    };
    let first = match &args.month {
        Some(text) => read_month(text).ok_or_else(|| {
            words!(
                "\"{text}\" is not a month: write 2026-12",
                "« {text} » n'est pas un mois : écrivez 2026-12"
            )
        })?,
        None => {
            let now = Clock::start().now().wall;
            let today = calendar.zone().to_datetime(now.to_jiff()).date();
            today.first_of_month()
        }
    };
    Ok((calendar, first))
}

/// The first day of `2026-12`.
fn read_month(text: &str) -> Option<Date> {
    let is_plain = text.len() == 7 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    format!("{text}-01").parse().ok().filter(|_| is_plain)
}

/// A line per day of the month that begins on `first`.
fn print(calendar: &Calendar, first: Date, lang: Lang) -> String {
    let days = first.series(jiff::Span::new().days(1));
    let days = days.take(usize::from(first.days_in_month().unsigned_abs()));
    let rows: Vec<_> = days.map(|day| row(calendar, day, lang)).collect();
    let width = |column: fn(&[String; 4]) -> &str| {
        let cells = rows.iter().map(|row| column(row).chars().count());
        cells.max().unwrap_or(0)
    };
    let (weekdays, hours) = (width(|row| &row[1]), width(|row| &row[2]));
    let mut told = String::new();
    for [date, weekday, openings, why] in &rows {
        let line = format!("{date}  {weekday:<weekdays$}  {openings:<hours$}  {why}");
        // Writing to a string cannot fail.
        let _ = writeln!(told, "{}", line.trim_end());
    }
    told
}

/// Date, day of the week, hours and reason.
fn row(calendar: &Calendar, date: Date, lang: Lang) -> [String; 4] {
    let day = calendar.day(date);
    let openings: Vec<_> = day
        .openings
        .spans()
        .iter()
        .map(ToString::to_string)
        .collect();
    let openings = match openings.is_empty() {
        true => words!("closed", "fermé").in_lang(lang).to_owned(),
        false => openings.join(", "),
    };
    let mut why: Vec<String> = Vec::new();
    match day.because {
        Because::Week => {}
        Because::Holiday(holiday) => why.push(match lang {
            Lang::En => holiday.en.to_owned(),
            Lang::Fr => holiday.fr.to_owned(),
        }),
        Because::Exception(Some(reason)) => why.push(plain(reason)),
        Because::Exception(None) => why.push("exception".to_owned()),
    }
    if let Some((before, after)) = calendar.clock_change_on(date) {
        let clock = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
        let (before, after) = (clock(before.time()), clock(after.time()));
        let change = words!(
            "clocks change: {before} becomes {after}",
            "changement d'heure : à {before} il est {after}"
        );
        why.push(change.in_lang(lang).to_owned());
    }
    let weekday = name_of(date.weekday(), lang).to_owned();
    [date.to_string(), weekday, openings, why.join("; ")]
}

fn name_of(day: Weekday, lang: Lang) -> &'static str {
    let (en, fr) = match day {
        Weekday::Monday => ("Monday", "lundi"),
        Weekday::Tuesday => ("Tuesday", "mardi"),
        Weekday::Wednesday => ("Wednesday", "mercredi"),
        Weekday::Thursday => ("Thursday", "jeudi"),
        Weekday::Friday => ("Friday", "vendredi"),
        Weekday::Saturday => ("Saturday", "samedi"),
        Weekday::Sunday => ("Sunday", "dimanche"),
    };
    match lang {
        Lang::En => en,
        Lang::Fr => fr,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tenant_files::Folder;

    /// What is printed of the demo company, or the error.
    fn told(calendar: &str, month: &str, lang: Lang) -> Result<String, String> {
        let folder = Folder::from_table(crate::cli::demo::files::FILES);
        let tenant = folder.tenants().next().unwrap().clone();
        let version = folder.load(&tenant).unwrap();
        let args = HoursArgs {
            calendar: calendar.to_owned(),
            month: Some(month.to_owned()),
            company: Company::default(),
            spoken: Spoken::default(),
        };
        month_of(&args, &version)
            .map(|(calendar, first)| print(calendar, first, lang))
            .map_err(|why| why.in_lang(lang).to_owned())
    }

    #[test]
    fn december_has_its_exception_and_its_holiday() {
        let month = told("garage", "2026-12", Lang::En).unwrap();
        assert_eq!(month.lines().count(), 31);
        let line = |day: usize| month.lines().nth(day - 1).unwrap();
        for (day, expected) in [
            (1, "2026-12-01  Tuesday    08:30-12:00, 14:00-19:00"),
            (6, "2026-12-06  Sunday     closed"),
            (
                24,
                "2026-12-24  Thursday   08:30-12:00               réveillon",
            ),
            (
                25,
                "2026-12-25  Friday     closed                    Christmas Day",
            ),
            (26, "2026-12-26  Saturday   09:00-12:00, 14:00-18:00"),
        ] {
            assert_eq!(line(day), expected);
        }
        let french = told("garage", "2026-12", Lang::Fr).unwrap();
        let christmas = "2026-12-25  vendredi  fermé                     Noël";
        assert_eq!(french.lines().nth(24), Some(christmas));
    }

    #[test]
    fn days_of_leave_and_changes_of_clocks_say_so() {
        let august = told("garage", "2027-08", Lang::Fr).unwrap();
        let closed = august
            .lines()
            .filter(|line| line.ends_with("congés annuels"));
        assert_eq!(closed.count(), 13);
        let march = told("garage", "2027-03", Lang::En).unwrap();
        let easter = "2027-03-29  Monday     closed                    Easter Monday";
        assert_eq!(march.lines().nth(28), Some(easter));
        assert!(march.contains(
            "2027-03-28  Sunday     closed                    clocks change: 02:00 becomes 03:00\n"
        ));
        let october = told("garage", "2027-10", Lang::Fr).unwrap();
        assert!(october.contains("changement d'heure : à 03:00 il est 02:00\n"));
        assert_eq!(
            told("garage", "2028-02", Lang::En).unwrap().lines().count(),
            29
        );
    }

    #[test]
    fn an_unknown_calendar_shows_the_nearest_and_a_bad_month_how_to_write_it() {
        let wrong = |name, month, lang| told(name, month, lang).unwrap_err();
        assert_eq!(
            wrong("garag", "2026-12", Lang::En),
            "garage-martin has no calendar named \"garag\": did you mean \"garage\"?"
        );
        assert_eq!(
            wrong("boutique", "2026-12", Lang::Fr),
            "garage-martin n'a pas d'horaires nommés « boutique » : il y a : garage"
        );
        for month in ["2026-13", "2026", "december", "2026-1", "26-12-01", ""] {
            let said = wrong("garage", month, Lang::En);
            assert!(said.ends_with("is not a month: write 2026-12"), "{said}");
        }
    }
}
