//! Calls outside that no trunk carries: each reason is one finding of its own.

use std::fs;
use std::time::Duration;

use rappel_tests::carrier::{Carrier, Manners};
use rappel_tests::engine::free_port;
use rappel_tests::{Engine, Phone};

use crate::faults::assert_named;
use crate::peer::{OFFER, Peer};
use crate::{PASSWORD, TRUNK, add_user};

const SECOND: Duration = Duration::from_secs(1);

/// An engine with a trunk to each country: one that is not there, one of a single call, one that is
/// out of use, one that takes what the company may have; and two calls outside for the company.
fn abroad(carrier: &Carrier) -> Engine {
    let port = carrier.address.port();
    let gone = free_port();
    let tables = format!(
        "\n[trunk.gone]\nhost = \"127.0.0.61\"\nport = {gone}\ncountry = \"33\"\nto = [\"BE\"]\nprobe = \"1s\"\n\
         [trunk.narrow]\nhost = \"127.0.0.60\"\nport = {port}\ncountry = \"33\"\nto = [\"DE\"]\ncalls = 1\n\
         [trunk.idle]\nhost = \"127.0.0.60\"\nport = {port}\ncountry = \"33\"\nto = [\"ES\"]\ndrained = true\n\
         [trunk.wide]\nhost = \"127.0.0.60\"\nport = {port}\ncountry = \"33\"\nto = [\"IT\"]\n\
         [trunk.pbx]\naddress = [\"127.0.0.2\"]\ncountry = \"33\"\nchannels = 1\n"
    );
    Engine::start_with(|config| {
        let path = config.join("rappel.toml");
        let text = fs::read_to_string(&path).expect("there is a rappel.toml");
        let changed = text
            .replace("allow         = [\"home\"]", "allow         = [\"all\"]")
            .replace("\ncalls         = 30 ", "\ncalls         = 2 ");
        assert_eq!(changed.len() + 2, text.len(), "the demo has both keys");
        fs::write(path, changed + &tables).expect("it can be written");
    })
}

/// A proved call of a phone that is refused with this status.
fn refused(caller: &mut Peer, number: &str, call_id: &str, status: u16) {
    let request = caller.request("INVITE", number, call_id, "", OFFER);
    let challenge = caller.ask(&request, 401);
    let proof = caller.prove(&request, &challenge, "poste-12", PASSWORD);
    caller.ask(&proof, status);
}

#[test]
fn calls_that_no_trunk_carries_are_told_apart() {
    let carrier = Carrier::start(60, Manners::default());
    let engine = abroad(&carrier);
    add_user(&engine, "poste-12", false);
    let mut caller = Peer::at([127, 0, 0, 1], engine.sip);
    refused(&mut caller, "00442071234567", "no-way", 404);
    assert_named(&engine, "no-way", "no-trunk", &["`to`", "`tenants`"]);
    refused(&mut caller, "0034911234567", "drained", 503);
    assert_named(
        &engine,
        "drained",
        "trunks-drained",
        &["`rappel trunks undrain idle`", "`[trunk.idle]`"],
    );
    engine.await_log("the trunk does not answer", 25 * SECOND);
    refused(&mut caller, "003225041234", "down", 503);
    let told = ["(\"gone\")", "`[trunk.gone]`", "rappel trunks", "probe"];
    assert_named(&engine, "down", "trunks-down", &told);

    let account = ("poste-12", PASSWORD);
    let dial = |number: &str| Phone::dial_as(engine.sip, [127, 0, 0, 1], number, account);
    let first = dial("00493012345678");
    first.await_answer();
    refused(&mut caller, "00493012345678", "full", 503);
    let told = ["(\"narrow\")", "`[trunk.narrow]`", "calls_per_second"];
    assert_named(&engine, "full", "trunks-full", &told);
    let second = dial("00390612345678");
    second.await_answer();
    refused(&mut caller, "00390612345678", "company", 503);
    assert_named(
        &engine,
        "company",
        "company-full",
        &["`[outside.company.garage-martin]`"],
    );
    first.hang_up();
    second.hang_up();
}

#[test]
fn a_trunk_whose_channels_are_taken_is_named() {
    let carrier = Carrier::start(62, Manners::default());
    let engine = abroad(&carrier);
    let first = Phone::dial(engine.sip, TRUNK, crate::LINE);
    first.await_answer();
    let mut second = Peer::at(TRUNK, engine.sip);
    let request = second.request("INVITE", crate::LINE, "beyond", "", OFFER);
    second.ask(&request, 503);
    let told = ["the trunk \"pbx\"", "`channels` of `[trunk.pbx]`"];
    assert_named(&engine, "beyond", "channels-taken", &told);
    first.hang_up();
}

#[test]
fn a_day_that_is_used_up_is_told_apart_from_what_is_not_allowed() {
    let carrier = Carrier::start(63, Manners::default());
    let port = carrier.address.port();
    let engine = Engine::start_with(|config| {
        let path = config.join("rappel.toml");
        let text = fs::read_to_string(&path).expect("there is a rappel.toml");
        let changed = text.replace("\ncalls_per_day = 1000", "\ncalls_per_day = 0   ");
        assert_ne!(changed, text, "the demo has the key");
        let trunk =
            format!("\n[trunk.wide]\nhost = \"127.0.0.63\"\nport = {port}\ncountry = \"33\"\n");
        fs::write(path, changed + &trunk).expect("it can be written");
    });
    add_user(&engine, "poste-12", false);
    let mut caller = Peer::at([127, 0, 0, 1], engine.sip);
    refused(&mut caller, "0612345678", "spent", 403);
    assert_named(
        &engine,
        "spent",
        "allowance-spent",
        &["`calls_per_day`", "rappel trunks"],
    );
    refused(&mut caller, "00442071234567", "abroad", 403);
    assert_named(&engine, "abroad", "outside-not-allowed", &["`allow`"]);
}
