//! Privacy: what of the caller is to be hidden (RFC 3323 §4.2, RFC 3325 §9.3).

use std::fmt;

use super::scan::{is_token, split};
use super::{BadValue, Name, TypedHeader};

/// What is to be hidden: `id`, `user`, `header`, `session`, `none`, `critical`, in the order they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privacy(Vec<String>);

impl Privacy {
    /// Hides the asserted identity from whoever is not trusted.
    pub fn id() -> Self {
        Self(vec!["id".to_owned()])
    }

    /// Whether this kind is asked for, regardless of case.
    pub fn asks(&self, kind: &str) -> bool {
        self.0.iter().any(|value| value.eq_ignore_ascii_case(kind))
    }

    /// Whether the caller is not to be shown to whoever is called: `id`, `user` or `header`, unless
    /// `none` takes it back.
    pub fn hides_caller(&self) -> bool {
        !self.asks("none") && ["id", "user", "header"].iter().any(|kind| self.asks(kind))
    }
}

impl TypedHeader for Privacy {
    const NAME: Name = Name::Privacy;

    /// Lenient about the separator: some write commas where RFC 3323 has semicolons.
    fn read(text: &str) -> Result<Self, BadValue> {
        let separator = if text.contains(';') { b';' } else { b',' };
        let values: Vec<String> = split(text, separator).map(str::to_owned).collect();
        if values.is_empty() || !values.iter().all(|value| is_token(value)) {
            return Err(BadValue("Privacy holds something other than tokens"));
        }
        Ok(Self(values))
    }
}

impl fmt::Display for Privacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(";"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_with_semicolons_and_commas() {
        let privacy = Privacy::read("User; ID ;critical").unwrap();
        assert!(privacy.asks("id") && privacy.hides_caller());
        assert_eq!(privacy.to_string(), "User;ID;critical");
        assert!(Privacy::read("header, user").unwrap().asks("user"));
        assert!(!Privacy::read("none").unwrap().hides_caller());
        assert_eq!(Privacy::id().to_string(), "id");
        assert!(Privacy::read("").is_err() && Privacy::read("a b").is_err());
    }
}
