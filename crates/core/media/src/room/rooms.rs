//! The rooms of one engine.

use rappel_model::{Instant, LegId, RoomId};

use super::{Part, Room};
use crate::session::{Received, Session};

/// All of them. A room's place is used again when it is empty.
#[derive(Debug, Default)]
pub(crate) struct Rooms(Vec<Option<Room>>);

impl Rooms {
    /// Brings a session into a room, or gives it another part there; the room's place, or `None`
    /// when there is no place in it, or for it. `goes_on`: the others have heard it by relay until now.
    pub(crate) fn join(
        &mut self,
        id: RoomId,
        slot: usize,
        who: (LegId, Part),
        goes_on: bool,
    ) -> Option<usize> {
        let place = self.find(id).or_else(|| self.make(id))?;
        let room = self.0[place].as_mut()?;
        if room.members.len() == MAX_MEMBERS && room.position(slot).is_none() {
            return None;
        }
        room.seat(slot, who, goes_on);
        Some(place)
    }

    /// A session leaves the room at a place; the last one takes the room with it.
    pub(crate) fn leave(&mut self, place: usize, slot: usize) {
        let Some(room) = &mut self.0[place] else {
            return;
        };
        room.leave(slot);
        if room.members.is_empty() {
            self.0[place] = None;
        }
    }

    /// Takes a packet of a member.
    pub(crate) fn put(
        &mut self,
        now: Instant,
        (place, slot): (usize, usize),
        received: &Received,
        datagram: &[u8],
    ) {
        if let Some(room) = &mut self.0[place] {
            room.put(now, slot, received, datagram);
        }
    }

    /// 20 ms of every room.
    pub(crate) fn tick(&mut self, now: Instant, slots: &mut [Option<Box<Session>>]) {
        for room in self.0.iter_mut().flatten() {
            room.tick(now, slots);
        }
    }

    fn find(&self, id: RoomId) -> Option<usize> {
        let is = |room: &Option<Room>| room.as_ref().is_some_and(|room| room.id == id);
        self.0.iter().position(is)
    }

    fn make(&mut self, id: RoomId) -> Option<usize> {
        let room = Some(Room::new(id));
        if let Some(free) = self.0.iter().position(Option::is_none) {
            self.0[free] = room;
            return Some(free);
        }
        if self.0.len() == MAX_ROOMS {
            return None;
        }
        self.0.push(room);
        Some(self.0.len() - 1)
    }
}

/// Most members of one room. Each costs some 30 KiB, and 60 KiB more in Opus.
pub const MAX_MEMBERS: usize = 32;

/// Most rooms of one engine.
pub const MAX_ROOMS: usize = 256;
