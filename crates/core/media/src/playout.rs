//! One stream heard on our clock: the jitter buffer says what is due, the decoder makes it sound, and
//! 20 ms leave per tick. For whoever mixes, judges or answers what it hears; a bridge needs none.

use rappel_audio::codec::{ComfortNoise, Decoder, Error, MAX_PACKET_SAMPLES, Noise};
use rappel_audio::frame::MAX_FRAME_SAMPLES;
use rappel_audio::{FRAME_SAMPLES, Frame, Rate, SpeechDetector};
use rappel_model::Instant;
use rappel_rtp::{Encoding, Header, Sound};

use crate::agreed::codec;
use crate::jitter::{Coded, JitterBuffer, Out, Put, Settings};

/// Decodes one stream tick by tick. All memory is taken when it is made: 6 KiB beside those of
/// [`JitterBuffer`] and [`Decoder`].
#[derive(Debug)]
pub struct Playout {
    encoding: Encoding,
    buffer: JitterBuffer,
    voice: Voice,
    speech: SpeechDetector,
    /// The last tick was so quiet that 20 ms more or less of it are not noticed.
    quiet: bool,
}

/// What a tick consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heard {
    /// The stream is silent: nothing, or comfort noise.
    Nothing,
    /// Sound made up for what is missing.
    Concealed,
    /// Sound that came, at least in part.
    Sound,
}

/// What is decoded and not played yet.
#[derive(Debug)]
struct Voice {
    decoder: Decoder,
    /// RTP clock units per second.
    clock: u32,
    rate: Rate,
    queue: Box<[i16; QUEUE]>,
    filled: usize,
    /// Sound has come: silence after it fades from it.
    begun: bool,
    /// The noise that the sender described last, and whether it is to be heard.
    noise: ComfortNoise,
    noisy: bool,
}

impl Playout {
    /// For a stream of `encoding`, heard at `rate`. `seed` tells its comfort noise from others'.
    ///
    /// # Errors
    /// Where there is no decoder: [`Error`] says why.
    pub fn new(encoding: Encoding, rate: Rate, seed: u32) -> Result<Self, Error> {
        let settings = Settings {
            clock_rate: encoding.clock_rate(),
            fec: encoding == Encoding::Opus,
        };
        Ok(Self {
            encoding,
            buffer: JitterBuffer::new(settings),
            voice: Voice {
                decoder: Decoder::new(codec(encoding), rate)?,
                clock: encoding.clock_rate(),
                rate,
                queue: Box::new([0; QUEUE]),
                filled: 0,
                begun: false,
                noise: ComfortNoise::new(Noise::white(QUIETEST), seed),
                noisy: false,
            },
            speech: SpeechDetector::new(),
            quiet: true,
        })
    }

    /// As [`JitterBuffer::begin_at_once`].
    pub fn begin_at_once(&mut self) {
        self.buffer.begin_at_once();
    }

    /// Takes a packet of sound. One that is none of its encoding is [`Put::Stray`].
    pub fn put(&mut self, now: Instant, header: &Header, payload: &[u8]) -> Put {
        let Some(sound) = Sound::of(self.encoding, payload) else {
            return Put::Stray;
        };
        let coded = Coded {
            header: *header,
            units: sound.units,
            pauses: sound.pauses,
            payload,
        };
        self.buffer.put(now, &coded)
    }

    /// Takes a packet of comfort noise (RFC 3389).
    pub fn put_noise(&mut self, now: Instant, header: &Header, payload: &[u8]) -> Put {
        let coded = Coded {
            header: *header,
            units: 0,
            pauses: true,
            payload,
        };
        self.buffer.put(now, &coded)
    }

    /// Takes note of a packet without sound, as [`JitterBuffer::put_soundless`].
    pub fn put_soundless(&mut self, header: &Header) {
        self.buffer.put_soundless(header);
    }

    /// What the jitter buffer has counted and holds.
    pub fn buffer(&self) -> &JitterBuffer {
        &self.buffer
    }

    /// 20 ms of our clock have passed: writes as many samples into `out`, which holds one frame of the
    /// rate.
    ///
    /// # Panics
    /// When `out` is shorter: the caller lends a whole frame.
    pub fn tick(&mut self, now: Instant, out: &mut [i16]) -> Heard {
        let mut heard = Heard::Nothing;
        self.buffer.tick(now, self.quiet);
        while let Some(piece) = self.buffer.poll_output() {
            heard = heard.max(self.voice.take(piece));
        }
        let out = &mut out[..self.voice.rate.frame_samples()];
        self.voice.give(out);
        let mut frame = Frame::SILENCE;
        let step = out.len() / FRAME_SAMPLES;
        for (sample, &heard) in frame.0.iter_mut().zip(out.iter().step_by(step)) {
            *sample = heard;
        }
        self.quiet = !self.speech.is_speech(&frame);
        heard
    }
}

impl Voice {
    fn take(&mut self, piece: Out<'_>) -> Heard {
        match piece {
            Out::Packet {
                payload, units: 0, ..
            } => {
                if let Some(noise) = Noise::parse(payload) {
                    self.noise.change(noise);
                    self.noisy = true;
                }
                Heard::Nothing
            }
            Out::Packet {
                payload,
                units,
                skip,
                ..
            } => self.decode(payload, units, skip),
            Out::Missing { units } | Out::Insert { units } => {
                self.conceal(self.samples(units));
                Heard::Concealed
            }
            Out::MissingButNext { units, next } => {
                let frame = self.rate.frame_samples();
                let samples = self.samples(units);
                self.conceal(samples.saturating_sub(frame));
                let mut made = [0; MAX_FRAME_SAMPLES];
                let count = self.decoder.recover(next, &mut made);
                let wanted = samples.min(frame);
                // The end of what is repeated touches the packet that is here.
                self.append(&made[count.saturating_sub(wanted)..count], wanted);
                Heard::Concealed
            }
            Out::Nothing { units } => {
                self.pause(self.samples(units));
                Heard::Nothing
            }
            Out::Remove { units } => {
                self.remove(self.samples(units));
                Heard::Nothing
            }
        }
    }

    fn decode(&mut self, payload: &[u8], units: u32, skip: u32) -> Heard {
        let mut sound = [0; MAX_PACKET_SAMPLES];
        let count = self.decoder.decode(payload, &mut sound);
        let (all, skip) = (self.samples(units), self.samples(skip));
        if count == 0 {
            self.conceal(all.saturating_sub(skip));
            return Heard::Concealed;
        }
        self.begun = true;
        self.noisy = false;
        self.append(
            &sound[skip.min(count)..count.min(all)],
            all.saturating_sub(skip),
        );
        Heard::Sound
    }

    fn conceal(&mut self, samples: usize) {
        let mut left = samples;
        while left > 0 {
            let mut made = [0; MAX_FRAME_SAMPLES];
            let count = self.decoder.conceal(&mut made[..self.rate.frame_samples()]);
            let part = left.min(self.rate.frame_samples());
            self.append(&made[..count.min(part)], part);
            left -= part;
        }
    }

    /// Comfort noise where some was described; else what the decoder makes of silence, so that sound
    /// does not break off.
    fn pause(&mut self, samples: usize) {
        if self.noisy {
            let mut made = [0; QUEUE];
            let made = &mut made[..samples.min(QUEUE)];
            self.noise.fill(made);
            self.append(made, samples);
        } else if self.begun {
            self.conceal(samples);
        } else {
            self.append(&[], samples);
        }
    }

    /// Queues `wanted` samples: these, and silence where there are fewer.
    fn append(&mut self, sound: &[i16], wanted: usize) {
        let sound = &sound[..sound.len().min(wanted)];
        let room = &mut self.queue[self.filled..];
        let wanted = wanted.min(room.len());
        let (now, after) = room[..wanted].split_at_mut(sound.len().min(wanted));
        now.copy_from_slice(&sound[..now.len()]);
        after.fill(0);
        self.filled += wanted;
    }

    /// Takes so many samples out where it is heard least, the ends blended over 10 ms.
    fn remove(&mut self, samples: usize) {
        let blend = (self.rate.frame_samples() / 2).min(self.filled.saturating_sub(samples));
        let last = self.filled.saturating_sub(samples + blend);
        let differs = |start: &usize| -> u64 {
            let queue = &self.queue;
            let pairs = (*start..*start + blend).step_by(2);
            pairs
                .map(|n| u64::from(queue[n].abs_diff(queue[n + samples])))
                .sum()
        };
        let start = (0..=last).step_by(SEARCH).min_by_key(differs).unwrap_or(0);
        for n in 0..blend {
            let (out, new) = (self.queue[start + n], self.queue[start + n + samples]);
            let (rise, fall) = (n as i32, (blend - n) as i32);
            let mixed = (i32::from(out) * fall + i32::from(new) * rise) / blend as i32;
            // A mean of two samples is a sample.
            self.queue[start + n] = mixed as i16;
        }
        self.queue
            .copy_within(start + blend + samples..self.filled, start + blend);
        self.filled -= samples.min(self.filled);
    }

    fn give(&mut self, out: &mut [i16]) {
        let count = out.len().min(self.filled);
        debug_assert_eq!(count, out.len(), "the pieces of a tick fill it");
        out[..count].copy_from_slice(&self.queue[..count]);
        out[count..].fill(0);
        self.queue.copy_within(count..self.filled, 0);
        self.filled -= count;
    }

    fn samples(&self, units: u32) -> usize {
        (u64::from(units) * u64::from(self.rate.hertz()) / u64::from(self.clock)) as usize
    }
}

/// Samples that wait at most: almost two ticks, and the longest packet.
const QUEUE: usize = 2 * MAX_FRAME_SAMPLES + MAX_PACKET_SAMPLES;

/// Samples between two places that are tried for a cut.
const SEARCH: usize = 4;

/// The level of comfort noise that nobody hears.
const QUIETEST: u8 = 127;

#[cfg(test)]
mod tests;
