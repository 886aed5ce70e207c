//! A session's place in a room: what the room has for it in this tick.

use super::Session;
use crate::agreed::Agreed;
use crate::voice::Payload;
use rappel_audio::codec::MAX_ENCODED;
use rappel_rtp::Encoding;

/// Where a session sits, and what it hears there.
#[derive(Debug)]
pub(super) struct Seat {
    room: usize,
    /// Coded for the peer; taken by the tick that sends it.
    heard: Payload,
}

impl Session {
    /// Takes its place in a room, or leaves it.
    pub(crate) fn sit(&mut self, room: Option<usize>) {
        let stays = self.room() == room;
        self.seat = room.map(|room| {
            Box::new(Seat {
                room,
                heard: Payload::NOTHING,
            })
        });
        if !stays {
            self.outgoing.unanchor();
        }
    }

    /// Whether it is in a bridge, or was a moment ago.
    pub(crate) fn comes_from_bridge(&self) -> bool {
        self.bridged.peer.is_some() || self.bridged.wait > 0
    }

    /// Whether it is in a room and comes from a bridge whose sound has not gone on there: silence would
    /// be a hole in it.
    pub(crate) fn waits(&self) -> bool {
        self.seat.is_some() && self.bridged.wait > 0
    }

    /// It goes on.
    pub(crate) fn end_wait(&mut self) {
        self.bridged.wait = 0;
    }

    /// The room it is in.
    pub(crate) fn room(&self) -> Option<usize> {
        self.seat.as_ref().map(|seat| seat.room)
    }

    /// What the others say in this tick.
    pub(crate) fn hear_room(&mut self, payload: &Payload) {
        if let Some(seat) = &mut self.seat {
            seat.heard = *payload;
        }
    }

    /// How sound of ours leaves, once that is agreed.
    pub(crate) fn encoding(&self) -> Option<Encoding> {
        self.agreed.as_ref()?.stream.format.ours()
    }

    /// Whether what others say may leave in this tick: the peer listens, and nothing else is said to
    /// it.
    pub(crate) fn can_send(&self) -> bool {
        let busy = self.player.is_some() || self.digits.outgoing.is_busy();
        !busy && self.agreed.as_ref().and_then(Agreed::sends).is_some()
    }

    /// Whether both sides talk: neither is on hold.
    pub(crate) fn is_talk(&self) -> bool {
        self.agreed.as_ref().is_some_and(Agreed::is_talk)
    }

    /// Copies what the room has for this tick, if anything, and says how many bytes it is.
    pub(super) fn take_heard(&mut self, out: &mut [u8; MAX_ENCODED]) -> Option<usize> {
        let heard = &mut self.seat.as_mut()?.heard;
        let length = heard.copy_to(out);
        heard.clear();
        (length > 0).then_some(length)
    }
}
