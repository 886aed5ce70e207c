//! What a session is to the other side of its bridge: whom it hears, and what is made of what that says.

use super::aside::Aside;
use super::lull::Lull;
use super::passed_key::PassedKey;
use crate::transcode::Transcoder;

/// Nothing of it is there before the first bridge.
#[derive(Debug, Default)]
pub(super) struct Bridged {
    /// The slot of the session this one hears.
    pub(super) peer: Option<usize>,
    /// What the other side says, in our encoding, where the two differ.
    pub(super) transcoder: Option<Box<Transcoder>>,
    /// How it sounds while it pauses; made when it first does.
    pub(super) lull: Option<Box<Lull>>,
    /// What is played only while it is not heard.
    pub(super) aside: Option<Box<Aside>>,
    /// The key that passes, or passed last, from it as events.
    pub(super) passed_key: Option<PassedKey>,
    /// Ticks in which the sound of a bridge that is over may go on in a room.
    pub(super) wait: u8,
}

impl Bridged {
    /// Hears another session, or none: nothing that was made of the one before goes on.
    pub(super) fn join(&mut self, peer: Option<usize>) {
        if self.peer.is_some() && peer.is_none() {
            self.wait = WAIT;
        }
        self.peer = peer;
        self.transcoder = None;
        self.lull = None;
    }
}

/// Ticks in which whoever comes from a bridge to a room is not sent silence: the next packet of the other
/// side is on its way, and no usual one is longer than 60 ms.
const WAIT: u8 = 4;
