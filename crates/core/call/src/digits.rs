//! One stream of digits from telephone-events (RFC 4733) and SIP INFO (`application/dtmf-relay`),
//! none counted twice: many phones send both for one press.

use std::collections::VecDeque;

use rappel_model::{Instant, KeyWay};

/// How a digit came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// As RTP, or heard in the sound: recognised by media.
    Media,
    /// As SIP INFO.
    Info,
}

impl From<KeyWay> for Source {
    fn from(way: KeyWay) -> Self {
        match way {
            KeyWay::Event | KeyWay::Tone => Self::Media,
            KeyWay::Info => Self::Info,
        }
    }
}

/// The digits of one leg.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digits {
    /// Presses that were told and whose twin from the other source may still come, oldest first.
    unpaired: VecDeque<Press>,
}

#[derive(Clone, Copy, Debug)]
struct Press {
    digit: char,
    source: Source,
    at: Instant,
}

impl Digits {
    /// Takes a digit; true when it is a new press, false when it is the twin of one already told.
    pub(crate) fn take(&mut self, now: Instant, digit: char, source: Source) -> bool {
        while self
            .unpaired
            .front()
            .is_some_and(|press| now.since(press.at) > KeyWay::APART)
        {
            self.unpaired.pop_front();
        }
        let twin = self
            .unpaired
            .iter()
            .position(|press| press.digit == digit && press.source != source);
        if let Some(place) = twin {
            self.unpaired.remove(place);
            return false;
        }
        if self.unpaired.len() == MAX_UNPAIRED {
            self.unpaired.pop_front();
        }
        self.unpaired.push_back(Press {
            digit,
            source,
            at: now,
        });
        true
    }
}

/// Reads the digit of an INFO body: `Signal=5` lines (`application/dtmf-relay`) or the bare digit
/// (`application/dtmf`). `None` for any other type, and for a flash (16) or anything not a digit.
pub(crate) fn read_info(content_type: &str, body: &[u8]) -> Option<char> {
    let kind = content_type.split(';').next().unwrap_or("").trim();
    let text = std::str::from_utf8(body.get(..body.len().min(MAX_INFO))?).ok()?;
    let signal = if kind.eq_ignore_ascii_case("application/dtmf-relay") {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case("signal").then_some(value)
        })?
    } else if kind.eq_ignore_ascii_case("application/dtmf") {
        text
    } else {
        return None;
    };
    match signal.trim() {
        "10" => Some('*'),
        "11" => Some('#'),
        one => {
            let mut chars = one.chars();
            let digit = chars.next()?.to_ascii_uppercase();
            (chars.next().is_none() && matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D'))
                .then_some(digit)
        }
    }
}

/// Most presses remembered; nobody types more within [`KeyWay::APART`].
const MAX_UNPAIRED: usize = 32;

/// Longest INFO body that is looked at, in bytes.
const MAX_INFO: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    #[test]
    fn a_press_told_by_both_ways_counts_once_in_either_order() {
        let mut digits = Digits::default();
        assert!(digits.take(at(0), '5', Source::Media));
        assert!(!digits.take(at(120), '5', Source::Info));
        assert!(digits.take(at(300), '5', Source::Info));
        assert!(!digits.take(at(310), '5', Source::Media));
    }

    #[test]
    fn fast_repeats_are_all_kept() {
        let mut digits = Digits::default();
        assert!(digits.take(at(0), '5', Source::Media));
        assert!(digits.take(at(150), '5', Source::Media));
        assert!(!digits.take(at(160), '5', Source::Info));
        assert!(!digits.take(at(170), '5', Source::Info));
        assert!(digits.take(at(300), '5', Source::Info));
    }

    #[test]
    fn a_late_info_is_a_press_of_its_own() {
        let mut digits = Digits::default();
        assert!(digits.take(at(0), '1', Source::Media));
        assert!(digits.take(at(1501), '1', Source::Info));
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut digits = Digits::default();
        for _ in 0..1000 {
            assert!(digits.take(at(0), '1', Source::Media));
        }
        assert_eq!(digits.unpaired.len(), MAX_UNPAIRED);
    }

    #[test]
    fn info_bodies_are_read() {
        let relay = "application/dtmf-relay";
        assert_eq!(read_info(relay, b"Signal=5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(read_info(relay, b"Signal= #\r\nDuration= 100"), Some('#'));
        assert_eq!(read_info(relay, b"Duration=160\r\nsignal=d\r\n"), Some('D'));
        assert_eq!(read_info(relay, b"Signal=10"), Some('*'));
        assert_eq!(read_info("application/dtmf", b"7"), Some('7'));
        assert_eq!(read_info(relay, b"Signal=16"), None);
        assert_eq!(read_info(relay, b"Signal=\xff"), None);
        assert_eq!(read_info("text/plain", b"Signal=5"), None);
    }
}
