//! Voices of paper: shell scripts that speak WAV, badly or well.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;

/// A folder of its own for one test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rappel-tts-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A voice that is this script; its sound is in `$WAV`.
    fn voice(&self, script: &str, limit: Duration) -> Voice {
        let sound = self.0.join("sound.wav");
        let mut file = Cursor::new(Vec::new());
        wav::write(&mut file, &[1_000; 800]).unwrap();
        std::fs::write(&sound, file.into_inner()).unwrap();
        let script = script.replace("$WAV", &sound.to_string_lossy());
        let argv = ["/bin/sh", "-c", &script, "{voice}"];
        let program = Program {
            argv: argv.map(str::to_owned).to_vec(),
            ..Program::espeak()
        };
        let kept = Kept::open(self.0.join("kept"), cache::MAX_BYTES).unwrap();
        Voice::new(Speaker::Program(program), kept, limit)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

const SOON: Duration = Duration::from_secs(10);

fn said(path: &std::path::Path) -> Vec<i16> {
    wav::read(std::fs::File::open(path).unwrap()).unwrap()
}

#[tokio::test]
async fn a_sentence_is_spoken_once_and_never_a_command() {
    let place = Place::new("once");
    let log = place.0.join("log").to_string_lossy().into_owned();
    let voice = place.voice(
        &format!("cat >> {log}; echo \" $0\" >> {log}; cat $WAV"),
        SOON,
    );
    let text = "Bonjour; rm -rf \"$HOME\" `reboot`";
    let first = voice.say(&"fr-BE".into(), text).await.unwrap();
    let again = voice.say(&"fr-BE".into(), text).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(said(&first).len(), 800);
    let heard = std::fs::read_to_string(&log).unwrap();
    assert_eq!(heard, format!("{text} fr-be\n"), "once, and word for word");
    let other = voice.say(&"en-US".into(), text).await.unwrap();
    assert_ne!(first, other, "another voice");
}

#[tokio::test]
async fn what_a_voice_does_wrong_is_told() {
    let place = Place::new("wrong");
    for (script, told) in [
        ("cat >/dev/null; echo no voice >&2; exit 3", "no voice"),
        ("exec sleep 60", "too long"),
        ("echo hello", "no usable WAV"),
        ("true", "no usable WAV"),
        ("head -c 44 $WAV", "it is empty"),
        ("exec yes", "more than"),
    ] {
        let voice = place.voice(script, Duration::from_millis(1_500));
        let why = voice
            .say(&"fr".into(), script)
            .await
            .unwrap_err()
            .to_string();
        assert!(why.contains(told), "{script}: {why}");
    }
    let nobody = Program {
        argv: vec!["/nonexistent/voice".to_owned()],
        ..Program::espeak()
    };
    assert!(!nobody.is_installed());
    let why = nobody.say(&"fr".into(), "x").await.unwrap_err().to_string();
    assert!(why.contains("/nonexistent/voice"), "{why}");
}

#[test]
fn a_header_that_promises_too_much_is_believed_as_far_as_it_is_true() {
    let mut file = Cursor::new(Vec::new());
    wav::write(&mut file, &[7; 100]).unwrap();
    let whole = file.into_inner();
    for length in [0x7fff_f000_u32, u32::MAX] {
        let mut streamed = whole.clone();
        streamed[4..8].copy_from_slice(&length.to_le_bytes());
        streamed[40..44].copy_from_slice(&length.to_le_bytes());
        assert_eq!(wav::read(&*honest(&streamed)).unwrap(), vec![7; 100]);
    }
    for odd in [
        &b"RIFF"[..],
        b"RIFFxxxxWAVE",
        b"RIFFxxxxWAVEdata",
        &whole[..43],
    ] {
        let _harmless = converted(odd);
    }
}

#[test]
fn what_was_not_used_for_long_goes_first() {
    let place = Place::new("bound");
    let kept = Kept::open(place.0.join("kept"), 250).unwrap();
    for name in ["a", "b"] {
        kept.keep(name, &[0; 100]).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(kept.find("a").is_some(), "used just now");
    std::thread::sleep(Duration::from_millis(20));
    kept.keep("c", &[0; 100]).unwrap();
    let there = ["a", "b", "c"].map(|name| kept.find(name).is_some());
    assert_eq!(there, [true, false, true]);
}

#[tokio::test]
async fn a_service_is_asked_as_openai_is() {
    let _first = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/audio/speech", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = vec![0; 8192];
        let read = stream.read(&mut head).unwrap();
        let mut file = Cursor::new(Vec::new());
        wav::write(&mut file, &[5; 160]).unwrap();
        let sound = file.into_inner();
        let status = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", sound.len());
        stream.write_all(status.as_bytes()).unwrap();
        stream.write_all(&sound).unwrap();
        String::from_utf8_lossy(&head[..read]).into_owned()
    });
    let voices = [("fr".to_owned(), "alloy".to_owned())].into();
    let key = Some(rappel_model::Secret::new("k3y"));
    let service = Service::new(url, "tts-1".to_owned(), voices, key).unwrap();
    let sound = service.say(&"fr-CA".into(), "Bonjour").await.unwrap();
    assert_eq!(wav::read(&*sound).unwrap(), vec![5; 160]);
    let asked = heard.join().unwrap();
    assert!(asked.starts_with("POST /v1/audio/speech "), "{asked}");
    assert!(asked.contains("authorization: Bearer k3y"), "{asked}");
    for part in [
        "\"voice\":\"alloy\"",
        "\"input\":\"Bonjour\"",
        "\"response_format\":\"wav\"",
    ] {
        assert!(asked.contains(part), "{asked}");
    }
    assert!(!format!("{service:?}").contains("k3y"));
}
