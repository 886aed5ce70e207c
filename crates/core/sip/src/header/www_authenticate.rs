//! WWW-Authenticate and Proxy-Authenticate: a challenge (RFC 7616 §3.3, RFC 3261 §20.44, RFC 8760).

use std::fmt;

use super::digest::{optional, read, required};
use super::scan::write_quoted;
use super::{BadValue, Name, TypedHeader};

/// What a server asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// The digest scheme.
    Digest(DigestChallenge),
    /// A scheme this build does not know, by name: to be ignored.
    Other(String),
}

/// The fields of a digest challenge, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestChallenge {
    /// For which realm.
    pub realm: String,
    /// What the proof must be made with.
    pub nonce: String,
    /// To be returned as it is.
    pub opaque: Option<String>,
    /// The algorithm; MD5 when absent (RFC 7616 §3.3).
    pub algorithm: Option<String>,
    /// `auth`, `auth-int` …; empty for a server of RFC 2069.
    pub qop: Vec<String>,
    /// The proof was right, only the nonce was too old: try again without asking anybody.
    pub stale: bool,
}

impl Challenge {
    /// The digest fields, if that is the scheme.
    pub fn as_digest(&self) -> Option<&DigestChallenge> {
        match self {
            Self::Digest(digest) => Some(digest),
            Self::Other(_) => None,
        }
    }

    /// Reads either header's value.
    ///
    /// # Errors
    /// No scheme, or a digest challenge without realm or nonce.
    pub fn read(text: &str) -> Result<Self, BadValue> {
        let (scheme, params) = read(text)?;
        let Some(params) = params else {
            return Ok(Self::Other(scheme.to_owned()));
        };
        let qop = params.value("qop").unwrap_or_default();
        Ok(Self::Digest(DigestChallenge {
            realm: required(&params, "realm")?,
            nonce: required(&params, "nonce")?,
            opaque: optional(&params, "opaque"),
            algorithm: optional(&params, "algorithm"),
            qop: qop
                .split(',')
                .map(|word| word.trim().to_ascii_lowercase())
                .filter(|word| !word.is_empty())
                .collect(),
            stale: params
                .value("stale")
                .is_some_and(|text| text.eq_ignore_ascii_case("true")),
        }))
    }
}

/// Which parameters are quoted follows RFC 7616 §3.3: `qop` is, `algorithm` and `stale` are not.
impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = match self {
            Self::Other(scheme) => return f.write_str(scheme),
            Self::Digest(digest) => digest,
        };
        f.write_str("Digest realm=")?;
        write_quoted(f, &digest.realm)?;
        f.write_str(", nonce=")?;
        write_quoted(f, &digest.nonce)?;
        if let Some(opaque) = &digest.opaque {
            f.write_str(", opaque=")?;
            write_quoted(f, opaque)?;
        }
        if digest.stale {
            f.write_str(", stale=true")?;
        }
        if let Some(algorithm) = &digest.algorithm {
            write!(f, ", algorithm={algorithm}")?;
        }
        if !digest.qop.is_empty() {
            write!(f, ", qop=\"{}\"", digest.qop.join(","))?;
        }
        Ok(())
    }
}

macro_rules! challenge_header {
    ($(#[$doc:meta])* $kind:ident, $name:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $kind(pub Challenge);

        impl TypedHeader for $kind {
            const NAME: Name = $name;

            fn read(text: &str) -> Result<Self, BadValue> {
                Challenge::read(text).map(Self)
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

challenge_header!(
    /// A server's challenge, in a 401.
    WwwAuthenticate, Name::WwwAuthenticate
);
challenge_header!(
    /// A proxy's challenge, in a 407.
    ProxyAuthenticate, Name::ProxyAuthenticate
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_round_trips() {
        let text = "Digest realm=\"a, b\", nonce=\"n\", opaque=\"\", stale=true, \
                    algorithm=SHA-256, qop=\"auth,auth-int\"";
        let challenge = Challenge::read(text).unwrap();
        assert_eq!(challenge.to_string(), text);
        assert!(
            challenge
                .as_digest()
                .is_some_and(|c| c.stale && c.qop.len() == 2)
        );
        assert_eq!(
            Challenge::read("Basic realm=\"x\""),
            Ok(Challenge::Other("Basic".into()))
        );
        assert!(Challenge::read("Digest realm=\"x\"").is_err());
        assert!(Challenge::read("").is_err());
    }
}
