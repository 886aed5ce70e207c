//! Softphones over TLS, which check the engine's certificate.

use std::thread;
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::baresip::{Baresip, Transport};
use rappel_tests::engine::free_port;
use rappel_tests::linphone::Linphone;
use rappel_tests::secure::add_listeners;

use crate::{PASSWORD, SECOND, add, add_user, assert_only, engine_with, newest_call};

/// The engine with further listeners, and a certificate for `localhost` and 127.0.0.1.
pub(crate) fn secure_engine(listeners: &[(&str, u16)]) -> Engine {
    engine_with(|config| add_listeners(config, listeners))
}

#[test]
fn phones_over_tls_and_udp_hear_each_other() {
    let tls = free_port();
    let engine = secure_engine(&[("tls", tls)]);
    add_user(&engine, "poste-12");
    add_user(&engine, "poste-11");
    let minute = Duration::from_secs(60);
    let authority = engine.folder().join("config/cert.pem");
    let mut karim = Baresip::start_secure(
        &engine,
        ("poste-12", PASSWORD),
        (tls, &authority),
        (440.0, minute),
    );
    let tone = (1_000.0, minute);
    let mut sofia = Baresip::start(&engine, ("poste-11", PASSWORD), Transport::Udp, tone);
    karim.call("11");
    thread::sleep(2 * SECOND);
    karim.hang_up();
    sofia.await_end(5 * SECOND);
    assert_only(&sofia.heard(), 440.0, 1_000.0);
    assert_only(&karim.heard(), 1_000.0, 440.0);
    // And the other way: the engine rings her by the connection that she opened.
    sofia.call("12");
    thread::sleep(SECOND);
    sofia.hang_up();
    karim.await_end(5 * SECOND);
    assert!(karim.log().contains("Via: SIP/2.0/TLS"), "he is on TLS");
    let call = newest_call(&engine);
    assert!(call.contains("\"ended_by\":\"caller\""), "{call}");
}

#[test]
fn linphone_over_tls_checks_our_certificate_calls_and_is_called() {
    let tls = free_port();
    let engine = secure_engine(&[("tls", tls)]);
    add(&engine, "poste-12", false);
    add_user(&engine, "poste-11");
    let minute = Duration::from_secs(60);
    let authority = engine.folder().join("config/cert.pem");
    let mut karim = Linphone::start_secure(
        &engine,
        ("poste-12", PASSWORD),
        (tls, &authority),
        (440.0, minute),
    );
    let tone = (1_000.0, minute);
    let mut sofia = Baresip::start(&engine, ("poste-11", PASSWORD), Transport::Udp, tone);
    karim.call("11");
    thread::sleep(3 * SECOND);
    karim.hang_up();
    sofia.await_end(5 * SECOND);
    assert_only(&sofia.heard(), 440.0, 1_000.0);
    assert_only(&karim.heard(), 1_000.0, 440.0);
    // And the other way: the engine rings him by the connection that he opened.
    sofia.call("12");
    thread::sleep(2 * SECOND);
    sofia.hang_up();
    karim.await_log("to LinphoneCallReleased", 2, 5 * SECOND);
    let log = karim.log();
    assert!(log.contains("Via: SIP/2.0/TLS"), "he is on TLS");
    assert!(!log.contains("Via: SIP/2.0/UDP") && !log.contains("Via: SIP/2.0/TCP"));
    let call = newest_call(&engine);
    assert!(call.contains("\"ended_by\":\"caller\""), "{call}");
}
