//! Event and Subscription-State (RFC 6665 §8.2).

use std::fmt;

use super::scan::{cut, is_token, lenient_seconds};
use super::{BadValue, Name, Params, TypedHeader};

/// Which event package a subscription is for (RFC 6665 §8.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `message-summary`, `presence` …; compared with regard to case (RFC 6665 §8.2.1 keeps tokens).
    pub package: String,
    /// `id` and others.
    pub params: Params,
}

impl Event {
    /// The package alone.
    pub fn new(package: &str) -> Self {
        Self {
            package: package.to_owned(),
            params: Params::new(),
        }
    }

    /// Tells apart several subscriptions to one package in one dialog.
    pub fn id(&self) -> Option<&str> {
        self.params.value("id")
    }
}

impl TypedHeader for Event {
    const NAME: Name = Name::Event;

    fn read(text: &str) -> Result<Self, BadValue> {
        let (package, params) = read(text, "Event holds no package")?;
        Ok(Self { package, params })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.package, self.params)
    }
}

/// How a subscription stands (RFC 6665 §8.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionState {
    /// `active`, `pending`, `terminated`, or an extension.
    pub state: String,
    /// `expires`, `reason`, `retry-after`.
    pub params: Params,
}

impl SubscriptionState {
    /// In force for that many more seconds.
    pub fn active(expires: u32) -> Self {
        let mut params = Params::new();
        params.set("expires", &expires.to_string());
        Self {
            state: "active".to_owned(),
            params,
        }
    }

    /// Over, for a reason of RFC 6665 §4.1.3 such as `timeout`.
    pub fn terminated(reason: &str) -> Self {
        let mut params = Params::new();
        params.set("reason", reason);
        Self {
            state: "terminated".to_owned(),
            params,
        }
    }

    /// Whether it is over.
    pub fn is_terminated(&self) -> bool {
        self.state.eq_ignore_ascii_case("terminated")
    }

    /// Seconds left.
    pub fn expires(&self) -> Option<u32> {
        lenient_seconds(self.params.value("expires")?)
    }
}

impl TypedHeader for SubscriptionState {
    const NAME: Name = Name::SubscriptionState;

    fn read(text: &str) -> Result<Self, BadValue> {
        let (state, params) = read(text, "Subscription-State holds no state")?;
        Ok(Self { state, params })
    }
}

impl fmt::Display for SubscriptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.state, self.params)
    }
}

fn read(text: &str, why: &'static str) -> Result<(String, Params), BadValue> {
    let (token, params) = cut(text, b';');
    let token = token.trim();
    if !is_token(token) {
        return Err(BadValue(why));
    }
    Ok((token.to_owned(), Params::read(params.unwrap_or_default())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_and_states_round_trip() {
        let event = Event::read("message-summary ; id=7").unwrap();
        assert_eq!(
            (event.package.as_str(), event.id()),
            ("message-summary", Some("7"))
        );
        assert_eq!(event.to_string(), "message-summary;id=7");
        let state = SubscriptionState::active(60);
        assert_eq!(
            SubscriptionState::read(&state.to_string())
                .unwrap()
                .expires(),
            Some(60)
        );
        assert!(SubscriptionState::terminated("timeout").is_terminated());
        assert!(Event::read("").is_err());
    }
}
