//! Numbers of the wire, made into one timeline of ours that never goes back: 16 and 32 bits are
//! extended, and where a source restarts, jumps or is another, its packets are spliced on at the
//! present.

use rappel_rtp::Header;

/// Places packets on the timeline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    /// Clock units of a second.
    rate: i64,
    heard: Option<Heard>,
    /// Where a peer that restarted its numbers would go on.
    restart: Option<(u32, u16)>,
}

/// The packet with the highest number, and what came before it.
#[derive(Clone, Copy, Debug)]
struct Heard {
    ssrc: u32,
    epoch: u32,
    wire_sequence: u16,
    wire_timestamp: u32,
    sequence: u64,
    timestamp: i64,
    /// Bit n: the packet n before it has come.
    seen: u64,
}

/// What a packet is to the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It lies here.
    At {
        sequence: u64,
        timestamp: i64,
        epoch: u32,
    },
    /// It came before.
    Duplicate,
    /// So far behind that nobody can say whether it came before.
    Old,
    /// A jump that one packet alone does not prove.
    Stray,
}

impl Source {
    pub(super) fn new(rate: u32) -> Self {
        Self {
            rate: i64::from(rate),
            heard: None,
            restart: None,
        }
    }

    /// Places a packet. `present` is where a packet that took the shortest way would lie if it came
    /// now: it tells a pause, which takes as long as its timestamps say, from a jump, which does not.
    pub(super) fn place(&mut self, header: &Header, present: i64) -> Place {
        let rate = self.rate;
        let Some(heard) = &mut self.heard else {
            return self.splice(header, present);
        };
        if heard.ssrc != header.ssrc {
            return self.splice(header, present);
        }
        let ahead = header.sequence.wrapping_sub(heard.wire_sequence);
        let behind = ahead.wrapping_neg();
        let distance = header.timestamp.wrapping_sub(heard.wire_timestamp) as i32;
        let timestamp = heard.timestamp.saturating_add(i64::from(distance));
        if ahead == 0 {
            return Place::Duplicate;
        }
        if ahead <= MAX_DROPOUT {
            self.restart = None;
            if distance <= 0 || jumped(rate, header.marker, present.saturating_sub(timestamp)) {
                return self.splice(header, present);
            }
            heard.wire_sequence = header.sequence;
            heard.wire_timestamp = header.timestamp;
            heard.sequence += u64::from(ahead);
            heard.timestamp = timestamp;
            heard.seen = shifted(heard.seen, u32::from(ahead));
            return heard.place(heard.sequence, timestamp);
        }
        if behind <= MAX_MISORDER {
            return heard.place_behind(behind, timestamp);
        }
        if self.restart == Some((header.ssrc, header.sequence)) {
            return self.splice(header, present);
        }
        self.restart = Some((header.ssrc, header.sequence.wrapping_add(1)));
        Place::Stray
    }

    /// The number of a packet that has none of the stream's sound, and whose timestamp therefore says
    /// nothing (RFC 4733 §2.5.1 repeats the one of the event's beginning); `None` when it is none of
    /// this run of numbers, or came before.
    pub(super) fn place_soundless(&mut self, header: &Header) -> Option<(u64, u32)> {
        let heard = self.heard.as_mut().filter(|h| h.ssrc == header.ssrc)?;
        let ahead = header.sequence.wrapping_sub(heard.wire_sequence);
        let behind = ahead.wrapping_neg();
        let sequence = if (1..=MAX_DROPOUT).contains(&ahead) {
            heard.wire_sequence = header.sequence;
            heard.sequence += u64::from(ahead);
            heard.seen = shifted(heard.seen, u32::from(ahead));
            heard.sequence
        } else {
            let bit = 1u64.checked_shl(u32::from(behind))?;
            if heard.seen & bit != 0 {
                return None;
            }
            heard.seen |= bit;
            heard.sequence - u64::from(behind)
        };
        Some((sequence, heard.epoch))
    }

    /// New runs of numbers after the first; wraps.
    pub(super) fn splices(&self) -> u32 {
        self.heard.map_or(0, |heard| heard.epoch)
    }

    /// A new run of numbers begins here and now, after room for some that it overtook.
    fn splice(&mut self, header: &Header, present: i64) -> Place {
        let (epoch, sequence, timestamp, seen) = match self.heard {
            Some(heard) => (
                heard.epoch.wrapping_add(1),
                heard.sequence + ROOM,
                present.max(heard.timestamp.saturating_add(1)),
                shifted(heard.seen, ROOM as u32),
            ),
            None => (0, FIRST, present, 1),
        };
        let heard = Heard {
            ssrc: header.ssrc,
            epoch,
            wire_sequence: header.sequence,
            wire_timestamp: header.timestamp,
            sequence,
            timestamp,
            seen,
        };
        self.restart = None;
        self.heard = Some(heard);
        heard.place(sequence, timestamp)
    }
}

impl Heard {
    fn place(&self, sequence: u64, timestamp: i64) -> Place {
        Place::At {
            sequence,
            timestamp,
            epoch: self.epoch,
        }
    }

    fn place_behind(&mut self, behind: u16, timestamp: i64) -> Place {
        let Some(bit) = 1u64.checked_shl(u32::from(behind)) else {
            return Place::Old;
        };
        if self.seen & bit != 0 {
            return Place::Duplicate;
        }
        if timestamp >= self.timestamp {
            return Place::Stray;
        }
        self.seen |= bit;
        self.place(self.sequence - u64::from(behind), timestamp)
    }
}

/// Whether a packet that lies so much before the present is no matter of the network.
fn jumped(rate: i64, marker: bool, late: i64) -> bool {
    // A sender whose clock stood still while it was silent says so by the marker.
    let most_late = if marker { MARKED_LATE_MS } else { MAX_LATE_MS };
    late > rate * most_late / 1_000 || late < -rate * MAX_EARLY_MS / 1_000
}

/// What was seen, counted from a packet `ahead` numbers later, which is seen.
fn shifted(seen: u64, ahead: u32) -> u64 {
    seen.checked_shl(ahead).unwrap_or(0) | 1
}

/// RFC 3550 §A.1: a gap of more packets is a restart, not a loss; one minute at 20 ms.
const MAX_DROPOUT: u16 = 3000;

/// RFC 3550 §A.1: further behind is a restart, not a late packet.
const MAX_MISORDER: u16 = 100;

/// Later than this is a jump of the sender's clock, in milliseconds.
const MAX_LATE_MS: i64 = 1_000;

/// The same for a packet with the marker, which begins a talkspurt: above what the longest target
/// would bear, so that a marked packet delayed by the network keeps its place.
const MARKED_LATE_MS: i64 = 400;

/// Earlier than this is a jump of the sender's clock, in milliseconds.
const MAX_EARLY_MS: i64 = 500;

/// Numbers left free before the first packet of a new run, for packets that it overtook.
const ROOM: u64 = 8;

/// The number of the very first packet: high enough for those that it overtook.
const FIRST: u64 = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp,
            ssrc: 7,
        }
    }

    fn at(place: Place) -> (u64, i64, u32) {
        match place {
            Place::At {
                sequence,
                timestamp,
                epoch,
            } => (sequence, timestamp, epoch),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn both_counters_wrap_without_a_step() {
        let mut source = Source::new(8_000);
        let start = u32::MAX - 200;
        let first = at(source.place(&header(65_534, start), 0));
        for n in 1..5u16 {
            let next = header(
                65_534u16.wrapping_add(n),
                start.wrapping_add(160 * u32::from(n)),
            );
            let placed = at(source.place(&next, 160 * i64::from(n)));
            assert_eq!(
                placed,
                (
                    first.0 + u64::from(n),
                    first.1 + 160 * i64::from(n),
                    first.2
                )
            );
        }
    }

    #[test]
    fn disorder_and_repetition_are_told_apart() {
        let mut source = Source::new(8_000);
        let first = at(source.place(&header(10, 1_600), 0));
        at(source.place(&header(12, 1_920), 320));
        assert_eq!(
            at(source.place(&header(11, 1_760), 320)),
            (first.0 + 1, first.1 + 160, 0)
        );
        for n in [10u16, 11, 12] {
            let again = source.place(&header(n, 160 * u32::from(n)), 320);
            assert_eq!(again, Place::Duplicate);
        }
        assert_eq!(at(source.place(&header(9, 1_440), 320)).1, first.1 - 160);
        assert_eq!(
            source.place(&header(8, 9_999), 320),
            Place::Stray,
            "behind, and later"
        );
        at(source.place(&header(100, 16_000), 14_400));
        assert_eq!(source.place(&header(30, 4_800), 14_400), Place::Old);
    }

    #[test]
    fn packets_without_sound_take_numbers_and_no_time() {
        let mut source = Source::new(8_000);
        let first = at(source.place(&header(10, 1_600), 0)).0;
        // An event from here on, its timestamp always the same.
        assert_eq!(
            source.place_soundless(&header(11, 1_760)),
            Some((first + 1, 0))
        );
        assert_eq!(
            source.place_soundless(&header(13, 1_760)),
            Some((first + 3, 0))
        );
        assert_eq!(
            source.place_soundless(&header(12, 1_760)),
            Some((first + 2, 0))
        );
        for again in [10, 12, 13] {
            assert_eq!(source.place_soundless(&header(again, 1_760)), None);
        }
        assert_eq!(source.place_soundless(&header(40_000, 1_760)), None);
        let other = Header {
            ssrc: 8,
            ..header(14, 1_760)
        };
        assert_eq!(source.place_soundless(&other), None);
        let next = at(source.place(&header(14, 2_240), 640));
        assert_eq!(next, (first + 4, 640, 0));
    }

    #[test]
    fn another_source_is_spliced_on_at_the_present() {
        let mut source = Source::new(8_000);
        let first = at(source.place(&header(10, 1_600), 0));
        let other = Header {
            ssrc: 8,
            ..header(50_000, 77)
        };
        assert_eq!(at(source.place(&other, 100)), (first.0 + ROOM, 100, 1));
        let overtaken = Header {
            ssrc: 8,
            ..header(49_999, 77u32.wrapping_sub(160))
        };
        assert_eq!(
            at(source.place(&overtaken, 110)),
            (first.0 + ROOM - 1, -60, 1)
        );
    }

    #[test]
    fn a_jump_of_sequence_numbers_is_believed_at_the_second_packet() {
        let mut source = Source::new(8_000);
        at(source.place(&header(10, 1_600), 0));
        assert_eq!(source.place(&header(30_000, 5), 160), Place::Stray);
        assert_eq!(at(source.place(&header(11, 1_760), 170)).2, 0, "it was one");
        assert_eq!(source.place(&header(30_000, 5), 320), Place::Stray);
        assert_eq!(
            at(source.place(&header(30_001, 165), 480)),
            (FIRST + 9, 480, 1)
        );
    }

    #[test]
    fn a_jump_of_timestamps_is_followed_at_once_and_a_pause_is_none() {
        let mut source = Source::new(8_000);
        at(source.place(&header(10, 1_600), 0));
        let pause = at(source.place(&header(11, 1_600 + 80_000), 80_000));
        assert_eq!((pause.1, pause.2), (80_000, 0), "ten seconds of silence");
        let forth = at(source.place(&header(12, 900_000), 80_160));
        assert_eq!((forth.1, forth.2), (80_160, 1));
        let back = at(source.place(&header(13, 800), 80_320));
        assert_eq!((back.1, back.2), (80_320, 2));
        let stood = Header {
            marker: true,
            ..header(14, 960)
        };
        assert_eq!(
            at(source.place(&stood, 90_000)).1,
            90_000,
            "its clock stood"
        );
    }
}
