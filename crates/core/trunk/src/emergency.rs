//! Numbers that save lives. A call to one of them passes every cap, every list and every setting, and
//! is counted nowhere.

use rappel_model::Country;

/// Whether `digits`, as somebody in `home` dials them, call for help. 112 and 911 are understood
/// everywhere: phones from abroad dial what they know.
pub fn is_emergency(digits: &str, home: Country) -> bool {
    if EVERYWHERE.contains(&digits) {
        return true;
    }
    let own = TABLE.iter().find(|(country, _)| *country == home.as_str());
    own.is_some_and(|(_, numbers)| numbers.contains(&digits))
}

/// Every number that calls for help somewhere.
pub fn emergency_numbers() -> impl Iterator<Item = &'static str> {
    let own = TABLE.iter().flat_map(|(_, numbers)| *numbers);
    EVERYWHERE.iter().chain(own).copied()
}

/// ITU-T E.161.1: the two that every country should take.
const EVERYWHERE: &[&str] = &["112", "911"];

/// By country. Sources: ARCEP 2002-1179 and what amended it (France and overseas), and the lists that
/// the national authorities file with the European Commission or publish themselves.
const TABLE: &[(&str, &[&str])] = &[
    ("FR", FRANCE),
    ("GP", FRANCE),
    ("GF", FRANCE),
    ("MQ", FRANCE),
    ("RE", FRANCE),
    ("YT", FRANCE),
    ("MC", &["15", "17", "18", "114"]),
    ("BE", &["100", "101", "116000"]),
    (
        "CH",
        &["117", "118", "143", "144", "145", "147", "1414", "1415"],
    ),
    ("LI", &["117", "118", "144"]),
    ("LU", &["113", "116000"]),
    ("DE", &["110", "116117"]),
    ("AT", &["122", "128", "133", "140", "141", "144"]),
    ("GB", &["999", "18000"]),
    ("IE", &["999"]),
    ("NL", &["116000"]),
    (
        "ES",
        &["061", "062", "080", "085", "088", "091", "092", "016"],
    ),
    ("PT", &["115", "117"]),
    ("IT", &["113", "114", "115", "117", "118", "1522", "1530"]),
    ("GR", &["100", "108", "166", "199"]),
    ("PL", &["997", "998", "999", "986"]),
    ("CZ", &["150", "155", "156", "158"]),
    ("HU", &["104", "105", "107"]),
    ("DK", &["114"]),
    ("SE", &["114"]),
    ("NO", &["110", "113"]),
    ("US", &["988", "933"]),
    ("CA", &["988", "933"]),
    ("AU", &["000", "106"]),
    ("NZ", &["111"]),
    ("JP", &["110", "118", "119"]),
    ("CN", &["110", "119", "120", "122"]),
    ("IN", &["100", "101", "102", "108"]),
    ("BR", &["190", "192", "193", "199"]),
    ("MA", &["15", "19", "177", "190"]),
    ("DZ", &["14", "17", "1548", "1055"]),
    ("TN", &["190", "193", "197", "198"]),
    ("SN", &["15", "17", "18"]),
    ("CI", &["110", "111", "170", "180", "185"]),
    ("ZA", &["10111", "10177"]),
];

/// 15 ambulance, 17 police, 18 fire, 114 by text, 115 homeless, 119 children, 191 aircraft, 196 sea,
/// 197 kidnapping.
const FRANCE: &[&str] = &[
    "15", "17", "18", "114", "115", "119", "191", "196", "197", "116000", "116117",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_the_list_calls_for_help_at_home() {
        for (home, numbers) in [
            (
                "FR",
                &[
                    "112", "911", "15", "17", "18", "114", "115", "119", "191", "196", "197",
                ][..],
            ),
            ("RE", &["15", "17", "18", "112"]),
            ("BE", &["112", "100", "101"]),
            ("CH", &["112", "117", "118", "144"]),
            ("GB", &["999", "112"]),
            ("DE", &["110", "112"]),
            ("US", &["911", "112"]),
            ("ZW", &["112", "911"]),
        ] {
            let home = Country::parse(home).expect("it exists");
            for number in numbers {
                assert!(is_emergency(number, home), "{home} {number}");
                assert!(emergency_numbers().any(|known| known == *number));
            }
        }
    }

    #[test]
    fn other_numbers_do_not_pass_for_emergencies() {
        for (home, number) in [
            ("FR", "999"),
            ("FR", "3631"),
            ("FR", "118712"),
            ("FR", "0112"),
            ("FR", "+33112"),
            ("FR", "+33199000010"),
            ("GB", "15"),
            ("DE", "18"),
            ("US", "15"),
            ("FR", ""),
        ] {
            let home = Country::parse(home).expect("it exists");
            assert!(!is_emergency(number, home), "{home} {number}");
        }
    }

    #[test]
    fn every_country_of_the_table_exists_and_stands_once() {
        let mut names: Vec<&str> = TABLE.iter().map(|(country, _)| *country).collect();
        assert!(names.iter().all(|name| Country::parse(name).is_some()));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        let digits = |n: &&&str| n.bytes().all(|b| b.is_ascii_digit()) && n.len() <= 6;
        let all = TABLE.iter().flat_map(|(_, numbers)| numbers.iter());
        assert!(all.clone().filter(|n| digits(n)).count() == all.count());
    }
}
