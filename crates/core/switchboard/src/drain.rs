//! How the engine stops: no new calls, some patience, farewells, and then the last word; or at once.

use std::time::Duration;

use rappel_model::{Deadline, Instant, Now};

/// How far stopping has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drain {
    /// Not at all: calls are welcome.
    Serving,
    /// Calls in progress may go on until then.
    Grace {
        /// When patience ends.
        until: Instant,
    },
    /// The last ones are being told goodbye, which is waited for until then.
    Closing {
        /// When waiting ends.
        until: Instant,
    },
    /// Nobody is left; answers to what was sent last are waited for until then.
    Leaving {
        /// When waiting ends.
        until: Instant,
    },
    /// `Output::Drained` was put out.
    Done,
}

impl Drain {
    /// Stopping begins; asking twice is asking once.
    pub(crate) fn begin(&mut self, now: Now, grace: Duration) {
        if *self == Self::Serving {
            let until = now.instant + grace;
            *self = Self::Grace { until };
        }
    }

    /// Patience is over.
    pub(crate) fn close(&mut self, now: Now) {
        let until = now.instant + LAST_WORDS;
        *self = Self::Closing { until };
    }

    /// The last call is over: only answers are outstanding.
    pub(crate) fn leave(&mut self, now: Now) {
        if let Self::Closing { until } = *self {
            let until = until.min(now.instant + LAST_ANSWERS);
            *self = Self::Leaving { until };
        }
    }

    /// No patience any more, whatever was promised before. False when the last word was said already.
    pub(crate) fn hurry(&mut self, now: Now) -> bool {
        if *self == Self::Done {
            return false;
        }
        let until = now.instant + LAST_MOMENT;
        *self = Self::Closing { until };
        true
    }

    /// Whether new calls are refused.
    pub(crate) fn is_stopping(self) -> bool {
        self != Self::Serving
    }

    /// Whether nobody is served any more, whoever calls: the last calls are being told goodbye, and one
    /// that began now would be cut off.
    pub(crate) fn is_ending(self) -> bool {
        matches!(
            self,
            Self::Closing { .. } | Self::Leaving { .. } | Self::Done
        )
    }

    pub(crate) fn poll_timeout(self) -> Option<Deadline> {
        match self {
            Self::Grace { until } => Some(Deadline::new(until, "grace of stopping")),
            Self::Closing { until } => Some(Deadline::new(until, "last words")),
            Self::Leaving { until } => Some(Deadline::new(until, "last answers")),
            Self::Serving | Self::Done => None,
        }
    }
}

/// How long last words, closing sessions and messages being kept are waited for.
const LAST_WORDS: Duration = Duration::from_secs(15);

/// How long answers are waited for when no call is left: a BYE or CANCEL sent four times over UDP (RFC 3261
/// section 17.1.2.2: after 0.5, 1.5 and 3.5 s) has had its chance. Who never answered an INVITE, a telephone
/// that is switched off, would be waited for during 32 s otherwise.
const LAST_ANSWERS: Duration = Duration::from_secs(4);

/// How long the same is waited for by who was told to stop at once.
const LAST_MOMENT: Duration = Duration::from_millis(1_500);
