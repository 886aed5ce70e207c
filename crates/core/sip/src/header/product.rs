//! User-Agent and Server: what software speaks (RFC 3261 §20.35, §20.41). Free text.

use std::fmt;

use super::{BadValue, Name, TypedHeader};

/// What the client calls itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAgent(pub String);

impl TypedHeader for UserAgent {
    const NAME: Name = Name::UserAgent;

    fn read(text: &str) -> Result<Self, BadValue> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl fmt::Display for UserAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the server calls itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server(pub String);

impl TypedHeader for Server {
    const NAME: Name = Name::Server;

    fn read(text: &str) -> Result<Self, BadValue> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
