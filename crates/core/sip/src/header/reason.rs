//! Reason: why a request was sent or a call ended (RFC 3326).

use std::fmt;

use super::scan::{cut, is_token};
use super::{BadValue, Name, Params, TypedHeader};

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// `SIP`, `Q.850` …
    pub protocol: String,
    /// `cause`, `text` and others.
    pub params: Params,
}

impl Reason {
    /// A Q.850 cause from 1 to 127.
    pub fn q850(cause: u8) -> Self {
        Self::with_cause("Q.850", u16::from(cause))
    }

    /// A SIP status, as in `SIP;cause=200;text="Call completed elsewhere"`.
    pub fn sip(status: u16, text: &str) -> Self {
        let mut reason = Self::with_cause("SIP", status);
        if !text.is_empty() {
            reason.params.set_quoted("text", text);
        }
        reason
    }

    /// The cause, if it is a number.
    pub fn cause(&self) -> Option<u16> {
        self.params.value("cause")?.trim().parse().ok()
    }

    /// The cause if the protocol is Q.850 and the value is one of its 128.
    pub fn q850_cause(&self) -> Option<u8> {
        let q850 = self.protocol.eq_ignore_ascii_case("Q.850");
        self.cause()
            .filter(|cause| q850 && *cause < 128)
            .and_then(|cause| u8::try_from(cause).ok())
    }

    fn with_cause(protocol: &str, cause: u16) -> Self {
        let mut params = Params::new();
        params.set("cause", &cause.to_string());
        Self {
            protocol: protocol.to_owned(),
            params,
        }
    }
}

impl TypedHeader for Reason {
    const NAME: Name = Name::Reason;
    const LIST: bool = true;

    fn read(text: &str) -> Result<Self, BadValue> {
        let (protocol, params) = cut(text, b';');
        let protocol = protocol.trim();
        if !is_token(protocol) {
            return Err(BadValue("Reason names no protocol"));
        }
        Ok(Self {
            protocol: protocol.to_owned(),
            params: Params::read(params.unwrap_or_default())?,
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.protocol, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_apart_by_protocol() {
        let reason = Reason::read("Q.850 ;cause=16 ;text=\"Terminated\"").unwrap();
        assert_eq!(reason.q850_cause(), Some(16));
        assert_eq!(Reason::read("SIP;cause=16").unwrap().q850_cause(), None);
        assert_eq!(Reason::read("Q.850;cause=300").unwrap().q850_cause(), None);
        assert_eq!(Reason::q850(17).to_string(), "Q.850;cause=17");
        assert_eq!(
            Reason::sip(200, "Call completed elsewhere").to_string(),
            "SIP;cause=200;text=\"Call completed elsewhere\""
        );
    }
}
