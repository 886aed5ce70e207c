//! How late packets come: each one's way against the shortest of the last seconds, kept as a
//! histogram that forgets. The delay to aim for is where hardly any come later.

/// Observed lateness and the delay it asks for. Times are microseconds.
#[derive(Clone, Debug)]
pub(super) struct Lateness {
    /// The shortest way (arrival less place on the timeline) of this window and the one before;
    /// `None` before the first packet.
    shortest: Option<Shortest>,
    /// Milliseconds of sound that came with so many [`BUCKET`]s of lateness; the last bucket takes
    /// everything beyond.
    histogram: [u32; BUCKETS],
    /// The sum of the histogram.
    total: u32,
    target: i64,
    /// Packets until the histogram is read again, unless one is later than the target.
    review_in: u8,
}

#[derive(Clone, Copy, Debug)]
struct Shortest {
    since: i64,
    now: i64,
    before: i64,
}

impl Lateness {
    pub(super) fn new() -> Self {
        Self {
            shortest: None,
            histogram: [0; BUCKETS],
            total: 0,
            target: START,
            review_in: 0,
        }
    }

    /// The shortest way of the last seconds; 0 before the first packet.
    pub(super) fn base(&self) -> i64 {
        self.shortest.map_or(0, |s| s.now.min(s.before))
    }

    /// The delay to aim for, [`MIN_DELAY`] to [`MAX_DELAY`].
    pub(super) fn target(&self) -> i64 {
        self.target
    }

    /// Takes in a packet of `sound` milliseconds that belongs at `place` and came at `now`.
    pub(super) fn observe(&mut self, now: i64, place: i64, sound: u32) {
        let way = now.saturating_sub(place);
        let base = self.base();
        let Some(shortest) = &mut self.shortest else {
            self.begin(now, way);
            return self.count(0, sound);
        };
        if now.saturating_sub(shortest.since) >= WINDOW {
            *shortest = Shortest {
                since: now,
                now: way,
                before: shortest.now,
            };
        } else {
            shortest.now = shortest.now.min(way);
        }
        let longer = self.base().saturating_sub(base);
        if longer >= BUCKET {
            self.follow(longer);
        }
        self.count(way.saturating_sub(self.base()), sound);
    }

    /// The way has changed for good: from now on this packet's is the shortest.
    pub(super) fn rebase(&mut self, now: i64, place: i64) {
        self.begin(now, now.saturating_sub(place));
    }

    fn begin(&mut self, since: i64, way: i64) {
        self.shortest = Some(Shortest {
            since,
            now: way,
            before: way,
        });
    }

    fn count(&mut self, late: i64, sound: u32) {
        let bucket = (late / BUCKET).clamp(0, BUCKETS as i64 - 1) as usize;
        self.histogram[bucket] += sound;
        self.total += sound;
        if self.total >= MEMORY {
            self.forget();
        }
        self.review_in = self.review_in.saturating_sub(1);
        if late > self.target || self.review_in == 0 {
            self.review();
        }
    }

    /// Old packets count half: what is remembered lies between one and two halves of [`MEMORY`].
    fn forget(&mut self) {
        for count in &mut self.histogram {
            *count /= 2;
        }
        self.total = self.histogram.iter().sum();
    }

    fn review(&mut self) {
        self.review_in = REVIEW;
        let allowed = self.total / LATE_ONE_IN;
        let mut beyond = 0;
        let enough = self.histogram.iter().rposition(|count| {
            beyond += count;
            beyond > allowed
        });
        let wanted = enough.map_or(0, |bucket| (bucket as i64 + 1) * BUCKET);
        let least = if self.total < TRUSTED {
            START
        } else {
            MIN_DELAY
        };
        self.target = wanted.clamp(least, MAX_DELAY);
    }

    /// The shortest way has become longer: what was counted is said against the new one. When it
    /// becomes shorter nothing is: how much packets differ among each other has not changed.
    fn follow(&mut self, longer: i64) {
        let buckets = (longer / BUCKET).clamp(0, BUCKETS as i64) as usize;
        let first: u32 = self.histogram[..buckets].iter().sum();
        self.histogram.copy_within(buckets.., 0);
        self.histogram[BUCKETS - buckets..].fill(0);
        self.histogram[0] += first;
    }
}

/// Least delay to aim for: a packet, and the phase between its arrival and our tick.
pub(super) const MIN_DELAY: i64 = 20_000;

/// Largest delay to aim for: beyond, people begin to talk into each other (ITU-T G.114).
pub(super) const MAX_DELAY: i64 = 200_000;

/// What is aimed for until [`TRUSTED`] milliseconds of sound have come.
const START: i64 = 40_000;

/// Sound after which the histogram alone decides, in milliseconds.
const TRUSTED: u32 = 1_000;

/// Sound after which everything remembered is halved, in milliseconds.
const MEMORY: u32 = 20_000;

/// One packet in so many may come later than the target.
const LATE_ONE_IN: u32 = 100;

/// Packets between two readings of the histogram.
const REVIEW: u8 = 8;

/// Width of a bucket.
const BUCKET: i64 = 5_000;

/// Buckets, 300 ms together: half again as much as the largest target.
const BUCKETS: usize = 60;

/// How long a shortest way is remembered at least; twice that at most. A clock 200 ppm off moves it
/// by 1 ms meanwhile.
const WINDOW: i64 = 5_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets of 20 ms that come `late(n)` µs after their time.
    fn heard(count: i64, late: impl Fn(i64) -> i64) -> Lateness {
        let mut lateness = Lateness::new();
        for n in 0..count {
            lateness.observe(1_000_000 + n * 20_000 + late(n), n * 20_000, 20);
        }
        lateness
    }

    #[test]
    fn a_steady_network_asks_for_the_least_delay() {
        assert_eq!(heard(10, |_| 0).target(), START, "not before a second");
        assert_eq!(heard(60, |_| 0).target(), MIN_DELAY);
        assert_eq!(heard(60, |_| 0).base(), 1_000_000);
    }

    #[test]
    fn the_target_covers_all_but_one_in_a_hundred() {
        let one_in = |share: i64| move |n: i64| if n % share == 7 { 120_000 } else { 1_000 };
        assert_eq!(heard(400, one_in(20)).target(), 120_000);
        assert_eq!(heard(400, one_in(200)).target(), MIN_DELAY);
        assert_eq!(heard(400, |n| (n % 2) * 900_000).target(), MAX_DELAY);
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let calm_after = |n: i64| move |m: i64| if m < n { (m % 4) * 30_000 } else { 0 };
        assert_eq!(heard(500, calm_after(500)).target(), 95_000);
        assert_eq!(heard(10_000, calm_after(500)).target(), MIN_DELAY);
    }

    #[test]
    fn a_longer_way_becomes_the_shortest_in_time() {
        let detour = |n: i64| if n < 500 { 0 } else { 100_000 };
        assert_eq!(heard(600, detour).target(), 105_000);
        assert_eq!(heard(1_100, detour).base(), 1_100_000);
        assert_eq!(heard(1_100, detour).target(), MIN_DELAY);
    }

    #[test]
    fn extremes_do_not_overflow() {
        let mut lateness = Lateness::new();
        for (now, place) in [(0, i64::MAX), (i64::MAX, i64::MIN), (0, i64::MIN), (0, 0)] {
            lateness.observe(now, place, 120);
            assert!((MIN_DELAY..=MAX_DELAY).contains(&lateness.target()));
        }
    }
}
