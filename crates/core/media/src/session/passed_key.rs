//! The key that passes a bridge as events. Whoever listens must see that it is up again: when all packets
//! that say so are lost (RFC 4733 §2.5.1.4), they are made here.

use std::net::SocketAddr;
use std::time::Duration;

use rappel_model::Instant;
use rappel_rtp::telephone_event::{self, ENDS, PAYLOAD_LEN};

use super::{Received, Session};
use crate::engine::Sink;

/// The newest key that passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct PassedKey {
    /// When its last packet passed.
    at: Instant,
    /// Under which timestamp it came.
    came: u32,
    /// Under which it leaves.
    leaves: u32,
    /// What was last said of it.
    payload: [u8; PAYLOAD_LEN],
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It goes on.
    Down,
    /// Its end passed.
    Up,
    /// Nothing came of it any more: so many ends are still to be made.
    Ending(u8),
}

impl Session {
    /// Whether a key passes to this session, or is being ended.
    pub(crate) fn has_passing_key(&self) -> bool {
        let key = self.bridged.passed_key.as_ref();
        key.is_some_and(|key| !matches!(key.stage, Stage::Up | Stage::Ending(0)))
    }

    /// A packet of a key left under this timestamp.
    pub(crate) fn key_passed(&mut self, now: Instant, came: u32, leaves: u32, payload: &[u8]) {
        let Some((payload, is_up)) = telephone_event::key_of(payload) else {
            return;
        };
        let before = self.bridged.passed_key.filter(|key| key.came == came);
        let was_up = before.is_some_and(|key| key.stage != Stage::Down);
        // One that is late says less than what was said, and one of an older key says nothing.
        let is_older = self
            .bridged
            .passed_key
            .is_some_and(|key| (came.wrapping_sub(key.came) as i32) < 0);
        if was_up || is_older {
            return;
        }
        let payload = match before {
            Some(key) if length(key.payload) > length(payload) => key.payload,
            _ => payload,
        };
        self.bridged.passed_key = Some(PassedKey {
            at: now,
            came,
            leaves,
            payload,
            stage: if is_up { Stage::Up } else { Stage::Down },
        });
    }

    /// Whether a packet is what comes late of a key whose end was made here: to go on with it would be to press
    /// it again. A key that is held goes on under later timestamps (RFC 4733 §2.5.1.3).
    pub(crate) fn is_ended(&mut self, received: &Received, payload: &[u8]) -> bool {
        let key = self.bridged.passed_key.as_mut();
        let Some(key) = key.filter(|key| matches!(key.stage, Stage::Ending(_))) else {
            return false;
        };
        let Some((payload, _)) = telephone_event::key_of(payload) else {
            return false;
        };
        let apart = received.header.timestamp.wrapping_sub(key.came);
        let goes_on = [u16::MAX, length(key.payload)]
            .map(u32::from)
            .contains(&apart);
        let is_known = goes_on || apart as i32 <= 0;
        let is_late = is_known && received.key.is_none() && payload[0] == key.payload[0];
        if is_late && key.stage == Stage::Ending(0) && apart as i32 >= 0 {
            (key.came, key.payload) = (received.header.timestamp, payload);
        }
        is_late
    }

    /// One tick: of a key of which nothing has come for too long an end is sent, and sent again.
    pub(super) fn end_lost_key(&mut self, now: Instant, sink: &mut impl Sink) {
        let Some(mut key) = self.bridged.passed_key.filter(|_| self.has_passing_key()) else {
            return;
        };
        if key.stage == Stage::Down && now.since(key.at) >= PATIENCE {
            key.stage = Stage::Ending(ENDS);
        }
        let Stage::Ending(left) = key.stage else {
            return;
        };
        // A key that was sent since has ended it, and who listens no more need not be told.
        let way = self
            .way_of_keys()
            .filter(|_| !self.digits.outgoing.is_busy());
        key.stage = Stage::Ending(if way.is_some() { left - 1 } else { 0 });
        self.bridged.passed_key = Some(key);
        if let Some((target, payload_type)) = way {
            let header = self.outgoing.inserted(payload_type, key.leaves);
            let payload = telephone_event::ended(key.payload);
            self.send(header, &payload, target, sink);
        }
    }

    /// Where events go, and under which payload type.
    fn way_of_keys(&self) -> Option<(SocketAddr, u8)> {
        let target = self.target()?;
        let events = self.agreed.as_ref()?.stream.telephone_event?;
        Some((target, events.sent))
    }
}

/// How long a key is down by then, in units of its clock.
fn length(payload: [u8; PAYLOAD_LEN]) -> u16 {
    u16::from_be_bytes([payload[2], payload[3]])
}

/// How long nothing may come of a key that is down: phones tell of it every 20 to 100 ms.
const PATIENCE: Duration = Duration::from_millis(300);
