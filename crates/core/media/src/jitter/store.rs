//! Where payloads wait: a ring of places by sequence number over a fixed pool of buffers.

/// Payloads in the order of their extended sequence numbers. Nothing here allocates after [`Self::new`].
#[derive(Clone, Debug)]
pub(super) struct Store {
    /// What is kept about number `n`, at `n` modulo [`SPAN`].
    entries: [Entry; SPAN as usize],
    /// Bit `n` modulo [`SPAN`]: number `n` is here.
    present: u64,
    /// The lowest number that may still come in.
    next: u64,
    /// Bit n: buffer n is free. The lowest free one is taken, so that a shallow buffer touches
    /// little memory.
    free: u32,
    buffers: Box<[u8]>,
}

/// What is known of one waiting payload.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    /// Extended sequence number.
    pub(super) sequence: u64,
    /// Where its sound begins on our timeline, in clock units.
    pub(super) timestamp: i64,
    /// How long it sounds, in clock units; 0 for a description of comfort noise.
    pub(super) units: u32,
    /// Which run of unbroken numbering it belongs to.
    pub(super) epoch: u32,
    /// The sender pauses after it.
    pub(super) pauses: bool,
    /// It carries none of the stream's sound: only its number counts.
    pub(super) soundless: bool,
    pub(super) length: u16,
    pub(super) buffer: u8,
}

impl Entry {
    /// One past its last unit of sound.
    pub(super) fn end(&self) -> i64 {
        self.timestamp + i64::from(self.units)
    }
}

impl Store {
    pub(super) fn new() -> Self {
        Self {
            entries: [Entry::default(); SPAN as usize],
            present: 0,
            next: 0,
            free: ALL_FREE,
            buffers: vec![0; MAX_PACKETS * MAX_PAYLOAD].into_boxed_slice(),
        }
    }

    /// The lowest sequence number that may still come in: everything below is over.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Payloads waiting, at most [`MAX_PACKETS`].
    pub(super) fn len(&self) -> usize {
        self.present.count_ones() as usize
    }

    /// The waiting payload with the lowest number.
    pub(super) fn first(&self) -> Option<&Entry> {
        self.first_from(self.next)
    }

    /// The bytes of a payload that waits.
    pub(super) fn payload(&self, entry: &Entry) -> &[u8] {
        let start = usize::from(entry.buffer) * MAX_PAYLOAD;
        &self.buffers[start..start + usize::from(entry.length)]
    }

    /// Takes the first payload out. Its bytes stay readable by [`Self::payload`] until the next
    /// [`Self::insert`].
    pub(super) fn take_first(&mut self) -> Option<Entry> {
        let entry = *self.first()?;
        self.present &= !bit(entry.sequence);
        self.free |= 1 << entry.buffer;
        self.next = entry.sequence + 1;
        Some(entry)
    }

    /// Gives up every number below `sequence`; true when one of them was waiting.
    pub(super) fn advance(&mut self, sequence: u64) -> bool {
        let mut dropped = false;
        while let Some(first) = self.first()
            && first.sequence < sequence
        {
            self.take_first();
            dropped = true;
        }
        self.next = self.next.max(sequence);
        dropped
    }

    /// Whether number `sequence` is beyond what the ring can hold beside the first.
    pub(super) fn reaches(&self, sequence: u64) -> bool {
        sequence < self.next + SPAN
    }

    /// Puts a payload in. Returns false, and changes nothing, when its number is over or taken, when
    /// it lies beyond the ring, when no buffer is free, or when it is longer than [`MAX_PAYLOAD`].
    pub(super) fn insert(&mut self, entry: Entry, payload: &[u8]) -> bool {
        let taken = self.present & bit(entry.sequence) != 0;
        let within = entry.sequence >= self.next && self.reaches(entry.sequence);
        if taken || !within || self.free == 0 || payload.len() > MAX_PAYLOAD {
            return false;
        }
        let buffer = self.free.trailing_zeros() as u8;
        let start = usize::from(buffer) * MAX_PAYLOAD;
        self.buffers[start..start + payload.len()].copy_from_slice(payload);
        self.free &= !(1 << buffer);
        self.present |= bit(entry.sequence);
        self.entries[(entry.sequence % SPAN) as usize] = Entry {
            length: payload.len() as u16,
            buffer,
            ..entry
        };
        true
    }

    fn first_from(&self, sequence: u64) -> Option<&Entry> {
        if self.present == 0 {
            return None;
        }
        let ahead = self.present.rotate_right((sequence % SPAN) as u32);
        let first = sequence + u64::from(ahead.trailing_zeros());
        Some(&self.entries[(first % SPAN) as usize])
    }
}

fn bit(sequence: u64) -> u64 {
    1 << (sequence % SPAN)
}

/// Payloads that wait at most: 320 ms of 10 ms packets, 640 ms of the usual ones.
pub const MAX_PACKETS: usize = 32;

/// Longest payload in bytes: 60 ms of 64 kbit/s, the longest packets phones send.
pub const MAX_PAYLOAD: usize = 480;

/// Numbers between the first payload that waits and the last: as many as `present` has bits.
const SPAN: u64 = 64;

/// Every buffer is free.
const ALL_FREE: u32 = u32::MAX;

const _: () = assert!(MAX_PACKETS == u32::BITS as usize && SPAN == u64::BITS as u64);

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(sequence: u64) -> Entry {
        Entry {
            sequence,
            units: 160,
            ..Entry::default()
        }
    }

    #[test]
    fn payloads_leave_in_the_order_of_their_numbers() {
        let mut store = Store::new();
        store.advance(60);
        for n in [66u64, 62, 64, 61] {
            assert!(store.insert(entry(n), &[n as u8; 3]));
        }
        let mut seen = Vec::new();
        while let Some(e) = store.take_first() {
            assert_eq!(store.payload(&e), [e.sequence as u8; 3]);
            seen.push(e.sequence);
        }
        assert_eq!(seen, [61, 62, 64, 66]);
        assert_eq!((store.next(), store.len()), (67, 0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut store = Store::new();
        store.advance(10);
        assert!(!store.insert(entry(9), &[]), "over");
        assert!(!store.insert(entry(10 + SPAN), &[]), "beyond the ring");
        assert!(store.insert(entry(10 + SPAN - 1), &[]));
        assert!(!store.insert(entry(11), &[0; MAX_PAYLOAD + 1]), "too long");
        assert!(store.insert(entry(11), &[7; MAX_PAYLOAD]));
        assert!(!store.insert(entry(11), &[]), "taken");
        for n in 12..10 + MAX_PACKETS as u64 {
            assert!(store.insert(entry(n), &[1]), "{n}");
        }
        assert_eq!(store.len(), MAX_PACKETS);
        assert!(!store.insert(entry(60), &[]), "no buffer is free");
        assert!(store.advance(12));
        assert!(store.insert(entry(60), &[]));
    }

    #[test]
    fn a_shallow_buffer_uses_few_buffers() {
        let mut store = Store::new();
        for n in 0..1_000 {
            assert!(store.insert(entry(n), &[1]));
            if n >= 3 {
                let taken = store.take_first().unwrap();
                assert!(taken.buffer < 4, "{}", taken.buffer);
            }
        }
    }
}
