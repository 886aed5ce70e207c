//! Versions are numbered, kept within a bound, found again, and never half there.

use super::*;
use crate::scratch::Scratch;

fn archive() -> (Scratch, Archive) {
    let scratch = Scratch::new();
    let archive = Archive::open(&scratch.folder()).unwrap();
    (scratch, archive)
}

fn files(text: &str) -> KeptFiles {
    let texts = [("tenants/a/tenant.toml".to_owned(), text.to_owned())];
    KeptFiles {
        texts: texts.into(),
        recordings: BTreeMap::new(),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000)
}

#[test]
fn numbers_rise_and_the_same_files_keep_theirs() {
    let (scratch, archive) = archive();
    let a = TenantId::from("a");
    assert_eq!(archive.running(&a).unwrap(), None);
    assert_eq!(archive.accept(&a, "f1", &files("1"), at(1)).unwrap(), 1);
    archive.run(&a, 1, false).unwrap();
    assert_eq!(archive.accept(&a, "f2", &files("2"), at(2)).unwrap(), 2);
    archive.run(&a, 2, false).unwrap();
    assert_eq!(archive.accept(&a, "f1", &files("1"), at(3)).unwrap(), 1);
    // Two texts with one fingerprint are two versions all the same.
    assert_eq!(archive.accept(&a, "f1", &files("3"), at(4)).unwrap(), 3);
    let again = Archive::open(&scratch.folder()).unwrap();
    let kept = again.versions(&a).unwrap();
    let told: Vec<_> = kept
        .iter()
        .map(|v| (v.id.to_string(), v.accepted))
        .collect();
    let wanted = [("1-f1", 1), ("2-f2", 2), ("3-f1", 4)];
    assert_eq!(told, wanted.map(|(id, second)| (id.to_owned(), at(second))));
    assert_eq!(again.files(&a, 2).unwrap(), files("2"));
    assert_eq!(again.running(&a).unwrap().unwrap().number, 2);
    assert!(matches!(again.files(&a, 9), Err(Error::Unknown(_))));
    assert_eq!(again.versions(&TenantId::from("b")).unwrap(), []);
}

#[test]
fn the_oldest_are_forgotten_but_not_the_one_that_runs_nor_its_number() {
    let (_scratch, archive) = archive();
    let a = TenantId::from("a");
    for n in 1..=MAX_KEPT as u32 + 3 {
        let number = archive
            .accept(&a, "f", &files(&n.to_string()), at(0))
            .unwrap();
        assert_eq!(number, n);
        archive.run(&a, n.min(2), true).unwrap();
    }
    let numbers: Vec<_> = archive
        .versions(&a)
        .unwrap()
        .iter()
        .map(|v| v.id.number)
        .collect();
    assert_eq!(numbers.len(), MAX_KEPT);
    assert_eq!((numbers[0], numbers[1]), (2, 5), "{numbers:?}");
    assert!(archive.running(&a).unwrap().unwrap().rolled_back);
}

#[test]
fn a_sound_is_kept_once_and_as_long_as_somebody_names_it() {
    let (_scratch, archive) = archive();
    let a = TenantId::from("a");
    let digest = archive.keep_sound(b"one").unwrap();
    assert_eq!(archive.keep_sound(b"one").unwrap(), digest);
    let (played, stray) = (
        archive.keep_sound(b"two").unwrap(),
        archive.keep_sound(b"3").unwrap(),
    );
    let mut version = files("x");
    let name = "tenants/a/prompts/fr/un.wav".to_owned();
    version.recordings.insert(name, digest.clone());
    archive.accept(&a, "f", &version, at(0)).unwrap();
    assert_eq!(archive.files(&a, 1).unwrap(), version);
    let in_use = BTreeSet::from([archive.sound(&played)]);
    assert_eq!(archive.sweep(&in_use).unwrap(), 1);
    assert!(archive.sound(&digest).exists() && archive.sound(&played).exists());
    assert!(!archive.sound(&stray).exists());
    assert_eq!(fs::read(archive.sound(&digest)).unwrap(), b"one");
}

#[test]
fn a_file_that_was_half_written_or_damaged_is_no_version() {
    let (_scratch, archive) = archive();
    let a = TenantId::from("a");
    archive.accept(&a, "f1", &files("1"), at(0)).unwrap();
    let folder = archive.of(&a);
    fs::write(folder.join("2.new"), "{\"number\":2,").unwrap();
    fs::write(folder.join("7.jsonl"), "{\"number\":7,").unwrap();
    let numbers: Vec<_> = archive
        .versions(&a)
        .unwrap()
        .iter()
        .map(|v| v.id.number)
        .collect();
    assert_eq!(numbers, [1]);
    assert!(matches!(archive.files(&a, 7), Err(Error::Damaged(_))));
    assert_eq!(archive.accept(&a, "f2", &files("2"), at(0)).unwrap(), 2);
    fs::write(folder.join("state.json"), "?").unwrap();
    assert!(matches!(archive.running(&a), Err(Error::Damaged(_))));
}
