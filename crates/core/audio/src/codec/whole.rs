//! A sound coded once, whole, so that playing it is copying: prompts, music, tones.

use std::time::Duration;

use super::{Codec, Encoder, Error, MAX_ENCODED};
use crate::frame::{FRAME_LENGTH, MAX_FRAME_SAMPLES, Rate};
use crate::resample::resample;

/// Codes a whole sound in frames of 20 ms; the last is filled up with silence. Where the codec wants
/// another rate, the sound is resampled first, without a delay. Opus codes with its default settings.
///
/// # Errors
/// Where there is no Opus: [`Error`] says why.
pub fn encode_all(codec: Codec, rate: Rate, samples: &[i16]) -> Result<Encoded, Error> {
    let own = match codec {
        Codec::Opus => rate,
        Codec::Pcmu | Codec::Pcma | Codec::G722 => codec.natural_rate(),
    };
    let converted = resample(samples, rate.hertz(), own.hertz())
        .expect("8 and 16 kHz convert into one another");
    let mut encoder = Encoder::new(codec, own)?;
    let frames = converted.len().div_ceil(own.frame_samples());
    let mut bytes = Vec::with_capacity(frames * codec.frame_bytes().unwrap_or(OPUS_GUESS));
    let mut ends = Vec::new();
    for chunk in converted.chunks(own.frame_samples()) {
        let mut frame = [0; MAX_FRAME_SAMPLES];
        frame[..chunk.len()].copy_from_slice(chunk);
        let mut packet = [0; MAX_ENCODED];
        let length = encoder.encode(&frame[..own.frame_samples()], &mut packet);
        bytes.extend_from_slice(&packet[..length]);
        if codec.frame_bytes().is_none() {
            // 4 GiB of Opus are 16 days.
            ends.push(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        }
    }
    Ok(Encoded {
        codec,
        bytes: bytes.into(),
        ends: ends.into(),
    })
}

/// Packets of 20 ms in a row, ready to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Encoded {
    codec: Codec,
    bytes: Box<[u8]>,
    /// Where each packet ends, of a codec whose packets have their own lengths.
    ends: Box<[u32]>,
}

impl Encoded {
    /// The codec of the packets.
    pub const fn codec(&self) -> Codec {
        self.codec
    }

    /// How many packets there are.
    pub fn frames(&self) -> usize {
        match self.codec.frame_bytes() {
            Some(bytes) => self.bytes.len() / bytes,
            None => self.ends.len(),
        }
    }

    /// The payload of the `n`-th packet, from 0; `None` after the last.
    pub fn frame(&self, n: usize) -> Option<&[u8]> {
        if let Some(bytes) = self.codec.frame_bytes() {
            return self.bytes.chunks_exact(bytes).nth(n);
        }
        let end = *self.ends.get(n)? as usize;
        let start = n
            .checked_sub(1)
            .map_or(0, |before| self.ends[before] as usize);
        self.bytes.get(start..end)
    }

    /// All packets behind one another: of G.711 and G.722 a stream of bytes that may be cut anywhere.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How long it sounds, in whole frames.
    pub fn length(&self) -> Duration {
        FRAME_LENGTH * u32::try_from(self.frames()).unwrap_or(u32::MAX)
    }

    /// What it weighs in memory, in bytes.
    pub fn weight(&self) -> usize {
        self.bytes.len() + size_of_val(&*self.ends)
    }
}

impl std::fmt::Debug for Encoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Encoded({:?}, {:?})", self.codec, self.length())
    }
}

/// Bytes to begin with for each Opus packet: 24 kbit/s.
const OPUS_GUESS: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Decoder, MAX_PACKET_SAMPLES};

    const BUILT: [Codec; 4] = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];

    fn hum(rate: Rate, samples: usize) -> Vec<i16> {
        let step = 440.0 * 2.0 * std::f64::consts::PI / f64::from(rate.hertz());
        (0..samples)
            .map(|i| (8_000.0 * (i as f64 * step).sin()) as i16)
            .collect()
    }

    #[test]
    fn a_clip_has_a_packet_for_every_20_ms_begun() {
        for codec in BUILT.into_iter().filter(|c| c.is_built()) {
            for rate in [Rate::Narrow, Rate::Wide] {
                let second = hum(rate, rate.hertz() as usize + 2);
                let clip = encode_all(codec, rate, &second).unwrap();
                assert_eq!((clip.frames(), clip.codec()), (51, codec), "{rate:?}");
                assert_eq!(clip.length(), Duration::from_millis(1_020));
                assert!(clip.frame(51).is_none());
                let all: Vec<u8> = (0..51)
                    .flat_map(|n| clip.frame(n).unwrap())
                    .copied()
                    .collect();
                assert_eq!(all, clip.bytes());
                assert!(clip.weight() >= all.len() && clip.weight() < 20_000);
                let nothing = encode_all(codec, rate, &[]).unwrap();
                assert_eq!((nothing.frames(), nothing.frame(0)), (0, None));
            }
        }
    }

    #[test]
    fn a_clip_sounds_like_what_it_was_made_of() {
        for codec in BUILT.into_iter().filter(|c| c.is_built()) {
            for rate in [Rate::Narrow, Rate::Wide] {
                let clip = encode_all(codec, rate, &hum(rate, rate.frame_samples() * 50)).unwrap();
                let mut decoder = Decoder::new(codec, Rate::Narrow).unwrap();
                let mut sound = Vec::new();
                for n in 0..clip.frames() {
                    let mut out = [0; MAX_PACKET_SAMPLES];
                    let count = decoder.decode(clip.frame(n).unwrap(), &mut out);
                    assert_eq!(count, 160, "{codec:?} {n}");
                    sound.extend_from_slice(&out[..count]);
                }
                // 440 Hz cross zero upwards 440 times a second.
                let middle = &sound[2_000..6_000];
                let crossings = middle.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
                assert!((219..=221).contains(&crossings), "{codec:?}: {crossings}");
                let peak = middle.iter().max().unwrap();
                assert!((7_000..9_000).contains(peak), "{codec:?}: {peak}");
            }
        }
    }
}
