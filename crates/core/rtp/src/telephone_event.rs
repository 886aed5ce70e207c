//! Digits as RTP (RFC 4733): read so that each key press counts once whatever the network did to
//! its packets, and sent so that others can do the same.

use std::time::Duration;

/// Length of one event payload (RFC 4733 §2.3).
pub const PAYLOAD_LEN: usize = 4;

/// Reads the events of one stream.
///
/// An event is known by its source, its timestamp and its code, nothing else: the marker may be
/// lost or never set, the beginning and the end may be lost, ends come three times. The key is told
/// with the first packet of it that arrives.
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    /// The last events, newest at `next - 1`.
    recent: [Option<Seen>; REMEMBERED],
    next: usize,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    ssrc: u32,
    timestamp: u32,
    code: u8,
    duration: u16,
    ended: bool,
}

impl Receiver {
    /// Nothing received yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one packet of the telephone-event payload type; returns the key when this is the
    /// first of it. Anything that is not one of the sixteen keys is ignored.
    pub fn receive(&mut self, ssrc: u32, timestamp: u32, payload: &[u8]) -> Option<char> {
        let event = Event::read(payload)?;
        let digit = digit_of(event.code)?;
        if let Some(seen) = self.find(ssrc, timestamp, event.code) {
            seen.duration = seen.duration.max(event.duration);
            seen.ended |= event.end;
            return None;
        }
        let continued = self.continues(ssrc, timestamp, event.code);
        self.remember(Seen {
            ssrc,
            timestamp,
            code: event.code,
            duration: event.duration,
            ended: event.end,
        });
        (!continued).then_some(digit)
    }

    /// Whether this is the next segment of a tone too long for one (RFC 4733 §2.5.1.3): the same
    /// key, unended, going on exactly where it was, or where its longest duration puts it.
    fn continues(&self, ssrc: u32, timestamp: u32, code: u8) -> bool {
        let Some(seen) = self.newest() else {
            return false;
        };
        let distance = timestamp.wrapping_sub(seen.timestamp);
        seen.ssrc == ssrc
            && seen.code == code
            && !seen.ended
            && (distance == u32::from(u16::MAX) || distance == u32::from(seen.duration))
    }

    fn find(&mut self, ssrc: u32, timestamp: u32, code: u8) -> Option<&mut Seen> {
        self.recent
            .iter_mut()
            .flatten()
            .find(|s| s.ssrc == ssrc && s.timestamp == timestamp && s.code == code)
    }

    fn newest(&self) -> Option<&Seen> {
        self.recent[(self.next + REMEMBERED - 1) % REMEMBERED].as_ref()
    }

    fn remember(&mut self, seen: Seen) {
        self.recent[self.next] = Some(seen);
        self.next = (self.next + 1) % REMEMBERED;
    }
}

/// The payload of a packet of one of the sixteen keys, and whether it says that the key is up; `None` of
/// anything else.
pub fn key_of(payload: &[u8]) -> Option<([u8; PAYLOAD_LEN], bool)> {
    let event = Event::read(payload)?;
    digit_of(event.code)?;
    Some((*payload.first_chunk()?, event.end))
}

/// The same payload as the end of its key.
pub fn ended(payload: [u8; PAYLOAD_LEN]) -> [u8; PAYLOAD_LEN] {
    let [code, flags, high, low] = payload;
    [code, flags | END, high, low]
}

/// Sends digits one after the other, one packet per 20 ms tick while a key is down.
#[derive(Clone, Debug)]
pub struct Sender {
    frame: u16,
    waiting: [Option<Press>; MAX_WAITING],
    current: Option<Sending>,
}

/// A packet to send in this tick instead of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Set on the first packet of the event.
    pub marker: bool,
    /// When the key went down, in clock units: the same for all packets of the event.
    pub timestamp: u32,
    /// The payload.
    pub payload: [u8; PAYLOAD_LEN],
}

/// More digits than [`MAX_WAITING`] wait to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

#[derive(Clone, Copy, Debug)]
struct Press {
    code: u8,
    /// In clock units.
    length: u16,
}

#[derive(Clone, Copy, Debug)]
struct Sending {
    press: Press,
    timestamp: u32,
    duration: u16,
    ends_sent: u8,
}

impl Sender {
    /// Nothing to send. `frame` is the length of a tick in clock units: 160 for 20 ms at 8 kHz.
    pub fn new(frame: u16) -> Self {
        Self {
            frame,
            waiting: [None; MAX_WAITING],
            current: None,
        }
    }

    /// Queues one digit, held for at least 40 ms and at most 8 s. A character that is no key is
    /// ignored.
    ///
    /// # Errors
    /// [`Full`]: the digit is not sent.
    pub fn press(&mut self, digit: char, held: Duration) -> Result<(), Full> {
        let Some(code) = code_of(digit) else {
            return Ok(());
        };
        let slot = self.waiting.iter_mut().find(|s| s.is_none()).ok_or(Full)?;
        let frames = held.clamp(MIN_HELD, MAX_HELD).as_millis().div_ceil(20);
        // 8 s are 400 frames: with 160 units each this is below 2¹⁶.
        let length = u64::from(self.frame) * frames as u64;
        *slot = Some(Press {
            code,
            length: length.min(u64::from(u16::MAX)) as u16,
        });
        Ok(())
    }

    /// The packet of this tick; `None` when no key is down and sound goes out as usual.
    /// `timestamp` is the stream's own clock at this tick.
    pub fn tick(&mut self, timestamp: u32) -> Option<Outgoing> {
        if self.current.is_none() {
            self.current = self.take().map(|press| Sending {
                press,
                timestamp,
                duration: 0,
                ends_sent: 0,
            });
        }
        let sending = self.current.as_mut()?;
        let outgoing = sending.next(self.frame);
        if sending.ends_sent == ENDS {
            self.current = None;
        }
        Some(outgoing)
    }

    /// Whether nothing is being sent or waits to be.
    pub fn is_idle(&self) -> bool {
        self.current.is_none() && self.waiting[0].is_none()
    }

    fn take(&mut self) -> Option<Press> {
        let first = self.waiting[0].take();
        self.waiting.rotate_left(1);
        first
    }
}

impl Sending {
    fn next(&mut self, frame: u16) -> Outgoing {
        let marker = self.duration == 0;
        // The ends repeat the final duration (RFC 4733 §2.5.1.4).
        self.duration = self.duration.saturating_add(frame).min(self.press.length);
        let end = self.duration == self.press.length;
        self.ends_sent += u8::from(end);
        Outgoing {
            marker,
            timestamp: self.timestamp,
            payload: Event {
                code: self.press.code,
                end,
                duration: self.duration,
            }
            .write(),
        }
    }
}

/// One event payload.
#[derive(Clone, Copy)]
struct Event {
    code: u8,
    end: bool,
    duration: u16,
}

impl Event {
    /// Bytes after the fourth are ignored: some senders pad.
    fn read(payload: &[u8]) -> Option<Self> {
        let &[code, flags, high, low] = payload.first_chunk()?;
        Some(Self {
            code,
            end: flags & END != 0,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    fn write(self) -> [u8; PAYLOAD_LEN] {
        let [high, low] = self.duration.to_be_bytes();
        let end = if self.end { END } else { 0 };
        [self.code, end | VOLUME, high, low]
    }
}

fn digit_of(code: u8) -> Option<char> {
    KEYS.get(usize::from(code)).map(|&key| char::from(key))
}

fn code_of(digit: char) -> Option<u8> {
    let digit = digit.to_ascii_uppercase();
    KEYS.iter()
        .position(|&key| char::from(key) == digit)
        .map(|code| code as u8)
}

/// Event codes 0–15 (RFC 4733 §3.2).
const KEYS: &[u8; 16] = b"0123456789*#ABCD";
/// The E bit.
const END: u8 = 0x80;
/// Level of what we send, in −dBm0: the usual one.
const VOLUME: u8 = 10;
/// Ends sent per event (RFC 4733 §2.5.1.4).
pub const ENDS: u8 = 3;
/// Events remembered, so that stragglers of any of them are known.
const REMEMBERED: usize = 16;
/// Digits that may wait to be sent on one stream; whoever has more keeps them.
pub const MAX_WAITING: usize = 8;
/// Shortest key press that every receiver takes.
const MIN_HELD: Duration = Duration::from_millis(40);
/// Longest that fits one segment: 65,535 units at 8 kHz are 8.19 s.
const MAX_HELD: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests;
