//! The keys of a session's peer and those that are pressed for it, however they are told.

use rappel_audio::dtmf::Detector;
use rappel_rtp::telephone_event;

use crate::keys::KeysOut;
use crate::twins::Twins;

/// Both directions.
#[derive(Debug)]
pub(super) struct Digits {
    /// Those that come as events.
    pub(super) incoming: telephone_event::Receiver,
    /// Hears them as tones; made when they are agreed to come so.
    pub(super) in_band: Option<Box<Detector>>,
    /// Those that signalling told of; made when it first does.
    pub(super) twins: Option<Box<Twins>>,
    pub(super) outgoing: KeysOut,
}

impl Digits {
    /// None pressed yet.
    pub(super) fn new() -> Self {
        Self {
            incoming: telephone_event::Receiver::new(),
            in_band: None,
            twins: None,
            outgoing: KeysOut::new(),
        }
    }
}
