//! What is wrong with a `rappel.toml` is told with its place and a remedy.

use super::*;

#[test]
fn an_empty_file_is_the_defaults_and_an_unknown_key_is_refused_with_its_place() {
    let engine: Engine = toml::from_str("").expect("all keys have defaults");
    assert_eq!(engine.sip.port, 5060);
    let text = refused("[sip]\nprot = 5061\n");
    for part in [
        "rappel.toml:2:1",
        "[sip] prot: there is no such key",
        "did you mean \"port\"?",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_refused_with_a_remedy() {
    let why = Engine::read(Path::new("/nonexistent")).expect_err("it is not there");
    assert!(
        why.starts_with("/nonexistent: there is no such folder"),
        "{why}"
    );
    assert!(
        why.contains("--config") && why.contains("rappel demo"),
        "{why}"
    );
}

fn told(text: &str) -> Vec<Diagnostic> {
    Examined::of(text).problems
}

fn refused(text: &str) -> String {
    let first = told(text).into_iter().next().expect("it is wrong");
    assert_ne!(first.message.en, first.message.fr);
    first.to_string()
}

#[test]
fn what_no_start_could_use_is_refused_with_its_key_and_value() {
    for (text, told) in [
        ("[limits]\ncalls = 0", "[limits] calls: 1 to 100000"),
        ("[limits]\ncalls = 100001", "not 100001"),
        ("[sip]\nport = 0", "[sip] port: 1 to 65535"),
        ("[engine]\nrealm = \"\"", "[engine] realm"),
        (
            "[engine]\ndrain_limit = 86401",
            "[engine] drain_limit: 0 to 86400",
        ),
        ("[media]\nhold = \"jingle\"", "hold"),
        (
            "[media]\nblocked = [\"10.0.0.0/33\"]",
            "is no address or network",
        ),
        (
            "[media]\nquiet = 61",
            "[media] quiet: 0 to 60 seconds, not 61",
        ),
        ("[media]\nthreads = 0", "[media] threads: 1 to 64, not 0"),
        ("[media]\nports = \"1024-1025\"", "has room for 1 legs"),
        ("[media]\nports = \"1025-1028\"", "4 ports at least"),
        (
            "[media]\nports = \"20000-20006\"\nthreads = 2",
            "8 ports at least",
        ),
    ] {
        let why = refused(text);
        assert!(why.contains(told), "{why}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_line_in_both_languages() {
    let text = "[sip]\nport = 70000\nsession_expires = 20\ntransports = [\"udp\", \"sctp\"]\n\
                [media]\nthreads = 0\nholdd = \"tone\"\n[log]\nlevel = 3\n\
                [[sip.listener]]\nport = 5062\n[metrics]\nlisten = \"9464\"\n\
                [trunk.x]\naddress = [\"192.0.2.1\", \"here\"]\nport = \"5060\"\n";
    let found: Vec<(usize, String, String)> = told(text)
        .into_iter()
        .map(|p| (p.place.line, p.message.en, p.message.fr))
        .collect();
    let expected = [
        (
            2,
            "[sip] port: write a whole number from 0 to 65535, not 70000",
            "[sip] port : écrivez un nombre",
        ),
        (
            3,
            "[sip] session_expires: no less than",
            "[sip] session_expires : pas moins",
        ),
        (
            4,
            "[sip] transports: `sctp` is no transport",
            "[sip] transports : « sctp » n'est pas",
        ),
        (
            6,
            "[media] threads: 1 to 64, not 0",
            "[media] threads : de 1 à 64",
        ),
        (
            7,
            "[media] holdd: there is no such key",
            "[media] holdd : ce réglage n'existe pas",
        ),
        (
            9,
            "[log] level: write a text",
            "[log] level : écrivez un texte",
        ),
        (
            10,
            "[[sip.listener]] 1: transports is missing",
            "[[sip.listener]] 1 : il manque transports",
        ),
        (
            13,
            "[metrics] listen: no address with a port",
            "[metrics] listen : pas une adresse avec",
        ),
        (
            15,
            "[trunk.x] address: `here` is no address",
            "[trunk.x] address : « here » n'est pas",
        ),
        (
            16,
            "[trunk.x] port: write a whole number",
            "[trunk.x] port : écrivez un nombre",
        ),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((line, en, fr), (at, english, french)) in found.iter().zip(expected) {
        assert_eq!(*line, at, "{en}");
        assert!(en.starts_with(english), "{en}");
        assert!(fr.starts_with(french), "{fr}");
    }
}

#[test]
fn what_is_no_toml_is_told_with_its_line_in_both_languages() {
    let first = &told("[sip]\nport = 5060\nport = 5061\n")[0];
    assert_eq!((first.code, first.place.line), ("R001", 3));
    assert!(
        first.message.fr.starts_with("ceci n'est pas du TOML"),
        "{first}"
    );
    assert!(told("[sip\nport 5060\n").iter().all(|p| p.code == "R001"));
}

#[test]
fn no_file_is_so_wrong_that_its_faults_have_no_end() {
    let many: String = (0..1000).map(|n| format!("[a{n}]\n")).collect();
    assert_eq!(told(&many).len(), 50);
}

#[test]
fn the_address_of_a_trunk_is_refused_with_its_line_and_value() {
    let why = refused("[trunk.x]\naddress = [\"carrier.example.com\"]");
    for told in ["rappel.toml:2:", "carrier.example.com", "write 192.0.2.10"] {
        assert!(why.contains(told), "{why}");
    }
}

#[test]
fn a_trunk_names_companies_that_are_there() {
    let trunk = "[trunk.x]\naddress = [\"192.0.2.1\"]\ntenants = [\"a\", \"nope\"]";
    let engine: Engine = toml::from_str(trunk).expect("it is well formed");
    let why = |paths: &[&str]| {
        let table: Vec<_> = paths.iter().map(|path| (*path, &b""[..])).collect();
        engine.check_tenants(&Folder::from_table(&table))
    };
    let refused = why(&["tenants/a/tenant.toml"]).expect_err("nope is not there");
    let refused = refused.en;
    assert!(refused.contains("[trunk.x] tenants: no company is named \"nope\""));
    assert!(refused.ends_with("are: a"), "{refused}");
    let both = ["tenants/a/tenant.toml", "tenants/nope/tenant.toml"];
    assert_eq!(why(&both), Ok(()));
}

#[test]
fn a_warning_has_the_line_of_its_key() {
    let text = "[sip]\nport = 5070\n\n[trunk.carrier]\nhost = \"h\"\nsrtp = \"offered\"\n";
    let examined = Examined::of(text);
    assert!(examined.problems.is_empty(), "{:?}", examined.problems);
    let warnings = examined.located(examined.engine.warnings());
    let lines: Vec<_> = warnings
        .iter()
        .map(|warning| (warning.code, &text[warning.place.span.clone()]))
        .collect();
    assert_eq!(lines, [("W13", "\"offered\"")]);
}

#[test]
fn what_voice_cannot_mean_is_doubted() {
    for (text, doubted, told) in [
        (
            "[media]\nblocked = [\"10.0.0.0/8\", \"0.0.0.0/0\"]",
            "\"0.0.0.0/0\"",
            "so wide",
        ),
        ("[media]\nblocked = [\"::/0\"]", "\"::/0\"", "so wide"),
        (
            "[media]\ncodecs = [\"pcma\", \"pcmu\", \"pcma\"]",
            "\"pcma\"",
            "pcma is named before",
        ),
        (
            "[media]\nports = \"5050-5061\"",
            "\"5050-5061\"",
            "SIP listens at 5060",
        ),
        (
            "[media]\nports = \"5050-5099\"\n[[sip.listener]]\ntransports = [\"udp\"]\nport = 5098",
            "\"5050-5099\"",
            "SIP listens at 5060, 5098:",
        ),
    ] {
        let examined = Examined::of(text);
        assert!(examined.problems.is_empty(), "{:?}", examined.problems);
        let warnings = examined.located(examined.engine.warnings());
        let [warning] = warnings.as_slice() else {
            panic!("{text}: {warnings:?}");
        };
        assert_eq!(&text[warning.place.span.clone()], doubted);
        assert!(warning.message.en.contains(told), "{}", warning.message.en);
        assert_ne!(warning.message.en, warning.message.fr);
    }
    let good = "[media]\nports = \"5050-5061\"\nblocked = [\"10.0.0.0/8\", \"224.0.0.0/4\", \"240.0.0.0/4\", \
                \"fc00::/7\", \"ff00::/8\"]\n[sip]\ntransports = [\"tcp\"]\n\
                port = 5060\n";
    assert_eq!(Examined::of(good).engine.warnings(), []);
}

#[test]
fn all_that_is_wrong_with_one_trunk_is_told_in_one_run() {
    let text = "[trunk.a]\naddress = [\"nix\", \"192.0.2.1\", \"nox\"]\ncountry = \"FR\"\nport = 0\n\
                tenants = [3, \"nope\"]\npassword = \"secret:gone\"\n\
                [trunk.b]\ncountry = \"FR\"\nsrtp = \"offered\"\n";
    let examined = Examined::of(text);
    let mut faults = examined.engine.warnings();
    faults.extend(examined.engine.faults_beside(Some(&Secrets::default())));
    faults.extend(examined.engine.unknown_names(&["here"]));
    let mut all = examined.problems.clone();
    all.extend(examined.located(faults));
    let told: Vec<(usize, &str)> = all
        .iter()
        .map(|problem| (problem.place.line, &text[problem.place.span.clone()]))
        .collect();
    let expected = [
        // What cannot be read at all, each item of a list by itself.
        (2, "\"nix\""),
        (2, "\"nox\""),
        (5, "3"),
        // What its key does not take, and what stands behind an item that cannot be read.
        (3, "\"FR\""),
        (4, "0"),
        (5, "\"nope\""),
        (6, "\"secret:gone\""),
        (7, "b"),
        (8, "\"FR\""),
        (9, "\"offered\""),
    ];
    assert_eq!(told, expected, "{all:#?}");
    for problem in &all {
        assert_ne!(problem.message.en, problem.message.fr);
    }
}

#[test]
fn secrets_that_cannot_be_read_hide_nothing_else_and_the_voices_key_is_one() {
    let text = "[tts]\nurl = \"https://voice.example/v1\"\nkey = \"secret:tts\"\n\
                [trunk.a]\nhost = \"h\"\nusername = \"u\"\npassword = \"secret:gone\"\ncountry = \"FR\"\n";
    let examined = Examined::of(text);
    let lines = |secrets: Option<&Secrets>| -> Vec<usize> {
        let faults = examined.engine.faults_beside(secrets);
        let problems = examined.located(faults);
        problems.iter().map(|problem| problem.place.line).collect()
    };
    assert_eq!(lines(Some(&Secrets::default())), [3, 7, 8]);
    assert_eq!(lines(None), [8]);
}

#[test]
fn a_file_of_certificates_is_told_at_the_key_that_names_it() {
    let text = "[[sip.certificate]]\nchain = \"a.pem\"\nkey = \"a.key\"\n\
                [[sip.certificate]]\nchain = \"/etc/b.pem\"\nkey = \"b.key\"\n\
                [sip.tls]\nauthorities = \"ca.pem\"\n";
    let examined = Examined::of(text);
    let config = Path::new("/c");
    let line = |file: &str| {
        let path = examined.engine.sip.names_file(config, Path::new(file))?;
        let fault = Fault::value(path, Words::same("gone"));
        Some(examined.located(vec![fault])[0].place.line)
    };
    for (file, at) in [
        ("/c/a.pem", Some(2)),
        ("/c/a.key", Some(3)),
        ("/etc/b.pem", Some(5)),
        ("/c/b.key", Some(6)),
        ("/c/ca.pem", Some(8)),
        ("/c/other.pem", None),
    ] {
        assert_eq!(line(file), at, "{file}");
    }
}
