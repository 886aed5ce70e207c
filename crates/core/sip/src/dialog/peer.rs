//! What the peer of a dialog can do, as its Allow and Supported say.

use crate::header::{Allow, Headers, Name, Require, Supported};
use crate::message::Method;

/// What the peer can do. A message that does not say leaves what is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Peer {
    /// It takes UPDATE (RFC 3311 §4).
    pub(crate) updates: bool,
    /// It knows session timers (RFC 4028 §4).
    pub(crate) times: bool,
}

impl Peer {
    /// What these headers say.
    pub(crate) fn of(headers: &Headers) -> Self {
        let mut peer = Self::default();
        peer.note(headers);
        peer
    }

    /// Takes what these headers say.
    pub(crate) fn note(&mut self, headers: &Headers) {
        if headers.has(&Name::Allow) {
            let allowed = headers.all::<Allow>();
            self.updates = allowed.contains(&Allow(Method::Update));
        }
        if headers.has(&Name::Supported) || headers.has(&Name::Require) {
            self.times = knows(headers, TIMER);
        }
    }
}

/// Whether the sender knows an extension, or requires it.
pub(crate) fn knows(headers: &Headers, extension: &str) -> bool {
    requires(headers, extension)
        || headers
            .all::<Supported>()
            .iter()
            .any(|known| known.is(extension))
}

/// Whether the sender requires an extension.
pub(crate) fn requires(headers: &Headers, extension: &str) -> bool {
    let required = headers.all::<Require>();
    required.iter().any(|known| known.is(extension))
}

/// Reliable provisional answers (RFC 3262).
pub(crate) const RELIABLE: &str = "100rel";

/// Session timers (RFC 4028).
pub(crate) const TIMER: &str = "timer";
