//! Whether voice is encrypted.

use std::fmt;

/// Whether the voice of a call may, should or must be encrypted (SRTP, RFC 3711). The order is that
/// of strictness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secrecy {
    /// Plain RTP alone.
    Off,
    /// Encrypted when the other side can: its keys are taken, ours are offered beside plain RTP.
    #[default]
    Offered,
    /// Encrypted, or there is no call.
    Required,
}

impl Secrecy {
    /// All of them, by their words.
    pub const ALL: [Self; 3] = [Self::Off, Self::Offered, Self::Required];

    /// The word files use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Offered => "offered",
            Self::Required => "required",
        }
    }

    /// Reads the word; `None` for any other.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|secrecy| secrecy.word() == word)
    }
}

impl fmt::Display for Secrecy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_both_ways() {
        for secrecy in Secrecy::ALL {
            assert_eq!(Secrecy::from_word(&secrecy.to_string()), Some(secrecy));
        }
        assert_eq!(Secrecy::from_word("Required"), None);
    }
}
