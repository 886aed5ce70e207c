//! The event packages one may subscribe to, and what their news are written in.

/// What a subscription tells of (RFC 6665 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Package {
    /// How many messages wait (RFC 3842).
    MessageSummary,
    /// Whether somebody's phones ring or talk (RFC 4235): busy lamps.
    Dialog,
    /// Whether somebody can be reached (RFC 3856).
    Presence,
}

impl Package {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::MessageSummary, Self::Dialog, Self::Presence];

    /// Its name in the Event header.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::MessageSummary => "message-summary",
            Self::Dialog => "dialog",
            Self::Presence => "presence",
        }
    }

    /// The body type of its news (RFC 3842 §4.4, RFC 4235 §3.5, RFC 3856 §6.6).
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::MessageSummary => "application/simple-message-summary",
            Self::Dialog => "application/dialog-info+xml",
            Self::Presence => "application/pidf+xml",
        }
    }

    /// The package of that name.
    pub(crate) fn read(name: &str) -> Option<Self> {
        let same = |package: &Self| package.as_str().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(same)
    }

    /// All names, as the Allow-Events header lists them (RFC 6665 §8.2.2).
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}
