//! Authorization and Proxy-Authorization: the answer to a challenge (RFC 7616 §3.4, RFC 3261 §20.7).

use std::fmt;

use super::digest::{optional, read, required};
use super::scan::write_quoted;
use super::{BadValue, Name, TypedHeader};

/// What a client presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// The digest scheme.
    Digest(DigestCredentials),
    /// A scheme this build does not know, by name: to be ignored.
    Other(String),
}

/// The fields of digest credentials, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestCredentials {
    /// Who.
    pub username: String,
    /// For which realm.
    pub realm: String,
    /// The challenge this answers.
    pub nonce: String,
    /// The Request-URI as the client saw it.
    pub uri: String,
    /// The proof, hexadecimal.
    pub response: String,
    /// The algorithm; MD5 when absent (RFC 7616 §3.4).
    pub algorithm: Option<String>,
    /// The client's own nonce, when `qop` is there.
    pub cnonce: Option<String>,
    /// What the server gave, returned.
    pub opaque: Option<String>,
    /// `auth`, or another; absent for a client of RFC 2069.
    pub qop: Option<String>,
    /// How many requests were sent with this nonce, this one included: eight hexadecimal digits.
    pub nonce_count: Option<u32>,
}

impl Credentials {
    /// The digest fields, if that is the scheme.
    pub fn as_digest(&self) -> Option<&DigestCredentials> {
        match self {
            Self::Digest(digest) => Some(digest),
            Self::Other(_) => None,
        }
    }

    /// Reads either header's value.
    ///
    /// # Errors
    /// No scheme, or digest credentials without one of the five fields they must have.
    pub fn read(text: &str) -> Result<Self, BadValue> {
        let (scheme, params) = read(text)?;
        let Some(params) = params else {
            return Ok(Self::Other(scheme.to_owned()));
        };
        let nonce_count = match params.value("nc") {
            None => None,
            Some(text) if text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit()) => {
                u32::from_str_radix(text, 16).ok()
            }
            Some(_) => return Err(BadValue("nc is not eight hexadecimal digits")),
        };
        Ok(Self::Digest(DigestCredentials {
            username: required(&params, "username")?,
            realm: required(&params, "realm")?,
            nonce: required(&params, "nonce")?,
            uri: required(&params, "uri")?,
            response: required(&params, "response")?,
            algorithm: optional(&params, "algorithm"),
            cnonce: optional(&params, "cnonce"),
            opaque: optional(&params, "opaque"),
            qop: optional(&params, "qop"),
            nonce_count,
        }))
    }
}

/// Which parameters are quoted follows RFC 7616 §3.4: `algorithm`, `qop` and `nc` never are.
impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = match self {
            Self::Other(scheme) => return f.write_str(scheme),
            Self::Digest(digest) => digest,
        };
        f.write_str("Digest username=")?;
        write_quoted(f, &digest.username)?;
        for (name, value) in [
            ("realm", Some(&digest.realm)),
            ("nonce", Some(&digest.nonce)),
            ("uri", Some(&digest.uri)),
            ("response", Some(&digest.response)),
            ("cnonce", digest.cnonce.as_ref()),
            ("opaque", digest.opaque.as_ref()),
        ] {
            if let Some(value) = value {
                write!(f, ", {name}=")?;
                write_quoted(f, value)?;
            }
        }
        if let Some(algorithm) = &digest.algorithm {
            write!(f, ", algorithm={algorithm}")?;
        }
        if let Some(qop) = &digest.qop {
            write!(f, ", qop={qop}")?;
        }
        if let Some(count) = digest.nonce_count {
            write!(f, ", nc={count:08x}")?;
        }
        Ok(())
    }
}

macro_rules! credentials_header {
    ($(#[$doc:meta])* $kind:ident, $name:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $kind(pub Credentials);

        impl TypedHeader for $kind {
            const NAME: Name = $name;

            fn read(text: &str) -> Result<Self, BadValue> {
                Credentials::read(text).map(Self)
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

credentials_header!(
    /// The answer to a server's 401.
    Authorization, Name::Authorization
);
credentials_header!(
    /// The answer to a proxy's 407.
    ProxyAuthorization, Name::ProxyAuthorization
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_fields_round_trip_and_unknown_schemes_are_named() {
        let text = "Digest username=\"a\\\"b\", realm=\"r\", nonce=\"n,1\", uri=\"sip:x\", \
                    response=\"00\", algorithm=SHA-256, cnonce=\"c\", qop=auth, nc=0000000a";
        let Credentials::Digest(digest) = Credentials::read(text).unwrap() else {
            panic!("digest")
        };
        assert_eq!(
            (digest.username.as_str(), digest.nonce_count),
            ("a\"b", Some(10))
        );
        let again = Credentials::read(&Credentials::Digest(digest.clone()).to_string());
        assert_eq!(again, Ok(Credentials::Digest(digest)));
        let other = Credentials::read("NoOneKnowsThisScheme opaque-data=here");
        assert_eq!(other, Ok(Credentials::Other("NoOneKnowsThisScheme".into())));
        assert!(Credentials::read("Digest username=\"a\"").is_err());
        assert!(Credentials::read(&text.replace("0000000a", "+000000a")).is_err());
    }
}
