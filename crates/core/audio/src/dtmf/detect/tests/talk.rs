//! Talk-off: many minutes of speech, French and English, at many levels, in which no key may be heard;
//! and the same speech beneath keys that must be.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use super::*;
use crate::wav;

/// The recordings of the shared announcements, at 16 kHz.
fn speech(language: &str) -> Vec<Vec<i16>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../prompts")
        .join(language);
    let mut files: Vec<PathBuf> = walk(folder);
    files.sort();
    files
        .iter()
        .map(|file| {
            #[expect(clippy::disallowed_methods, reason = "a test's files")]
            let bytes = fs::read(file).expect("a prompt can be read");
            let (samples, rate) =
                wav::read_at_own_rate(Cursor::new(bytes)).expect("a prompt is a WAV");
            assert_eq!(rate, 16_000);
            samples
        })
        .collect()
}

fn walk(folder: PathBuf) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .expect("prompts are in the repository")
        .flat_map(|entry| {
            let path = entry.expect("a folder can be read").path();
            if path.is_dir() {
                walk(path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|e| e == "wav"))
        .collect()
}

#[test]
fn minutes_of_speech_hold_no_key() {
    let mut minutes = 0.0;
    for language in ["fr", "en", "fr-BE", "fr-CA", "fr-CH"] {
        let mut detector = Detector::at(Rate::Wide);
        for sentence in speech(language) {
            // Loud, as recorded, and soft; and each a little shifted, so that other blocks are cut.
            for (percent, shift) in [(100, 0), (180, 53), (30, 101)] {
                let samples: Vec<i16> = sentence[shift..]
                    .iter()
                    .map(|&s| (i32::from(s) * percent / 100).clamp(-32_768, 32_767) as i16)
                    .collect();
                minutes += samples.len() as f64 / 16_000.0 / 60.0;
                for chunk in samples.chunks(320) {
                    assert_eq!(detector.listen(chunk), None, "{language} at {percent} %");
                }
            }
        }
    }
    assert!(minutes > 40.0, "{minutes:.1}");
}

#[test]
fn a_key_is_found_while_somebody_speaks_softly() {
    let voice = speech("en").concat();
    let mut detector = Detector::at(Rate::Wide);
    let (mut sent, mut found) = (0, 0);
    for (n, chunk) in voice.chunks_exact(16_000).take(60).enumerate() {
        let key = ALL.chars().nth(n % 16).unwrap();
        let narrow: Vec<i16> = KeyTone::new(key, ms(100)).unwrap().collect();
        let mut tone = vec![0; 3_200];
        crate::halfband::Doubler::new().convert(&narrow[..800], &mut tone);
        let mut mixed = chunk.to_vec();
        for sample in &mut mixed {
            *sample /= 8;
        }
        for (sample, tone) in mixed[4_000..].iter_mut().zip(&tone) {
            *sample = sample.saturating_add(*tone);
        }
        let heard: String = mixed
            .chunks(320)
            .filter_map(|c| detector.listen(c))
            .collect();
        sent += 1;
        found += usize::from(heard == key.to_string());
        assert!(heard.len() <= 1, "{key}: {heard}");
    }
    assert!(found * 100 >= sent * 98, "{found} of {sent}");
}
