//! Every day of 2020 to 2040 in every region, against tables made without this code.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;

use super::super::*;

/// What `tables/make.py` wrote: region, date, name.
const TABLE: &str = include_str!("../tables/holidays-2020-2040.tsv");

/// The published name of every holiday, by region and date.
fn published() -> BTreeMap<&'static str, BTreeMap<Date, &'static str>> {
    let mut regions: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for line in TABLE.lines() {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap();
        let (region, day, name) = (field(), field().parse().unwrap(), field());
        regions.entry(region).or_default().insert(day, name);
    }
    regions
}

fn days(years: std::ops::RangeInclusive<i16>) -> impl Iterator<Item = Date> {
    date(*years.start(), 1, 1)
        .series(jiff::Span::new().days(1))
        .take_while(move |day| years.contains(&day.year()))
}

/// Every holiday of a region in a year.
fn year_of(region: &str, year: i16) -> Vec<String> {
    let region = Region::parse(region).unwrap();
    days(year..=year)
        .filter(|day| region.holiday_on(*day).is_some())
        .map(|day| day.to_string())
        .collect()
}

#[test]
fn every_day_from_2020_to_2040_is_what_the_tables_say() {
    let published = published();
    let codes: BTreeSet<_> = Region::all().map(Region::code).collect();
    assert_eq!(codes, published.keys().copied().collect());
    let mut compared = 0;
    let mut wrong = Vec::new();
    for region in Region::all() {
        for day in days(2020..=2040) {
            let ours = region.holiday_on(day).map(|holiday| holiday.en);
            let theirs = published[region.code()].get(&day).copied();
            compared += 1;
            if ours.is_some() != theirs.is_some() {
                wrong.push((region.code(), day, ours, theirs));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
    assert_eq!(compared, 22 * 7671);
}

/// The same published name is always the same holiday of ours: none has another's date.
#[test]
fn names_go_with_the_days_they_name() {
    for (region, days) in published() {
        let known = Region::parse(region).unwrap();
        let mut meant: BTreeMap<&str, Holiday> = BTreeMap::new();
        for (day, name) in days {
            let ours = known.holiday_on(day).unwrap();
            let name = name.trim_end_matches(" (observed)");
            // Moved by proclamation, or two on one day: named otherwise here.
            let moved = [date(2020, 5, 8), date(2022, 6, 2)].contains(&day);
            if moved || name.contains("; ") {
                continue;
            }
            let first = meant.entry(name).or_insert(ours);
            // Two moved feasts may swap their substitutes: both days are off.
            let swapped = [
                "Christmas Day",
                "Boxing Day",
                "New Year's Day",
                "New Year Holiday",
            ];
            if !(region.starts_with("GB") && swapped.contains(&name)) {
                assert_eq!(*first, ours, "{region} {day} {name}");
            }
        }
    }
}

#[test]
fn every_holiday_has_a_name_in_both_languages() {
    for region in Region::all() {
        for day in days(2020..=2040) {
            let Some(holiday) = region.holiday_on(day) else {
                continue;
            };
            assert!(!holiday.fr.is_empty() && !holiday.en.is_empty());
            assert_eq!(holiday.name_in("fr-BE"), holiday.fr);
            assert_eq!(holiday.name_in("en"), holiday.en);
            assert_eq!(holiday.name_in("nl"), holiday.en);
        }
    }
}

#[test]
fn a_moved_holiday_closes_both_days_and_keeps_its_name() {
    let named = |region: &str, year, month, day| {
        let region = Region::parse(region).unwrap();
        region.holiday_on(date(year, month, day)).map(|h| h.en)
    };
    // gov.uk/bank-holidays: Christmas on a Saturday, Boxing Day on a Sunday.
    for (day, name) in [(25, "Christmas Day"), (26, "Boxing Day")] {
        assert_eq!(named("GB-ENG", 2021, 12, day), Some(name));
        assert_eq!(named("GB-ENG", 2021, 12, day + 2), Some(name));
    }
    assert_eq!(named("GB-ENG", 2021, 12, 29), None);
    // Scotland's second of January behind its first.
    assert_eq!(named("GB-SCT", 2022, 1, 3), Some("New Year's Day"));
    assert_eq!(named("GB-SCT", 2022, 1, 4), Some("2nd January"));
    // In the United States to the Friday, across the end of a year too.
    assert_eq!(named("US", 2021, 12, 31), Some("New Year's Day"));
    assert_eq!(named("US", 2026, 7, 3), Some("Independence Day"));
    assert_eq!(named("US", 2026, 7, 4), Some("Independence Day"));
    // Québec moves from a Sunday alone.
    assert_eq!(named("CA-QC", 2029, 7, 2), Some("Canada Day"));
    assert_eq!(named("CA-QC", 2023, 7, 3), None);
    // Ireland and France move nothing.
    assert_eq!(named("IE", 2022, 12, 27), None);
    assert_eq!(named("FR", 2021, 12, 27), None);
}

#[test]
fn rules_have_their_years() {
    assert_eq!(year_of("IE", 2022).len(), 10);
    assert!(!year_of("IE", 2022).contains(&"2022-02-07".into()));
    assert!(year_of("IE", 2023).contains(&"2023-02-06".into()));
    // 1 February 2030 is a Friday.
    assert!(year_of("IE", 2030).contains(&"2030-02-01".into()));
    assert!(!year_of("US", 2020).contains(&"2020-06-19".into()));
    assert!(year_of("US", 2022).contains(&"2022-06-20".into()));
    // What a proclamation moved is not kept where it was.
    assert!(!year_of("GB-ENG", 2020).contains(&"2020-05-04".into()));
    assert!(!year_of("GB-ENG", 2022).contains(&"2022-05-30".into()));
    assert!(year_of("GB-WLS", 2023).contains(&"2023-05-08".into()));
    assert!(!year_of("GB-WLS", 2024).contains(&"2024-05-08".into()));
}

/// Easter Sundays as almanacs print them: month and day, from 2020.
const EASTERS: [(i8, i8); 21] = [
    (4, 12),
    (4, 4),
    (4, 17),
    (4, 9),
    (3, 31),
    (4, 20),
    (4, 5),
    (3, 28),
    (4, 16),
    (4, 1),
    (4, 21),
    (4, 13),
    (3, 28),
    (4, 17),
    (4, 9),
    (3, 25),
    (4, 13),
    (4, 5),
    (4, 25),
    (4, 10),
    (4, 1),
];

#[test]
fn moving_feasts_follow_the_easters_of_the_almanacs() {
    let france = Region::parse("FR").unwrap();
    for (year, (month, day)) in (2020..).zip(EASTERS) {
        let easter = date(year, month, day);
        for (days, name) in [
            (1, "Lundi de Pâques"),
            (39, "Ascension"),
            (50, "Lundi de Pentecôte"),
        ] {
            let day = easter.checked_add(jiff::Span::new().days(days)).unwrap();
            let holiday = france.holiday_on(day).unwrap();
            // Ascension was on the eighth of May or the first of May in some years.
            let fixed = ["Victoire 1945", "Fête du Travail"];
            assert!(holiday.fr == name || fixed.contains(&holiday.fr), "{day}");
        }
    }
}

#[test]
fn easter_is_a_sunday_of_spring_in_every_year_computed() {
    let region = Region::parse("GB-ENG").unwrap();
    for year in 1900..=2200 {
        let good_friday = days(year..=year).find(|day| {
            region
                .holiday_on(*day)
                .is_some_and(|h| h.en == "Good Friday")
        });
        let good_friday = good_friday.unwrap();
        assert_eq!(good_friday.weekday(), Weekday::Friday, "{year}");
        assert!((date(year, 3, 20)..=date(year, 4, 23)).contains(&good_friday));
    }
}

#[test]
fn regions_are_known_by_their_code_alone() {
    for region in Region::all() {
        assert_eq!(Region::parse(region.code()), Some(region));
    }
    assert_eq!(Region::parse("fr"), None);
    assert_eq!(Region::parse("GB"), None);
    let far = date(2201, 1, 1);
    assert_eq!(Region::parse("FR").unwrap().holiday_on(far), None);
    for region in Region::all() {
        assert_eq!(region.holiday_on(Date::MIN), None);
        assert_eq!(region.holiday_on(Date::MAX), None);
    }
}
