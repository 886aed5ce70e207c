//! What typed digits mean: dates, times, amounts, telephone numbers.

use jiff::ToSpan;
use jiff::civil::{Date, Time};
use rappel_model::numbering::international;
use rappel_model::{Language, Money};

use crate::engine::{Desk, local};
use crate::variables::{Type, Value};

/// What may be asked for, with the type it gives and how many digits it has, least and most.
pub(super) const KINDS: [(&str, Type, u32, u32); 8] = [
    ("digits", Type::Text, 1, 32),
    ("number", Type::Number, 1, 9),
    ("phone", Type::Phone, 3, 20),
    ("pin", Type::Text, 4, 12),
    ("date", Type::Date, 4, 8),
    ("time", Type::Time, 1, 4),
    ("money", Type::Money, 1, 9),
    ("yesno", Type::YesNo, 1, 1),
];

/// The value that `keys` write for `ask`; `None` when they write none.
pub(super) fn value(desk: &Desk<'_>, ask: &str, keys: &str) -> Option<Value> {
    match ask {
        "number" => Value::parse(Type::Number, keys),
        "phone" => international(keys, desk.home()).map(Value::Phone),
        "date" => {
            let today = local(desk.around, desk.now).date();
            date(keys, month_first(&desk.state.language), today).map(Value::Date)
        }
        "time" => time(keys).map(Value::Time),
        "money" => {
            let amount = keys.replacen('*', ".", 1);
            let amount = amount.strip_suffix('.').unwrap_or(&amount);
            Money::parse(&format!("{amount} {}", desk.currency().code())).map(Value::Money)
        }
        "yesno" => match keys {
            "1" => Some(Value::YesNo(true)),
            "2" => Some(Value::YesNo(false)),
            _ => None,
        },
        _ => Some(Value::Text(keys.to_owned())),
    }
}

/// In the United States the month comes first; everywhere else the day does.
fn month_first(language: &Language) -> bool {
    language.as_str() == "en-US"
}

/// `DDMMYYYY`, or `DDMM` for the next time that this day comes, today included: a 29 February waits
/// for its year.
fn date(keys: &str, month_first: bool, today: Date) -> Option<Date> {
    let number = |from: usize, to: usize| keys.get(from..to)?.parse::<i8>().ok();
    let (first, second) = (number(0, 2)?, number(2, 4)?);
    let (day, month) = match month_first {
        true => (second, first),
        false => (first, second),
    };
    match keys.len() {
        8 => Date::new(keys.get(4..8)?.parse().ok()?, month, day).ok(),
        4 => (0..=LEAP_YEARS_APART)
            .filter_map(|years| today.checked_add(years.years()).ok())
            .filter_map(|then| Date::new(then.year(), month, day).ok())
            .find(|date| *date >= today),
        _ => None,
    }
}

/// `HHMM`, `HMM`, or the hour alone.
fn time(keys: &str) -> Option<Time> {
    let (hour, minute) = match keys.len() {
        1 | 2 => (keys, "0"),
        3 | 4 => keys.split_at_checked(keys.len() - 2)?,
        _ => return None,
    };
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// From one 29 February to the next, at most: 1896 to 1904, 2096 to 2104.
const LEAP_YEARS_APART: i32 = 8;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 24);

    #[test]
    fn dates_are_typed_with_or_without_a_year() {
        for (keys, month_first, date_of) in [
            ("24122026", false, "2026-12-24"),
            ("2412", false, "2026-12-24"),
            ("2411", false, "2026-11-24"),
            ("2311", false, "2027-11-23"),
            ("2902", false, "2028-02-29"),
            ("01021980", false, "1980-02-01"),
            ("12242026", true, "2026-12-24"),
            ("0102", true, "2027-01-02"),
        ] {
            let found = date(keys, month_first, TODAY).map(|date| date.to_string());
            assert_eq!(found.as_deref(), Some(date_of), "{keys}");
        }
        for keys in [
            "", "24", "241", "3102", "00012026", "29022027", "241226", "1324",
        ] {
            assert_eq!(date(keys, false, TODAY), None, "{keys}");
        }
        assert_eq!(
            date("2902", false, Date::constant(2096, 3, 1)),
            Some(Date::constant(2104, 2, 29))
        );
    }

    #[test]
    fn times_are_typed_in_one_to_four_digits() {
        for (keys, shown) in [
            ("9", "09:00"),
            ("14", "14:00"),
            ("830", "08:30"),
            ("0000", "00:00"),
        ] {
            let found = time(keys).map(|time| Value::Time(time).to_string());
            assert_eq!(found.as_deref(), Some(shown), "{keys}");
        }
        for keys in ["", "24", "2400", "1260", "14000"] {
            assert_eq!(time(keys), None, "{keys}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn anything_typed_is_a_date_and_a_time_or_not(keys in "[0-9*]{0,12}", month_first: bool) {
            if let Some(date) = date(&keys, month_first, TODAY) {
                prop_assert!(keys.len() == 8 || date >= TODAY);
            }
            let _ = time(&keys);
        }
    }
}
