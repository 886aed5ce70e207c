//! Trunks as files write them: what they mean, and what is wrong with them.

use rappel_ivr::words::Words;
use rappel_model::Secrecy;
use rappel_trunk::Transport;

use super::host::host;
use super::login::USUAL_EXPIRES;
use super::routes::USUAL_PROBE;
use super::*;

fn told(faults: &[Fault]) -> Vec<Words> {
    faults.iter().map(Fault::told).collect()
}

fn read(text: &str) -> Result<Settings, Vec<Words>> {
    let trunk: Trunk = toml::from_str(text).expect("it is well formed");
    let secret = |name: &str| (name == "carrier").then(|| Secret::new("s3cret"));
    let (settings, faults) = trunk.settings("x", &secret);
    match faults.is_empty() {
        true => Ok(settings),
        false => Err(told(&faults)),
    }
}

#[test]
fn a_registered_trunk_has_all_it_needs() {
    let text = "register = true\nhost = \"sip.example.com\"\ntransport = \"tls\"\n\
                username = \"u1\"\npassword = \"secret:carrier\"\nproxy = \"192.0.2.1:5070\"\n\
                dial = \"e164\"\nto = [\"home\", \"+32\"]\nidentity = [\"ppi\"]";
    let settings = read(text).expect("it is good");
    let host = settings.host.expect("the proxy");
    assert_eq!((host.name.as_str(), host.port), ("192.0.2.1", Some(5070)));
    assert_eq!(host.transport, Some(Transport::Tls));
    assert_eq!(settings.domain.as_deref(), Some("sip.example.com"));
    let login = settings.login.expect("it logs in");
    assert_eq!(
        (login.user.as_str(), login.password.reveal()),
        ("u1", "s3cret")
    );
    assert_eq!(
        settings.register.expect("it registers").expires,
        USUAL_EXPIRES
    );
    assert_eq!(
        (settings.takes.len(), settings.probe),
        (2, Some(USUAL_PROBE))
    );
}

#[test]
fn keys_that_travel_in_clear_are_a_warning_in_both_languages() {
    let warnings = |text: &str| -> Vec<Words> {
        let trunk: Trunk = toml::from_str(text).expect("it is well formed");
        told(trunk.warnings("x").as_slice())
    };
    let found = warnings("host = \"h\"\nsrtp = \"offered\"");
    assert_eq!(found.len(), 1);
    assert!(
        found[0].en.starts_with("[trunk.x] srtp: "),
        "{}",
        found[0].en
    );
    assert!(found[0].fr.contains("lisible"), "{}", found[0].fr);
    assert!(warnings("host = \"h\"\nsrtp = \"required\"\ntransport = \"tls\"").is_empty());
    assert!(warnings("host = \"h\"").is_empty());
}

#[test]
fn encryption_is_as_the_file_says_or_left_open() {
    let secrecy = |text: &str| {
        let trunk: Trunk = toml::from_str(text).expect("it is well formed");
        let (settings, faults) = trunk.settings("x", &|_: &str| None);
        assert!(faults.is_empty(), "{faults:?}");
        settings.secrecy
    };
    assert_eq!(secrecy("host = \"h\""), None);
    let required = secrecy("host = \"h\"\nsrtp = \"required\"");
    assert_eq!(required, Some(Secrecy::Required));
}

#[test]
fn what_is_wrong_is_told_with_its_key_in_both_languages() {
    for (text, told) in [
        ("", "[trunk.x] address: name at least one"),
        (
            "register = true\nhost = \"h\"",
            "[trunk.x] username: register = true needs it",
        ),
        ("host = \"h\"\nport = 0", "[trunk.x] port: 1 to 65535"),
        ("host = \"h h\"", "[trunk.x] host: \"h h\" is no host"),
        (
            "host = \"h\"\ntransport = \"sctp\"",
            "\"sctp\" is none of udp, tcp, tls",
        ),
        (
            "host = \"h\"\nsrtp = \"always\"",
            "[trunk.x] srtp: \"always\" is none of off, offered, required",
        ),
        ("host = \"h\"\npassword = \"s\"", "write \"secret:NAME\""),
        (
            "host = \"h\"\npassword = \"secret:no\"",
            "there is no secret \"no\"",
        ),
        ("host = \"h\"\ndial = \"e165\"", "[trunk.x] dial: \"e165\""),
        (
            "host = \"h\"\nto = [\"moon\"]",
            "[trunk.x] to: \"moon\" is none of a country (FR)",
        ),
        ("host = \"h\"\nprobe = \"0s\"", "[trunk.x] probe:"),
        ("host = \"h\"\npatience = 5", "[trunk.x] patience:"),
        ("host = \"h\"\nidentity = [\"x\"]", "[trunk.x] identity:"),
        ("host = \"h\"\nprefix = \"a\"", "[trunk.x] prefix:"),
        ("host = \"h\"\ncalled = \"via\"", "[trunk.x] called:"),
    ] {
        let problems = read(text).expect_err("it is wrong");
        let first = &problems[0];
        assert!(first.en.contains(told), "{}", first.en);
        assert!(
            first.fr.contains(" : ") && first.fr != first.en,
            "{}",
            first.fr
        );
    }
}

#[test]
fn hosts_are_names_and_addresses_with_and_without_ports() {
    let read = |text: &str| host(text, Some(1), None).map(|h| (h.name, h.port));
    for (text, name, port) in [
        ("sip.example.com", "sip.example.com", Some(1)),
        ("192.0.2.1:5070", "192.0.2.1", Some(5070)),
        ("2001:db8::1", "2001:db8::1", Some(1)),
        ("[2001:db8::1]:5070", "2001:db8::1", Some(5070)),
        ("[2001:db8::1]", "2001:db8::1", Some(1)),
    ] {
        assert_eq!(read(text), Some((name.to_owned(), port)), "{text}");
    }
    for text in ["", ":5060", "h:", "h:x", "[h]", "[::1", "a b", "h:99999"] {
        assert_eq!(read(text), None, "{text}");
    }
}
