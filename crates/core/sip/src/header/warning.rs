//! Warning: why something was refused, in words and by a code (RFC 3261 §20.43).

use std::fmt;

use super::scan::quoted;
use super::{BadValue, Name, TypedHeader};

/// One warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// From 100 to 999; 3xx are about the session description.
    pub code: u16,
    /// Who warns: a host, or a name that it goes by.
    pub agent: String,
    /// Why, for people to read.
    pub text: String,
}

impl Warning {
    /// A warning of ours. Of the text what can be printed is kept, at most 120 characters.
    pub fn new(code: u16, text: &str) -> Self {
        let printable = text.chars().filter(|c| !c.is_control());
        Self {
            code,
            agent: AGENT.to_owned(),
            text: printable.take(MAX_TEXT).collect(),
        }
    }
}

impl TypedHeader for Warning {
    const NAME: Name = Name::Warning;
    const LIST: bool = true;

    fn read(text: &str) -> Result<Self, BadValue> {
        let bad = || BadValue("Warning is no code, agent and text");
        let (code, rest) = text.trim().split_once(' ').ok_or_else(bad)?;
        let (agent, rest) = rest.trim_start().split_once(' ').ok_or_else(bad)?;
        let is_code = code.len() == 3 && code.bytes().all(|digit| digit.is_ascii_digit());
        let code = code.parse().ok().filter(|_| is_code).ok_or_else(bad)?;
        let (text, _) = quoted(rest.trim_start())?;
        Ok(Self {
            code,
            agent: agent.to_owned(),
            text,
        })
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.replace('\\', "\\\\").replace('"', "\\\"");
        write!(f, "{:03} {} \"{text}\"", self.code, self.agent)
    }
}

/// The name we warn by, which gives no address away.
const AGENT: &str = "rappel";

/// Longest text of ours, in characters.
const MAX_TEXT: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_survives_its_words() {
        let read = Warning::read("307 isi.edu \"Session parameter 'foo' not understood\"").unwrap();
        assert_eq!((read.code, read.agent.as_str()), (307, "isi.edu"));
        let ours = Warning::new(305, "a \"b\" \\ c\r\nVia: x");
        assert_eq!(ours.text, "a \"b\" \\ cVia: x");
        assert_eq!(Warning::read(&ours.to_string()), Ok(ours));
        assert_eq!(Warning::new(399, &"x".repeat(500)).text.len(), MAX_TEXT);
        for odd in [
            "",
            "305",
            "305 a",
            "305 a b",
            "1 a \"b\"",
            "abc a \"b\"",
            "305 a \"b",
        ] {
            assert!(Warning::read(odd).is_err(), "{odd}");
        }
    }
}
