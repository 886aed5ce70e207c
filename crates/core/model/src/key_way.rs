//! How a pressed key came to us.

use std::time::Duration;

/// The way of one press. A phone that sends it by two is taken at the first that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyWay {
    /// As a telephone-event beside the sound (RFC 4733).
    Event,
    /// As a tone within the sound.
    Tone,
    /// As a SIP INFO request.
    Info,
}

impl KeyWay {
    /// How far apart the two tellings of one press may come. An INFO is retransmitted after 500 ms when
    /// its first copy is lost (RFC 3261 §17.1.2.1); who presses a key again within this time, on a
    /// phone that uses both ways, is told by each way twice.
    pub const APART: Duration = Duration::from_millis(1_500);
}
