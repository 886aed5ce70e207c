//! Refer-Sub: whether a REFER makes a subscription (RFC 4488 §4).

use std::fmt;

use super::scan::cut;
use super::{BadValue, Name, TypedHeader};

/// `false` asks that nobody be told how the referred call goes, and grants it in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferSub(pub bool);

impl TypedHeader for ReferSub {
    const NAME: Name = Name::ReferSub;

    fn read(text: &str) -> Result<Self, BadValue> {
        let (value, _) = cut(text, b';');
        match value.trim() {
            value if value.eq_ignore_ascii_case("true") => Ok(Self(true)),
            value if value.eq_ignore_ascii_case("false") => Ok(Self(false)),
            _ => Err(BadValue("Refer-Sub is neither true nor false")),
        }
    }
}

impl fmt::Display for ReferSub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_true_or_false() {
        assert_eq!(ReferSub::read(" False ;x=1"), Ok(ReferSub(false)));
        assert_eq!(ReferSub::read("true"), Ok(ReferSub(true)));
        assert_eq!(ReferSub(false).to_string(), "false");
        assert!(ReferSub::read("no").is_err());
    }
}
