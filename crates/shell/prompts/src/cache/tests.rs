//! Clips are made once, kept within a bound, and broken files are named.

use std::time::Duration;

use rappel_rtp::Encoding;

use super::*;
use crate::catalog::tests::Place;

fn cache(place: &Place, max_bytes: usize) -> Cache {
    let mut catalog = Catalog::embedded();
    catalog
        .set_tenant("a".into(), &place.path().join("a"))
        .unwrap();
    Cache::new(catalog, max_bytes)
}

#[test]
fn any_format_becomes_8_khz_and_is_encoded_once() {
    let place = Place::new("formats");
    place.wav("a", "fr/bonjour", 44_100, 44_100);
    let cache = cache(&place, MAX_BYTES);
    let clip = cache.clip(&"a".into(), &"fr".into(), "bonjour").unwrap();
    assert_eq!(clip.length(), Duration::from_secs(1));
    std::fs::remove_file(place.file("a", "fr/bonjour")).unwrap();
    let again = cache.clip(&"a".into(), &"fr".into(), "bonjour").unwrap();
    assert!(Arc::ptr_eq(&clip, &again));
    assert_eq!(cache.bytes(), clip.bytes());
}

#[test]
fn what_is_asked_for_at_once_is_what_is_kept() {
    let place = Place::new("kept");
    place.wav("a", "fr/bonjour", 8_000, 800);
    let cache = cache(&place, MAX_BYTES);
    let sound = Sound::Clip {
        tenant: "a".into(),
        language: "fr".into(),
        key: "bonjour".into(),
    };
    assert!(cache.kept_sound(&sound).is_none(), "nobody has read it");
    let read = cache.sound(&sound).unwrap().unwrap();
    let kept = cache.kept_sound(&sound).unwrap();
    assert!(Arc::ptr_eq(&kept, &read));
    assert!(cache.kept_sound(&Sound::Tone(Tone::Beep)).is_some());
}

#[test]
fn a_broken_file_is_named_before_a_call_needs_it() {
    let place = Place::new("broken");
    place.wav("a", "fr/bon", 8_000, 100);
    std::fs::write(place.file("a", "fr/casse"), b"not a wav").unwrap();
    let cache = cache(&place, MAX_BYTES);
    let broken = cache.warm();
    assert_eq!(broken.len(), 1);
    let shown = broken[0].to_string();
    assert!(shown.contains("a/prompts/fr/casse.wav: "), "{shown}");
    let asked = cache.clip(&"a".into(), &"fr".into(), "casse");
    assert!(matches!(asked, Err(Unusable::Broken(_))));
    assert_eq!(cache.bytes(), 200, "the good one is ready");
}

#[test]
fn the_bound_holds_and_what_was_not_used_for_longest_goes_first() {
    let place = Place::new("bounded");
    for name in ["fr/a", "fr/b", "fr/c"] {
        place.wav("a", name, 8_000, 1_000);
    }
    place.wav("a", "fr/long", 8_000, 5_000);
    let cache = cache(&place, 5_000);
    let clip = |key: &str| cache.clip(&"a".into(), &"fr".into(), key).unwrap();
    let (a, b) = (clip("a"), clip("b"));
    assert!(Arc::ptr_eq(&a, &clip("a")));
    clip("c");
    assert_eq!(cache.bytes(), 4_000);
    assert!(Arc::ptr_eq(&a, &clip("a")), "used again, so kept");
    assert!(!Arc::ptr_eq(&b, &clip("b")), "the oldest went");
    assert_eq!(clip("long").length(), Duration::from_millis(625));
    assert_eq!(
        cache.bytes(),
        4_000,
        "what is larger than the bound is not kept"
    );
}

#[test]
fn names_of_the_core_become_sounds() {
    let cache = Cache::new(Catalog::embedded(), MAX_BYTES);
    let length = |sound: &Sound| cache.sound(sound).map(|clip| clip.map(|c| c.length()));
    assert_eq!(
        length(&Sound::Tone(Tone::Beep)).unwrap(),
        Some(Duration::from_millis(200))
    );
    let pause = Sound::Pause(Duration::from_millis(300));
    assert_eq!(length(&pause).unwrap(), Some(Duration::from_millis(300)));
    assert_eq!(
        length(&Sound::Recording(rappel_model::RecordingId(1))).unwrap(),
        None
    );
    let clip = |key: &str| Sound::Clip {
        tenant: "a".into(),
        language: "fr".into(),
        key: key.to_owned(),
    };
    assert!(length(&clip("number/21f")).unwrap() > Some(Duration::from_millis(300)));
    assert!(matches!(length(&clip("rien")), Err(Unusable::Missing(_))));
}

#[test]
fn caches_over_several_catalogues_share_their_sound_and_find_their_own() {
    let place = Place::new("over");
    place.wav("a", "fr/un", 8_000, 800);
    place.wav("a", "fr/deux", 8_000, 1_600);
    let cache = Cache::new(Catalog::embedded(), MAX_BYTES);
    let over = |file: &str| {
        let mut catalog = Catalog::embedded();
        let path = place.file("a", file);
        catalog.set_tenant_files("a".into(), [("fr/bonjour".to_owned(), path)]);
        cache.over(catalog)
    };
    let (one, two, same) = (over("fr/un"), over("fr/deux"), over("fr/un"));
    let say = |cache: &Cache| cache.clip(&"a".into(), &"fr".into(), "bonjour").unwrap();
    assert_eq!(say(&one).length(), Duration::from_millis(100));
    assert_eq!(say(&two).length(), Duration::from_millis(200));
    assert!(Arc::ptr_eq(&say(&one), &say(&same)));
    assert_eq!(cache.bytes(), say(&one).bytes() + say(&two).bytes());
}

#[test]
fn a_prompt_is_coded_once_for_a_wide_encoding_as_wide_as_its_recording() {
    let place = Place::new("wide");
    place.wav("a", "fr/large", 16_000, 16_000);
    let cache = cache(&place, MAX_BYTES);
    let sound = Sound::Clip {
        tenant: "a".into(),
        language: "fr".into(),
        key: "large".into(),
    };
    let clip = cache.sound(&sound).unwrap().unwrap();
    let narrow = cache.bytes();
    cache.prepare(&sound, Encoding::G722);
    let coded = clip.coded(Encoding::G722).expect("it is prepared");
    assert_eq!(coded.length(), Duration::from_secs(1));
    assert_eq!(cache.bytes(), narrow + coded.weight(), "and weighed");
    std::fs::remove_file(place.file("a", "fr/large")).unwrap();
    cache.prepare(&sound, Encoding::G722);
    cache.prepare(&Sound::Pause(Duration::from_secs(1)), Encoding::G722);
    cache.prepare(&Sound::Tone(Tone::Ringing), Encoding::G722);
    assert_eq!(cache.bytes(), narrow + coded.weight());
    let ringing = cache.sound(&Sound::Tone(Tone::Ringing)).unwrap().unwrap();
    assert!(ringing.is_prepared(Encoding::G722));
}

#[test]
fn what_is_prepared_counts_towards_the_bound() {
    let place = Place::new("wide-bound");
    place.wav("a", "fr/a", 8_000, 1_600);
    place.wav("a", "fr/b", 8_000, 1_600);
    let cache = cache(&place, 7_000);
    let sound = |key: &str| Sound::Clip {
        tenant: "a".into(),
        language: "fr".into(),
        key: key.into(),
    };
    for key in ["a", "b"] {
        cache.sound(&sound(key)).unwrap();
        cache.prepare(&sound(key), Encoding::G722);
    }
    assert_eq!(cache.bytes(), 4_800, "one of them went");
}
