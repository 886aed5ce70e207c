//! What must not be seen: secrets that never print, values that print masked.

use std::fmt;

use zeroize::Zeroize;

/// A value that concerns a person: printed masked (`…34`), read by [`Redacted::reveal`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// Marks `value` as a person's.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for where it is needed: routing, dialling, records.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Display> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let last: String = text
            .chars()
            .rev()
            .take(2)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        if text.chars().count() > 4 {
            write!(f, "…{last}")
        } else {
            f.write_str("…")
        }
    }
}

impl<T: fmt::Display> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A secret (PIN, password, HA1): never printed, compared in constant time, wiped from memory.
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// Takes the secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself, for the one place that checks or sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Adds one typed key.
    pub fn push(&mut self, key: char) {
        // Growing in place could leave the old text behind in freed memory.
        let mut grown = String::with_capacity((self.0.len() + key.len_utf8()).max(MIN_CAPACITY));
        grown.push_str(&self.0);
        grown.push(key);
        std::mem::swap(&mut self.0, &mut grown);
        grown.zeroize();
    }

    /// How many characters it has.
    pub fn len(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Room for a PIN of usual length, in bytes.
const MIN_CAPACITY: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_a_person_prints_its_last_two_characters() {
        assert_eq!(Redacted::new("+33639981234").to_string(), "…34");
        assert_eq!(format!("{:?}", Redacted::new("poste-é1")), "…é1");
        assert_eq!(Redacted::new("1234").to_string(), "…");
        assert_eq!(*Redacted::new(5).reveal(), 5);
    }

    #[test]
    fn a_secret_never_prints_and_compares_whole() {
        let mut typed = Secret::default();
        assert!(typed.is_empty());
        for key in "012345678901234567é".chars() {
            typed.push(key);
        }
        assert_eq!(typed.len(), 19);
        assert_eq!(typed, Secret::new("012345678901234567é"));
        assert_ne!(typed, Secret::new("012345678901234567e"));
        assert_ne!(typed, Secret::new("0123"));
        assert_eq!(format!("{typed:?}"), "***");
    }
}
