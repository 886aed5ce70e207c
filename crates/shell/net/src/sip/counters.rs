//! What the transports count.

use std::sync::atomic::{AtomicU64, Ordering};

use rappel_sip::Transport;

/// Counters since the start; each may be read at any time.
#[derive(Debug, Default)]
pub struct Counters {
    /// Messages handed to the control thread.
    pub received: Count,
    /// Messages that could not be read.
    pub malformed: Count,
    /// Datagrams dropped because the control thread's inbox was full.
    pub dropped: Count,
    /// Of these, INVITEs answered 503.
    pub overload: Count,
    /// Times a connection had to wait at the full inbox.
    pub waited: Count,
    /// Messages dropped because their source sends too fast.
    pub floods: Count,
    /// Messages of known scanners, dropped.
    pub scanners: Count,
    /// Messages and connections of banned sources, dropped.
    pub banned: Count,
    /// Connections refused because there were too many.
    pub refused_connections: Count,
    /// Connections closed on which nothing was ever said, because another needed their place.
    pub made_room: Count,
    /// Connections cut off: too slow, too long, silent or broken.
    pub cut_off: Count,
    /// Messages sent.
    pub sent: Count,
    /// Messages that could not be sent.
    pub send_failed: Count,
    /// Handshakes of TLS or WebSocket that failed or took too long, theirs and ours.
    pub failed_handshakes: Count,
    /// STUN requests answered on the SIP port.
    pub stun: Count,
    /// What each transport carried, in the order of [`Transport::ALL`].
    transports: [Traffic; Transport::ALL.len()],
}

/// What one transport carried.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Messages handed to the control thread.
    pub received: Count,
    /// Messages sent.
    pub sent: Count,
}

impl Counters {
    /// What `transport` carried.
    pub const fn of(&self, transport: Transport) -> &Traffic {
        &self.transports[transport as usize]
    }

    /// One message was handed to the control thread.
    pub(super) fn received_by(&self, transport: Transport) {
        self.received.add();
        self.of(transport).received.add();
    }

    /// One message was sent.
    pub(super) fn sent_by(&self, transport: Transport) {
        self.sent.add();
        self.of(transport).sent.add();
    }
}

/// One counter.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Its value.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transport_has_its_own_counters() {
        let counters = Counters::default();
        for transport in Transport::ALL {
            counters.sent_by(transport);
            assert_eq!(counters.of(transport).sent.value(), 1, "{transport:?}");
        }
        assert_eq!(counters.sent.value(), 5);
    }
}
