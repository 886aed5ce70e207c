//! What any office phone system does, as a tenant's files and its people set it: which codes phones
//! may dial, whether they may call outside, where calls are forwarded.

mod code;
mod forward;

use std::time::Duration;

pub use code::{BadCodes, Code, Codes, Slots};
pub use forward::{Change, Forward, Forwards, Leading, Order, Owner, When};

use crate::{Country, PersonName};

/// The phones of one tenant (`[phones]` and `[codes]` of its files).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// What phones dial for services.
    pub codes: Codes,
    /// Dialled before a number outside; empty when nothing is. Up to three digits.
    pub prefix: String,
    /// Whether phones may call outside, unless their person says otherwise.
    pub outside: bool,
    /// Whose ringing calls a phone may pick up.
    pub pickup: Among,
    /// Who may listen to conversations of the company's people, and speak in them.
    pub supervisors: Vec<PersonName>,
    /// How long a parked call waits until it returns to whoever parked it; 15 s to 1 h.
    pub park_return: Duration,
    /// How long somebody may keep a caller on hold until the caller rings them again; 1 min to 1 h.
    pub hold_return: Duration,
    /// Whether a conference ends when who began it leaves; the others go on otherwise.
    pub conference_ends_with_host: bool,
    /// Where the company is: how its people write numbers.
    pub country: Country,
}

/// Among whom something is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// Nobody.
    Nobody,
    /// People who are in a team together.
    Team,
    /// Everybody of the company.
    Everybody,
}

impl Default for Office {
    /// The usual codes, no prefix, calls outside allowed, pick-up among everybody, no supervisors, three minutes parked,
    /// five on hold, conferences that outlive who began them, in France.
    fn default() -> Self {
        Self {
            codes: Codes::default(),
            prefix: String::new(),
            outside: true,
            pickup: Among::Everybody,
            supervisors: Vec::new(),
            park_return: Duration::from_secs(180),
            hold_return: Duration::from_secs(300),
            conference_ends_with_host: false,
            country: Country::FRANCE,
        }
    }
}

impl Office {
    /// What somebody who dialled `digits` wants outside: the digits without the prefix. `None` when a
    /// prefix is asked for and was left out, but for numbers that begin with `+`. A number that needs
    /// no prefix to be one of the country is taken without: people dial what their mobiles know.
    pub fn outside_of<'d>(&self, digits: &'d str) -> Option<&'d str> {
        if self.prefix.is_empty() || digits.starts_with('+') {
            return Some(digits);
        }
        let known = |digits: &str| crate::numbering::international(digits, self.country).is_some();
        match digits.strip_prefix(self.prefix.as_str()) {
            // 0 and then 0199000010, or then 3631; but 0199000010 as it stands has no prefix.
            Some(rest) if !rest.is_empty() && (known(rest) || !known(digits)) => Some(rest),
            _ => known(digits).then_some(digits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_taken_off_where_one_was_dialled() {
        let office = |prefix: &str| Office {
            prefix: prefix.to_owned(),
            ..Office::default()
        };
        for (prefix, dialled, wanted) in [
            ("", "0199000010", Some("0199000010")),
            ("", "3631", Some("3631")),
            ("0", "00199000010", Some("0199000010")),
            ("0", "0199000010", Some("0199000010")),
            ("0", "000441632960000", Some("00441632960000")),
            ("0", "+33199000010", Some("+33199000010")),
            ("0", "03631", Some("3631")),
            ("0", "3631", None),
            ("9", "90199000010", Some("0199000010")),
            ("9", "9", None),
            ("9", "14", None),
        ] {
            let office = office(prefix);
            assert_eq!(office.outside_of(dialled), wanted, "{prefix} {dialled}");
        }
    }
}
