//! The one stream of packets a session sends: whatever its sound comes from, its source, sequence
//! and timestamps go on without a break (RFC 3550 §5.1).

use std::time::Duration;

use rappel_model::Instant;
use rappel_rtp::Header;

/// The place of the next packet in the stream.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    ssrc: u32,
    /// Of the next packet.
    sequence: u16,
    /// Of a packet sent in the coming tick; rises with every tick, sent or not.
    clock: u32,
    /// What was sent last.
    last: Option<Last>,
    /// How a bridged stream is placed into this one.
    anchor: Option<Anchor>,
    /// Timestamp units of one tick: 160 for telephones, 960 for Opus.
    tick: u32,
    /// Ticks of silence so far, when it is not sent as sound.
    quiet: Option<u32>,
    sent: u64,
    /// Payload bytes sent, modulo 2³² as RTCP counts them.
    octets: u32,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    at: Instant,
    timestamp: u32,
    paced: bool,
}

/// The distance between the numbers of a relayed stream and ours.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// Our number of the first packet relayed; nothing before it can be placed.
    first: u16,
}

impl Outgoing {
    pub(crate) fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Self {
        Self {
            ssrc,
            sequence,
            clock: timestamp,
            last: None,
            anchor: None,
            tick: TICK,
            quiet: None,
            sent: 0,
            octets: 0,
        }
    }

    /// The stream counts in these units from here on; where it stands does not change.
    pub(crate) fn pace(&mut self, tick: u32) {
        self.tick = tick;
    }

    /// The header of a packet we make ourselves in this tick.
    pub(crate) fn paced(&mut self, now: Instant, payload_type: u8) -> Header {
        // Sound that was relayed until now goes on without a hole.
        if self.last.is_some_and(|last| !last.paced) {
            self.clock = self.begin();
        }
        self.catch_up();
        // A marker where the sound did not run on from the tick before (RFC 3551 §4.1).
        let runs_on = self
            .last
            .is_some_and(|l| l.paced && l.timestamp == self.clock.wrapping_sub(self.tick));
        self.anchor = None;
        let header = self.header(payload_type, self.clock, !runs_on);
        self.note(now, self.clock, true);
        header
    }

    /// The header of a packet of a key (RFC 4733): its timestamp is that of the key's beginning.
    pub(crate) fn key(&mut self, now: Instant, payload_type: u8, at: u32, marker: bool) -> Header {
        self.anchor = None;
        let header = self.header(payload_type, at, marker);
        self.note(now, self.clock, true);
        header
    }

    /// The header of a packet that takes the next number amid a bridged stream, which goes on behind it; its
    /// time is past.
    pub(crate) fn inserted(&mut self, payload_type: u8, timestamp: u32) -> Header {
        let header = self.header(payload_type, timestamp, false);
        if let Some(anchor) = &mut self.anchor {
            anchor.sequence = anchor.sequence.wrapping_add(1);
            // What was on its way before it has no number of its own any more.
            anchor.first = self.sequence;
        }
        header
    }

    /// One more tick of silence that is not sent as sound; how many there were before it.
    pub(crate) fn pass_quietly(&mut self) -> u32 {
        let before = self.quiet.unwrap_or_default();
        self.quiet = Some(before.wrapping_add(1));
        before
    }

    /// Sound follows on such silence: whether its first packet has to say so.
    pub(crate) fn breaks_silence(&mut self) -> bool {
        self.quiet.take().is_some()
    }

    /// The timestamp of this tick.
    pub(crate) fn clock(&mut self) -> u32 {
        self.catch_up();
        self.clock
    }

    /// The header under which a packet of a bridged stream leaves. Gaps and disorder of that stream
    /// are kept, so that the listener can see them. `None` when it is from before the bridge.
    pub(crate) fn relayed(
        &mut self,
        now: Instant,
        received: Header,
        payload_type: u8,
    ) -> Option<Header> {
        let fresh = self.anchor.is_none_or(|a| a.ssrc != received.ssrc);
        let anchor = match self.anchor {
            Some(anchor) if !fresh => anchor,
            _ => self.place(received),
        };
        let sequence = received.sequence.wrapping_add(anchor.sequence);
        let timestamp = received.timestamp.wrapping_add(anchor.timestamp);
        if (sequence.wrapping_sub(anchor.first) as i16) < 0 {
            return None;
        }
        let ahead = sequence.wrapping_sub(self.sequence) as i16;
        if ahead >= 0 {
            self.sequence = sequence.wrapping_add(1);
            self.note(now, timestamp, false);
        } else if let Some(last) = &mut self.last {
            last.at = now;
        }
        self.sent += 1;
        Some(Header {
            marker: received.marker || fresh,
            payload_type,
            sequence,
            timestamp,
            ssrc: self.ssrc,
        })
    }

    /// The bridged stream begins anew: another source, or the same after a jump.
    pub(crate) fn unanchor(&mut self) {
        self.anchor = None;
    }

    /// One tick has passed.
    pub(crate) fn advance(&mut self) {
        self.clock = self.clock.wrapping_add(self.tick);
    }

    /// So many ticks have passed since the last packet, and nothing was to be sent in them.
    pub(crate) fn pass(&mut self, ticks: u8) {
        if ticks > 0 {
            self.catch_up();
            let units = self.tick.wrapping_mul(ticks.into());
            self.clock = self.clock.wrapping_add(units);
        }
    }

    /// When the last packet left.
    pub(crate) fn last_sent(&self) -> Option<Instant> {
        self.last.map(|l| l.at)
    }

    /// So much of the time until `now` in which nothing left is not counted.
    pub(crate) fn excuse(&mut self, now: Instant, stood: Duration) {
        if let Some(last) = &mut self.last {
            last.at = now.min(last.at + stood);
        }
    }

    /// Counts the payload of a packet that left.
    pub(crate) fn carried(&mut self, octets: usize) {
        self.octets = self.octets.wrapping_add(octets as u32);
    }

    /// Packets sent.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Payload bytes sent, modulo 2³².
    pub(crate) fn octets(&self) -> u32 {
        self.octets
    }

    /// Where the clock of the stream stands.
    pub(crate) fn present(&self) -> u32 {
        self.clock
    }

    fn place(&mut self, received: Header) -> Anchor {
        let begin = self.begin();
        let anchor = Anchor {
            ssrc: received.ssrc,
            sequence: self.sequence.wrapping_sub(received.sequence),
            timestamp: begin.wrapping_sub(received.timestamp),
            first: self.sequence,
        };
        self.anchor = Some(anchor);
        anchor
    }

    /// The timestamp at which a stream goes on that comes from elsewhere now. What is relayed comes between
    /// ticks, so that the clock may be one ahead of what was sent: less than that is no pause.
    fn begin(&mut self) -> u32 {
        self.catch_up();
        let next = self.last.map(|last| last.timestamp.wrapping_add(self.tick));
        next.filter(|next| self.clock.wrapping_sub(*next) <= self.tick)
            .unwrap_or(self.clock)
    }

    /// The peer behind a bridge may have run ahead of our ticks: time must not go back.
    fn catch_up(&mut self) {
        if let Some(last) = self.last {
            let next = last.timestamp.wrapping_add(self.tick);
            if (next.wrapping_sub(self.clock) as i32) > 0 {
                self.clock = next;
            }
        }
    }

    fn header(&mut self, payload_type: u8, timestamp: u32, marker: bool) -> Header {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        self.sent += 1;
        Header {
            marker,
            payload_type,
            sequence,
            timestamp,
            ssrc: self.ssrc,
        }
    }

    fn note(&mut self, at: Instant, timestamp: u32, paced: bool) {
        self.last = Some(Last {
            at,
            timestamp,
            paced,
        });
    }
}

/// Timestamp units of one tick before anything is agreed: 20 ms at 8 kHz.
pub(crate) const TICK: u32 = 160;
