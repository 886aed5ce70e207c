//! Which recording is found, and that ours are there and say their words.

use std::path::PathBuf;

use super::*;

/// A folder of its own, removed at the end.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("rappel-prompts-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes `prompts/NAME.wav` below `folder` with this many samples.
    pub(crate) fn wav(&self, folder: &str, name: &str, rate: u32, samples: usize) {
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let path = self.file(folder, name);
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        (0..samples * 2).for_each(|_| writer.write_sample(500i16).unwrap());
        writer.finalize().unwrap();
    }

    pub(crate) fn file(&self, folder: &str, name: &str) -> PathBuf {
        let path = self.0.join(folder).join(format!("prompts/{name}.wav"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn source(catalog: &Catalog, tenant: &str, language: &str, key: &str) -> String {
    match catalog.find(&tenant.into(), &language.into(), key) {
        Ok(Recording::File(path)) => path.display().to_string(),
        Ok(Recording::Embedded(name, _)) => format!("embedded {name}"),
        Err(missing) => missing.to_string(),
    }
}

#[test]
fn music_is_of_every_language() {
    let place = Place::new("music");
    for (folder, name) in [("shared", "de/music"), ("a", "fr/music"), ("a", "fr/hello")] {
        place.wav(folder, name, 8_000, 160);
    }
    let mut catalog = Catalog::embedded();
    catalog.set_shared(&place.path().join("shared")).unwrap();
    let own = place.path().join("a");
    catalog.set_tenant("a".into(), &own).unwrap();
    assert!(source(&catalog, "a", "en", "music").ends_with("a/prompts/fr/music.wav"));
    assert!(source(&catalog, "b", "en", "music").ends_with("shared/prompts/de/music.wav"));
    assert!(catalog.find(&"a".into(), &"en".into(), "hello").is_err());
}

#[test]
fn a_tenants_own_recording_wins_over_the_shared_and_that_over_ours() {
    let place = Place::new("order");
    let mut catalog = Catalog::embedded();
    assert_eq!(
        source(&catalog, "a", "fr", "goodbye"),
        "embedded fr/goodbye"
    );
    place.wav("shared", "fr/goodbye", 8_000, 10);
    place.wav("a", "fr/goodbye", 8_000, 10);
    catalog.set_shared(&place.path().join("shared")).unwrap();
    catalog
        .set_tenant("a".into(), &place.path().join("a"))
        .unwrap();
    catalog
        .set_tenant("b".into(), &place.path().join("nothing-here"))
        .unwrap();
    assert!(source(&catalog, "a", "fr", "goodbye").ends_with("a/prompts/fr/goodbye.wav"));
    assert!(source(&catalog, "b", "fr", "goodbye").ends_with("shared/prompts/fr/goodbye.wav"));
    assert_eq!(
        source(&catalog, "b", "en", "goodbye"),
        "embedded en/goodbye"
    );
}

#[test]
fn a_language_falls_back_on_its_plain_form_and_at_last_on_english() {
    let catalog = Catalog::embedded();
    assert_eq!(
        source(&catalog, "a", "fr-CH", "number/71"),
        "embedded fr-CH/number/71"
    );
    assert_eq!(
        source(&catalog, "a", "fr-CH", "number/21"),
        "embedded fr/number/21"
    );
    assert_eq!(
        source(&catalog, "a", "de", "goodbye"),
        "embedded en/goodbye"
    );
    assert_eq!(
        source(&catalog, "a", "de", "no-such-thing"),
        "the prompt \"no-such-thing\" of a has no recording in \"de\""
    );
}

#[test]
fn names_are_told_for_the_check_of_a_tenant() {
    let place = Place::new("names");
    place.wav("a", "fr/attente.1", 8_000, 10);
    place.wav("a", "fr/villes/lyon", 8_000, 10);
    std::fs::write(place.file("a", "fr/notes").with_extension("txt"), "x").unwrap();
    let mut catalog = Catalog::embedded();
    catalog
        .set_tenant("a".into(), &place.path().join("a"))
        .unwrap();
    let names: Vec<String> = catalog.of_tenant(&"a".into()).into_iter().collect();
    assert_eq!(names, ["fr/attente.1", "fr/villes/lyon"]);
    assert!(catalog.of_all().contains("en/number/99"));
    assert!(catalog.of_tenant(&"b".into()).is_empty());
}

#[test]
fn the_number_of_recordings_is_bounded() {
    let place = Place::new("bound");
    for n in 0..=MAX_RECORDINGS {
        std::fs::write(place.file("a", &format!("fr/{n}")), "").unwrap();
    }
    let problem = Catalog::embedded()
        .set_shared(&place.path().join("a"))
        .unwrap_err();
    assert!(
        problem.to_string().contains("more than 5000 recordings"),
        "{problem}"
    );
}

/// The words of the shared sentences and of the pieces live in the flow language, their recordings
/// here: they must not drift apart.
#[test]
fn every_shared_sentence_and_every_piece_is_recorded_with_its_words() {
    use sha2::{Digest, Sha256};
    let mut wanted = Vec::new();
    for language in rappel_ivr::say::LANGUAGES {
        for (key, words) in rappel_ivr::say::recorded(&language.into()) {
            wanted.push((language, key, words));
        }
    }
    for prompt in rappel_ivr::shared_prompts::SHARED_PROMPTS {
        wanted.push(("fr", prompt.key.to_owned(), prompt.fr.to_owned()));
        wanted.push(("en", prompt.key.to_owned(), prompt.en.to_owned()));
    }
    for (language, key, words) in wanted {
        let name = format!("{language}/{key}");
        let (_, bytes) = embedded::recording(&name).unwrap_or_else(|| panic!("{name} is missing"));
        let print = crate::fingerprint::read(io::Cursor::new(bytes)).unwrap();
        let hash = Sha256::digest(words.as_bytes());
        let expected: String = hash[..8].iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(print, Some(expected), "{name} does not say {words:?}");
    }
}

/// `prompts/pieces.toml` is what `cargo xtask prompts` reads. With `RAPPEL_WRITE_PIECES=1` this test
/// writes it anew.
#[test]
fn the_file_of_pieces_is_that_of_the_flow_language() {
    use std::fmt::Write;
    let mut pieces: Vec<(String, Vec<(&str, String)>)> = Vec::new();
    for language in rappel_ivr::say::LANGUAGES {
        for (key, words) in rappel_ivr::say::recorded(&language.into()) {
            match pieces.iter_mut().find(|(known, _)| *known == key) {
                Some((_, said)) => said.push((language, words)),
                None => pieces.push((key, vec![(language, words)])),
            }
        }
    }
    let mut text = String::from(PIECES_HEAD);
    for (key, said) in pieces {
        write!(text, "\n[prompt.\"{key}\"]\n").unwrap();
        for (language, words) in said {
            writeln!(text, "{language} = \"{words}\"").unwrap();
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../prompts/pieces.toml");
    if std::env::var_os("RAPPEL_WRITE_PIECES").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(found == text, "run this test with RAPPEL_WRITE_PIECES=1");
}

const PIECES_HEAD: &str = "\
# The words of the pieces that spoken values are put together from, as the flow language lists them
# (crates/core/ivr/src/say). A region has only what it says otherwise. Written by a test of
# crates/shell/prompts; `cargo xtask prompts` speaks it.
";

#[test]
fn our_recordings_are_16_khz_neither_silent_nor_clipped() {
    for name in embedded::names() {
        let (_, bytes) = embedded::recording(name).unwrap();
        let (samples, rate) = wav::read_at_own_rate(bytes).unwrap();
        assert_eq!(rate, 16_000, "{name}");
        let peak = samples.iter().map(|s| s.unsigned_abs()).max().unwrap();
        assert!((6_000..=26_000).contains(&peak), "{name}: {peak}");
        assert!(samples.len() > 1_600, "{name}: {} samples", samples.len());
    }
}

/// Nothing of the tables of spoken forms needs a synthesiser: every piece of every row is recorded,
/// under the region's own tag or its language's.
#[test]
fn every_piece_of_every_spoken_form_is_recorded() {
    use rappel_ivr::say::{Format, Manner, Moment, Piece, Spoken, moment, read};
    let zone = jiff::tz::TimeZone::UTC;
    let tables = [
        (include_str!("../../../../../tests/spoken/fr.tsv"), false),
        (include_str!("../../../../../tests/spoken/en.tsv"), false),
        (
            include_str!("../../../../../tests/spoken/huitante.tsv"),
            true,
        ),
    ];
    let rows = tables
        .iter()
        .flat_map(|(table, huitante)| table.lines().map(move |row| (row, *huitante)));
    let mut known = BTreeSet::new();
    for (row, huitante) in rows {
        let columns: Vec<&str> = row.split('\t').collect();
        let [tag, format, value, now, _] = columns[..] else {
            panic!("five columns: {row}");
        };
        let spoken = Spoken {
            huitante,
            ..Spoken::default()
        };
        let manner = Manner {
            language: tag.into(),
            spoken,
        };
        let format = Format::from_word(format).unwrap();
        let at = Moment {
            now: moment(if now.is_empty() { "2026-11-24" } else { now }, &zone).unwrap(),
            zone: zone.clone(),
        };
        let pieces = manner.say(format, &read(format, value, &zone).unwrap(), &at);
        for piece in pieces.unwrap() {
            let Piece::Clip(key) = piece else {
                assert_eq!(piece, Piece::Pause, "{row}");
                continue;
            };
            let plain = tag.split('-').next().unwrap();
            if known.insert((tag, key.clone())) {
                let found = [tag, plain]
                    .iter()
                    .find_map(|tag| embedded::recording(&format!("{tag}/{key}")));
                assert!(found.is_some(), "{key} of {row}");
            }
        }
    }
    // Not a table that says little: most pieces are used by some row.
    assert!(known.len() > 2_500, "{}", known.len());
}
