//! Which version of a tenant's files something belongs to.

use std::fmt;

/// A version of a tenant's files, as traces and records name it: `12-4f2a9c01b2c3`.
///
/// The number rises with every change that an engine takes, and is kept over restarts; the
/// fingerprint is made of what the files say, so the same files have the same one everywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VersionId {
    /// Counted by the engine from 1; 0 for files that no engine has taken (a check, a trial).
    pub number: u32,
    /// Hex digits of a digest over all texts and recordings.
    pub fingerprint: String,
}

impl VersionId {
    /// Reads `12-4f2a9c01b2c3`; `None` for anything else. A fingerprint alone is version 0.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, fingerprint) = match text.split_once('-') {
            Some((number, fingerprint)) => (number.parse().ok()?, fingerprint),
            None => (0, text),
        };
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        let is_fine = !fingerprint.is_empty() && fingerprint.chars().all(is_hex);
        is_fine.then(|| Self {
            number,
            fingerprint: fingerprint.to_owned(),
        })
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.number, self.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_survives_its_text() {
        let id = VersionId {
            number: 12,
            fingerprint: "4f2a9c01b2c3".to_owned(),
        };
        assert_eq!(id.to_string(), "12-4f2a9c01b2c3");
        assert_eq!(VersionId::parse(&id.to_string()), Some(id));
        assert_eq!(VersionId::parse("4f1c").map(|id| id.number), Some(0));
        for wrong in [
            "",
            "12-",
            "x-4f",
            "12-4F",
            "-4f",
            "12-4f-1",
            "99999999999-4f",
        ] {
            assert_eq!(VersionId::parse(wrong), None, "{wrong}");
        }
    }
}
