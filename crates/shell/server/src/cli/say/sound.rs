//! The sound of a spoken value: its recorded pieces, one behind the other.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use rappel_audio::{samples_in, wav};
use rappel_ivr::say::{PAUSE, Piece};
use rappel_model::{Language, TenantId};
use rappel_prompts::Catalog;

/// Writes what a caller hears; tells whether words without a recording were left out.
pub(super) fn write(file: &Path, language: &Language, pieces: &[Piece]) -> Result<bool, String> {
    let (samples, left_out) = samples(language, pieces)?;
    let wrong = |why: String| format!("{}: {why}", file.display());
    let writer = File::create(file).map_err(|why| wrong(why.to_string()))?;
    wav::write(BufWriter::new(writer), &samples).map_err(|why| wrong(why.to_string()))?;
    Ok(left_out)
}

/// The engine's own recordings of the pieces, at 8 kHz.
fn samples(language: &Language, pieces: &[Piece]) -> Result<(Vec<i16>, bool), String> {
    let catalog = Catalog::embedded();
    let nobody = TenantId::from("");
    let mut samples = Vec::new();
    let mut left_out = false;
    for piece in pieces {
        match piece {
            Piece::Clip(key) => {
                let recording = catalog.find(&nobody, language, key);
                let recording = recording.map_err(|why| why.to_string())?;
                samples.extend(recording.samples().map_err(|why| why.to_string())?);
            }
            Piece::Pause => {
                let silence = usize::try_from(samples_in(PAUSE)).unwrap_or(0);
                samples.resize(samples.len() + silence, 0);
            }
            Piece::Speech(_) => left_out = true,
        }
    }
    Ok((samples, left_out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_heard_one_behind_the_other() {
        let fr = Language::from("fr-BE");
        let clip = |key: &str| Piece::Clip(key.to_owned());
        let length = |pieces: &[Piece]| samples(&fr, pieces).map(|(samples, _)| samples.len());
        let (one, two) = (clip("number/91f"), clip("minutes/21"));
        let sum = length(std::slice::from_ref(&one)).unwrap()
            + length(std::slice::from_ref(&two)).unwrap();
        assert_eq!(length(&[one, Piece::Pause, two]), Ok(sum + 960));
        let speech = samples(&fr, &[Piece::Speech("Martin".to_owned())]);
        assert_eq!(speech, Ok((Vec::new(), true)));
        assert!(samples(&fr, &[clip("no-such-piece")]).is_err());
    }

    #[test]
    fn a_file_is_written_that_can_be_heard() {
        let file = std::env::temp_dir().join(format!("rappel-say-{}.wav", std::process::id()));
        let pieces = [Piece::Clip("number/21".to_owned())];
        let written = write(&file, &Language::from("en"), &pieces);
        let heard = File::open(&file).map(wav::read);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(written, Ok(false));
        let heard = heard.unwrap().unwrap();
        assert!(heard.len() > 2_000 && heard.iter().any(|s| s.unsigned_abs() > 4_000));
    }
}
