//! Authentication-Info: what a server says of credentials it took (RFC 7616 §3.5, RFC 3261 §20.6).

use std::fmt;

use super::scan::{cut, quoted, split_list, write_quoted};
use super::{BadValue, Name, TypedHeader};

/// What matters of it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationInfo {
    /// The nonce to be used from the next request on.
    pub next_nonce: Option<String>,
}

impl TypedHeader for AuthenticationInfo {
    const NAME: Name = Name::AuthenticationInfo;

    fn read(text: &str) -> Result<Self, BadValue> {
        let mut next_nonce = None;
        for piece in split_list(text) {
            let (name, value) = cut(piece, b'=');
            if name.trim().eq_ignore_ascii_case("nextnonce") {
                let value = value.unwrap_or_default().trim();
                next_nonce = Some(quoted(value)?.0);
            }
        }
        Ok(Self { next_nonce })
    }
}

impl fmt::Display for AuthenticationInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nextnonce=")?;
        write_quoted(f, self.next_nonce.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_nonce_is_found_among_the_rest() {
        let read = |text| AuthenticationInfo::read(text).map(|info| info.next_nonce);
        assert_eq!(
            read("qop=auth, rspauth=\"ab, c\", nextnonce=\"n, 2\", nc=00000001"),
            Ok(Some("n, 2".to_owned()))
        );
        assert_eq!(read("rspauth=\"ab\""), Ok(None));
        assert!(read("nextnonce=\"never closed").is_err());
        let info = AuthenticationInfo {
            next_nonce: Some("a\"b".to_owned()),
        };
        assert_eq!(AuthenticationInfo::read(&info.to_string()), Ok(info));
    }
}
