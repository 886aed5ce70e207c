//! National numbering plans, as far as callers type numbers and texts are sent: how a number dialled
//! at home becomes international, and which numbers are mobiles. Sources: the national plans filed
//! with ITU-T (E.129), of France (ARCEP 2018-0881), Belgium (BIPT), Switzerland (OFCOM), the United
//! Kingdom (Ofcom), Ireland (ComReg), Luxembourg (ILR), Germany (BNetzA), the Netherlands (ACM), Spain
//! (CNMC), Italy (AGCOM) and North America (NANPA).

use crate::country::Country;
use crate::number::PhoneNumber;

/// How the numbers of one country are written.
struct Plan {
    country: &'static str,
    /// Its country code.
    code: &'static str,
    /// Dialled before a number within the country, and not from abroad.
    trunk: &'static str,
    /// Digits of a number without trunk prefix, least and most.
    length: (usize, usize),
    /// First digits of mobile numbers, without the trunk prefix.
    mobile: &'static [&'static str],
}

/// First digits, behind the country code, of numbers that cost the caller more than a call: paid
/// services, directory enquiries, numbers that follow a person. Same sources as the plans.
const PREMIUM: &[(&str, &[&str])] = &[
    ("FR", &["89", "118"]),
    ("BE", &["90"]),
    ("CH", &["90"]),
    ("LU", &["900", "901", "905"]),
    ("GB", &["9", "70", "118"]),
    ("DE", &["900", "137", "118"]),
    ("NL", &["90"]),
    ("ES", &["803", "806", "807", "905", "907", "118"]),
    ("IT", &["89", "144", "166", "178", "199"]),
    ("US", &["900"]),
    ("CA", &["900"]),
];

/// Codes of no country whose calls cost the most: satellites, international premium rate (ITU-T E.164
/// list, codes 870, 878, 881 to 883, 888, 979).
const PREMIUM_CODES: &[&str] = &["870", "878", "881", "882", "883", "888", "979"];

/// The plans known here. France and its overseas departments have one plan and several codes.
const PLANS: &[Plan] = &[
    // 700 is for machines, with 14 digits.
    plan(
        "FR",
        "33",
        "0",
        (9, 9),
        &["6", "73", "74", "75", "76", "77", "78", "79"],
    ),
    plan("GP", "590", "0", (9, 9), &["690", "691"]),
    plan("GF", "594", "0", (9, 9), &["694"]),
    plan("MQ", "596", "0", (9, 9), &["696", "697"]),
    plan("RE", "262", "0", (9, 9), &["692", "693"]),
    plan("YT", "262", "0", (9, 9), &["639"]),
    plan("BE", "32", "0", (8, 9), &["45", "46", "47", "48", "49"]),
    plan("CH", "41", "0", (9, 9), &["75", "76", "77", "78", "79"]),
    plan(
        "LU",
        "352",
        "",
        (4, 11),
        &["621", "628", "661", "668", "671", "678", "691", "698"],
    ),
    plan("MC", "377", "", (8, 9), &["3", "4", "6"]),
    // 70 are personal numbers, 76 pagers but for those of the Isle of Man.
    plan(
        "GB",
        "44",
        "0",
        (9, 10),
        &["71", "72", "73", "74", "75", "7624", "77", "78", "79"],
    ),
    plan(
        "IE",
        "353",
        "0",
        (7, 9),
        &["82", "83", "85", "86", "87", "88", "89"],
    ),
    plan("DE", "49", "0", (5, 11), &["15", "16", "17"]),
    plan(
        "NL",
        "31",
        "0",
        (9, 9),
        &["61", "62", "63", "64", "65", "68"],
    ),
    plan("ES", "34", "", (9, 9), &["6", "71", "72", "73", "74"]),
    // The zero of fixed numbers is part of them.
    plan("IT", "39", "", (6, 11), &["3"]),
    // Mobiles have the numbers of the place where they were bought.
    plan("US", "1", "1", (10, 10), &[]),
    plan("CA", "1", "1", (10, 10), &[]),
];

const fn plan(
    country: &'static str,
    code: &'static str,
    trunk: &'static str,
    length: (usize, usize),
    mobile: &'static [&'static str],
) -> Plan {
    Plan {
        country,
        code,
        trunk,
        length,
        mobile,
    }
}

fn plan_of(country: Country) -> Option<&'static Plan> {
    PLANS.iter().find(|plan| plan.country == country.as_str())
}

/// The international number that somebody at home in `home` dials by `digits`: a national number with
/// its trunk prefix, or an international one after `00` (`011` in North America) or `+`. `None` when
/// it has not as many digits as numbers have there, and for short numbers (`112`, `3631`), which mean
/// nothing elsewhere.
pub fn international(digits: &str, home: Country) -> Option<PhoneNumber> {
    let number = PhoneNumber::parse(digits)?;
    let digits = number.as_str();
    if digits.starts_with('+') {
        return checked(number);
    }
    let plan = plan_of(home)?;
    let abroad = if plan.code == "1" { "011" } else { "00" };
    if let Some(rest) = digits.strip_prefix(abroad) {
        return checked(PhoneNumber::parse(&format!("+{rest}"))?);
    }
    let national = match digits.strip_prefix(plan.trunk) {
        Some(rest) => rest,
        // In North America the one is left out more often than not.
        None if plan.code == "1" => digits,
        None => return None,
    };
    checked(PhoneNumber::parse(&format!("+{}{national}", plan.code))?)
}

/// The number, when it has as many digits as numbers of its country have.
fn checked(number: PhoneNumber) -> Option<PhoneNumber> {
    if !number.is_e164() {
        return None;
    }
    let country = Country::of(&number)?;
    let Some(plan) = plan_of(country) else {
        return Some(number);
    };
    let length = number.as_str().len() - 1 - plan.code.len();
    (plan.length.0..=plan.length.1)
        .contains(&length)
        .then_some(number)
}

/// Whether this is surely the number of a mobile: in France and its overseas departments, Belgium,
/// Switzerland, Luxembourg, Monaco, the United Kingdom, Ireland, Germany, the Netherlands, Spain and
/// Italy. Elsewhere, North America included, it cannot be told from the number: false.
pub fn is_mobile(number: &PhoneNumber) -> bool {
    let Some(plan) = Country::of(number).and_then(plan_of) else {
        return false;
    };
    let national = number
        .as_str()
        .strip_prefix('+')
        .and_then(|digits| digits.strip_prefix(plan.code));
    national.is_some_and(|n| {
        n.len() >= plan.length.0 && plan.mobile.iter().any(|first| n.starts_with(first))
    })
}

/// Whether calling this number costs more than a call, as far as the number tells: paid services of
/// the countries above, satellites, international premium rate. Of other countries it cannot be told.
pub fn is_premium(number: &PhoneNumber) -> bool {
    let Some(digits) = number.as_str().strip_prefix('+') else {
        return false;
    };
    if PREMIUM_CODES.iter().any(|code| digits.starts_with(code)) {
        return true;
    }
    let Some(plan) = Country::of(number).and_then(plan_of) else {
        return false;
    };
    let paid = PREMIUM.iter().filter(|(c, _)| *c == plan.country);
    let national = digits.strip_prefix(plan.code).unwrap_or_default();
    paid.flat_map(|(_, first)| first.iter())
        .any(|first| national.starts_with(first))
}

/// The calling code of a country with a plan, without `+`: `33`.
pub fn code_of(country: Country) -> Option<&'static str> {
    plan_of(country).map(|plan| plan.code)
}

/// Whether a text may reach this number: a mobile, or an international number of a country whose
/// numbers do not tell. A landline where they do tell is none.
pub fn may_take_texts(number: &PhoneNumber) -> bool {
    let plan = Country::of(number).and_then(plan_of);
    match plan.filter(|plan| !plan.mobile.is_empty()) {
        Some(_) => is_mobile(number),
        None => number.is_e164(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    #[test]
    fn texts_go_where_they_may_arrive() {
        for (text, may) in [
            ("+33639981234", true),
            ("+33199000010", false),
            ("+15145550123", true),
            ("+81901234567", true),
            ("0639981234", false),
            ("104", false),
        ] {
            let number = PhoneNumber::parse(text).expect("digits");
            assert_eq!(may_take_texts(&number), may, "{text}");
        }
    }

    use super::*;

    #[test]
    fn paid_services_are_told_where_numbers_tell_them() {
        for (text, paid) in [
            ("+33899123456", true),
            ("+33892123456", true),
            ("+33199000010", false),
            ("+33639981234", false),
            ("+447012345678", true),
            ("+442079460000", false),
            ("+19005550100", true),
            ("+12025550100", false),
            ("+4990012345", true),
            ("+4915112345678", false),
            ("+881612345678", true),
            ("+97912345678", true),
            ("+81901234567", false),
            ("0899123456", false),
        ] {
            let number = PhoneNumber::parse(text).expect("digits");
            assert_eq!(is_premium(&number), paid, "{text}");
        }
    }

    fn from(home: &str, digits: &str) -> Option<String> {
        international(digits, Country::parse(home).unwrap()).map(|number| number.to_string())
    }

    #[test]
    fn what_is_dialled_at_home_becomes_international() {
        for (home, typed, number) in [
            ("FR", "0639981234", "+33639981234"),
            ("FR", "06 39 98 12 34", "+33639981234"),
            ("FR", "0033639981234", "+33639981234"),
            ("FR", "+32470123456", "+32470123456"),
            ("BE", "0470123456", "+32470123456"),
            ("BE", "021234567", "+3221234567"),
            ("CH", "0791234567", "+41791234567"),
            ("GB", "07700900123", "+447700900123"),
            ("LU", "621123456", "+352621123456"),
            ("IT", "0612345678", "+390612345678"),
            ("US", "2025550100", "+12025550100"),
            ("CA", "14165550100", "+14165550100"),
            ("CA", "01133639981234", "+33639981234"),
            ("RE", "0692123456", "+262692123456"),
        ] {
            assert_eq!(from(home, typed).as_deref(), Some(number), "{home} {typed}");
        }
        for (home, typed) in [
            ("FR", "112"),
            ("FR", "3631"),
            ("FR", "639981234"),
            ("FR", "063998123"),
            ("FR", "06399812345"),
            ("FR", "00"),
            ("FR", "*21"),
            ("CH", "00331234"),
            ("US", "5550100"),
            ("PL", "501234567"),
        ] {
            assert_eq!(from(home, typed), None, "{home} {typed}");
        }
    }

    #[test]
    fn mobiles_are_told_where_numbers_tell_them() {
        let mobile = |text: &str| is_mobile(&PhoneNumber::parse(text).unwrap());
        for number in [
            "+33639981234",
            "+33756000000",
            "+32470123456",
            "+41791234567",
            "+447700900123",
            "+447624123456",
            "+262692123456",
            "+262639123456",
            "+352621123456",
            "+393331234567",
        ] {
            assert!(mobile(number), "{number}");
        }
        for number in [
            "+33199000010",
            "+33700000000",
            "+3221234567",
            "+41441234567",
            "+442079460000",
            "+447012345678",
            "+12025550100",
            "+14165550100",
            "+48501234567",
            "0639981234",
            "*98",
        ] {
            assert!(!mobile(number), "{number}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_is_typed_becomes_e164_or_nothing(digits in "[0-9*#+]{0,20}", i in 0..PLANS.len()) {
            let home = Country::parse(PLANS[i].country).unwrap();
            if let Some(number) = international(&digits, home) {
                prop_assert!(number.is_e164());
                prop_assert_eq!(international(number.as_str(), home), Some(number));
            }
        }
    }
}
