//! Comfort noise (RFC 3389): what a sender says of the background while it sends no sound, and the
//! noise made of it.

use crate::frame::MAX_FRAME_SAMPLES;

/// What a packet of comfort noise says: how loud the background is, and its colour as an all-pole
/// model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Decibels below the loudest possible sound (a square wave of full scale), 0 to 127.
    level: u8,
    /// Reflection coefficients, each within ±1; 0 beyond what was sent, which is white.
    reflections: [f32; MAX_ORDER],
}

impl Noise {
    /// White noise, `level` decibels below the loudest possible sound; more than 127 counts as 127.
    pub const fn white(level: u8) -> Self {
        Self {
            level: if level > QUIETEST { QUIETEST } else { level },
            reflections: [0.0; MAX_ORDER],
        }
    }

    /// White noise as loud as these samples are on average: what is sent when a pause begins.
    pub fn like(samples: &[i16]) -> Self {
        let sum: f64 = samples.iter().map(|&s| f64::from(s).powi(2)).sum();
        let power = sum / (samples.len().max(1) as f64) / LOUDEST.powi(2);
        let below = -10.0 * power.max(1e-13).log10();
        Self::white(below.round().clamp(0.0, 127.0) as u8)
    }

    /// Reads a payload (§3): a byte of level, then a byte for each reflection coefficient. Of more
    /// than [`MAX_ORDER`] coefficients the rest is not heard, as §3 allows. `None` when it is empty.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let (&level, colours) = payload.split_first()?;
        // §3.1: the first bit is unused.
        let mut noise = Self::white(level & QUIETEST);
        for (reflection, &byte) in noise.reflections.iter_mut().zip(colours) {
            // §3.2: 127 is 0; 0 and 254 are nearly −1 and 1, and 255 is never sent.
            *reflection = 258.0 * (f32::from(byte.min(254)) - 127.0) / 32_768.0;
        }
        Some(noise)
    }

    /// The payload that says it: the level alone, which is a whole packet (§3.1).
    pub const fn payload(&self) -> [u8; 1] {
        [self.level]
    }

    /// Decibels below the loudest possible sound.
    pub const fn level(&self) -> u8 {
        self.level
    }
}

/// Makes the noise of one stream, seamlessly from one level to the next.
#[derive(Clone, Debug)]
pub struct ComfortNoise {
    noise: Noise,
    /// How loud the excitation is: the model amplifies, so that the level comes out.
    drive: f32,
    /// The all-pole lattice's memory.
    backward: [f32; MAX_ORDER],
    /// A generator of 2³² different numbers (Marsaglia's xorshift).
    state: u32,
}

impl ComfortNoise {
    /// A source that starts with this noise. Streams with different seeds do not sound in step.
    pub fn new(noise: Noise, seed: u32) -> Self {
        let mut source = Self {
            noise,
            drive: 0.0,
            backward: [0.0; MAX_ORDER],
            state: seed | 1,
        };
        source.change(noise);
        source
    }

    /// From now on it sounds like this.
    pub fn change(&mut self, noise: Noise) {
        let gain: f32 = noise.reflections.iter().map(|k| 1.0 - k * k).product();
        let level = LOUDEST as f32 * 10f32.powf(-f32::from(noise.level) / 20.0);
        // Evenly spread numbers within ±1 have a power of a third.
        self.drive = level * (3.0 * gain).sqrt();
        self.noise = noise;
    }

    /// The next samples, at whatever rate the stream has.
    pub fn fill(&mut self, samples: &mut [i16]) {
        for block in samples.chunks_mut(MAX_FRAME_SAMPLES) {
            for sample in block {
                *sample = self.next().clamp(-32_768.0, 32_767.0) as i16;
            }
        }
    }

    /// The excitation through the lattice: 1 / A(z), stable since every coefficient is within ±1.
    fn next(&mut self) -> f32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        let mut forward = self.state as i32 as f32 / 2_147_483_648.0 * self.drive;
        for order in (0..MAX_ORDER).rev() {
            let reflection = self.noise.reflections[order];
            forward -= reflection * self.backward[order];
            if order + 1 < MAX_ORDER {
                self.backward[order + 1] = self.backward[order] + reflection * forward;
            }
        }
        self.backward[0] = forward;
        forward
    }
}

/// Reflection coefficients that are heard: as many as the appendix of G.711 that §5 names uses.
pub const MAX_ORDER: usize = 10;

/// The lowest level that can be said.
const QUIETEST: u8 = 127;

/// 0 dBov: the root mean square of a square wave of full scale.
const LOUDEST: f64 = 32_768.0;

#[cfg(test)]
mod tests;
