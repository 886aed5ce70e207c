//! Talk-off: no key is heard in people who talk. The voices are recordings of people, the announcements that
//! Debian packages for another exchange; ours in `prompts/` are a machine's, and the detector's own tests have
//! them. No engine here: it stands with the other tests that need what Debian's packages bring.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rappel_audio::Rate;
use rappel_audio::dtmf::{Detector, KeyTone};
use rappel_audio::wav;

/// Where the packages put them: `asterisk-core-sounds-en-wav` and `asterisk-core-sounds-fr-wav`.
const VOICES: [&str; 2] = [
    "/usr/share/asterisk/sounds/en_US_f_Allison",
    "/usr/share/asterisk/sounds/fr_CA_f_June",
];

/// Samples of one frame at 8 kHz.
const FRAME: usize = 160;

#[test]
fn people_who_talk_in_two_languages_for_fifty_minutes_press_no_key() {
    let key = KeyTone::new('5', Duration::from_millis(100)).expect("it is a key");
    let key: Vec<i16> = key.collect();
    for folder in VOICES {
        let mut minutes = 0.0;
        let mut files = Vec::new();
        collect(Path::new(folder), &mut files);
        files.sort();
        for file in &files {
            let sound = File::open(file).expect("it has just been found");
            let (samples, rate) =
                wav::read_at_own_rate(sound).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            assert_eq!(rate, 8_000, "{}", file.display());
            minutes += samples.len() as f64 / 8_000.0 / 60.0;
            // As recorded, loud, and soft; and each a little shifted, so that other blocks are cut.
            for (percent, shift) in [(100, 0), (180, 27), (30, 51)] {
                let mut detector = Detector::at(Rate::Narrow);
                let spoken: Vec<i16> = samples
                    .iter()
                    .skip(shift)
                    .map(|s| scaled(*s, percent))
                    .collect();
                for frame in spoken.chunks(FRAME) {
                    let heard = detector.listen(frame);
                    assert_eq!(heard, None, "{} at {percent} %", file.display());
                }
                // It is not deaf either.
                let pressed = key.chunks(FRAME).find_map(|frame| detector.listen(frame));
                assert_eq!(pressed, Some('5'), "after {}", file.display());
            }
        }
        println!("{folder}: {} recordings, {minutes:.1} minutes", files.len());
        assert!(
            minutes > 24.0,
            "{folder}: {minutes:.1} minutes; is the package whole?"
        );
    }
}

fn scaled(sample: i16, percent: i32) -> i16 {
    let scaled = i32::from(sample) * percent / 100;
    scaled.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}; `cargo xtask test` installs it", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder can be read").path();
        match path.is_dir() {
            true => collect(&path, files),
            false if path.extension().is_some_and(|kind| kind == "wav") => files.push(path),
            false => {}
        }
    }
}
