//! What is done to a spoken sentence before it is kept: 16 kHz, no silence around it, one loudness,
//! and the fingerprint of its words in the file.

use std::f64::consts::PI;
use std::path::Path;

/// Samples of one channel and their rate.
pub(super) struct Sound {
    pub(super) samples: Vec<f64>,
    pub(super) rate: u32,
}

/// Reads the WAV that espeak-ng writes: 16 bits, one channel.
pub(super) fn read(path: &Path) -> Result<Sound, String> {
    let wrong = |why: String| format!("{}: {why}", path.display());
    let reader = hound::WavReader::open(path).map_err(|why| wrong(why.to_string()))?;
    let spec = reader.spec();
    if spec.channels != 1 || spec.bits_per_sample != 16 {
        return Err(wrong(format!("not what espeak-ng writes: {spec:?}")));
    }
    let samples = reader
        .into_samples::<i16>()
        .map(|sample| sample.map(f64::from))
        .collect::<Result<_, _>>()
        .map_err(|why| wrong(why.to_string()))?;
    Ok(Sound {
        samples,
        rate: spec.sample_rate,
    })
}

/// How much silence is left around a recording, in samples.
#[derive(Clone, Copy)]
pub(super) struct Breath {
    before: usize,
    after: usize,
}

impl Breath {
    /// A sentence by itself: 20 and 60 ms.
    pub(super) const SENTENCE: Self = Self {
        before: WINDOW * 2,
        after: WINDOW * 6,
    };

    /// A piece that others follow: 10 and 20 ms.
    pub(super) const PIECE: Self = Self {
        before: WINDOW,
        after: WINDOW * 2,
    };
}

/// Trims, brings to one loudness and to [`RATE`].
pub(super) fn prepare(samples: &[f64], rate: u32, breath: Breath) -> Vec<i16> {
    let samples = resample(samples, rate, RATE);
    let samples = trimmed(&samples, breath);
    let gain = gain(samples);
    samples
        .iter()
        .map(|sample| (sample * gain).round().clamp(-32_768.0, 32_767.0) as i16)
        .collect()
}

/// Writes the file: sound first, then the fingerprint as `LIST`/`INFO`/`ICMT`.
pub(super) fn write(path: &Path, samples: &[i16], fingerprint: &str) -> Result<(), String> {
    let mut info = b"INFOICMT".to_vec();
    // The comment ends with a NUL, and chunks are even.
    let mut comment = fingerprint.as_bytes().to_vec();
    comment.push(0);
    info.extend((comment.len() as u32).to_le_bytes());
    comment.resize(comment.len() + comment.len() % 2, 0);
    info.extend(comment);
    let sound: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let mut file = b"RIFF".to_vec();
    file.extend((4 + 24 + 8 + sound.len() as u32 + 8 + info.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend((sound.len() as u32).to_le_bytes());
    file.extend(sound);
    file.extend(b"LIST");
    file.extend((info.len() as u32).to_le_bytes());
    file.extend(info);
    let folder = path.parent().expect("a recording lies in a folder");
    std::fs::create_dir_all(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    std::fs::write(path, file).map_err(|why| format!("{}: {why}", path.display()))
}

/// The fingerprint in a file written by [`write()`]; `None` for any other recording.
pub(super) fn fingerprint(path: &Path) -> Result<Option<String>, String> {
    let file = std::fs::read(path).map_err(|why| format!("{}: {why}", path.display()))?;
    let Some(at) = file.len().checked_sub(FINGERPRINT_TAIL) else {
        return Ok(None);
    };
    let tail = &file[at..];
    if !tail.starts_with(b"LIST") || tail[8..16] != *b"INFOICMT" {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&tail[20..36]).into_owned();
    Ok(text.bytes().all(|b| b.is_ascii_hexdigit()).then_some(text))
}

/// Cuts the silence around the sound and leaves a breath of it.
fn trimmed(samples: &[f64], breath: Breath) -> &[f64] {
    let loud = |window: &[f64]| {
        let power: f64 = window.iter().map(|s| s * s).sum();
        (power / window.len() as f64).sqrt() > SILENCE
    };
    let windows: Vec<bool> = samples.chunks(WINDOW).map(loud).collect();
    let Some(first) = windows.iter().position(|&l| l) else {
        return &[];
    };
    let last = windows.iter().rposition(|&l| l).unwrap_or(first);
    let start = (first * WINDOW).saturating_sub(breath.before);
    let end = ((last + 1) * WINDOW + breath.after).min(samples.len());
    &samples[start..end]
}

/// The factor that brings the spoken parts to [`LOUDNESS`] without a peak above [`PEAK`].
fn gain(samples: &[f64]) -> f64 {
    let mut powers: Vec<f64> = samples
        .chunks(WINDOW)
        .map(|window| window.iter().map(|s| s * s).sum::<f64>() / window.len() as f64)
        .filter(|power| power.sqrt() > SILENCE)
        .collect();
    powers.sort_by(f64::total_cmp);
    let mean = powers.iter().sum::<f64>() / powers.len().max(1) as f64;
    let peak = samples.iter().fold(1.0f64, |peak, s| peak.max(s.abs()));
    (LOUDNESS / mean.sqrt().max(1.0)).min(PEAK / peak)
}

/// A windowed-sinc filter at every output sample: slow, exact and done once per sentence.
fn resample(samples: &[f64], from: u32, to: u32) -> Vec<f64> {
    let count = samples.len() as u64 * u64::from(to) / u64::from(from);
    let cutoff = 0.47 * f64::from(to.min(from)) / f64::from(from);
    let output = |n: u64| {
        let place = n as f64 * f64::from(from) / f64::from(to);
        let first = (place.floor() as i64 - REACH).max(0) as usize;
        let last = ((place.floor() as i64 + REACH) as usize).min(samples.len().saturating_sub(1));
        (first..=last)
            .map(|i| {
                let x = i as f64 - place;
                let window = 0.5 + 0.5 * (PI * x / (REACH as f64 + 1.0)).cos();
                samples[i] * window * 2.0 * cutoff * sinc(2.0 * cutoff * x)
            })
            .sum()
    };
    (0..count).map(output).collect()
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Samples per second of what is kept.
const RATE: u32 = 16_000;
/// Samples looked at together: 10 ms.
const WINDOW: usize = RATE as usize / 100;
/// Below this root mean square there is silence: −48 dBFS.
const SILENCE: f64 = 130.0;
/// Root mean square of what is kept: −20 dBFS.
const LOUDNESS: f64 = 3_277.0;
/// Highest peak of what is kept: −2 dBFS.
const PEAK: f64 = 26_000.0;
/// Input samples on either side of an output sample.
const REACH: i64 = 32;
/// Bytes of the chunk that ends a file of ours.
const FINGERPRINT_TAIL: usize = 8 + 4 + 8 + 18;

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(level: f64) -> Vec<f64> {
        let mut samples = vec![0.0; 22_050];
        samples.extend((0..22_050).map(|i| level * (f64::from(i) * 0.2).sin()));
        samples.extend(vec![0.0; 22_050]);
        samples
    }

    #[test]
    fn loud_and_soft_voices_come_out_alike_and_without_silence() {
        for level in [2_000.0, 20_000.0] {
            let samples = prepare(&spoken(level), 22_050, Breath::SENTENCE);
            assert!(
                (16_000..17_700).contains(&samples.len()),
                "{}",
                samples.len()
            );
            let power: f64 = samples.iter().map(|&s| f64::from(s).powi(2)).sum();
            let loudness = (power / samples.len() as f64).sqrt();
            assert!((3_000.0..3_400.0).contains(&loudness), "{loudness}");
        }
    }

    #[test]
    fn silence_stays_empty() {
        assert!(prepare(&[0.0; 10_000], 22_050, Breath::PIECE).is_empty());
    }

    #[test]
    fn the_fingerprint_is_read_back_and_other_files_have_none() {
        let folder = std::env::temp_dir().join(format!("rappel-xtask-{}", std::process::id()));
        let path = folder.join("fr/x.wav");
        write(&path, &[1, 2, 3], "0123456789abcdef").expect("the folder can be written");
        assert_eq!(
            fingerprint(&path).expect("the file can be read").as_deref(),
            Some("0123456789abcdef")
        );
        let read = read(&path).expect("the file can be read");
        assert_eq!((read.samples, read.rate), (vec![1.0, 2.0, 3.0], RATE));
        std::fs::write(&path, b"RIFF").expect("the folder can be written");
        assert_eq!(fingerprint(&path).expect("the file can be read"), None);
        std::fs::remove_dir_all(&folder).expect("the folder can be written");
    }
}
