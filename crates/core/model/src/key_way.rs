//! How a pressed key came to us.

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
