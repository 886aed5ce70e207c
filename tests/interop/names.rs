//! Trunks that are named, not numbered: NAPTR and SRV from a name server of ours (RFC 3263), shares and
//! fail-over among servers, and carriers over TLS who must prove their name.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};

use rappel_tests::carrier::{Carrier, Does, Manners, header};
use rappel_tests::engine::temporary_folder;
use rappel_tests::names::{Names, Record};
use rappel_tests::secure::{Authority, believe};
use rappel_tests::secure_carrier::SecureCarrier;
use rappel_tests::{Engine, Phone};

use crate::SECOND;
use crate::carriers::{THEIRS, after, await_state, dial, office_with, refused, state};

/// A trunk by its name alone.
fn named(name: &str, host: &str, more: &str) -> String {
    format!(
        "\n[trunk.{name}]\nhost = \"{host}\"\ncountry = \"33\"\ncalls_per_second = 200\n{more}\n"
    )
}

fn office(names: &Names, tables: &str) -> Engine {
    office_with(tables, |config| names.be_asked(config))
}

/// Where a carrier is, as an SRV record tells it.
fn server(priority: u16, weight: u16, port: u16, target: &'static str) -> Record {
    Record::Srv {
        priority,
        weight,
        port,
        target,
    }
}

fn host(last: u8) -> Record {
    Record::A(Ipv4Addr::new(127, 0, 0, last))
}

/// One call that is answered and hung up.
fn call(engine: &Engine) {
    let phone: Phone = dial(engine, THEIRS.0);
    phone.await_answer();
    phone.hang_up();
}

fn invites(carrier: &Carrier) -> usize {
    carrier.requests("INVITE").len()
}

#[test]
fn a_name_leads_by_srv_to_servers_by_their_shares_and_to_others_when_they_fail() {
    let large = Carrier::start(51, Manners::default());
    let small = Carrier::start(52, Manners::default());
    let spare = Carrier::start(53, Manners::default());
    let port = |carrier: &Carrier| carrier.address.port();
    let names = Names::start(&[
        (
            "_sip._udp.carrier.test",
            server(10, 75, port(&large), "large.carrier.test"),
        ),
        (
            "_sip._udp.carrier.test",
            server(10, 25, port(&small), "small.carrier.test"),
        ),
        (
            "_sip._udp.carrier.test",
            server(20, 1, port(&spare), "spare.carrier.test"),
        ),
        ("large.carrier.test", host(51)),
        ("small.carrier.test", host(52)),
        ("spare.carrier.test", host(53)),
    ]);
    let engine = office(&names, &named("first", "carrier.test", "probe = \"1s\""));
    await_state(&engine, "first", "answers (asked", 5 * SECOND);
    for _ in 0..CALLS {
        call(&engine);
    }
    let (most, least) = (invites(&large), invites(&small));
    eprintln!("{CALLS} calls by shares 75 and 25: {most} and {least}");
    assert_eq!(most + least, CALLS);
    assert_eq!(
        invites(&spare),
        0,
        "servers of the first priority are there"
    );
    // Three quarters of a hundred, and four deviations of chance on either side.
    assert!((57..=93).contains(&most), "{most} of {CALLS}");

    // One refuses for itself, the other is gone: the next one takes the call at once (RFC 3263 §4.3).
    large.behave(Manners::calls(Does::Refuse(503)));
    drop(small);
    let dialled = Instant::now();
    call(&engine);
    let taken = spare.await_request("INVITE", 1, SECOND);
    eprintln!(
        "third server {:?} after it was dialled",
        after(&taken, dialled)
    );
    assert!(after(&taken, dialled) < 2 * SECOND);
    // A server that says nothing is given up in time, too.
    large.behave(Manners::calls(Does::Ignore));
    let dialled = Instant::now();
    call(&engine);
    let taken = spare.await_request("INVITE", 2, SECOND);
    eprintln!("after a mute one {:?}", after(&taken, dialled));
    assert!(
        after(&taken, dialled) < 4 * SECOND,
        "{:?}",
        after(&taken, dialled)
    );
}

#[test]
fn a_name_that_leads_nowhere_is_told_and_the_next_trunk_is_called() {
    let next = Carrier::start(54, Manners::default());
    let names = Names::start(&[
        // It offers the service nowhere (RFC 2782).
        ("_sip._udp.closed.test", server(0, 0, 0, ".")),
        ("next.test", host(54)),
    ]);
    let tables = named("gone", "nobody.test", "priority = 1\nprobe = \"1s\"")
        + &named(
            "closed",
            "closed.test",
            "priority = 2\ntransport = \"udp\"\nprobe = \"off\"",
        )
        + &named(
            "next",
            "next.test",
            &format!(
                "priority = 3\nport = {}\nprobe = \"off\"",
                next.address.port()
            ),
        );
    let engine = office(&names, &tables);
    let dialled = Instant::now();
    call(&engine);
    assert_eq!(invites(&next), 1);
    eprintln!("two names that lead nowhere: {:?}", dialled.elapsed());
    assert!(dialled.elapsed() < 2 * SECOND);
    await_state(&engine, "gone", "does not answer since", 10 * SECOND);
}

#[test]
fn a_carrier_over_tls_proves_its_name_and_is_found_by_naptr() {
    let folder = temporary_folder();
    let ours = Authority::new(&folder, "ours");
    let other = Authority::new(&folder, "other");
    let carrier = |host: u8, (chain, key): &(std::path::PathBuf, std::path::PathBuf)| {
        SecureCarrier::start(host, (chain, key), Manners::default())
    };
    let good = carrier(55, &ours.sign("good", "DNS:good.test", 30));
    let misnamed = carrier(56, &ours.sign("misnamed", "DNS:else.test", 30));
    let foreign = carrier(57, &other.sign("foreign", "DNS:foreign.test", 30));
    let outdated = carrier(58, &ours.sign("outdated", "DNS:outdated.test", 0));
    std::thread::sleep(Duration::from_millis(1_100));
    let mute = Carrier::start(55, Manners::calls(Does::Ignore));
    let names = Names::start(&[
        (
            "good.test",
            Record::Naptr {
                order: 1,
                service: "SIPS+D2T",
                replacement: "_sips._tcp.good.test",
            },
        ),
        (
            "good.test",
            Record::Naptr {
                order: 2,
                service: "SIP+D2U",
                replacement: "_sip._udp.good.test",
            },
        ),
        (
            "_sips._tcp.good.test",
            server(1, 1, good.address.port(), "gate.good.test"),
        ),
        (
            "_sip._udp.good.test",
            server(1, 1, mute.address.port(), "gate.good.test"),
        ),
        ("gate.good.test", host(55)),
        ("misnamed.test", host(56)),
        ("foreign.test", host(57)),
        ("outdated.test", host(58)),
    ]);
    let secure = |carrier: &SecureCarrier, priority: u8| {
        let port = carrier.address.port();
        format!("priority = {priority}\nport = {port}\ntransport = \"tls\"\nprobe = \"off\"")
    };
    let tables = named("good", "good.test", "priority = 9\nprobe = \"1s\"")
        + &named("misnamed", "misnamed.test", &secure(&misnamed, 1))
        + &named("foreign", "foreign.test", &secure(&foreign, 2))
        + &named("outdated", "outdated.test", &secure(&outdated, 3));
    let authority = ours.path();
    let engine = office_with(&tables, |config: &Path| {
        names.be_asked(config);
        believe(config, &authority);
    });
    await_state(&engine, "good", "answers (asked", 5 * SECOND);

    // Three whom nobody may believe are passed over, and not one message is told to them.
    let dialled = Instant::now();
    let phone = dial(&engine, THEIRS.0);
    phone.await_answer();
    eprintln!(
        "answered over TLS {:?} after it was dialled",
        dialled.elapsed()
    );
    let invite = good.await_request("INVITE", 1, SECOND).text;
    assert!(
        header(&invite, "Via").starts_with("SIP/2.0/TLS"),
        "{invite}"
    );
    assert!(
        header(&invite, "Contact").contains("transport=tls"),
        "{invite}"
    );
    for liar in [&misnamed, &foreign, &outdated] {
        assert_eq!((liar.opened(), liar.requests("INVITE").len()), (0, 0));
    }
    for word in ["misnamed.test", "foreign.test", "outdated.test"] {
        assert!(engine.log().contains(word), "{word} is told in the log");
    }
    assert!(state(&engine, "good").contains("1 out, 0 in"));
    phone.hang_up();
    good.await_request("BYE", 1, 5 * SECOND);
    call(&engine);
    assert_eq!(good.requests("INVITE").len(), 2);
    assert_eq!(good.opened(), 1, "one connection for probes and calls");
    assert_eq!(mute.requests("INVITE").len(), 0, "never in clear");

    // Nobody but liars is left: the call is refused, not told to them.
    drop(good);
    let status = refused(&dial(&engine, THEIRS.0));
    assert_eq!(status, 503);
    let _gone = std::fs::remove_dir_all(folder);
}

/// Calls of the statistics.
const CALLS: usize = 100;
