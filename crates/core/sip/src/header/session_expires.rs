//! Session-Expires: how long a session lives without refresh, and who refreshes it (RFC 4028 §4).

use std::fmt;

use super::scan::{cut, lenient_seconds};
use super::{BadValue, Name, Params, TypedHeader};

/// How long a session lives without refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// Seconds; a value beyond 32 bits reads as the largest.
    pub seconds: u32,
    /// `refresher` and others.
    pub params: Params,
}

/// Who refreshes a session: the sender of the request that says so, or of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// Whoever sent the request.
    Uac,
    /// Whoever answers it.
    Uas,
}

impl SessionExpires {
    /// A lifetime in seconds, refreshed by that side.
    pub fn new(seconds: u32, refresher: Option<Refresher>) -> Self {
        let mut params = Params::new();
        match refresher {
            Some(Refresher::Uac) => params.set("refresher", "uac"),
            Some(Refresher::Uas) => params.set("refresher", "uas"),
            None => {}
        }
        Self { seconds, params }
    }

    /// Who refreshes, where it is said.
    pub fn refresher(&self) -> Option<Refresher> {
        let side = self.params.value("refresher")?;
        if side.eq_ignore_ascii_case("uac") {
            Some(Refresher::Uac)
        } else if side.eq_ignore_ascii_case("uas") {
            Some(Refresher::Uas)
        } else {
            None
        }
    }
}

impl TypedHeader for SessionExpires {
    const NAME: Name = Name::SessionExpires;

    fn read(text: &str) -> Result<Self, BadValue> {
        let (seconds, params) = cut(text, b';');
        let seconds = lenient_seconds(seconds).ok_or(BadValue("Session-Expires is no number"))?;
        let params = Params::read(params.unwrap_or_default())?;
        Ok(Self { seconds, params })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.seconds, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_who_refreshes() {
        let read = SessionExpires::read("1800 ;Refresher=UAS").unwrap();
        assert_eq!(
            (read.seconds, read.refresher()),
            (1800, Some(Refresher::Uas))
        );
        let ours = SessionExpires::new(90, Some(Refresher::Uac));
        assert_eq!(ours.to_string(), "90;refresher=uac");
        assert_eq!(
            SessionExpires::read("90;refresher=me").unwrap().refresher(),
            None
        );
        assert_eq!(
            SessionExpires::read("99999999999").unwrap().seconds,
            u32::MAX
        );
        assert!(SessionExpires::read("soon").is_err());
    }
}
