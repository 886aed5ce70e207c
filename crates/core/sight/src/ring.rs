//! The newest messages, grouped by Call-ID, within fixed bounds.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::captured::Captured;
use crate::glance::glance;

/// What may be kept. Beyond a bound the Call-ID that has been silent longest is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Call-IDs.
    pub groups: usize,
    /// Messages of one Call-ID. Its first [`HEAD`] stay, then the oldest make room for the newest.
    pub per_group: usize,
    /// Bytes of messages in all; what keeping them costs besides is about 200 bytes a message.
    pub bytes: usize,
}

impl Default for Limits {
    /// 5,000 Call-IDs of 256 messages, 48 MiB.
    fn default() -> Self {
        Self {
            groups: 5_000,
            per_group: 256,
            bytes: 48 << 20,
        }
    }
}

/// Messages by Call-ID. Those without one are a group of their own, under the empty name.
#[derive(Debug, Default)]
pub struct Ring {
    limits: Limits,
    groups: BTreeMap<Arc<str>, Group>,
    /// The groups by when they were last added to, the longest silent first.
    silent: BTreeMap<u64, Arc<str>>,
    touches: u64,
    bytes: usize,
    forgotten: u64,
}

/// The messages of one Call-ID.
#[derive(Debug, Default)]
pub struct Group {
    /// Oldest first.
    pub messages: VecDeque<Captured>,
    /// How many made room for others.
    pub omitted: u64,
    touched: u64,
    bytes: usize,
}

impl Ring {
    /// An empty ring.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Keeps one message; true when it repeats one that its sender sent lately, byte for byte.
    pub fn push(&mut self, message: Captured) -> bool {
        let name: Arc<str> = match glance(&message.bytes).call_id {
            long if long.len() > MAX_NAME => "".into(),
            name => name.into(),
        };
        self.touches += 1;
        let group = self.groups.entry(Arc::clone(&name)).or_default();
        self.silent.remove(&group.touched);
        group.touched = self.touches;
        self.silent.insert(self.touches, name);
        let length = message.bytes.len();
        let mut before = group.messages.iter().rev().take(LOOK_BACK);
        let repeats = before.any(|old| old.bytes == message.bytes && old.source == message.source);
        group.bytes += length;
        self.bytes += length;
        group.messages.push_back(message);
        if group.messages.len() > self.limits.per_group
            && let Some(gone) = group.messages.remove(HEAD.min(self.limits.per_group / 2))
        {
            group.bytes -= gone.bytes.len();
            self.bytes -= gone.bytes.len();
            group.omitted += 1;
        }
        while self.groups.len() > self.limits.groups || self.bytes > self.limits.bytes {
            if !self.forget() {
                break;
            }
        }
        repeats
    }

    fn forget(&mut self) -> bool {
        let Some((_, name)) = self.silent.pop_first() else {
            return false;
        };
        if let Some(gone) = self.groups.remove(&name) {
            self.bytes -= gone.bytes;
            self.forgotten += gone.messages.len() as u64 + gone.omitted;
        }
        true
    }

    /// The messages of one Call-ID.
    pub fn group(&self, call_id: &str) -> Option<&Group> {
        self.groups.get(call_id)
    }

    /// The Call-IDs that begin with `prefix`, in order.
    pub fn names<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.groups
            .range::<str, _>((
                std::ops::Bound::Included(prefix),
                std::ops::Bound::Unbounded,
            ))
            .map(|(name, _)| &**name)
            .take_while(move |name| name.starts_with(prefix))
    }

    /// All groups, each with its Call-ID.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &Group)> {
        self.groups.iter().map(|(name, group)| (&**name, group))
    }

    /// Bytes of the messages that are kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many messages were forgotten since the start.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

/// The first messages of a Call-ID that stay when others make room: how it began explains most.
pub const HEAD: usize = 32;

/// How many messages back one may be a repetition.
const LOOK_BACK: usize = 16;

/// Longest Call-ID that is kept as a name, in bytes; longer ones share the group without a name.
const MAX_NAME: usize = 256;

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rappel_model::Timestamp;
    use rappel_sip::Transport;

    use super::*;
    use crate::captured::Passage;

    fn message(call_id: &str, number: usize) -> Captured {
        let text = format!(
            "OPTIONS sip:a@b SIP/2.0\r\nCall-ID: {call_id}\r\nCSeq: {number} OPTIONS\r\n\r\n"
        );
        Captured {
            at: Timestamp::from_micros(number as i64),
            passage: Passage::In,
            transport: Transport::Udp,
            source: "192.0.2.1:5060".parse().unwrap(),
            destination: "192.0.2.2:5060".parse().unwrap(),
            bytes: Bytes::from(text),
        }
    }

    #[test]
    fn the_longest_silent_call_makes_room() {
        let limits = Limits {
            groups: 2,
            per_group: 10,
            bytes: 1 << 20,
        };
        let mut ring = Ring::new(limits);
        for (number, name) in ["a", "b", "a", "c"].into_iter().enumerate() {
            ring.push(message(name, number + 1));
        }
        assert!(ring.group("b").is_none());
        assert_eq!(ring.names("").collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(ring.forgotten(), 1);
    }

    #[test]
    fn bytes_have_a_bound() {
        let length = message("a", 1).bytes.len();
        let mut ring = Ring::new(Limits {
            groups: 100,
            per_group: 10,
            bytes: 3 * length,
        });
        for number in 1..=5 {
            ring.push(message(&format!("{number}"), 1));
        }
        assert_eq!(ring.names("").collect::<Vec<_>>(), ["3", "4", "5"]);
        assert_eq!(ring.bytes(), 3 * length);
    }

    #[test]
    fn a_long_call_keeps_its_beginning_and_its_newest() {
        let mut ring = Ring::new(Limits {
            groups: 2,
            per_group: 40,
            bytes: 1 << 20,
        });
        for number in 1..=100 {
            ring.push(message("a", number));
        }
        let group = ring.group("a").unwrap();
        assert_eq!((group.messages.len(), group.omitted), (40, 60));
        let times: Vec<i64> = group.messages.iter().map(|m| m.at.as_micros()).collect();
        assert_eq!(
            (times[0], times[19], times[20], times[39]),
            (1, 20, 81, 100)
        );
        let sum: usize = group.messages.iter().map(|m| m.bytes.len()).sum();
        assert_eq!(ring.bytes(), sum);
    }

    #[test]
    fn a_message_that_is_sent_again_is_noticed() {
        let mut ring = Ring::new(Limits::default());
        assert!(!ring.push(message("a", 1)));
        assert!(!ring.push(message("a", 2)));
        assert!(ring.push(message("a", 1)));
        assert!(!ring.push(message("b", 1)));
    }

    #[test]
    fn what_has_no_call_id_is_kept_too() {
        let mut ring = Ring::new(Limits::default());
        let mut odd = message("x", 1);
        odd.bytes = Bytes::from_static(b"hello\r\n\r\n");
        ring.push(odd);
        ring.push(message(&"x".repeat(MAX_NAME + 1), 2));
        assert_eq!(ring.group("").unwrap().messages.len(), 2);
    }
}
