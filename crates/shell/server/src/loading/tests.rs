//! Files change under a running engine: what runs, what is refused, what is gone back to.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use rappel_model::{Language, Sound};
use rappel_net::Clock;
use rappel_prompts::tts::{Kept, Program, Speaker, Voice};
use rappel_store::{Folder as Data, Settings, Store};

use super::control::{Command, Reply, Request};
use super::*;
use crate::wiring::Sounds;

const TENANT: &str = "rappel = 1\n[tenant]\ntimezone = \"UTC\"\nlanguages = [\"fr\"]\n";

const FLOW: &str = "rappel = 1\n[flow]\ntitle = \"F\"\nstart = \"bonjour\"\nlanguages = [\"fr\"]\n\
                    [step.bonjour]\ndo = \"hangup\"\nprompt = \"bonjour\"\n";

const PROMPTS: &str = "[prompt.bonjour]\nfr = \"Bonjour.\"\n";

const LINES: &str = "[line.a]\nnumber = \"+33199000010\"\nflow = \"f\"\n";

/// A configuration folder, a data folder and a store, gone afterwards.
struct Place {
    root: PathBuf,
    runtime: tokio::runtime::Runtime,
    store: Option<Arc<Store>>,
    voice: Option<Voice>,
}

impl Place {
    fn new(name: &str) -> Self {
        let name = format!("rappel-loading-{}-{name}", std::process::id());
        let root = std::env::temp_dir().join(name);
        let place = Self {
            root,
            runtime: tokio::runtime::Runtime::new().unwrap(),
            store: None,
            voice: None,
        };
        place.write("tenants/a/tenant.toml", TENANT);
        place.write("tenants/a/lines.toml", LINES);
        place.write("tenants/a/flows/f.toml", FLOW);
        place.write("tenants/a/prompts.toml", PROMPTS);
        place.record("tenants/a/prompts/fr/bonjour.wav", 800);
        place
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join("config").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn record(&self, path: &str, samples: usize) {
        let path = self.root.join("config").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, wav(samples)).unwrap();
    }

    fn data(&self) -> Data {
        Data::new(self.root.join("data"))
    }

    /// Starts a loader, as an engine does.
    fn start(&mut self) -> Result<(Loader, Receiver<Input>), String> {
        self.store = None;
        let settings = Settings {
            folder: self.data(),
            max_pages: None,
        };
        let store = self.runtime.block_on(Store::open(settings)).unwrap();
        let store = Arc::new(store);
        self.store = Some(Arc::clone(&store));
        let (inbox, inputs) = sync_channel(1_000);
        let sounds = Arc::new(Catalogue::new(store, self.voice.clone()));
        let archive = Archive::open(&self.data()).unwrap();
        let place = super::Place::new(self.root.join("config"), Engine::default());
        let runtime = self.runtime.handle().clone();
        Loader::start(place, archive, sounds, runtime, inbox).map(|loader| (loader, inputs))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.root);
    }
}

/// A WAV of 16 bits at 8 kHz with something in it.
fn wav(samples: usize) -> Vec<u8> {
    let length = 2 * samples as u32;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + length).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(8_000_u32.to_le_bytes());
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend(length.to_le_bytes());
    bytes.resize(44 + 2 * samples, 1);
    bytes
}

/// The number of the version that the control thread was told of last, and how often it was told.
fn told(inputs: &Receiver<Input>) -> (u32, usize) {
    let inputs: Vec<_> = inputs.try_iter().collect();
    let number = inputs.iter().rev().find_map(|input| match input {
        Input::Tenant(_, version) => Some(version.number),
        _ => None,
    });
    (number.unwrap_or(0), inputs.len())
}

fn bonjour() -> Sound {
    Sound::Clip {
        tenant: "a".into(),
        language: Language::from("fr"),
        key: "bonjour".to_owned(),
    }
}

fn running(loader: &Loader) -> u32 {
    loader.running["a"].number
}

#[test]
fn good_files_run_at_once_and_refused_ones_change_nothing() {
    let mut place = Place::new("reload");
    let (mut loader, inputs) = place.start().unwrap();
    assert_eq!(told(&inputs), (1, 1));
    let same = loader.reload(None, false, Lang::En);
    assert!(
        same.good && same.text.contains("a: nothing changes"),
        "{}",
        same.text
    );
    assert_eq!(told(&inputs), (0, 0));
    place.write("tenants/a/lines.toml", &LINES.replace("10", "11"));
    let plan = loader.reload(None, true, Lang::En);
    assert!(
        plan.good && plan.text.contains("would change"),
        "{}",
        plan.text
    );
    assert_eq!((told(&inputs), running(&loader)), ((0, 0), 1));
    let done = loader.reload(Some(&"a".into()), false, Lang::En);
    assert!(
        done.good && done.text.contains("runs, was 1-"),
        "{}",
        done.text
    );
    assert_eq!(told(&inputs), (2, 1));
    place.write(
        "tenants/a/flows/f.toml",
        &FLOW.replace("do = \"hangup\"", "do = \"hang"),
    );
    let refused = loader.reload(None, false, Lang::En);
    assert!(!refused.good, "{}", refused.text);
    assert!(refused.text.contains("flows/f.toml:7"), "{}", refused.text);
    assert!(
        refused.text.contains("a: refused, what ran goes on"),
        "{}",
        refused.text
    );
    assert_eq!((told(&inputs), running(&loader)), ((0, 0), 2));
    let unknown = loader.reload(Some(&"b".into()), false, Lang::En);
    assert!(
        unknown
            .text
            .contains("no company is named \"b\"; there are: a")
    );
    // The first text again is the first version again.
    place.write("tenants/a/flows/f.toml", FLOW);
    place.write("tenants/a/lines.toml", LINES);
    assert!(loader.reload(None, false, Lang::En).good);
    assert_eq!(told(&inputs), (1, 1));
}

#[test]
fn a_recording_belongs_to_the_version_it_came_with() {
    let mut place = Place::new("recordings");
    let (mut loader, inputs) = place.start().unwrap();
    // Somebody's call holds the flows of the first version.
    let first = Arc::clone(&loader.running["a"].flows);
    let sounds = Arc::clone(&loader.sounds);
    let length = |version| sounds.ready(version, &bonjour()).unwrap().length();
    place.record("tenants/a/prompts/fr/bonjour.wav", 1_600);
    assert!(loader.reload(None, false, Lang::En).good);
    let (now, _) = told(&inputs);
    assert_eq!(now, 2, "a recording is part of a version");
    assert_eq!(length(1), Duration::from_millis(100));
    assert_eq!(length(2), Duration::from_millis(200));
    // A broken one is refused with its place, and the old ones go on although the file is gone.
    fs::write(
        place.root.join("config/tenants/a/prompts/fr/bonjour.wav"),
        "RIFF",
    )
    .unwrap();
    let refused = loader.reload(None, false, Lang::En);
    assert!(!refused.good);
    let path = "tenants/a/prompts/fr/bonjour.wav: ";
    assert!(refused.text.contains(path), "{}", refused.text);
    assert_eq!(length(2), Duration::from_millis(200));
    drop(first);
    place.record("tenants/a/prompts/fr/bonjour.wav", 2_400);
    assert!(loader.reload(None, false, Lang::En).good);
    // Nobody holds version 1 any more: its prompts are forgotten.
    assert!(!loader.sounds.holds(&"a".into(), 1) && loader.sounds.holds(&"a".into(), 3));
}

#[test]
fn companies_that_are_loaded_together_keep_their_recordings() {
    let mut place = Place::new("together");
    for (path, text) in [
        ("tenant.toml", TENANT),
        ("flows/f.toml", FLOW),
        ("prompts.toml", PROMPTS),
    ] {
        place.write(&format!("tenants/b/{path}"), text);
    }
    place.record("tenants/b/prompts/fr/bonjour.wav", 900);
    let (mut loader, _inputs) = place.start().unwrap();
    let there = |loader: &Loader, digest: &str| loader.archive.sound(digest).exists();
    let digest = |samples| rappel_store::digest(&wav(samples));
    assert!(there(&loader, &digest(800)) && there(&loader, &digest(900)));
    place.record("tenants/a/prompts/fr/bonjour.wav", 1_000);
    place.record("tenants/b/prompts/fr/bonjour.wav", 1_100);
    assert!(loader.reload(None, false, Lang::En).good);
    assert!(there(&loader, &digest(1_000)) && there(&loader, &digest(1_100)));
    assert!(there(&loader, &digest(800)), "an earlier version names it");
}

#[test]
fn going_back_lasts_over_a_start_until_the_files_are_taken_again() {
    let mut place = Place::new("rollback");
    let (mut loader, _) = place.start().unwrap();
    let none = loader.roll_back(None, None, Lang::En);
    assert!(
        none.text.contains("no version before 1 is kept"),
        "{}",
        none.text
    );
    place.write("tenants/a/lines.toml", &LINES.replace("10", "11"));
    assert!(loader.reload(None, false, Lang::En).good);
    let back = loader.roll_back(None, None, Lang::En);
    assert!(
        back.good && back.text.contains("the files on disk say otherwise"),
        "{}",
        back.text
    );
    assert_eq!(running(&loader), 1);
    assert_eq!(loader.running["a"].lines[0].number.as_str(), "+33199000010");
    assert!(
        loader
            .versions(None, Lang::En)
            .text
            .contains("runs, gone back to")
    );
    drop(loader);
    let (mut loader, _) = place.start().unwrap();
    assert_eq!(running(&loader), 1, "over a start");
    assert!(loader.reload(None, false, Lang::En).good);
    assert_eq!(running(&loader), 2, "the files have the number they had");
    let back = loader.roll_back(Some(&"a".into()), Some(1), Lang::En);
    assert!(back.good, "{}", back.text);
    let wrong = loader.roll_back(Some(&"a".into()), Some(9), Lang::Fr);
    assert!(
        wrong
            .text
            .contains("la version 9 n'est pas gardée ; il y a : 1, 2"),
        "{}",
        wrong.text
    );
}

#[test]
fn a_start_on_broken_files_goes_on_with_what_ran_last() {
    let mut place = Place::new("broken");
    place.write("tenants/a/lines.toml", "[line");
    let why = place.start().unwrap_err();
    assert!(
        why.contains("the configuration has errors") && why.contains("lines.toml"),
        "{why}"
    );
    place.write("tenants/a/lines.toml", LINES);
    drop(place.start().unwrap());
    place.write("tenants/a/lines.toml", "[line");
    let (mut loader, _) = place.start().unwrap();
    assert_eq!(running(&loader), 1);
    assert!(!loader.reload(None, false, Lang::En).good);
    place.write("tenants/a/lines.toml", LINES);
    assert!(loader.reload(None, false, Lang::En).good);
}

#[test]
fn companies_come_and_go_and_may_not_claim_the_same_number() {
    let mut place = Place::new("companies");
    let (mut loader, inputs) = place.start().unwrap();
    let _first = told(&inputs);
    for (path, text) in [
        ("tenant.toml", TENANT),
        ("flows/f.toml", FLOW),
        ("lines.toml", LINES),
    ] {
        place.write(&format!("tenants/b/{path}"), text);
    }
    place.write("tenants/b/prompts.toml", PROMPTS);
    place.record("tenants/b/prompts/fr/bonjour.wav", 800);
    let clash = loader.reload(None, false, Lang::En);
    assert!(
        !clash.good && clash.text.contains("belongs to the tenant"),
        "{}",
        clash.text
    );
    place.write("tenants/b/lines.toml", &LINES.replace("10", "20"));
    let new = loader.reload(None, false, Lang::En);
    assert!(
        new.good && new.text.contains("b: is new, with 1 lines"),
        "{}",
        new.text
    );
    fs::remove_dir_all(place.root.join("config/tenants/a")).unwrap();
    let plan = loader.reload(None, true, Lang::En);
    assert!(plan.text.contains("a: its folder is gone"), "{}", plan.text);
    assert!(loader.reload(None, false, Lang::En).good);
    let withdrawn = |input: Input| matches!(input, Input::Withdraw(tenant) if tenant == "a".into());
    assert_eq!(
        inputs.try_iter().filter(|i| withdrawn(i.clone())).count(),
        1
    );
    fs::remove_dir_all(place.root.join("config/tenants/b")).unwrap();
    let all = loader.reload(None, false, Lang::En);
    assert!(
        !all.good && all.text.contains("those that run go on"),
        "{}",
        all.text
    );
    assert_eq!(loader.running.len(), 1);
}

#[test]
fn commands_reach_the_engine_by_its_socket() {
    let mut place = Place::new("control");
    let ask = |place: &Place, request| {
        let lang = "en".to_owned();
        control::ask(&place.data(), &Command { lang, request })
    };
    let versions = || Request::Versions { tenant: None };
    let nobody = ask(&place, versions()).unwrap_err();
    assert!(nobody.starts_with("no engine runs on "), "{nobody}");
    let (loader, _inputs) = place.start().unwrap();
    // One that a crash left is in nobody's way.
    fs::write(place.data().control(), "").unwrap();
    let desk = trunks::Desk::new(sync_channel(1).0);
    let settings = rappel_sip::guard::Settings::default();
    let clock = Clock::start();
    let mut random = rappel_model::Random::from_seed(1);
    let gate = rappel_net::sip::Gate::new(settings, &mut random, clock);
    let loader = Arc::new(Mutex::new(loader));
    let hands = control::Hands {
        loader,
        desk,
        gate,
        eye: None,
        over_udp: Some(([127, 0, 0, 1], 5061).into()),
    };
    control::open(&place.data(), hands).unwrap();
    let mode = fs::metadata(place.data().control()).unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777,
        0o600
    );
    let Reply { good, text } = ask(&place, versions()).unwrap();
    assert!(good && text.contains("runs"), "{text}");
    let listening = ask(&place, Request::Listening).unwrap();
    assert_eq!(listening.text, "127.0.0.1:5061");
    let (tenant, to) = (Some("b".to_owned()), None);
    let reply = ask(&place, Request::Rollback { tenant, to }).unwrap();
    assert!(
        !reply.good && reply.text.contains("no company"),
        "{}",
        reply.text
    );
    // Whoever talks too long or in tongues hears why.
    for line in ["{\"do\":\"dance\"}\n".to_owned(), "x".repeat(5_000)] {
        use std::io::{Read, Write};
        let mut stream = std::os::unix::net::UnixStream::connect(place.data().control()).unwrap();
        // It may hang up before it has read all.
        let _sent = stream.write_all(line.as_bytes());
        let mut answer = String::new();
        let _read = stream.read_to_string(&mut answer);
        assert!(answer.contains("\"good\":false"), "{answer}");
    }
}

#[test]
fn the_watcher_loads_what_is_saved_and_waits_for_the_rest() {
    let mut place = Place::new("watch");
    let (loader, inputs) = place.start().unwrap();
    let _first = told(&inputs);
    let loader = Arc::new(Mutex::new(loader));
    watch::start(&place.root.join("config"), Arc::clone(&loader)).unwrap();
    // A save in two steps: only the second is whole.
    let whole = FLOW.replace("\"F\"", "\"G\"");
    place.write("tenants/a/flows/f.toml", &whole[..60]);
    std::thread::sleep(Duration::from_millis(100));
    place.write("tenants/a/flows/f.toml", &whole);
    let input = inputs.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(matches!(input, Input::Tenant(_, version) if version.number == 2));
    assert_eq!(running(&take(&loader)), 2);
}

#[test]
fn what_nobody_has_recorded_is_spoken_before_the_version_runs() {
    let mut place = Place::new("voice");
    fs::remove_file(place.root.join("config/tenants/a/prompts/fr/bonjour.wav")).unwrap();
    let sound = place.root.join("sound.wav");
    fs::write(&sound, wav(2_400)).unwrap();
    // The administrator's voice, as rappel.toml names it.
    place.write("rappel.toml", "[tts]\noff = true\n");
    let silent = place.start().unwrap_err();
    assert!(silent.contains("bonjour"), "{silent}");
    place.write("rappel.toml", "[tts]\ncommand = [\"/bin/cat\"]\n");
    let speak = |file: &str| {
        let mut program = Program::espeak();
        program.argv = vec!["/bin/cat".to_owned(), file.to_owned()];
        let kept = std::path::Path::new(file).with_extension("kept");
        let kept = Kept::open(place.root.join(kept.file_name().unwrap()), 1 << 20).unwrap();
        Voice::new(Speaker::Program(program), kept, Duration::from_secs(5))
    };
    let (dumb, good) = (speak("/nonexistent.wav"), speak(&sound.to_string_lossy()));
    place.voice = Some(dumb);
    let why = place.start().unwrap_err();
    assert!(
        why.contains("\"bonjour\" is not recorded in \"fr\", and the voice failed"),
        "{why}"
    );
    place.voice = Some(good);
    let (loader, _) = place.start().unwrap();
    let length = loader.sounds.ready(1, &bonjour()).unwrap().length();
    assert_eq!(length, Duration::from_millis(300));
    let french = Language::from("fr");
    let speech = loader.sounds.speak(&french, "Madame Durand");
    let speech = place.runtime.block_on(speech).unwrap();
    assert_eq!(speech.length(), Duration::from_millis(300));
}

#[test]
fn trunks_and_outside_are_taken_and_the_rest_waits_for_a_start() {
    let mut place = Place::new("carriers");
    let (mut loader, inputs) = place.start().expect("the files are good");
    let random = &mut rappel_model::Random::from_seed(1);
    let gate = rappel_net::sip::Gate::new(
        rappel_sip::guard::Settings::default(),
        random,
        Clock::start(),
    );
    let trunk = |more: &str| format!("[trunk.x]\naddress = [\"192.0.2.10\"]\n{more}");
    let source: std::net::IpAddr = "192.0.2.10".parse().expect("an address");
    let hour = Duration::from_secs(3_600);
    gate.ban(source, hour).expect("nobody knows it yet");
    loader.look_after_carriers(Vec::new(), Default::default(), gate.clone());
    let taken = |inputs: &Receiver<Input>| {
        let all = inputs.try_iter().filter_map(|input| match input {
            Input::Carriers(trunks, policies) => Some((trunks.len(), policies.usual.calls)),
            _ => None,
        });
        all.last()
    };

    place.write("rappel.toml", &trunk(""));
    let plan = loader.reload(None, true, Lang::En);
    assert!(
        plan.good && plan.text.contains("trunk x: new"),
        "{}",
        plan.text
    );
    assert_eq!(taken(&inputs), None, "a plan changes nothing");
    assert!(loader.reload(None, false, Lang::En).good);
    assert_eq!(taken(&inputs).map(|(trunks, _)| trunks), Some(1));
    assert!(gate.bans().is_empty(), "a trunk is never banned");
    assert!(gate.ban(source, hour).is_err());
    assert!(!loader.reload(None, false, Lang::En).text.contains("trunk"));
    assert_eq!(taken(&inputs), None, "nothing has changed since");

    for (wrong, told) in [
        ("dial = \"loud\"", "dial"),
        ("tenants = [\"nobody\"]", "nobody"),
        ("host = 5", "rappel.toml"),
    ] {
        place.write("rappel.toml", &trunk(wrong));
        let refused = loader.reload(None, false, Lang::En);
        assert!(
            !refused.good && refused.text.contains(told),
            "{}",
            refused.text
        );
        assert_eq!(taken(&inputs), None, "{wrong}");
    }

    place.write("rappel.toml", "[outside]\ncalls = 7\n[limits]\ncalls = 9\n");
    let told = loader.reload(None, false, Lang::En);
    for part in ["trunk x: gone", "[outside]: other rules", "next start"] {
        assert!(told.text.contains(part), "{part}: {}", told.text);
    }
    assert_eq!(taken(&inputs), Some((0, 7)));
    assert!(gate.ban(source, hour).is_ok(), "a trunk no more");
}
