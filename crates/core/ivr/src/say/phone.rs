//! Telephone numbers cut into the groups in which people of a country say them.

/// A number ready to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Groups {
    /// A number of the speaker's own country, as it is dialled there: groups of digits.
    Home(Vec<String>),
    /// Any other: its country code, then groups of two digits behind a single one when the count is odd.
    Foreign(u32, Vec<String>),
    /// No international number: a short one, a service, something with `*` or `#`.
    Plain(String),
}

/// A country as its people say numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Country {
    /// Its code (ITU-T E.164).
    pub(super) code: &'static str,
    /// What is dialled before a number within the country.
    trunk: &'static str,
    /// Sizes of the groups by what the number dialled within the country begins with; the first
    /// that fits counts, and it fits only a number of as many digits.
    plans: &'static [(&'static str, &'static [usize])],
}

/// The country's own groups, for a number in E.164 or as it is dialled in `home`.
pub(super) fn groups(number: &str, home: &Country) -> Groups {
    if let Some(digits) = number.strip_prefix('+') {
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Groups::Plain(number.to_owned());
        }
        let (code, rest) = split_code(digits);
        if code == home.code {
            let national = format!("{}{rest}", home.trunk);
            return Groups::Home(home.cut(&national).unwrap_or_else(|| pairs(&national)));
        }
        let code = code.parse().unwrap_or_default();
        return Groups::Foreign(code, pairs(rest));
    }
    match home.cut(number) {
        Some(groups) => Groups::Home(groups),
        None => Groups::Plain(number.to_owned()),
    }
}

impl Country {
    fn cut(&self, national: &str) -> Option<Vec<String>> {
        let digits = national.bytes().all(|b| b.is_ascii_digit());
        let fits = |(prefix, sizes): &&(&str, &[usize])| {
            national.starts_with(prefix) && sizes.iter().sum::<usize>() == national.len()
        };
        let sizes = self.plans.iter().find(fits).filter(|_| digits)?.1;
        let mut rest = national;
        let mut groups = Vec::with_capacity(sizes.len());
        for size in sizes {
            let (group, behind) = rest.split_at(*size);
            groups.push(group.to_owned());
            rest = behind;
        }
        Some(groups)
    }
}

/// Groups of two, the first of one when the count is odd.
pub(super) fn pairs(digits: &str) -> Vec<String> {
    let (first, rest) = digits.split_at(digits.len() % 2);
    let mut groups = Vec::with_capacity(digits.len() / 2 + 1);
    if !first.is_empty() {
        groups.push(first.to_owned());
    }
    let two = rest.as_bytes().chunks(2);
    groups.extend(two.map(|pair| pair.iter().map(|b| char::from(*b)).collect::<String>()));
    groups
}

/// The country code at the start of international digits, and the rest. Codes are prefix-free: one
/// digit for 1 and 7, two for those listed, three for all others (ITU-T E.164, list of codes).
fn split_code(digits: &str) -> (&str, &str) {
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [a, b, ..] if TWO_DIGITS.contains(&(10 * (a - b'0') + (b - b'0'))) => 2,
        _ => 3,
    };
    digits.split_at(length.min(digits.len()))
}

/// Country codes of two digits.
const TWO_DIGITS: [u8; 43] = [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56,
    57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95,
];

/// France: five pairs.
pub(super) const FRANCE: Country = Country {
    code: "33",
    trunk: "0",
    plans: &[("0", &[2, 2, 2, 2, 2])],
};

/// Belgium: mobiles 0470 12 34 56, the large cities 02 123 45 67, the others 071 12 34 56.
pub(super) const BELGIUM: Country = Country {
    code: "32",
    trunk: "0",
    plans: &[
        ("04", &[4, 2, 2, 2]),
        ("02", &[2, 3, 2, 2]),
        ("03", &[2, 3, 2, 2]),
        ("04", &[2, 3, 2, 2]),
        ("09", &[2, 3, 2, 2]),
        ("0", &[3, 2, 2, 2]),
    ],
};

/// Switzerland: 079 123 45 67.
pub(super) const SWITZERLAND: Country = Country {
    code: "41",
    trunk: "0",
    plans: &[("0", &[3, 3, 2, 2])],
};

/// North America: 514 555 0123.
pub(super) const NORTH_AMERICA: Country = Country {
    code: "1",
    trunk: "",
    plans: &[("", &[3, 3, 4])],
};

/// The United Kingdom (Ofcom's National Telephone Numbering Plan): London and its like 020 7946 0018,
/// large cities and services 0161 496 0018, mobiles and all others 07700 900 123.
pub(super) const UNITED_KINGDOM: Country = Country {
    code: "44",
    trunk: "0",
    plans: &[
        ("02", &[3, 4, 4]),
        ("011", &[4, 3, 4]),
        ("0121", &[4, 3, 4]),
        ("0131", &[4, 3, 4]),
        ("0141", &[4, 3, 4]),
        ("0151", &[4, 3, 4]),
        ("0161", &[4, 3, 4]),
        ("0171", &[4, 3, 4]),
        ("0181", &[4, 3, 4]),
        ("0191", &[4, 3, 4]),
        ("03", &[4, 3, 4]),
        ("08", &[4, 3, 4]),
        ("09", &[4, 3, 4]),
        ("0", &[5, 3, 3]),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(number: &str, home: &Country) -> String {
        match groups(number, home) {
            Groups::Home(groups) => groups.join(" "),
            Groups::Foreign(code, groups) => format!("+{code} {}", groups.join(" ")),
            Groups::Plain(number) => format!("={number}"),
        }
    }

    #[test]
    fn numbers_are_cut_as_their_country_does() {
        for (number, home, expected) in [
            ("+33612345678", &FRANCE, "06 12 34 56 78"),
            ("0199000010", &FRANCE, "01 99 00 00 10"),
            ("3631", &FRANCE, "=3631"),
            ("*98", &FRANCE, "=*98"),
            ("+32470123456", &BELGIUM, "0470 12 34 56"),
            ("+3221234567", &BELGIUM, "02 123 45 67"),
            ("+3242234567", &BELGIUM, "04 223 45 67"),
            ("+3271123456", &BELGIUM, "071 12 34 56"),
            ("+41791234567", &SWITZERLAND, "079 123 45 67"),
            ("+15145550123", &NORTH_AMERICA, "514 555 0123"),
            ("+442079460018", &UNITED_KINGDOM, "020 7946 0018"),
            ("+441614960018", &UNITED_KINGDOM, "0161 496 0018"),
            ("+447700900123", &UNITED_KINGDOM, "07700 900 123"),
        ] {
            assert_eq!(cut(number, home), expected);
        }
    }

    #[test]
    fn foreign_numbers_keep_their_code_and_go_by_pairs() {
        assert_eq!(cut("+33612345678", &BELGIUM), "+33 6 12 34 56 78");
        assert_eq!(cut("+447700900123", &FRANCE), "+44 77 00 90 01 23");
        assert_eq!(cut("+12125550123", &FRANCE), "+1 21 25 55 01 23");
        assert_eq!(cut("+352621123456", &FRANCE), "+352 6 21 12 34 56");
        assert_eq!(cut("+3", &FRANCE), "+3 ");
        assert_eq!(cut("+33*1", &FRANCE), "=+33*1");
    }

    #[test]
    fn a_number_of_home_with_a_length_of_its_own_goes_by_pairs() {
        assert_eq!(cut("+33700123456789", &FRANCE), "0 70 01 23 45 67 89");
    }
}
