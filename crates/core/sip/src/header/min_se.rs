//! Min-SE: the shortest life of a session without refresh (RFC 4028 §5).

use std::fmt;

use super::scan::lenient_seconds;
use super::{BadValue, Name, TypedHeader};

/// The shortest Session-Expires that a sender, or a proxy on the way, accepts; seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinSe(pub u32);

impl MinSe {
    /// What is meant where nothing is said, and the least that may be said (RFC 4028 §5).
    pub const LEAST: u32 = 90;
}

impl TypedHeader for MinSe {
    const NAME: Name = Name::MinSe;

    fn read(text: &str) -> Result<Self, BadValue> {
        let seconds = lenient_seconds(text).ok_or(BadValue("Min-SE is no number"))?;
        Ok(Self(seconds))
    }
}

impl fmt::Display for MinSe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_number_of_seconds() {
        assert_eq!(MinSe::read(" 120;x=1"), Ok(MinSe(120)));
        assert_eq!(MinSe(MinSe::LEAST).to_string(), "90");
        assert!(MinSe::read("x").is_err());
    }
}
