//! Trunks on real sockets: carriers of ours that answer, refuse, stay mute, go away and come back,
//! and SIPp where somebody else must judge our digests.

use std::fs;
use std::time::{Duration, Instant};

use rappel_tests::carrier::{Carrier, Does, Heard, Manners, header};
use rappel_tests::engine::free_port;
use rappel_tests::sipp::Scenario;
use rappel_tests::wait::until;
use rappel_tests::{Engine, Phone};

use crate::{PASSWORD, SECOND, add_user, engine_with, newest_call};

/// A number of somebody else's, as a phone dials it and as a trunk is told it.
pub(crate) const THEIRS: (&str, &str) = ("0472001122", "+33472001122");

/// The company's number.
const OURS: &str = "+33199000010";

/// The line whose flow hands callers on to a number outside.
const HANDED_ON: &str = "+33199000017";

/// A table of a trunk that is this carrier's, with further keys.
fn trunk(name: &str, carrier: &Carrier, more: &str) -> String {
    let (ip, port) = (carrier.address.ip(), carrier.address.port());
    format!(
        "\n[trunk.{name}]\naddress = [\"{ip}\"]\nhost = \"{ip}\"\nport = {port}\ntransport = \"udp\"\n\
         country = \"33\"\n{more}\n"
    )
}

/// The same for one that is registered with; its calls are known by nothing but our Contact.
fn registered(name: &str, port: u16, host: &str, more: &str) -> String {
    format!(
        "\n[trunk.{name}]\nhost = \"{host}\"\nport = {port}\ntransport = \"udp\"\ncountry = \"33\"\n\
         register = true\nusername = \"s123456\"\npassword = \"secret:provider\"\nprobe = \"off\"\n{more}\n"
    )
}

/// The demo company with these tables, a phone that may dial, and a line whose flow calls outside.
fn office(tables: &str) -> Engine {
    office_with(tables, |_| {})
}

/// The same after `change` had its way with the configuration.
pub(crate) fn office_with(tables: &str, change: impl FnOnce(&std::path::Path)) -> Engine {
    let engine = engine_with(|config| {
        change(config);
        append(&config.join("rappel.toml"), tables);
        let company = config.join("tenants/garage-martin");
        append(
            &company.join("tenant.toml"),
            "\n[destination.astreinte]\nnumber = \"+33472001122\"\n",
        );
        fs::write(company.join("flows/nombre.toml"), HANDS_ON).expect("a flow can be written");
        append(
            &config.join("secrets.toml"),
            "provider = \"battery-staple\"\n",
        );
        private(&config.join("secrets.toml"));
    });
    add_user(&engine, "poste-12");
    engine
}

/// Hands whoever calls on to the company's number for the night.
const HANDS_ON: &str = r#"
rappel = 1
[flow]
title     = "Astreinte"
start     = "passer"
languages = ["fr", "en"]
[step.passer]
do           = "transfer"
to           = "destination:astreinte"
ring         = "20s"
on.busy      = "personne"
on.no_answer = "personne"
on.failed    = "personne"
on.done      = "personne"
[step.personne]
do     = "hangup"
prompt = "personne-libre"
"#;

fn append(path: &std::path::Path, more: &str) {
    let text = fs::read_to_string(path).unwrap_or_default();
    fs::write(path, text + more).expect("it can be written");
}

/// Secrets that others may read are refused.
fn private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(path, mode).expect("it is ours");
}

/// Karim's phone dials.
pub(crate) fn dial(engine: &Engine, number: &str) -> Phone {
    Phone::dial_as(engine.sip, [127, 0, 0, 1], number, ("poste-12", PASSWORD))
}

/// The status a phone is refused with.
pub(crate) fn refused(phone: &Phone) -> u16 {
    until("the call to be refused", 15 * SECOND, || {
        let seen = phone.seen();
        assert!(!seen.answered, "it is answered");
        seen.failed
    })
}

/// How long after this moment it came.
pub(crate) fn after(heard: &Heard, moment: Instant) -> Duration {
    heard.at.saturating_duration_since(moment)
}

/// Waits until the newest call on record is this one.
fn await_record(engine: &Engine, parts: &[&str]) {
    until(&format!("a call with {parts:?}"), 5 * SECOND, || {
        let call = newest_call(engine);
        parts.iter().all(|part| call.contains(part)).then_some(())
    });
}

/// What `rappel trunks` says of one.
pub(crate) fn state(engine: &Engine, name: &str) -> String {
    let told = engine.rappel(&["trunks", "--lang", "en"]);
    let line = told.lines().find(|line| line.starts_with(name));
    line.unwrap_or_else(|| panic!("no {name} in {told}"))
        .to_owned()
}

pub(crate) fn await_state(engine: &Engine, name: &str, text: &str, limit: Duration) {
    until(&format!("{name} to be told: {text}"), limit, || {
        state(engine, name).contains(text).then_some(())
    });
}

#[test]
fn a_trunk_by_address_calls_a_line_and_is_called_by_phones_and_flows() {
    let carrier = Carrier::start(31, Manners::default());
    let engine = office(&trunk("first", &carrier, "priority = 1\nprobe = \"1s\""));
    await_state(&engine, "first", "answers (asked", 5 * SECOND);

    assert_eq!(
        carrier.call(engine.sip, "+33199000014", "+33199000014", ""),
        200
    );
    await_record(
        &engine,
        &[r#""origin":"trunk first""#, r#""line":"ouvert""#],
    );
    assert_eq!(
        carrier.call(engine.sip, "0199009999", "0199009999", ""),
        404
    );

    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    let invite = carrier.await_request("INVITE", 1, SECOND).text;
    let at = carrier.address;
    assert!(
        invite.starts_with(&format!("INVITE sip:{}@{at} SIP/2.0", THEIRS.1)),
        "{invite}"
    );
    assert!(
        header(&invite, "From").contains(&format!("<sip:{OURS}@")),
        "{invite}"
    );
    assert!(
        header(&invite, "P-Asserted-Identity").contains(OURS),
        "{invite}"
    );
    assert_eq!(header(&invite, "Diversion"), "", "nobody was called before");
    assert!(
        state(&engine, "first").contains("1 out, 0 in"),
        "{}",
        state(&engine, "first")
    );
    phone.hang_up();
    carrier.await_request("BYE", 1, 5 * SECOND);
    await_record(&engine, &[r#""outcome":"served""#, "0472001122"]);

    // Somebody calls, and the flow hands them on: the line that was called is told, not who calls.
    let caller = Phone::dial(engine.sip, [127, 0, 0, 2], HANDED_ON);
    let invite = carrier.await_request("INVITE", 2, 10 * SECOND).text;
    caller.await_answer();
    assert!(header(&invite, "From").contains(HANDED_ON), "{invite}");
    assert!(header(&invite, "Diversion").contains(HANDED_ON), "{invite}");
    assert!(
        !invite.contains("639981234"),
        "the caller's own number: {invite}"
    );
    caller.hang_up();
    carrier.await_request("BYE", 2, 5 * SECOND);
}

#[test]
fn a_registration_is_made_at_once_kept_and_made_again_when_its_registrar_is_back() {
    let carrier = Carrier::start(32, Manners::registrar(Does::Challenge(12)));
    let mut begun = Instant::now();
    let tables = registered(
        "provider",
        carrier.address.port(),
        "127.0.0.32",
        "patience = 500",
    );
    let mut engine = engine_with(|config| {
        append(&config.join("rappel.toml"), &tables);
        append(
            &config.join("secrets.toml"),
            "provider = \"battery-staple\"\n",
        );
        private(&config.join("secrets.toml"));
        begun = Instant::now();
    });
    let ready = begun.elapsed();
    let first = carrier.await_request("REGISTER", 1, 2 * SECOND);
    let took = after(&first, begun);
    eprintln!("first REGISTER {took:?} after the start, which took {ready:?}");
    assert!(took < ready + SECOND, "first REGISTER after {took:?}");
    let proved = carrier.await_request("REGISTER", 2, SECOND);
    let proof = header(&proved.text, "Authorization");
    for part in [
        "username=\"s123456\"",
        "nonce=\"1\"",
        "nc=00000001",
        "uri=\"sip:127.0.0.32",
    ] {
        assert!(proof.contains(part), "{part} in {proof}");
    }
    await_state(&engine, "provider", "registered until", 2 * SECOND);

    // Refreshed before what was granted ends, in the same sequence, with the same nonce counted on.
    let fresh = carrier.await_request("REGISTER", 3, 12 * SECOND);
    assert!(
        after(&fresh, proved.at) > 4 * SECOND,
        "{:?}",
        after(&fresh, proved.at)
    );
    assert_eq!(
        header(&fresh.text, "Call-ID"),
        header(&proved.text, "Call-ID")
    );
    assert!(
        header(&fresh.text, "Authorization").contains("nc=00000002"),
        "{}",
        fresh.text
    );

    // It goes away, and comes back.
    let address = carrier.address;
    drop(carrier);
    engine.await_log("registrar does not answer", 20 * SECOND);
    assert!(state(&engine, "provider").contains("not registered since"));
    let back = Instant::now();
    let carrier = Carrier::at(address, Manners::registrar(Does::Grant(600)));
    await_state(&engine, "provider", "registered until", 30 * SECOND);
    eprintln!(
        "registered {:?} after the registrar was back",
        back.elapsed()
    );
    assert!(back.elapsed() < 30 * SECOND);

    // Told to stop, it takes its registration back.
    let before = carrier.requests("REGISTER").len();
    assert!(engine.stop().success());
    let last = carrier.await_request("REGISTER", before + 1, SECOND).text;
    let gone = header(&last, "Expires") == "0" || header(&last, "Contact").contains("expires=0");
    assert!(gone, "{last}");
}

#[test]
fn calls_of_a_registered_trunk_are_known_by_our_contact_and_ours_prove_the_account() {
    let carrier = Carrier::start(33, Manners::registrar(Does::Challenge(600)));
    let port = carrier.address.port();
    let engine = office(&registered("provider", port, "127.0.0.33", ""));
    await_state(&engine, "provider", "registered until", 5 * SECOND);
    let register = carrier.await_request("REGISTER", 2, SECOND).text;
    let contact = header(&register, "Contact");
    let user = contact
        .split(['@', ':'])
        .nth(1)
        .expect("a user part")
        .to_owned();
    assert!(user.len() >= 16, "{contact}");

    // From another address of the provider's, to our Contact: the number called is in To, or beside it.
    let gateway = Carrier::start(34, Manners::default());
    assert_eq!(gateway.call(engine.sip, &user, "+33199000014", ""), 200);
    await_record(
        &engine,
        &[r#""origin":"trunk provider""#, r#""line":"ouvert""#],
    );
    let party = "P-Called-Party-ID: <sip:+33199000011@provider>\r\n";
    assert_eq!(gateway.call(engine.sip, &user, "s123456", party), 200);
    // A stranger who knows no Contact is asked for a password.
    assert_eq!(
        gateway.call(engine.sip, "+33199000014", "+33199000014", ""),
        401
    );

    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    let invites = carrier.requests("INVITE");
    assert_eq!(invites.len(), 2, "one that was challenged, one that proves");
    let proof = header(&invites[1].text, "Proxy-Authorization");
    assert!(
        proof.contains("username=\"s123456\"") && proof.contains("nc=00000001"),
        "{proof}"
    );
    phone.hang_up();
    carrier.await_request("BYE", 1, 5 * SECOND);
}

#[test]
fn a_registrar_and_a_proxy_that_check_digests_find_ours_good() {
    let (registrar, proxy) = (free_port(), free_port());
    let tables = registered(
        "provider",
        proxy,
        "127.0.0.2",
        &format!("registrar = \"127.0.0.2:{registrar}\""),
    );
    let engine = office(&tables);
    let checks = |name, port| Scenario::trunk(name).on_port(port).start(&engine);
    let registering = checks("carriers/registrar", registrar);
    let calling = checks("carriers/proxy", proxy);
    registering.expect_success();
    await_state(&engine, "provider", "registered until", 5 * SECOND);
    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    phone.hang_up();
    calling.expect_success();
}

#[test]
fn who_refuses_for_itself_or_is_mute_is_followed_by_the_next_and_whoever_is_busy_is_not() {
    let first = Carrier::start(35, Manners::calls(Does::Refuse(503)));
    let second = Carrier::start(36, Manners::default());
    let tables = trunk("first", &first, "priority = 1") + &trunk("second", &second, "priority = 2");
    let engine = office(&tables);

    let dialled = Instant::now();
    let phone = dial(&engine, THEIRS.0);
    let next = second.await_request("INVITE", 1, 5 * SECOND);
    eprintln!("503: next trunk after {:?}", after(&next, dialled));
    assert!(after(&next, dialled) < 2 * SECOND);
    phone.await_answer();
    phone.hang_up();
    assert_eq!(first.requests("INVITE").len(), 1);
    assert!(state(&engine, "first").contains("others are tried first"));

    // The second refuses now, so the strained first is asked, and busy is busy.
    first.behave(Manners::calls(Does::Refuse(486)));
    second.behave(Manners::calls(Does::Refuse(503)));
    assert_eq!(refused(&dial(&engine, THEIRS.0)), 486);
    assert_eq!(
        (
            first.requests("INVITE").len(),
            second.requests("INVITE").len()
        ),
        (2, 2)
    );
    assert_eq!(refused(&dial(&engine, THEIRS.0)), 486);
    assert_eq!(
        (
            first.requests("INVITE").len(),
            second.requests("INVITE").len()
        ),
        (3, 2)
    );

    first.behave(Manners::calls(Does::Ignore));
    second.behave(Manners::default());
    let phone = dial(&engine, THEIRS.0);
    let mute = first.await_request("INVITE", 4, 2 * SECOND);
    let next = second.await_request("INVITE", 3, 5 * SECOND);
    eprintln!("mute: next trunk after {:?}", after(&next, mute.at));
    assert!(after(&next, mute.at) < 2 * SECOND);
    phone.await_answer();
    phone.hang_up();
}

#[test]
fn a_far_end_that_is_gone_raises_an_alarm_and_gets_no_call_until_it_is_back() {
    let first = Carrier::start(37, Manners::default());
    let second = Carrier::start(38, Manners::default());
    let tables = trunk("first", &first, "priority = 1\nprobe = \"1s\"")
        + &trunk("second", &second, "priority = 2\nprobe = \"off\"");
    let engine = office(&tables);
    first.await_request("OPTIONS", 1, 3 * SECOND);
    await_state(&engine, "first", "answers (asked", 3 * SECOND);
    assert!(state(&engine, "second").contains("not known to answer"));

    let (address, gone) = (first.address, Instant::now());
    drop(first);
    engine.await_log("the trunk does not answer", 25 * SECOND);
    eprintln!("alarm {:?} after the far end was gone", gone.elapsed());
    assert!(state(&engine, "first").contains("does not answer since"));
    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    phone.hang_up();
    assert_eq!(second.requests("INVITE").len(), 1);

    let first = Carrier::at(address, Manners::default());
    engine.await_log("the trunk answers again", 10 * SECOND);
    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    phone.hang_up();
    assert_eq!(
        (
            first.requests("INVITE").len(),
            second.requests("INVITE").len()
        ),
        (1, 1)
    );
}

#[test]
fn caps_bar_what_is_too_much_and_never_a_call_for_help() {
    let carrier = Carrier::start(39, Manners::default());
    let tables = trunk("first", &carrier, "calls = 1\ncalls_per_second = 2")
        + "\n[outside.company.garage-martin]\ncalls_per_day = 4\nlocation = \"+33199000012\"\n";
    let mut engine = office(&tables);
    let invites = || carrier.requests("INVITE").len();

    // A premium number never leaves the house.
    assert_eq!(refused(&dial(&engine, "0892123456")), 403);
    assert_eq!(invites(), 0);

    let talking = dial(&engine, THEIRS.0);
    talking.await_answer();
    assert_eq!(
        refused(&dial(&engine, THEIRS.0)),
        503,
        "the trunk carries one call"
    );
    assert_eq!(invites(), 1);
    // Help is called for while everything is taken: as the number of the place.
    let help = dial(&engine, "112");
    help.await_answer();
    let invite = carrier.await_request("INVITE", 2, SECOND).text;
    assert!(invite.starts_with("INVITE sip:112@"), "{invite}");
    assert!(header(&invite, "From").contains("+33199000012"), "{invite}");
    help.hang_up();
    talking.hang_up();
    carrier.await_request("BYE", 2, 5 * SECOND);

    // Two in one second, not three: whoever is refused at once hangs up.
    std::thread::sleep(2 * SECOND);
    for number in 2..=3 {
        let phone = dial(&engine, THEIRS.0);
        phone.await_answer();
        phone.hang_up();
        carrier.await_request("BYE", number + 1, 5 * SECOND);
    }
    assert_eq!(
        refused(&dial(&engine, THEIRS.0)),
        503,
        "a third in the same second"
    );
    assert_eq!(invites(), 4);
    std::thread::sleep(SECOND);
    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    phone.hang_up();
    carrier.await_request("BYE", 5, 5 * SECOND);

    // Four calls were answered: the day is used up, for the engine that starts next as well.
    let spent = |engine: &Engine| {
        std::thread::sleep(SECOND);
        assert!(state(engine, "company garage-martin").contains("answered today: 4"));
        let status = refused(&dial(engine, THEIRS.0));
        assert_eq!(invites(), 5);
        status
    };
    let status = spent(&engine);
    engine.kill_and_restart_after(|_| {});
    assert_eq!(spent(&engine), status);
    let help = dial(&engine, "112");
    help.await_answer();
    help.hang_up();
}

/// Ways to fail that a caller for help must not be left alone with.
#[test]
fn a_call_for_help_tries_every_trunk_tells_the_caller_and_tries_again() {
    let first = Carrier::start(47, Manners::calls(Does::Refuse(503)));
    // Whoever knows the number better says so; for help, nobody is believed.
    let second = Carrier::start(48, Manners::calls(Does::Refuse(404)));
    let drained = Carrier::start(49, Manners::calls(Does::Ignore));
    let full = Carrier::start(50, Manners::calls(Does::Refuse(486)));
    let tables = trunk("first", &first, "priority = 1\nemergency = true")
        + &trunk("second", &second, "priority = 2")
        + &trunk("third", &drained, "priority = 3\ndrained = true")
        + &trunk("fourth", &full, "priority = 4\ncalls = 1");
    let mut engine = office(&tables);
    engine.may_complain();
    let carriers = [&first, &second, &drained, &full];
    let invites = || carriers.map(|carrier| carrier.requests("INVITE").len());

    let dialled = Instant::now();
    let phone = dial(&engine, "112");
    for carrier in carriers {
        carrier.await_request("INVITE", 2, 10 * SECOND);
    }
    eprintln!("every trunk twice within {:?}", dialled.elapsed());
    assert!(dialled.elapsed() < 5 * SECOND, "{:?}", dialled.elapsed());
    engine.await_log("a call for help reached nobody", SECOND);
    // Before anybody answers, the caller hears what is going on and what to do.
    let told = crate::sentence("help-again");
    phone.await_sentence(&told, 0, 10 * SECOND);
    let seen = phone.seen();
    assert!(!seen.answered && seen.failed.is_none(), "{seen:?}");
    // One of them takes it at last.
    full.behave(Manners::default());
    phone.await_answer();
    eprintln!(
        "help answered {:?} after it was dialled: {:?}",
        dialled.elapsed(),
        invites()
    );
    phone.hang_up();
    full.await_request("BYE", 1, 5 * SECOND);
    await_record(&engine, &[r#""outcome":"served""#, "\"112\""]);
}

#[test]
fn a_call_for_help_that_nobody_takes_ends_with_words_and_then_the_status() {
    let carrier = Carrier::start(59, Manners::calls(Does::Refuse(503)));
    let mut engine = office(&trunk("only", &carrier, ""));
    engine.may_complain();
    let dialled = Instant::now();
    let phone = dial(&engine, "112");
    phone.await_sentence(&crate::sentence("help-failed"), 0, 60 * SECOND);
    let status = until("the call to be refused", 30 * SECOND, || {
        phone.seen().failed
    });
    eprintln!("given up with {status} after {:?}", dialled.elapsed());
    assert!(status >= 480 && !phone.seen().answered, "{status}");
    assert_eq!(carrier.requests("INVITE").len(), 5);
    assert_eq!(
        engine
            .log()
            .matches("a call for help reached nobody")
            .count(),
        5
    );
    assert!(dialled.elapsed() < 90 * SECOND);
}

#[test]
fn who_hides_stays_hidden_and_who_is_forwarded_is_told() {
    let carrier = Carrier::start(40, Manners::default());
    let more =
        "show_callers = true\ntrust_identity = true\ndiversion = [\"diversion\", \"history-info\"]";
    let engine = office(&trunk("first", &carrier, more));
    let called = |count: usize| carrier.await_request("INVITE", count, 10 * SECOND).text;

    let handed = |more: &str| carrier.call(engine.sip, HANDED_ON, HANDED_ON, more);
    assert_eq!(handed(""), 200);
    let invite = called(1);
    assert!(header(&invite, "From").contains("+33639981234"), "{invite}");
    for name in ["Diversion", "History-Info"] {
        assert!(
            header(&invite, name).contains(HANDED_ON),
            "{name}: {invite}"
        );
    }
    assert_eq!(handed("Privacy: id\r\n"), 200);
    let invite = called(2);
    let from = header(&invite, "From");
    assert!(from.contains("sip:anonymous@anonymous.invalid"), "{invite}");
    assert_eq!(header(&invite, "Privacy"), "id", "{invite}");
    assert!(!invite.contains("639981234"), "{invite}");
    // The carrier must know whom to charge: a number of the company's.
    assert!(
        header(&invite, "P-Asserted-Identity").contains("+331990000"),
        "{invite}"
    );
}

#[test]
fn a_registrar_that_was_away_is_registered_with_as_soon_as_it_answers_probes() {
    let carrier = Carrier::start(41, Manners::registrar(Does::Grant(600)));
    let address = carrier.address;
    let tables = registered("provider", address.port(), "127.0.0.41", "");
    let engine = office(&tables.replace("probe = \"off\"", "probe = \"1s\""));
    await_state(&engine, "provider", "registered until", 5 * SECOND);
    await_state(&engine, "provider", "answers (asked", 5 * SECOND);
    drop(carrier);
    engine.await_log("the trunk does not answer", 25 * SECOND);
    // It has forgotten us, and the ten minutes it granted are far from over.
    let carrier = Carrier::at(address, Manners::registrar(Does::Grant(600)));
    let back = Instant::now();
    let register = carrier.await_request("REGISTER", 1, 10 * SECOND);
    eprintln!(
        "registered again {:?} after it was back",
        after(&register, back)
    );
    assert_eq!(header(&register.text, "Expires"), "600");
}

#[test]
fn trunks_and_what_may_be_called_change_without_a_restart() {
    let first = Carrier::start(42, Manners::default());
    let second = Carrier::start(43, Manners::registrar(Does::Challenge(600)));
    let engine = office(&trunk("first", &first, ""));
    let path = engine.folder().join("config/rappel.toml");
    let before = fs::read_to_string(&path).expect("there is a rappel.toml");
    let change = |text: String| {
        fs::write(&path, text).expect("it can be written");
        engine.rappel(&["reload", "--lang", "en"])
    };
    let talking = dial(&engine, THEIRS.0);
    talking.await_answer();
    assert_eq!(refused(&dial(&engine, "0892123456")), 403);

    let table = registered(
        "provider",
        second.address.port(),
        "127.0.0.43",
        "priority = 1",
    );
    let allowed = before.replace("[\"home\"]", "[\"home\", \"premium\"]");
    assert_ne!(allowed, before);
    let told = change(allowed + &table);
    for part in ["trunk provider: new", "[outside]: other rules"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(!told.contains("next start"), "{told}");
    await_state(&engine, "provider", "registered until", 5 * SECOND);
    let phone = dial(&engine, "0892123456");
    phone.await_answer();
    assert_eq!(
        second.requests("INVITE").len(),
        2,
        "challenged, then proved"
    );
    phone.hang_up();
    second.await_request("BYE", 1, 5 * SECOND);

    // Gone again: its registration is taken back, and the call of before goes on through all of it.
    let registers = second.requests("REGISTER").len();
    let told = change(before);
    assert!(told.contains("trunk provider: gone"), "{told}");
    second.await_request("REGISTER", registers + 1, 5 * SECOND);
    assert_eq!(refused(&dial(&engine, "0892123456")), 403);
    assert!(!talking.seen().ended);
    assert_eq!(first.requests("BYE").len(), 0);
    talking.hang_up();
    first.await_request("BYE", 1, 5 * SECOND);

    // What is wrong changes nothing.
    let good = fs::read_to_string(&path).expect("there is a rappel.toml");
    fs::write(
        &path,
        good.replace("country = \"33\"", "country = \"33\"\ndial = \"loud\""),
    )
    .expect("it can be written");
    let plan = engine.refused(&["reload", "--lang", "en"]);
    assert!(
        plan.contains("the trunks in use stay as they are"),
        "{plan}"
    );
    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    phone.hang_up();
}

#[test]
fn a_drained_trunk_takes_no_new_call_keeps_those_it_has_and_is_filled_again() {
    let first = Carrier::start(45, Manners::default());
    let second = Carrier::start(46, Manners::default());
    let engine = office(
        &(trunk("first", &first, "priority = 1\ndrained = false")
            + &trunk("second", &second, "priority = 2")),
    );
    let path = engine.folder().join("config/rappel.toml");
    let before = fs::read_to_string(&path).expect("there is a rappel.toml");
    let drained = before.replace("drained = false\n", "drained = true\n");
    assert_ne!(drained, before);
    let talking = dial(&engine, THEIRS.0);
    talking.await_answer();
    assert_eq!(first.requests("INVITE").len(), 1);

    fs::write(&path, drained).expect("it can be written");
    engine.rappel(&["reload", "--lang", "en"]);
    for part in ["drained: takes no new call", "1 out, 0 in"] {
        assert!(state(&engine, "first").contains(part), "{part}");
    }
    for _ in 0..3 {
        let phone = dial(&engine, THEIRS.0);
        phone.await_answer();
        phone.hang_up();
    }
    let both = || {
        (
            first.requests("INVITE").len(),
            second.requests("INVITE").len(),
        )
    };
    assert_eq!(both(), (1, 3));
    // Whoever calls by it is still served: a carrier that is left goes on until it is gone.
    assert_eq!(
        first.call(engine.sip, "+33199000014", "+33199000014", ""),
        200
    );
    assert!(!talking.seen().ended);
    assert_eq!(first.requests("BYE").len(), 0);
    talking.hang_up();
    first.await_request("BYE", 1, 5 * SECOND);
    await_state(&engine, "first", "0 out, 0 in", 5 * SECOND);

    fs::write(&path, before).expect("it can be written");
    engine.rappel(&["reload", "--lang", "en"]);
    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    phone.hang_up();
    assert_eq!(both(), (2, 3));
}

#[test]
fn an_operator_drains_a_trunk_of_the_running_engine_and_puts_it_back() {
    let first = Carrier::start(60, Manners::default());
    let second = Carrier::start(61, Manners::default());
    let engine = office(
        &(trunk("first", &first, "priority = 1") + &trunk("second", &second, "priority = 2")),
    );
    let talking = dial(&engine, THEIRS.0);
    talking.await_answer();
    let told = engine.rappel(&["trunks", "drain", "first", "--lang", "en"]);
    for part in ["first: ", "drained by command", "1 out, 0 in"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // A reload takes the files, and leaves what the operator wanted.
    engine.rappel(&["reload", "--lang", "en"]);
    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    phone.hang_up();
    let invites = |carrier: &Carrier| carrier.requests("INVITE").len();
    assert_eq!((invites(&first), invites(&second)), (1, 1));
    assert!(!talking.seen().ended);
    talking.hang_up();
    await_state(&engine, "first", "0 out, 0 in", 5 * SECOND);

    let told = engine.rappel(&["trunks", "undrain", "first", "--lang", "fr"]);
    assert!(
        told.starts_with("first : ") && !told.contains("vidé"),
        "{told}"
    );
    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    phone.hang_up();
    assert_eq!((invites(&first), invites(&second)), (2, 1));
    let told = engine.refused(&["trunks", "drain", "frist", "--lang", "en"]);
    assert!(
        told.contains("there is no trunk `frist`; there is: carrier, first, second"),
        "{told}"
    );
}

#[test]
fn the_number_called_first_is_kept_of_a_call_that_was_forwarded_to_us() {
    let carrier = Carrier::start(44, Manners::default());
    let engine = office(&trunk("first", &carrier, ""));
    let call = |more: &str| carrier.call(engine.sip, "+33199000014", "+33199000014", more);
    let diverted = "Diversion: <sip:+33199000020@x>;reason=no-answer, <sip:+33199000021@x>\r\n";
    assert_eq!(call(diverted), 200);
    await_record(&engine, &["forwarded, first called +33199000021"]);
    let history = "History-Info: <sip:+33199000022@x>;index=1, <sip:+33199000014@x>;index=1.1\r\n";
    assert_eq!(call(history), 200);
    await_record(&engine, &["forwarded, first called +33199000022"]);
    assert_eq!(
        call("Diversion: ;;;<<\r\nHistory-Info: \r\n"),
        200,
        "nonsense is no reason to refuse"
    );
}
