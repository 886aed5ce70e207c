//! Keys that were told by signalling before they came as events or tones: many phones send both for one
//! press (RFC 6086 and RFC 4733), and who listens to a bridge shall have one. The call counts its digits by
//! a rule of its own, which takes the two ways in either order; here only events and tones come.

use std::collections::VecDeque;

use rappel_model::{Instant, KeyWay};

/// The presses of one peer that went on already, and whose events or tones may still come.
#[derive(Debug, Default)]
pub(crate) struct Twins {
    /// What was told, and until when its event is the same press; oldest first.
    told: VecDeque<(char, Instant)>,
    /// The timestamp of the event that is one of them: all its packets have it (RFC 4733 §2.2).
    event: Option<u32>,
    /// The tone that sounds is one of them.
    tone: bool,
}

impl Twins {
    /// Signalling told of a key, and it went on.
    pub(crate) fn tell(&mut self, now: Instant, digit: char) {
        if self.told.len() == MOST {
            self.told.pop_front();
        }
        self.told.push_back((digit, now + KeyWay::APART));
    }

    /// Whether an event's packet belongs to a press that went on already. `begins` is the key when it is
    /// the first packet of it that came.
    pub(crate) fn is_one(&mut self, now: Instant, timestamp: u32, begins: Option<char>) -> bool {
        let Some(digit) = begins else {
            return self.event == Some(timestamp);
        };
        let was_told = self.take(now, digit);
        self.event = was_told.then_some(timestamp);
        was_told
    }

    /// Whether a tone that sounds belongs to such a press. `begins` is the key when it is recognised now.
    pub(crate) fn is_tone(&mut self, now: Instant, begins: Option<char>) -> bool {
        if let Some(digit) = begins {
            self.tone = self.take(now, digit);
        }
        self.tone
    }

    fn take(&mut self, now: Instant, digit: char) -> bool {
        self.told.retain(|(_, until)| now <= *until);
        let place = self.told.iter().position(|(told, _)| *told == digit);
        place.and_then(|place| self.told.remove(place)).is_some()
    }
}

/// Most presses that wait for their events; nobody presses more keys within [`KeyWay::APART`].
const MOST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    #[test]
    fn each_press_that_was_told_has_one_event() {
        let mut twins = Twins::default();
        twins.tell(at(0), '5');
        twins.tell(at(10), '5');
        assert!(!twins.is_one(at(20), 100, Some('6')));
        for (timestamp, is_twin) in [(200, true), (300, true), (400, false)] {
            assert_eq!(twins.is_one(at(40), timestamp, Some('5')), is_twin);
            assert_eq!(twins.is_one(at(60), timestamp, None), is_twin);
        }
    }

    #[test]
    fn each_press_that_was_told_has_one_tone() {
        let mut twins = Twins::default();
        twins.tell(at(0), '5');
        assert!(twins.is_tone(at(40), Some('5')));
        assert!(twins.is_tone(at(60), None), "as long as it sounds");
        assert!(!twins.is_tone(at(400), Some('5')), "pressed once more");
        assert!(!twins.is_tone(at(420), None));
    }

    #[test]
    fn an_event_that_comes_much_later_is_a_press_of_its_own() {
        let mut twins = Twins::default();
        twins.tell(at(0), '5');
        assert!(!twins.is_one(at(1_501), 100, Some('5')));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut twins = Twins::default();
        for _ in 0..1000 {
            twins.tell(at(0), '5');
        }
        assert_eq!(twins.told.len(), MOST);
    }
}
