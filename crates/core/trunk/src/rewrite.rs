//! What number was meant by what a trunk wrote.

use rappel_model::PhoneNumber;

use crate::settings::{Bare, Settings};

impl Settings {
    /// The international number (E.164 with `+`) meant by `text`, the user part of a SIP URI or a
    /// telephone number as people write it. `None` for what is no subscriber's number: names
    /// (`anonymous`), short numbers and extensions, service codes with `*` or `#`, anything longer
    /// than E.164 allows.
    ///
    /// In this order: `+`, an international prefix, the national prefix, bare digits. Parameters
    /// (`;phone-context=…`, RFC 3966 §3) are not looked at. A national prefix that was left after
    /// our own country code (`+33 (0)4 …`) is dropped where it begins with zero, as no subscriber's
    /// number there does; Russian ones may begin with the prefix itself (`+7 800 …`).
    pub fn to_e164(&self, text: &str) -> Option<PhoneNumber> {
        let (text, had_zero) = without_optional_zero(user_part(text));
        let written = PhoneNumber::parse(&text)?;
        let written = written.as_str();
        let digits = written.strip_prefix('+').unwrap_or(written);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        if written.starts_with('+') {
            return self.international(digits);
        }
        if had_zero {
            // The zero in parentheses tells apart a country code from a national number.
            return self.international(self.after_international_prefix(digits).unwrap_or(digits));
        }
        if let Some(rest) = self.after_international_prefix(digits) {
            return self.international(rest);
        }
        if let Some(rest) = self.after_national_prefix(digits) {
            return self.national(rest);
        }
        match self.bare {
            Bare::International => self.international(digits),
            Bare::National => self.bare_national(digits),
        }
    }

    fn after_international_prefix<'a>(&self, digits: &'a str) -> Option<&'a str> {
        self.international_prefixes
            .iter()
            .filter(|prefix| !prefix.is_empty())
            .filter_map(|prefix| digits.strip_prefix(prefix.as_str()))
            .min_by_key(|rest| rest.len())
    }

    fn after_national_prefix<'a>(&self, digits: &'a str) -> Option<&'a str> {
        let prefix = self.national_prefix.as_deref().filter(|p| !p.is_empty())?;
        digits.strip_prefix(prefix)
    }

    fn national(&self, digits: &str) -> Option<PhoneNumber> {
        e164(&format!("+{}{digits}", self.country_code.as_deref()?))
    }

    /// Bare digits of a trunk that writes national numbers. Some carriers put their own country
    /// code before them all the same; a number too long to be national then shows it.
    fn bare_national(&self, digits: &str) -> Option<PhoneNumber> {
        let own = self.country_code.as_deref()?;
        match digits.strip_prefix(own) {
            Some(rest) if rest.len() >= SHORTEST_NATIONAL => self.international(digits),
            _ => self.national(digits),
        }
    }

    fn international(&self, digits: &str) -> Option<PhoneNumber> {
        let own = self.country_code.as_deref().filter(|code| !code.is_empty());
        let national = own.and_then(|code| digits.strip_prefix(code));
        let zero = |rest: &&str| rest.starts_with('0');
        let left = national.filter(zero);
        match left.and_then(|rest| self.after_national_prefix(rest)) {
            Some(rest) if self.after_national_prefix(rest).is_some() => None,
            Some(rest) => self.national(rest),
            None => e164(&format!("+{digits}")),
        }
    }
}

/// The number if it is one that E.164 allows; no country code begins with zero (ITU-T E.164 §7).
fn e164(text: &str) -> Option<PhoneNumber> {
    if text.starts_with("+0") {
        return None;
    }
    PhoneNumber::parse(text).filter(PhoneNumber::is_e164)
}

/// The text without a scheme and without parameters, its escaped `+` (RFC 3986 §2.1) written out.
fn user_part(text: &str) -> String {
    let text = text.trim();
    let text = match text.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &text[4..],
        _ => text,
    };
    let text = text.split(';').next().unwrap_or_default();
    match text.get(..3) {
        Some(plus) if plus.eq_ignore_ascii_case("%2b") => format!("+{}", &text[3..]),
        _ => text.to_owned(),
    }
}

/// Drops the zero that letterheads print for callers from the same country: `+33 (0)4 …`. At the
/// very beginning it is a national prefix and stays.
fn without_optional_zero(text: String) -> (String, bool) {
    match text.split_once("(0)") {
        Some((before, after)) if before.bytes().any(|b| b.is_ascii_digit()) => {
            (format!("{before}{after}"), true)
        }
        _ => (text, false),
    }
}

/// Fewer digits than this are not taken for a national number behind a country code.
const SHORTEST_NATIONAL: usize = 9;

#[cfg(test)]
mod tests;
