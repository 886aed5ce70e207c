//! An engine with a leg in two networks: each is shown the address that it can reach, in signalling and
//! in what is said of voice.

use std::fs;
use std::net::Ipv6Addr;

use rappel_tests::carrier::{Carrier, Heard, Manners, header};
use rappel_tests::engine::free_port;
use rappel_tests::sipp::Scenario;
use rappel_tests::{Engine, Phone};

use crate::carriers::{THEIRS, dial, office_with};
use crate::{PASSWORD, SECOND, sentence};

/// The line in `c=` of the body of a message.
fn connection(heard: &Heard) -> &str {
    let mut lines = heard.text.lines();
    lines
        .find(|line| line.starts_with("c="))
        .expect("it has a body")
}

fn trunk(name: &str, carrier: &Carrier, priority: u8) -> String {
    let (ip, port) = (carrier.address.ip(), carrier.address.port());
    format!(
        "\n[trunk.{name}]\naddress = [\"{ip}\"]\nhost = \"{ip}\"\nport = {port}\n\
         transport = \"udp\"\ncountry = \"33\"\nprobe = \"off\"\npriority = {priority}\n"
    )
}

/// The office and 127.0.0.64 to 127.0.0.95 see 127.0.0.1; what is beyond, up to 127.0.0.127, sees
/// `far` with what it says of itself.
fn two_legged(trunks: &str, far: &str) -> Engine {
    let listener =
        format!("\n[[sip.listener]]\ntransports = [\"udp\"]\n{far}\nfor = [\"127.0.0.96/27\"]\n");
    office_with(trunks, |config| {
        let path = config.join("rappel.toml");
        let text = fs::read_to_string(&path).expect("there is a rappel.toml");
        fs::write(path, text + &listener).expect("it can be written");
    })
}

#[test]
fn each_network_is_told_to_send_voice_to_the_address_it_is_shown() {
    let near = Carrier::start(64, Manners::default());
    let far = Carrier::start(96, Manners::default());
    let port = free_port();
    let trunks = trunk("near", &near, 2) + &trunk("far", &far, 1);
    let address = format!("address = \"127.0.0.2\"\nport = {port}");
    let engine = two_legged(&trunks, &address);

    // Out: the far trunk comes first, and when it is drained the near one.
    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    let invite = far.await_request("INVITE", 1, SECOND);
    assert_eq!(connection(&invite), "c=IN IP4 127.0.0.2");
    let via = header(&invite.text, "Via");
    assert!(via.contains(&format!("127.0.0.2:{port}")), "{via}");
    phone.hang_up();
    far.await_request("BYE", 1, 5 * SECOND);
    drop(far);
    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    let invite = near.await_request("INVITE", 1, SECOND);
    assert_eq!(connection(&invite), "c=IN IP4 127.0.0.1");
    phone.hang_up();

    // In: whoever calls is answered with the address they called.
    let far = Carrier::start(96, Manners::default());
    let there = ([127, 0, 0, 2], port).into();
    assert_eq!(far.call(there, "+33199000014", "+33199000014", ""), 200);
    let answer = &far.responses(200)[0];
    assert_eq!(connection(answer), "c=IN IP4 127.0.0.2");
    assert_eq!(
        near.call(engine.sip, "+33199000014", "+33199000014", ""),
        200
    );
    assert_eq!(connection(&near.responses(200)[0]), "c=IN IP4 127.0.0.1");

    // And voice arrives that way: a phone out there hears the menu whole.
    let phone = Phone::dial_as(there, [127, 0, 0, 97], "104", ("poste-12", PASSWORD));
    phone.await_answer();
    let menu = sentence("menu-garage");
    phone.await_sentence(&menu, 0, 20 * SECOND);
    phone.hang_up();
}

#[test]
fn one_address_behind_a_router_is_told_by_another_name_outside() {
    let near = Carrier::start(65, Manners::default());
    let far = Carrier::start(98, Manners::default());
    let port = free_port();
    let trunks = trunk("near", &near, 1) + &trunk("far", &far, 1);
    let address = format!("port = {port}\nadvertise = \"127.0.0.126\"");
    let engine = two_legged(&trunks, &address);
    assert_eq!(
        near.call(engine.sip, "+33199000014", "+33199000014", ""),
        200
    );
    assert_eq!(connection(&near.responses(200)[0]), "c=IN IP4 127.0.0.1");
    let there = ([127, 0, 0, 1], port).into();
    assert_eq!(far.call(there, "+33199000014", "+33199000014", ""), 200);
    let answer = &far.responses(200)[0];
    assert_eq!(connection(answer), "c=IN IP4 127.0.0.126");
    let contact = header(&answer.text, "Contact");
    assert!(contact.contains("127.0.0.126"), "{contact}");
}

#[test]
fn voice_speaks_the_family_of_addresses_that_signalling_speaks() {
    let port = free_port();
    let trunk = "\n[trunk.six]\naddress = [\"::1\"]\ncountry = \"33\"\n";
    let mut engine = office_with(trunk, |config| {
        let path = config.join("rappel.toml");
        let text = fs::read_to_string(&path).expect("there is a rappel.toml");
        let listener = format!(
            "\n[[sip.listener]]\ntransports = [\"udp\"]\naddress = \"::1\"\nport = {port}\n"
        );
        fs::write(path, text + &listener).expect("it can be written");
    });
    let call = || Scenario::trunk("trunk_call").service("+33199000014");
    let heard = call().run(&engine);
    assert!(heard.contains("c=IN IP4 127.0.0.1"), "{heard}");
    engine.sip = (Ipv6Addr::LOCALHOST, port).into();
    let heard = call().over_ipv6().run(&engine);
    let answer = heard.rfind("c=IN IP6 ::1").map(|at| &heard[..at]);
    let from_us = answer.is_some_and(|before| before.contains("Server: Rappel"));
    assert!(from_us, "{heard}");
}
