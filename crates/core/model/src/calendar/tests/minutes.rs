//! Calendars against a table of minutes made the plain way: what a clock on the wall shows, minute
//! by minute, and whether the file says that is open. The days clocks change among them.

use jiff::civil::{Time, date};
use proptest::prelude::*;

use super::super::*;

/// Openings of a day, in minutes from midnight.
type Minutes = Vec<(u16, u16)>;

/// The file, as a reader understands it: openings of a day in minutes from midnight.
#[derive(Clone, Debug)]
struct Paper {
    zone: TimeZone,
    week: [Minutes; 7],
    lunch: u16,
    /// Days with hours of their own: first, last, openings.
    except: Vec<(Date, Date, Minutes)>,
    holidays: bool,
}

impl Paper {
    /// The calendar under test.
    fn calendar(&self) -> Calendar {
        let mut calendar = Calendar::new(self.zone.clone());
        for (index, openings) in (0..).zip(&self.week) {
            let day = Weekday::from_monday_zero_offset(index).unwrap();
            calendar.set_day(day, spans(openings));
        }
        calendar.set_lunch(Duration::from_secs(u64::from(self.lunch) * 60));
        for (from, to, openings) in &self.except {
            calendar.add_exception(Exception {
                from: *from,
                to: *to,
                hours: spans(openings),
                reason: None,
            });
        }
        if self.holidays {
            calendar.add_region(Region::parse("FR").unwrap());
        }
        calendar
    }

    /// What the file says of a moment, by looking at the wall clock.
    fn state_at(&self, at: jiff::Timestamp) -> State {
        let local = self.zone.to_datetime(at);
        let (day, minute) = (local.date(), minute_of(local.time()));
        let shortest = self
            .except
            .iter()
            .filter(|(from, to, _)| *from <= day && day <= *to)
            .min_by_key(|(from, to, _)| (*to - *from).get_days());
        let openings = match shortest {
            Some((.., openings)) if openings.is_empty() => return State::Exception,
            Some((.., openings)) => openings,
            None if self.holidays && Region::parse("FR").unwrap().holiday_on(day).is_some() => {
                return State::Holiday;
            }
            None => &self.week[day.weekday().to_monday_zero_offset() as usize],
        };
        if openings
            .iter()
            .any(|(from, to)| (*from..*to).contains(&minute))
        {
            return State::Open;
        }
        let last_end = openings
            .iter()
            .map(|o| o.1)
            .filter(|end| *end <= minute)
            .max();
        let next_start = openings.iter().map(|o| o.0).find(|start| *start > minute);
        match (last_end, next_start) {
            (Some(end), Some(start)) if start - end < self.lunch => State::Lunch,
            _ => State::Closed,
        }
    }
}

fn minute_of(time: Time) -> u16 {
    u16::try_from(time.hour()).unwrap() * 60 + u16::try_from(time.minute()).unwrap()
}

fn spans(openings: &[(u16, u16)]) -> Openings {
    let text = |m: u16| format!("{:02}:{:02}", m / 60, m % 60);
    let spans = openings
        .iter()
        .map(|(from, to)| format!("{}-{}", text(*from), text(*to)));
    Openings::new(spans.map(|s| Span::parse(&s).unwrap()).collect()).unwrap()
}

/// Compares every minute of `hours` from `start`, and every change in them.
fn compare(paper: &Paper, start: jiff::Timestamp, hours: i64) -> Result<(), TestCaseError> {
    let calendar = paper.calendar();
    let minute = |n: i64| start + jiff::SignedDuration::from_mins(n);
    let last = hours * 60;
    let table: Vec<State> = (0..=last).map(|n| paper.state_at(minute(n))).collect();
    for (n, expected) in (0..).zip(&table) {
        let at = Timestamp::from_jiff(minute(n));
        prop_assert_eq!(calendar.state_at(at), *expected, "{}", at);
    }
    let open = |n: usize| table[n] == State::Open;
    // Looked for from each end: the next change, or none in sight.
    let mut opens: Option<Timestamp> = None;
    let mut closes: Option<Timestamp> = None;
    for n in (0..table.len() - 1).rev() {
        let next = Timestamp::from_jiff(minute(n as i64 + 1));
        match (open(n), open(n + 1)) {
            (false, true) => opens = Some(next),
            (true, false) => closes = Some(next),
            _ => {}
        }
        let at = Timestamp::from_jiff(minute(n as i64));
        if let Some(opens) = opens {
            prop_assert_eq!(calendar.next_open(at), Some(opens), "after {}", at);
        }
        let expected = closes.filter(|_| open(n));
        if expected.is_some() {
            prop_assert_eq!(calendar.closes_at(at), expected, "after {}", at);
        }
        prop_assert_eq!(calendar.closes_at(at).is_some() && !open(n), false);
    }
    Ok(())
}

/// Zones and the days their clocks change, forward and back.
const CHANGES: [(&str, (i16, i8, i8)); 8] = [
    ("Europe/Paris", (2026, 3, 29)),
    ("Europe/Paris", (2026, 10, 25)),
    ("America/Toronto", (2026, 3, 8)),
    ("America/Toronto", (2026, 11, 1)),
    ("Europe/London", (2027, 3, 28)),
    ("Europe/London", (2027, 10, 31)),
    // Half an hour; and at midnight, where a day has no first hour.
    ("Australia/Lord_Howe", (2026, 10, 4)),
    ("Asia/Beirut", (2026, 3, 29)),
];

fn sunday(zone_name: &str, openings: &[(u16, u16)]) -> Paper {
    let mut week: [Minutes; 7] = Default::default();
    week[6] = openings.to_vec();
    Paper {
        zone: zone(zone_name).unwrap(),
        week,
        lunch: 180,
        except: Vec::new(),
        holidays: false,
    }
}

#[test]
fn openings_around_the_change_of_clocks_are_what_the_wall_shows() {
    let shapes: [&[(u16, u16)]; 8] = [
        &[(60, 300)],
        &[(90, 150)],
        &[(120, 180)],
        &[(135, 165)],
        &[(0, 150), (165, 1440)],
        &[(0, 1440)],
        &[(60, 120), (180, 240)],
        &[(100, 125), (130, 150), (170, 200)],
    ];
    for (zone_name, (year, month, day)) in CHANGES {
        for shape in shapes {
            let paper = sunday(zone_name, shape);
            let start = date(year, month, day).yesterday().unwrap().at(18, 0, 0, 0);
            let start = start.to_zoned(paper.zone.clone()).unwrap().timestamp();
            compare(&paper, start, 40).unwrap();
        }
    }
}

#[test]
fn an_opening_split_at_midnight_is_one() {
    let mut paper = sunday("Europe/Paris", &[(1320, 1440)]);
    paper.week[0] = vec![(0, 120)];
    let start = date(2026, 11, 22).at(12, 0, 0, 0);
    let start = start.to_zoned(paper.zone.clone()).unwrap().timestamp();
    compare(&paper, start, 24).unwrap();
    let opens = Timestamp::from_jiff(start) + Duration::from_secs(10 * 3600);
    let closes = opens + Duration::from_secs(4 * 3600);
    assert_eq!(paper.calendar().closes_at(opens), Some(closes));
}

/// Up to three openings of a day on five-minute bounds; they may touch.
fn any_day() -> impl Strategy<Value = Minutes> {
    proptest::collection::vec(0u16..=288, 0..7).prop_map(|mut marks| {
        marks.sort_unstable();
        let pairs = marks.chunks_exact(2).map(|pair| (pair[0] * 5, pair[1] * 5));
        pairs.filter(|(from, to)| from < to).collect()
    })
}

fn any_except() -> impl Strategy<Value = Vec<(i8, i8, Minutes)>> {
    proptest::collection::vec((-2i8..=3, 0i8..=3, any_day()), 0..3)
}

prop_compose! {
    fn any_paper()(
        zone_index in 0..CHANGES.len(),
        leap in any::<bool>(),
        week in proptest::collection::vec(any_day(), 7),
        lunch in 0u16..400,
        except in any_except(),
        holidays in any::<bool>(),
    ) -> (Paper, Date) {
        let (zone_name, (year, month, day)) = CHANGES[zone_index];
        // The day clocks change, or the end of a leap year's February.
        let around = if leap { date(2028, 2, 29) } else { date(year, month, day) };
        let after = |days: i8| around.checked_add(jiff::Span::new().days(days)).unwrap();
        let except = except.into_iter().map(|(first, length, openings)| {
            (after(first), after(first + length), openings)
        });
        let paper = Paper {
            zone: zone(zone_name).unwrap(),
            week: week.try_into().unwrap(),
            lunch,
            except: except.collect(),
            holidays,
        };
        (paper, around)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any calendar, every minute of three days around a change of clocks or a 29 February.
    #[test]
    fn every_minute_is_what_the_wall_shows((paper, around) in any_paper()) {
        let start = around.yesterday().unwrap().to_zoned(paper.zone.clone()).unwrap();
        compare(&paper, start.timestamp(), 72)?;
    }
}
