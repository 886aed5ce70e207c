//! The sound of one side of a bridge in the encoding of the other, packet by packet as it comes:
//! what is lost is filled in, what is late is left out, and nothing waits for a clock.

use rappel_audio::codec::{Decoder, Encoder, MAX_PACKET_SAMPLES, Noise};
use rappel_audio::frame::MAX_FRAME_SAMPLES;
use rappel_audio::{Codec, Rate};
use rappel_rtp::{Encoding, Header, Sound};

use crate::agreed::codec;
use crate::voice::Payload;

/// One direction of a bridge whose sides speak different encodings.
#[derive(Debug)]
pub(crate) struct Transcoder {
    from: Encoding,
    to: Encoding,
    rate: Rate,
    decoder: Decoder,
    encoder: Encoder,
    /// The source, and the timestamp right behind what was decoded of it.
    expected: Option<(u32, u32)>,
    /// Decoded, and not a whole frame yet.
    waiting: [i16; MAX_FRAME_SAMPLES],
    filled: usize,
    /// The numbers of the next packet made: a stream of its own, placed by whoever sends it.
    sequence: u16,
    timestamp: u32,
    /// Sound begins anew with the next packet.
    marker: bool,
}

impl Transcoder {
    /// From one encoding to another, over the rate both can use; `None` where one of them is not
    /// built in.
    pub(crate) fn new(from: Encoding, to: Encoding) -> Option<Self> {
        let rate = natural(from).min(natural(to));
        Some(Self {
            from,
            to,
            rate,
            decoder: Decoder::new(codec(from), rate).ok()?,
            encoder: Encoder::new(codec(to), rate).ok()?,
            expected: None,
            waiting: [0; MAX_FRAME_SAMPLES],
            filled: 0,
            sequence: 0,
            timestamp: 0,
            marker: true,
        })
    }

    /// How many of a hundred packets the listener misses; matters to Opus.
    pub(crate) fn expect_loss(&mut self, percent: u8) {
        self.encoder.expect_loss(percent);
    }

    /// Whether it is made for these two.
    pub(crate) fn fits(&self, from: Encoding, to: Encoding) -> bool {
        (self.from, self.to) == (from, to)
    }

    /// Takes one packet of the speaker; `made` gets each packet for the listener that it completes,
    /// under the numbers of a stream that begins with this transcoder. Of a packet that says that the
    /// speaker pauses nothing is made; told is how the pause sounds, as far as its decoder knows.
    pub(crate) fn put(
        &mut self,
        header: &Header,
        payload: &[u8],
        mut made: impl FnMut(Header, &Payload),
    ) -> Option<Noise> {
        let mut samples = [0; MAX_PACKET_SAMPLES];
        if Sound::of(self.from, payload).is_some_and(|sound| sound.pauses) {
            let count = self.decoder.decode(payload, &mut samples);
            self.pause();
            return Some(heard_as(&samples[..count]));
        }
        let missing = self.missing(header)?;
        for left in (0..missing).rev() {
            let count = match left {
                0 => self.decoder.recover(payload, &mut samples),
                _ => self.decoder.conceal(&mut samples),
            };
            self.code(header.ssrc, &samples[..count], &mut made);
        }
        let count = self.decoder.decode(payload, &mut samples);
        if count == 0 {
            return None;
        }
        let length =
            count as u64 * u64::from(self.from.clock_rate()) / u64::from(self.rate.hertz());
        let behind = header.timestamp.wrapping_add(length as u32);
        self.expected = Some((header.ssrc, behind));
        self.code(header.ssrc, &samples[..count], &mut made);
        None
    }

    /// The speaker pauses: the time until it goes on is no loss.
    pub(crate) fn pause(&mut self) {
        self.expected = None;
    }

    /// How many frames are lost before this packet; `None` when it came too late. After a pause or
    /// a jump the made stream leaves as much time out.
    fn missing(&mut self, header: &Header) -> Option<u32> {
        let expected = self.expected.filter(|(ssrc, _)| *ssrc == header.ssrc);
        let Some((_, expected)) = expected else {
            self.begin();
            return Some(0);
        };
        let distance = header.timestamp.wrapping_sub(expected) as i32;
        let frame = self.from.clock_of_frame();
        let second = self.from.clock_rate() as i32;
        if (-second..0).contains(&distance) {
            return None;
        }
        let missing = distance.unsigned_abs() / frame;
        if distance >= 0 && missing <= MAX_MISSING {
            return Some(missing);
        }
        let gap = u64::from(distance.max(0).unsigned_abs()) * u64::from(self.to.clock_rate())
            / u64::from(self.from.clock_rate());
        self.timestamp = self.timestamp.wrapping_add(gap as u32);
        self.begin();
        Some(0)
    }

    fn begin(&mut self) {
        self.filled = 0;
        self.marker = true;
    }

    /// Cuts decoded sound into frames and codes them.
    fn code(&mut self, ssrc: u32, samples: &[i16], made: &mut impl FnMut(Header, &Payload)) {
        let frame = self.rate.frame_samples();
        let mut rest = samples;
        while !rest.is_empty() {
            let count = rest.len().min(frame - self.filled);
            self.waiting[self.filled..self.filled + count].copy_from_slice(&rest[..count]);
            self.filled += count;
            rest = &rest[count..];
            if self.filled == frame {
                self.filled = 0;
                let payload = Payload::coded(&mut self.encoder, &self.waiting[..frame]);
                let header = self.number(ssrc);
                made(header, &payload);
            }
        }
    }

    fn number(&mut self, ssrc: u32) -> Header {
        let header = Header {
            marker: std::mem::take(&mut self.marker),
            payload_type: 0,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(self.to.clock_of_frame());
        header
    }
}

/// What a decoder makes of a pause, as noise: never so loud as a word whose end it may be, never nothing.
fn heard_as(samples: &[i16]) -> Noise {
    Noise::white(
        Noise::like(samples)
            .level()
            .clamp(LOUDEST_PAUSE, QUIETEST_PAUSE),
    )
}

fn natural(encoding: Encoding) -> Rate {
    Codec::natural_rate(codec(encoding))
}

/// Decibels below full scale of the loudest and the quietest pause that is believed to be one.
const LOUDEST_PAUSE: u8 = 50;
const QUIETEST_PAUSE: u8 = 75;

/// Frames in a row that are filled in; a longer hole is a pause of the speaker.
const MAX_MISSING: u32 = 5;

#[cfg(test)]
mod tests;
