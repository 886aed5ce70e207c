//! A stream laid out in time for a recording: packets are put where their timestamps say, and 20 ms
//! are taken off per tick, so that what was spoken and what is kept last equally long whatever the
//! network did.

use rappel_audio::{Concealer, MAX_FRAME_SAMPLES, Rate};
use rappel_rtp::Encoding;

/// A window of samples between the tick that reads and the packets that come.
#[derive(Debug)]
pub(crate) struct Timeline {
    /// The window as a ring; [`EMPTY`] where nothing has come.
    ring: Box<[i16]>,
    /// Samples of 20 ms.
    frame: usize,
    /// Samples taken off so far; the place in the ring is this modulo its length.
    read: u64,
    /// One past the furthest sample that came.
    written: u64,
    /// Where timestamp 0 of the source would lie, and which source it is.
    origin: Option<Origin>,
    /// Ticks until reading begins.
    hold: usize,
    /// Packets in a row that came after their time.
    late: u8,
    /// Packets in a row that lie further ahead than any network explains.
    early: u8,
    concealer: Concealer,
}

#[derive(Clone, Copy, Debug)]
struct Origin {
    ssrc: u32,
    /// The timestamp that lies at `place`.
    timestamp: u32,
    place: u64,
}

impl Timeline {
    /// One of sound at this rate.
    pub(crate) fn at(rate: Rate) -> Self {
        let frame = rate.frame_samples();
        Self {
            ring: vec![EMPTY; WINDOW_FRAMES * frame].into(),
            frame,
            read: 0,
            written: 0,
            origin: None,
            hold: DELAY_TICKS,
            late: 0,
            early: 0,
            concealer: Concealer::at(rate),
        }
    }

    /// Puts decoded samples where their timestamp says. What comes after its time is dropped; a
    /// source that keeps coming late or early, as one does whose clock is not ours, or jumps, is laid
    /// out anew.
    pub(crate) fn put(&mut self, ssrc: u32, timestamp: u32, samples: &[i16]) {
        let window = self.ring.len();
        let mut place = self.place(ssrc, timestamp);
        if place.is_none_or(|p| p + samples.len() as u64 > self.read + window as u64) {
            place = Some(self.lay_out(ssrc, timestamp));
        } else if place.is_some_and(|p| p < self.read) {
            self.late += 1;
            if self.late > MAX_LATE {
                place = Some(self.lay_out(ssrc, timestamp));
            }
        } else {
            self.late = 0;
            let early = place.is_some_and(|p| p > self.read + self.samples_of(EARLY_TICKS) as u64);
            self.early = if early { self.early + 1 } else { 0 };
            if self.early > MAX_EARLY {
                place = Some(self.lay_out(ssrc, timestamp));
            }
        }
        let Some(place) = place else { return };
        // A packet longer than the window (over half a second) loses its end.
        let samples = &samples[..samples.len().min(window - self.samples_of(DELAY_TICKS))];
        let past = self.read.saturating_sub(place).min(samples.len() as u64);
        let kept = &samples[past as usize..];
        let start = (place + past) as usize % window;
        let (now, wrapped) = kept.split_at(kept.len().min(window - start));
        put(&mut self.ring[start..start + now.len()], now);
        put(&mut self.ring[..wrapped.len()], wrapped);
        self.written = self.written.max(place + samples.len() as u64);
    }

    /// Writes what a tick makes readable into `frame`, which holds 20 ms: all of it, or, as false says,
    /// nothing in the first ticks, which give late packets their time.
    pub(crate) fn tick(&mut self, frame: &mut [i16]) -> bool {
        if self.hold > 0 {
            self.hold -= 1;
            return false;
        }
        self.take(frame);
        true
    }

    /// Writes the next 20 ms into `frame`; holes are concealed.
    pub(crate) fn take(&mut self, frame: &mut [i16]) {
        let start = self.read as usize % self.ring.len();
        // The window is a whole number of frames, so a frame never wraps round.
        let slots = &mut self.ring[start..start + self.frame];
        frame.copy_from_slice(slots);
        slots.fill(EMPTY);
        self.read += self.frame as u64;
        if !frame.contains(&EMPTY) {
            self.concealer.heard(frame);
            return;
        }
        let mut made = [0; MAX_FRAME_SAMPLES];
        let made = &mut made[..self.frame];
        self.concealer.fill(made);
        for (sample, &mut made) in frame.iter_mut().zip(made) {
            if *sample == EMPTY {
                *sample = made;
            }
        }
    }

    /// Samples that have come and were not taken yet.
    pub(crate) fn waiting(&self) -> u64 {
        self.written.saturating_sub(self.read)
    }

    /// Samples of so many frames.
    fn samples_of(&self, ticks: usize) -> usize {
        ticks * self.frame
    }

    fn place(&self, ssrc: u32, timestamp: u32) -> Option<u64> {
        let origin = self.origin.filter(|o| o.ssrc == ssrc)?;
        let distance = timestamp.wrapping_sub(origin.timestamp) as i32;
        origin.place.checked_add_signed(i64::from(distance))
    }

    /// From now on this timestamp is the present: [`DELAY_TICKS`] after what is read.
    fn lay_out(&mut self, ssrc: u32, timestamp: u32) -> u64 {
        let present = self.samples_of(DELAY_TICKS - self.hold);
        let place = self.read + present as u64;
        (self.late, self.early) = (0, 0);
        self.origin = Some(Origin {
            ssrc,
            timestamp,
            place,
        });
        place
    }
}

/// The timestamps of a stream in samples of what is recorded, whatever its own clock is: distances stay
/// what they are, over every wrap of either.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SampleClock {
    /// A timestamp of the stream and what it became.
    last: Option<(u32, u32)>,
}

impl SampleClock {
    /// The place of a timestamp, in samples of `rate`, which is the same in every call.
    pub(crate) fn at(&mut self, rate: Rate, encoding: Encoding, timestamp: u32) -> u32 {
        let (from, to) = self.last.unwrap_or((timestamp, timestamp));
        let distance = i64::from(timestamp.wrapping_sub(from) as i32);
        let samples = distance * i64::from(rate.hertz()) / i64::from(encoding.clock_rate());
        let there = to.wrapping_add(samples as u32);
        // Only whole steps are taken over, so that nothing is rounded away for good.
        if distance % i64::from(encoding.clock_of_frame()) == 0 {
            self.last = Some((timestamp, there));
        } else {
            self.last.get_or_insert((from, to));
        }
        there
    }
}

/// How late a packet may come and still be recorded in its place, in frames: 60 ms.
const DELAY_TICKS: usize = 3;

/// Frames between reading and the furthest packet: 640 ms.
const WINDOW_FRAMES: usize = 32;

/// Packets in a row that may come late before the layout follows them.
const MAX_LATE: u8 = 5;

/// Frames ahead of reading where a packet is early: 40 ms more than what is due.
const EARLY_TICKS: usize = DELAY_TICKS + 2;

/// Packets in a row that may be early before the layout follows them: two seconds of 20 ms each.
const MAX_EARLY: u8 = 100;

/// No sample that is put is this one: [`put`] sees to it.
const EMPTY: i16 = i16::MIN;

/// Copies samples; the lowest there is becomes its neighbour, which nobody can hear.
fn put(ring: &mut [i16], samples: &[i16]) {
    for (slot, &sample) in ring.iter_mut().zip(samples) {
        *slot = sample.max(EMPTY + 1);
    }
}

#[cfg(test)]
mod tests {
    use rappel_audio::{FRAME_SAMPLES, Frame};

    use super::*;

    const DELAY: usize = DELAY_TICKS * FRAME_SAMPLES;
    const EARLY: u64 = (EARLY_TICKS * FRAME_SAMPLES) as u64;

    fn packet(n: u32) -> [i16; FRAME_SAMPLES] {
        [100 + n as i16; FRAME_SAMPLES]
    }

    /// The middle of what a tick makes readable.
    fn tick(timeline: &mut Timeline) -> Option<i16> {
        let mut frame = Frame::SILENCE;
        timeline.tick(&mut frame.0).then_some(frame.0[80])
    }

    /// The middle of the next 20 ms.
    fn take(timeline: &mut Timeline) -> i16 {
        let mut frame = Frame::SILENCE;
        timeline.take(&mut frame.0);
        frame.0[80]
    }

    /// What a recording holds when packets come in this order, a batch per tick.
    fn recorded(ticks: &[&[u32]]) -> Vec<i16> {
        let mut timeline = Timeline::at(Rate::Narrow);
        let mut firsts = Vec::new();
        for batch in ticks {
            for &n in *batch {
                timeline.put(1, 5_000u32.wrapping_add(n * 160), &packet(n));
            }
            firsts.extend(tick(&mut timeline));
        }
        while timeline.waiting() > 0 {
            firsts.push(take(&mut timeline));
        }
        firsts
    }

    #[test]
    fn disorder_within_the_delay_is_put_right() {
        let frames = recorded(&[&[0], &[2], &[1], &[4, 3], &[], &[5]]);
        assert_eq!(frames, [100, 101, 102, 103, 104, 105]);
    }

    /// G.722 and Opus reach the lowest sample there is where somebody shouts.
    #[test]
    fn the_loudest_sound_is_no_hole() {
        let mut timeline = Timeline::at(Rate::Narrow);
        let loud: [i16; FRAME_SAMPLES] =
            std::array::from_fn(|i| if i % 8 < 4 { i16::MAX } else { i16::MIN });
        for n in 0..20 {
            timeline.put(7, n * 160, &loud);
        }
        for _ in 0..10 {
            let mut frame = Frame::SILENCE;
            timeline.take(&mut frame.0);
            if frame.0[0] != 0 {
                assert!(frame.0.iter().all(|s| s.unsigned_abs() >= 32_767));
            }
        }
        assert!(take(&mut timeline).unsigned_abs() >= 32_767);
    }

    #[test]
    fn a_lost_packet_keeps_its_length() {
        let frames = recorded(&[&[0], &[1], &[2], &[], &[4], &[5]]);
        assert_eq!((frames.len(), frames[5]), (6, 105));
        assert!(frames[3] != 0 && frames[3] != 104, "{}", frames[3]);
    }

    #[test]
    fn what_comes_too_late_is_dropped_and_a_lasting_delay_is_followed() {
        let mut timeline = Timeline::at(Rate::Narrow);
        timeline.put(1, 0, &packet(0));
        for _ in 0..20 {
            tick(&mut timeline);
        }
        for n in 1..=5 {
            timeline.put(1, n * 160, &packet(n));
            assert_eq!(timeline.waiting(), 0);
        }
        timeline.put(1, 6 * 160, &packet(6));
        assert_eq!(timeline.waiting(), (DELAY + FRAME_SAMPLES) as u64);
    }

    #[test]
    fn a_fast_clock_is_followed_and_a_burst_is_not() {
        let mut timeline = Timeline::at(Rate::Narrow);
        let mut furthest = 0;
        // One packet more than ticks every two seconds: 1 % fast.
        let mut n = 0;
        for period in 0..3_000 {
            let packets = if period % 100 == 99 { 2 } else { 1 };
            for _ in 0..packets {
                timeline.put(1, n * 160, &packet(0));
                n += 1;
            }
            tick(&mut timeline);
            furthest = furthest.max(timeline.waiting());
        }
        assert!(furthest <= EARLY + 3 * 160, "{furthest}");

        let mut timeline = Timeline::at(Rate::Narrow);
        for n in 0..10 {
            timeline.put(1, n * 160, &packet(n));
        }
        assert_eq!(timeline.waiting(), 10 * 160);
    }

    #[test]
    fn a_jump_and_a_new_source_are_laid_out_anew() {
        let mut timeline = Timeline::at(Rate::Narrow);
        for _ in 0..5 {
            tick(&mut timeline);
        }
        timeline.put(1, u32::MAX - 10, &packet(0));
        timeline.put(1, 400_000, &packet(1));
        assert_eq!(timeline.waiting(), (DELAY + FRAME_SAMPLES) as u64);
        tick(&mut timeline);
        timeline.put(2, 9, &packet(2));
        assert_eq!(timeline.waiting(), (DELAY + FRAME_SAMPLES) as u64);
    }

    #[test]
    fn oversize_packets_stay_within_the_window() {
        let mut timeline = Timeline::at(Rate::Narrow);
        timeline.put(1, 0, &[1; 10_000]);
        timeline.put(1, 160, &[1; 10_000]);
        for _ in 0..100 {
            take(&mut timeline);
        }
    }
}
