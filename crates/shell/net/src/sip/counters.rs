//! What the transports count.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the start; each may be read at any time.
#[derive(Debug, Default)]
pub struct Counters {
    /// Messages handed to the control thread.
    pub received: Count,
    /// Messages that could not be read.
    pub malformed: Count,
    /// Datagrams dropped because the control thread's inbox was full.
    pub dropped: Count,
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
    /// Connections cut off: too slow, too long, silent or broken.
    pub cut_off: Count,
    /// Messages sent.
    pub sent: Count,
    /// Messages that could not be sent.
    pub send_failed: Count,
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
