//! A garage through a week and a year: lunch, holidays, exceptions, and the hours clocks change.

mod holidays;
mod minutes;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const WORKING_WEEK: [&str; 5] = ["mon", "tue", "wed", "thu", "fri"];

fn openings(spans: &[&str]) -> Openings {
    Openings::new(spans.iter().map(|s| Span::parse(s).unwrap()).collect()).unwrap()
}

/// The garage of FLOWS §12.
fn garage() -> Calendar {
    let mut calendar = Calendar::new(zone("Europe/Paris").unwrap());
    for day in parse_days("mon-fri").unwrap() {
        calendar.set_day(day, openings(&["08:30-12:00", "14:00-19:00"]));
    }
    calendar.set_day(Weekday::Saturday, openings(&["09:00-12:00", "14:00-18:00"]));
    calendar.add_region(Region::parse("FR").unwrap());
    calendar.add_exception(Exception {
        from: date(2026, 12, 24),
        to: date(2026, 12, 24),
        hours: openings(&["08:30-12:00"]),
        reason: None,
    });
    calendar.add_exception(Exception {
        from: date(2026, 8, 3),
        to: date(2026, 8, 15),
        hours: Openings::NONE,
        reason: Some("congés annuels".into()),
    });
    calendar
}

/// One calendar open on Sundays only.
fn sundays(zone_name: &str, spans: &[&str]) -> Calendar {
    let mut calendar = Calendar::new(zone(zone_name).unwrap());
    calendar.set_day(Weekday::Sunday, openings(spans));
    calendar
}

/// A point of time from its ISO 8601 text in UTC.
fn utc(text: &str) -> Timestamp {
    Timestamp::from_jiff(text.parse().unwrap())
}

/// What a clock in Paris shows.
fn paris(text: &str) -> Timestamp {
    let local: DateTime = text.parse().unwrap();
    let zoned = local.to_zoned(zone("Europe/Paris").unwrap()).unwrap();
    Timestamp::from_jiff(zoned.timestamp())
}

fn just_before(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_micros() - 1)
}

#[test]
fn a_day_goes_through_its_states_on_the_microsecond() {
    let garage = garage();
    let steps = [
        ("2026-11-24T08:30", State::Closed, State::Open),
        ("2026-11-24T12:00", State::Open, State::Lunch),
        ("2026-11-24T14:00", State::Lunch, State::Open),
        ("2026-11-24T19:00", State::Open, State::Closed),
        ("2026-11-11T00:00", State::Closed, State::Holiday),
        ("2026-11-12T00:00", State::Holiday, State::Closed),
        ("2026-08-03T00:00", State::Closed, State::Exception),
        ("2026-08-16T00:00", State::Exception, State::Closed),
        ("2026-12-24T12:00", State::Open, State::Closed),
    ];
    for (at, before, after) in steps {
        let at = paris(at);
        assert_eq!(garage.state_at(just_before(at)), before, "before {at}");
        assert_eq!(garage.state_at(at), after, "at {at}");
    }
}

#[test]
fn a_gap_as_long_as_lunch_is_not_lunch() {
    let mut calendar = sundays("UTC", &["09:00-12:00", "14:00-18:00"]);
    let noon = utc("2026-11-22T12:30:00Z");
    calendar.set_lunch(Duration::from_secs(2 * 3600));
    assert_eq!(calendar.state_at(noon), State::Closed);
    calendar.set_lunch(Duration::from_secs(2 * 3600 + 60));
    assert_eq!(calendar.state_at(noon), State::Lunch);
    calendar.set_lunch(Duration::MAX);
    assert_eq!(calendar.state_at(noon), State::Lunch);
}

#[test]
fn the_next_opening_passes_over_nights_holidays_and_leave() {
    let garage = garage();
    let opens = [
        ("2026-11-24T12:15", "2026-11-24T14:00"),
        ("2026-11-24T20:00", "2026-11-25T08:30"),
        ("2026-11-28T18:00", "2026-11-30T08:30"),
        ("2026-11-10T19:00", "2026-11-12T08:30"),
        ("2026-08-01T18:00", "2026-08-17T08:30"),
        ("2026-12-24T12:00", "2026-12-26T09:00"),
        // While open, the one after.
        ("2026-11-24T10:00", "2026-11-24T14:00"),
        ("2026-11-24T14:00", "2026-11-25T08:30"),
    ];
    for (at, expected) in opens {
        assert_eq!(garage.next_open(paris(at)), Some(paris(expected)), "{at}");
    }
    let closes = |at| garage.closes_at(paris(at));
    assert_eq!(closes("2026-11-24T10:00"), Some(paris("2026-11-24T12:00")));
    assert_eq!(closes("2026-11-24T12:00"), None);
}

#[test]
fn the_shortest_exception_decides_and_exceptions_come_before_holidays() {
    let mut calendar = garage();
    calendar.add_exception(Exception {
        from: date(2026, 8, 15),
        to: date(2026, 8, 15),
        hours: openings(&["10:00-12:00"]),
        reason: None,
    });
    assert_eq!(calendar.state_at(paris("2026-08-15T11:00")), State::Open);
    assert_eq!(calendar.state_at(paris("2026-08-15T12:00")), State::Closed);
    assert_eq!(
        calendar.state_at(paris("2026-08-14T11:00")),
        State::Exception
    );
    let day = calendar.day(date(2026, 8, 14));
    assert_eq!(day.because, Because::Exception(Some("congés annuels")));
    let armistice = Holiday {
        fr: "Armistice 1918",
        en: "Armistice Day",
    };
    let day = calendar.day(date(2026, 11, 11));
    assert_eq!(day.because, Because::Holiday(armistice));
}

#[test]
fn the_29th_of_february_is_a_day() {
    let mut calendar = Calendar::new(zone("Europe/Paris").unwrap());
    calendar.add_exception(Exception {
        from: date(2028, 2, 29),
        to: date(2028, 2, 29),
        hours: openings(&["10:00-11:00"]),
        reason: None,
    });
    let opens = paris("2028-02-29T10:00");
    assert_eq!(calendar.next_open(paris("2028-02-28T23:59")), Some(opens));
    assert_eq!(calendar.closes_at(opens), Some(paris("2028-02-29T11:00")));
    assert_eq!(calendar.next_open(opens), None);
    // Further ahead than anybody looks.
    assert_eq!(calendar.next_open(paris("2027-01-01T00:00")), None);
    assert!(calendar.opens_within(paris("2028-02-01T00:00"), 30));
    assert!(!calendar.opens_within(paris("2028-01-01T00:00"), 30));
}

#[test]
fn clocks_going_forward_open_when_the_skipped_time_is_over() {
    // 2026-03-29: 02:00 becomes 03:00 in Paris, at 01:00 UTC.
    let calendar = sundays("Europe/Paris", &["02:30-05:00"]);
    let change = utc("2026-03-29T01:00:00Z");
    assert_eq!(
        calendar.next_open(utc("2026-03-28T12:00:00Z")),
        Some(change)
    );
    assert_eq!(calendar.state_at(just_before(change)), State::Closed);
    assert_eq!(
        calendar.closes_at(change),
        Some(utc("2026-03-29T03:00:00Z"))
    );
    // An opening that is skipped whole does not take place.
    let calendar = sundays("Europe/Paris", &["02:15-02:45"]);
    assert_eq!(
        calendar.next_open(utc("2026-03-28T12:00:00Z")),
        Some(utc("2026-04-05T00:15:00Z"))
    );
}

#[test]
fn clocks_going_back_show_the_same_hour_twice() {
    // 2026-10-25: 03:00 becomes 02:00 in Paris, at 01:00 UTC.
    let calendar = sundays("Europe/Paris", &["02:30-05:00"]);
    let mut at = utc("2026-10-24T12:00:00Z");
    for expected in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
        at = calendar.next_open(at).unwrap();
        assert_eq!(at, utc(expected));
    }
    let first = utc("2026-10-25T00:30:00Z");
    assert_eq!(calendar.closes_at(first), Some(utc("2026-10-25T01:00:00Z")));
    assert_eq!(calendar.closes_at(at), Some(utc("2026-10-25T04:00:00Z")));
    // Two openings within the hour take place twice, in turn.
    let calendar = sundays("Europe/Paris", &["02:10-02:20", "02:40-02:50"]);
    let mut at = utc("2026-10-25T00:00:00Z");
    for minutes in ["00:10", "00:40", "01:10", "01:40"] {
        at = calendar.next_open(at).unwrap();
        assert_eq!(at, utc(&format!("2026-10-25T{minutes}:00Z")));
    }
    // An opening around the change lasts an hour more.
    let calendar = sundays("Europe/Paris", &["01:00-04:00"]);
    let opens = utc("2026-10-24T23:00:00Z");
    assert_eq!(calendar.next_open(utc("2026-10-24T12:00:00Z")), Some(opens));
    assert_eq!(calendar.closes_at(opens), Some(utc("2026-10-25T03:00:00Z")));
}

#[test]
fn the_days_clocks_change_say_so() {
    let changes = [
        ("Europe/Paris", "2026-03-29T02:00", "2026-03-29T03:00"),
        ("Europe/Paris", "2026-10-25T03:00", "2026-10-25T02:00"),
        ("America/Toronto", "2026-11-01T02:00", "2026-11-01T01:00"),
        ("Europe/London", "2026-03-29T01:00", "2026-03-29T02:00"),
        // At midnight: the hour skipped is Sunday's, the hour repeated Saturday's.
        ("Asia/Beirut", "2026-03-29T00:00", "2026-03-29T01:00"),
        ("Asia/Beirut", "2026-10-25T00:00", "2026-10-24T23:00"),
        ("Pacific/Apia", "2011-12-30T00:00", "2011-12-31T00:00"),
    ];
    for (name, before, after) in changes {
        let calendar = Calendar::new(zone(name).unwrap());
        let (before, after): (DateTime, DateTime) =
            (before.parse().unwrap(), after.parse().unwrap());
        let day = before.min(after).date();
        assert_eq!(
            calendar.clock_change_on(day),
            Some((before, after)),
            "{name}"
        );
        for other in [day.yesterday().unwrap(), day.tomorrow().unwrap()] {
            assert_eq!(calendar.clock_change_on(other), None, "{name} {other}");
        }
    }
    let utc = Calendar::new(zone("UTC").unwrap());
    for edge in [Date::MIN, Date::MAX] {
        assert_eq!(utc.clock_change_on(edge), None);
    }
}

#[test]
fn a_day_that_a_country_skipped_has_no_opening() {
    // Samoa had no 30 December 2011, a Friday.
    let mut calendar = Calendar::new(zone("Pacific/Apia").unwrap());
    calendar.set_day(Weekday::Friday, openings(&["09:00-12:00"]));
    let thursday = utc("2011-12-30T00:00:00Z");
    assert_eq!(
        calendar.next_open(thursday),
        Some(utc("2012-01-05T19:00:00Z"))
    );
}

#[test]
fn always_open_and_never_open_end_the_search() {
    let mut always = Calendar::new(zone("Europe/Paris").unwrap());
    for day in parse_days("mon-sun").unwrap() {
        always.set_day(day, openings(&["00:00-24:00"]));
    }
    let at = paris("2026-11-24T10:00");
    assert_eq!(always.state_at(at), State::Open);
    assert_eq!(always.closes_at(at), None);
    assert_eq!(always.next_open(at), None);
    let never = Calendar::new(zone("Europe/Paris").unwrap());
    assert_eq!(never.next_open(at), None);
    assert!(!never.opens_within(at, 30));
    for edge in [i64::MIN, i64::MAX] {
        let edge = Timestamp::from_micros(edge);
        assert_eq!(never.state_at(edge), State::Closed);
        assert_eq!(always.state_at(edge), State::Open);
        assert_eq!(never.next_open(edge), None);
        assert_eq!(always.closes_at(edge), None);
    }
}

#[test]
fn spans_are_read_strictly() {
    let span = Span::parse("8:30-12:00").unwrap();
    assert_eq!(span.to_string(), "08:30-12:00");
    assert_eq!(Span::parse(" 08:30 - 12:00 ").unwrap(), span);
    assert_eq!(
        Span::parse("00:00-24:00").unwrap().to_string(),
        "00:00-24:00"
    );
    for text in [
        "",
        "08:30",
        "8h30-12h",
        "08:3-12:00",
        "+8:30-12:00",
        "08:30-12:00-14:00",
        "٠٨:٣٠-١٢:٠٠",
    ] {
        assert_eq!(Span::parse(text), Err(SpanError::NotASpan), "{text}");
    }
    for text in ["08:30-25:00", "08:60-12:00", "08:30-24:01"] {
        assert_eq!(Span::parse(text), Err(SpanError::NoSuchTime), "{text}");
    }
    for text in ["12:00-08:30", "12:00-12:00", "24:00-24:00", "22:00-02:00"] {
        assert_eq!(Span::parse(text), Err(SpanError::Backwards), "{text}");
    }
}

#[test]
fn overlapping_openings_come_back_touching_ones_do_not() {
    let spans = |texts: &[&str]| texts.iter().map(|t| Span::parse(t).unwrap()).collect();
    let (early, late) = Openings::new(spans(&["11:00-14:00", "08:00-12:00"])).unwrap_err();
    assert_eq!(
        (early.to_string(), late.to_string()),
        ("08:00-12:00".into(), "11:00-14:00".into())
    );
    assert!(Openings::new(spans(&["20:00-24:00", "23:00-23:30"])).is_err());
    let touching = Openings::new(spans(&["12:00-14:00", "08:00-12:00"])).unwrap();
    assert_eq!(touching.spans().len(), 2);
}

#[test]
fn days_are_names_or_ranges_that_may_wrap() {
    use Weekday::*;
    assert_eq!(parse_days("wed"), Some(vec![Wednesday]));
    let week: Vec<_> = WORKING_WEEK
        .iter()
        .flat_map(|d| parse_days(d).unwrap())
        .collect();
    assert_eq!(parse_days("mon-fri"), Some(week));
    assert_eq!(parse_days("sat-mon"), Some(vec![Saturday, Sunday, Monday]));
    assert_eq!(parse_days("mon-sun").unwrap().len(), 7);
    assert_eq!(parse_days("sun-sun"), Some(vec![Sunday]));
    for text in ["", "Mon", "monday", "mon-", "-fri", "mon-fri-sat", "lun"] {
        assert_eq!(parse_days(text), None, "{text}");
    }
}

#[test]
fn zones_come_from_the_bundled_database() {
    assert!(zone("Europe/Paris").is_some());
    assert!(zone("Europe/Pariss").is_none());
    assert!(zone("/etc/localtime").is_none());
    assert!(zone("").is_none());
    assert!(zone_names().iter().any(|name| name == "America/Montreal"));
}

const ZONES: [&str; 7] = [
    "Europe/Paris",
    "America/Montreal",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
    "America/Asuncion",
    "Asia/Kathmandu",
];

fn any_openings() -> impl Strategy<Value = Openings> {
    proptest::collection::btree_set(0u16..=96, 0..6).prop_map(|quarters| {
        let quarters: Vec<u16> = quarters.into_iter().collect();
        let text = |q: u16| format!("{:02}:{:02}", q / 4, q % 4 * 15);
        let spans = quarters.chunks_exact(2);
        let spans = spans.map(|p| Span::parse(&format!("{}-{}", text(p[0]), text(p[1]))).unwrap());
        Openings::new(spans.collect()).unwrap()
    })
}

prop_compose! {
    fn any_calendar()(
        zone_index in 0..ZONES.len(),
        week in proptest::collection::vec(any_openings(), 7),
        holidays in any::<bool>(),
        lunch in 0u64..300,
    ) -> Calendar {
        let mut calendar = Calendar::new(zone(ZONES[zone_index]).unwrap());
        for (day, openings) in parse_days("mon-sun").unwrap().into_iter().zip(week) {
            calendar.set_day(day, openings);
        }
        if holidays {
            calendar.add_region(Region::parse("FR").unwrap());
        }
        calendar.set_lunch(Duration::from_secs(lunch * 60));
        calendar
    }
}

/// Microseconds from the start of 2020 to the end of 2039.
const TWENTY_YEARS: std::ops::Range<i64> = 1_577_836_800_000_000..2_208_988_800_000_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// `next_open` and `closes_at` agree with `state_at` at, before and between.
    #[test]
    fn changes_agree_with_states(
        calendar in any_calendar(),
        at in TWENTY_YEARS,
        parts in proptest::collection::vec(0u64..1000, 50),
    ) {
        let at = Timestamp::from_micros(at);
        let is_open = |at| calendar.state_at(at) == State::Open;
        let between = |from: Timestamp, to: Timestamp| {
            let length = to.since(from);
            parts.iter().map(|part| from + length.mul_f64(*part as f64 / 1000.0)).collect::<Vec<_>>()
        };
        let closes = calendar.closes_at(at);
        prop_assert!(closes.is_none() || is_open(at));
        if let Some(closes) = closes {
            prop_assert!(closes > at && !is_open(closes) && is_open(just_before(closes)));
            prop_assert!(between(at, just_before(closes)).into_iter().all(is_open));
        }
        if let Some(opens) = calendar.next_open(at) {
            prop_assert!(opens > at && is_open(opens) && !is_open(just_before(opens)));
            let from = if is_open(at) { closes.unwrap() } else { at };
            prop_assert!(!between(from, just_before(opens)).into_iter().any(is_open));
        }
    }

    /// Any text is either a span that reads back the same, or an error; nothing panics.
    #[test]
    fn any_text_is_read_or_refused(text in "[0-9: -]{0,14}|.*") {
        if let Ok(span) = Span::parse(&text) {
            prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
        }
        let _ = parse_days(&text);
        let _ = zone(&text);
        let _ = Region::parse(&text);
    }
}
