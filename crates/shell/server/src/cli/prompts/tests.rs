//! A folder with every state, and the demo company.

use std::path::Path;

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    prompts: PromptsArgs,
}

fn printed(words: &[&str]) -> String {
    let line = Line::try_parse_from([&["prompts"], words].concat());
    let args = line.unwrap_or_else(|why| panic!("{why}")).prompts;
    told(&args, Lang::En).unwrap_or_else(|why| panic!("{why}"))
}

/// A WAV of half a second at 8 kHz that says `words`, if it tells.
fn wav(words: Option<&str>) -> Vec<u8> {
    let sound = vec![7u8; 8_000];
    let mut info = b"INFOICMT\x11\0\0\0".to_vec();
    if let Some(words) = words {
        info.extend(&rappel_store::digest(words.as_bytes()).as_bytes()[..16]);
        info.extend([0, 0]);
    }
    let mut body =
        b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data".to_vec();
    body.extend((sound.len() as u32).to_le_bytes());
    body.extend(sound);
    if words.is_some() {
        body.extend(b"LIST");
        body.extend((info.len() as u32).to_le_bytes());
        body.extend(info);
    }
    let mut file = b"RIFF".to_vec();
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file
}

fn company(folder: &Path) {
    let tenant = folder.join("tenants/a");
    let fr = tenant.join("prompts/fr");
    std::fs::create_dir_all(&fr).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(tenant.join(name), bytes).unwrap();
    write(
        "tenant.toml",
        b"rappel = 1\n[tenant]\ntimezone = \"Europe/Paris\"\nlanguages = [\"fr\"]\n",
    );
    write(
        "prompts.toml",
        "[prompt.attente]\nfr = \"Il reste {n|number} places, à {t|time}.\"\n\
         [prompt.bonjour]\nfr = \"Bonjour.\"\nen = \"Hello.\"\n\
         [prompt.casse]\nfr = \"Cassé.\"\n[prompt.vieux]\nfr = \"Nouveau.\"\n"
            .as_bytes(),
    );
    // Whether this machine has a voice of its own is not the question.
    std::fs::write(folder.join("rappel.toml"), "[tts]\noff = true\n").unwrap();
    write("prompts/fr/attente.1.wav", &wav(Some("Il reste")));
    write("prompts/fr/bonjour.wav", &wav(None));
    write("prompts/fr/casse.wav", b"no sound");
    write("prompts/fr/vieux.wav", &wav(Some("Ancien.")));
}

#[test]
fn every_recording_is_told_with_its_state() {
    let folder = std::env::temp_dir().join(format!("rappel-list-{}", std::process::id()));
    company(&folder);
    let studio = folder.join("studio.tsv");
    let config = folder.to_str().unwrap().to_owned();
    let arguments = [
        "--config",
        &config,
        "--write-list",
        studio.to_str().unwrap(),
    ];
    let text = printed(&arguments);
    let list = std::fs::read_to_string(&studio).unwrap();
    let all = printed(&[&arguments[..], &["--all"]].concat());
    std::fs::remove_dir_all(&folder).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .take(6)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows[1],
        ["fr", "attente.1", "recorded", "0.5s", "Il", "reste"]
    );
    assert_eq!(rows[2][..4], ["fr", "attente.2", "missing", "-"]);
    assert_eq!(rows[3], ["fr", "bonjour", "unmarked", "0.5s", "Bonjour."]);
    assert_eq!(rows[4][..3], ["fr", "casse", "broken"]);
    assert_eq!(rows[5][..3], ["fr", "vieux", "changed"]);
    assert!(
        text.contains("fr     sentences of the company: 1 recorded, 1 unmarked, 1 changed, 1 missing, 1 broken, 1.5s"),
        "{text}"
    );
    assert!(!text.contains("Hello."), "{text}");
    let wanted: Vec<&str> = list.lines().skip(1).collect();
    assert_eq!(wanted.len(), 3, "{list}");
    assert!(
        wanted[0]
            .starts_with("prompts/fr/attente.2.wav\tfr\tmissing\tplaces, à\tIl reste {n|number}"),
        "{list}"
    );
    assert!(text.ends_with(&format!(
        "3 recordings are listed in {}\n",
        studio.display()
    )));
    assert!(all.contains("recordings are listed") && !all.contains("\n3 recordings"));
}

#[test]
fn the_engine_has_all_of_its_own_and_the_demo_too() {
    let text = printed(&["--missing"]);
    assert!(text.starts_with("nothing has to be recorded"), "{text}");
    let engine: Vec<_> = text
        .lines()
        .filter(|line| line.contains("of the engine"))
        .collect();
    assert_eq!(engine.len(), 2, "{text}");
    for line in text.lines().skip(2) {
        for state in ["missing", "changed", "unmarked", "broken"] {
            assert!(!line.contains(state), "{line}");
        }
    }
}

#[test]
fn lengths_are_short_to_read() {
    let told = |ms| seconds(Duration::from_millis(ms));
    assert_eq!(
        [told(0), told(449), told(59_949)],
        ["0.0s", "0.4s", "59.9s"]
    );
    assert_eq!([told(60_000), told(754_000)], ["1m00s", "12m34s"]);
}
