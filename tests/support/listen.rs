//! What was heard: tones, silences, and which sentence, from the samples of a WAV file. Made with
//! nothing of ours, so that a fault of ours cannot hide itself.

use std::path::Path;

/// Sound at 8 kHz, one channel.
#[derive(Clone, Debug, Default)]
pub struct Sound {
    samples: Vec<f32>,
}

/// A stretch of a sound, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// First millisecond.
    pub from: usize,
    /// First millisecond behind it.
    pub to: usize,
}

impl Sound {
    /// Reads a WAV file of any usual rate; only the first channel counts.
    pub fn read(path: &Path) -> Self {
        let mut reader =
            hound::WavReader::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let spec = reader.spec();
        let scale = 1.0 / (1i64 << (spec.bits_per_sample - 1)) as f32;
        let all: Vec<f32> = match spec.sample_format {
            hound::SampleFormat::Int => reader
                .samples::<i32>()
                .map_while(Result::ok)
                .map(|s| s as f32 * scale)
                .collect(),
            hound::SampleFormat::Float => reader.samples::<f32>().map_while(Result::ok).collect(),
        };
        let first: Vec<f32> = all.into_iter().step_by(spec.channels.into()).collect();
        Self {
            samples: to_8_khz(&first, spec.sample_rate as usize),
        }
    }

    /// Samples at 8 kHz.
    pub fn from_samples(samples: &[i16]) -> Self {
        Self {
            samples: samples.iter().map(|s| f32::from(*s) / 32_768.0).collect(),
        }
    }

    /// Its length in milliseconds.
    pub fn millis(&self) -> usize {
        self.samples.len() / 8
    }

    /// The level in dB below full scale of each 20 ms.
    pub fn levels(&self) -> Vec<f32> {
        self.samples.chunks_exact(160).map(level).collect()
    }

    /// Every stretch of at least `shortest` ms in which nothing is louder than −50 dB.
    pub fn silences(&self, shortest: usize) -> Vec<Stretch> {
        let mut found = Vec::new();
        let mut begun = None;
        for (i, quiet) in self
            .levels()
            .iter()
            .map(|l| *l < -50.0)
            .chain([false])
            .enumerate()
        {
            match (quiet, begun) {
                (true, None) => begun = Some(i),
                (false, Some(from)) => {
                    found.push(Stretch {
                        from: from * 20,
                        to: i * 20,
                    });
                    begun = None;
                }
                _ => {}
            }
        }
        found.retain(|s| s.to - s.from >= shortest);
        found
    }

    /// The part between two points, in milliseconds.
    pub fn part(&self, from: usize, to: usize) -> Self {
        let end = (to * 8).min(self.samples.len());
        Self {
            samples: self.samples[(from * 8).min(end)..end].to_vec(),
        }
    }

    /// Milliseconds in which `hertz` is the dominant sound.
    pub fn tone_millis(&self, hertz: f32) -> usize {
        self.samples
            .chunks_exact(160)
            .filter(|frame| has_tone(frame, hertz))
            .count()
            * 20
    }

    /// From the first to the last 20 ms with the tone; `None` when it is never heard.
    pub fn tone_span(&self, hertz: f32) -> Option<Stretch> {
        let frames: Vec<bool> = self
            .samples
            .chunks_exact(160)
            .map(|frame| has_tone(frame, hertz))
            .collect();
        let first = frames.iter().position(|t| *t)?;
        let last = frames.iter().rposition(|t| *t)?;
        Some(Stretch {
            from: first * 20,
            to: (last + 1) * 20,
        })
    }

    /// The level of the loudest half of the frames in which a tone is heard, in dB.
    pub fn tone_level(&self, hertz: f32) -> Option<f32> {
        let mut levels: Vec<f32> = self
            .samples
            .chunks_exact(160)
            .filter(|frame| has_tone(frame, hertz))
            .map(level)
            .collect();
        levels.sort_by(f32::total_cmp);
        levels.get(levels.len() / 2).copied()
    }

    /// Where `sentence` is heard in this sound: the place in milliseconds and how alike both are
    /// (1 is the same). Compares how loudness moves in four bands, which G.711 and a gain leave
    /// alone and which no two sentences share.
    pub fn find(&self, sentence: &Self) -> Option<(usize, f32)> {
        let (here, there) = (bands(&self.samples), bands(&sentence.samples));
        if there.is_empty() || here.len() < there.len() {
            return None;
        }
        (0..=here.len() - there.len())
            .map(|at| (at * 20, likeness(&here[at..at + there.len()], &there)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Whether `sentence` is heard.
    pub fn contains(&self, sentence: &Self) -> bool {
        self.find(sentence).is_some_and(|(_, alike)| alike > ALIKE)
    }
}

/// Writes a WAV file at 8 kHz: a tone at −13 dB for `length`, then five minutes of silence, so that
/// whoever plays it never comes to its end.
pub fn write_tone(path: &Path, hertz: f32, length: std::time::Duration) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("a WAV file can be made");
    let spoken = (length.as_millis() * 8) as usize;
    for i in 0..spoken + 300 * 8_000 {
        let angle = i as f32 * hertz * std::f32::consts::TAU / 8_000.0;
        let loud = if i < spoken { 10_361.0 } else { 0.0 };
        writer
            .write_sample((angle.sin() * loud) as i16)
            .expect("a sample can be written");
    }
    writer.finalize().expect("the file can be ended");
}

/// Likeness above which two sentences are the same one.
pub const ALIKE: f32 = 0.85;

/// Log energy in four bands, 20 ms a row.
fn bands(samples: &[f32]) -> Vec<[f32; 4]> {
    const CENTRES: [[f32; 3]; 4] = [
        [200.0, 300.0, 400.0],
        [600.0, 800.0, 1000.0],
        [1300.0, 1600.0, 1900.0],
        [2300.0, 2700.0, 3100.0],
    ];
    let row = |frame: &[f32]| {
        CENTRES.map(|band| {
            let energy: f32 = band.iter().map(|hertz| power(frame, *hertz)).sum();
            (energy + 1e-7).log10()
        })
    };
    samples.chunks_exact(160).map(row).collect()
}

/// Correlation of two series of band energies, 1 for the same up to a gain.
fn likeness(a: &[[f32; 4]], b: &[[f32; 4]]) -> f32 {
    let flat = |rows: &[[f32; 4]]| rows.iter().flatten().copied().collect::<Vec<f32>>();
    let (a, b) = (flat(a), flat(b));
    let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
    let (ma, mb) = (mean(&a), mean(&b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(&b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    if aa * bb > 0.0 {
        ab / (aa * bb).sqrt()
    } else {
        0.0
    }
}

/// Goertzel: the power of one frequency in a frame, full scale sine = 1.
fn power(frame: &[f32], hertz: f32) -> f32 {
    let w = 2.0 * std::f32::consts::PI * hertz / 8000.0;
    let c = 2.0 * w.cos();
    let (mut s1, mut s2) = (0.0f32, 0.0f32);
    for x in frame {
        (s1, s2) = (x + c * s1 - s2, s1);
    }
    let n = frame.len() as f32 / 2.0;
    (s1 * s1 + s2 * s2 - c * s1 * s2) / (n * n)
}

/// One frequency holds more than two thirds of the energy of an audible frame.
fn has_tone(frame: &[f32], hertz: f32) -> bool {
    let all: f32 = frame.iter().map(|x| x * x).sum::<f32>() / frame.len() as f32;
    all > 1e-5 && power(frame, hertz) / 2.0 > 0.66 * all
}

fn level(frame: &[f32]) -> f32 {
    let mean = frame.iter().map(|x| x * x).sum::<f32>() / frame.len() as f32;
    10.0 * (mean + 1e-12).log10()
}

/// Averages (down) or repeats (up) to 8 kHz: enough for levels, tones below 3 kHz and likeness.
fn to_8_khz(samples: &[f32], rate: usize) -> Vec<f32> {
    let length = samples.len() * 8000 / rate.max(1);
    let place = |i: usize| i * rate / 8000;
    (0..length)
        .map(|i| {
            let window = &samples[place(i)..place(i + 1).clamp(place(i) + 1, samples.len())];
            window.iter().sum::<f32>() / window.len() as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hertz: f32, millis: usize) -> Sound {
        let wave = |i: usize| (i as f32 * hertz * 2.0 * std::f32::consts::PI / 8000.0).sin() * 0.3;
        Sound {
            samples: (0..millis * 8).map(wave).collect(),
        }
    }

    #[test]
    fn a_tone_is_heard_where_it_is_and_another_is_not() {
        let mut sound = Sound {
            samples: vec![0.0; 8000],
        };
        sound.samples.extend(sine(440.0, 500).samples);
        assert_eq!(
            sound.tone_span(440.0),
            Some(Stretch {
                from: 1000,
                to: 1500
            })
        );
        assert_eq!(sound.tone_millis(1000.0), 0);
        assert_eq!(sound.silences(900), vec![Stretch { from: 0, to: 1000 }]);
        let level = sound.tone_level(440.0).expect("the tone is there");
        assert!((level + 13.5).abs() < 0.5, "{level}");
    }

    #[test]
    fn two_melodies_are_told_apart() {
        let melody = |notes: &[f32]| {
            let samples = notes.iter().flat_map(|n| sine(*n, 120).samples).collect();
            Sound { samples }
        };
        let one = melody(&[300.0, 900.0, 1600.0, 300.0, 2700.0]);
        let other = melody(&[1600.0, 300.0, 300.0, 2700.0, 900.0]);
        let mut heard = Sound {
            samples: vec![0.001; 4000],
        };
        heard.samples.extend(one.samples.iter().map(|s| s * 0.4));
        assert!(heard.contains(&one));
        assert!(!heard.contains(&other), "{:?}", heard.find(&other));
    }
}
