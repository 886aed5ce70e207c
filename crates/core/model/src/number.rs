//! Telephone numbers as routing sees them: strings of digits, E.164 when they start with `+`.

use std::fmt;

/// A number that was dialled or shown, cleaned of punctuation. Up to 32 digits, `*`, `#` and a
/// leading `+`. Shown whole only by [`PhoneNumber::as_str`]; `Display` is for records and routing,
/// logs wrap it in [`crate::Redacted`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads what a person or a SIP user part wrote: spaces, dots, dashes and parentheses are
    /// dropped. `None` when nothing dialable is left or anything else is in it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = String::with_capacity(text.len());
        for c in text.trim().chars() {
            match c {
                '+' if digits.is_empty() => digits.push('+'),
                '0'..='9' | '*' | '#' => digits.push(c),
                ' ' | '.' | '-' | '(' | ')' | '\u{a0}' | '\u{202f}' => {}
                _ => return None,
            }
        }
        let len = digits.trim_start_matches('+').len();
        (1..=MAX_DIGITS).contains(&len).then_some(Self(digits))
    }

    /// Whether this is an international number: `+` and 7 to 15 digits (ITU-T E.164 §6).
    pub fn is_e164(&self) -> bool {
        self.0
            .strip_prefix('+')
            .is_some_and(|d| (7..=15).contains(&d.len()) && d.bytes().all(|b| b.is_ascii_digit()))
    }

    /// The digits, with the leading `+` if there was one.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0.len();
        write!(f, "…{}", self.0.get(n.saturating_sub(2)..).unwrap_or(""))
    }
}

/// Longest number routed; E.164 has 15 digits, prefixes and feature codes some more.
const MAX_DIGITS: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_becomes_digits() {
        let number = PhoneNumber::parse(" +33 (0)1.99-00\u{a0}00\u{202f}10 ").unwrap();
        assert_eq!(number.as_str(), "+330199000010");
        assert_eq!(PhoneNumber::parse("*98").unwrap().as_str(), "*98");
        for text in ["", "+", "poste-10", "33+1", "++33", "12a", "\u{0661}"] {
            assert_eq!(PhoneNumber::parse(text), None, "{text}");
        }
    }

    #[test]
    fn length_is_bounded_and_e164_is_seven_to_fifteen_digits() {
        assert!(PhoneNumber::parse(&"1".repeat(MAX_DIGITS)).is_some());
        assert!(PhoneNumber::parse(&"1".repeat(MAX_DIGITS + 1)).is_none());
        let is_e164 = |text: &str| PhoneNumber::parse(text).unwrap().is_e164();
        assert!(is_e164("+1234567") && is_e164("+123456789012345"));
        assert!(!is_e164("+123456") && !is_e164("+1234567890123456"));
        assert!(!is_e164("0199000010") && !is_e164("+3319900001*"));
    }

    #[test]
    fn debug_shows_two_digits() {
        let number = PhoneNumber::parse("+33199000010").unwrap();
        assert_eq!(format!("{number:?}"), "…10");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn reading_again_changes_nothing(text in "[+0-9*# .()-]{0,40}|.*") {
            if let Some(number) = PhoneNumber::parse(&text) {
                prop_assert_eq!(PhoneNumber::parse(number.as_str()), Some(number));
            }
        }
    }
}
