//! How the packets of a port come, so that no receive is made in vain: whoever talks sends one packet
//! per tick, and a second receive would only hear that there is no other.
//!
//! What that costs is bounded, since a port gives its packets in the order they came: one packet too many
//! holds each of the next ones up by one tick, 20 ms, until the next whole look. Keys are no worse off. A
//! tone is in the sound, and comes 20 ms late; a key sent as events (RFC 4733) beside sound that goes on
//! makes two packets a tick, of which none waits longer than four ticks, 80 ms. A menu takes them by
//! the moment they are read, and its shortest patience is seconds.

/// What is known of one port that is read in every tick.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Habit {
    /// Ticks in a row that brought one packet, as far as was looked; begins again at [`TRUSTED`] with
    /// every whole look.
    ticks: u8,
}

impl Habit {
    /// Most packets to take in this tick, where `burst` is the most that may ever be taken at once.
    ///
    /// One whose ticks have all brought one packet is asked for one, and looked at whole in every
    /// [`EVERY`]th tick: a packet that came early waits until then at most. Whatever else comes, a gap,
    /// a burst, shorter packets, is looked at whole until it has been regular for [`TRUSTED`] ticks.
    pub(super) fn most(self, burst: usize) -> usize {
        match self.is_looked_at_whole() {
            true => burst,
            false => 1,
        }
    }

    /// So many were taken.
    pub(super) fn took(&mut self, packets: usize) {
        self.ticks = match (packets, self.is_looked_at_whole()) {
            (1, true) if self.ticks >= TRUSTED => TRUSTED,
            (1, _) => self.ticks + 1,
            _ => 0,
        };
    }

    fn is_looked_at_whole(self) -> bool {
        self.ticks < TRUSTED || self.ticks >= TRUSTED + EVERY - 1
    }
}

/// Regular ticks after which a port is trusted: 160 ms.
const TRUSTED: u8 = 8;

/// One look of so many is whole nevertheless: a clock faster than ours may bring a packet more at any
/// time, and what it holds up is late for 160 ms at most.
const EVERY: u8 = 8;

/// Ticks that a packet waits at most when a port brings twice as many as it is asked for: the one that came in
/// the middle between two whole looks.
#[cfg(test)]
const LONGEST_WAIT: usize = EVERY as usize / 2;

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// How many receives a port takes whose ticks bring so many packets, and how many packets are left
    /// in it after each tick.
    fn read(brings: impl IntoIterator<Item = usize>) -> (usize, Vec<usize>) {
        let (mut habit, mut waiting, mut receives) = (Habit::default(), 0, 0);
        let left = brings.into_iter().map(|packets| {
            waiting += packets;
            let most = habit.most(64);
            let taken = waiting.min(most);
            // One more where it had to be seen that nothing is left.
            receives += taken + usize::from(taken < most);
            habit.took(taken);
            waiting -= taken;
            waiting
        });
        let left = left.collect();
        (receives, left)
    }

    #[test]
    fn a_regular_talker_costs_little_more_than_a_receive_per_tick() {
        let (receives, left) = read([1; 808]);
        assert_eq!(receives, 808 + 8 + 100);
        assert!(left.iter().all(|left| *left == 0));
    }

    #[test]
    fn a_packet_more_waits_for_the_next_whole_look_at_most() {
        let mut brings = [1; 60];
        brings[30] = 2;
        let (_, left) = read(brings);
        let waited = left.iter().filter(|left| **left > 0).count();
        assert!((1..usize::from(EVERY)).contains(&waited), "{waited}");
        assert!(left.iter().all(|left| *left <= 1));
        assert_eq!(left.last(), Some(&0));
    }

    /// The longest that a packet waits in the port, in ticks: the oldest is read first.
    fn longest_wait(brings: impl IntoIterator<Item = usize>) -> usize {
        let (mut habit, mut waiting, mut longest) = (Habit::default(), VecDeque::new(), 0);
        for (tick, packets) in brings.into_iter().enumerate() {
            waiting.extend(std::iter::repeat_n(tick, packets));
            let taken = waiting.len().min(habit.most(64));
            habit.took(taken);
            let waited = waiting.drain(..taken).map(|came| tick - came);
            longest = waited.max().unwrap_or(0).max(longest);
        }
        longest
    }

    #[test]
    fn an_early_packet_makes_what_follows_late_by_a_tick_and_no_more() {
        for early in 20..36 {
            let mut brings = [1; 60];
            (brings[early], brings[early + 1]) = (2, 0);
            assert!(longest_wait(brings) <= 1, "{early}");
            brings[early + 1] = 1;
            assert!(longest_wait(brings) <= 1, "{early}");
        }
    }

    #[test]
    fn keys_beside_sound_that_goes_on_are_read_within_80_ms() {
        // Events every 20 ms and every 50 ms, for as long as keys are held, begun at any place.
        for spacing in [2, 5] {
            for from in 20..36 {
                let brings = (0..120).map(|tick| {
                    let held = (from..from + 20).contains(&tick);
                    1 + usize::from(held && (spacing == 2 || tick * 2 % spacing < 2))
                });
                let waited = longest_wait(brings);
                assert!(waited <= LONGEST_WAIT, "{waited} ticks, from {from}");
            }
        }
    }

    #[test]
    fn bursts_and_shorter_packets_never_wait() {
        // A network that held back five packets, after a talker who was regular.
        let stalled = [vec![1; 20], vec![0; 4], vec![5], vec![1; 3]].concat();
        // Packets of 10 ms, and somebody who pauses.
        for brings in [stalled, vec![2; 50], [1, 0].repeat(50), vec![0; 50]] {
            let (_, left) = read(brings);
            assert!(left.iter().all(|left| *left == 0), "{left:?}");
        }
    }
}
