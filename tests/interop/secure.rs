//! Softphones over TLS, which check the engine's certificate.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::baresip::{Baresip, Transport};
use rappel_tests::engine::free_port;

use crate::{PASSWORD, SECOND, add_user, assert_only, engine_with, newest_call};

/// The engine with further listeners, and a certificate for `localhost` and 127.0.0.1.
pub(crate) fn secure_engine(listeners: &[(&str, u16)]) -> Engine {
    engine_with(|config| {
        let script = format!(
            "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
             -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
             -keyout {0}/key.pem -out {0}/cert.pem",
            config.display()
        );
        let made = Command::new("sh")
            .args(["-c", &script])
            .stderr(Stdio::null())
            .status()
            .expect("openssl is installed");
        assert!(made.success(), "openssl: {made}");
        let path = config.join("rappel.toml");
        let mut text = fs::read_to_string(&path).expect("there is a rappel.toml");
        for (transport, port) in listeners {
            text.push_str(&format!(
                "\n[[sip.listener]]\ntransports = [\"{transport}\"]\nport = {port}\n"
            ));
        }
        text.push_str("\n[[sip.certificate]]\nchain = \"cert.pem\"\nkey = \"key.pem\"\n");
        fs::write(path, text).expect("it can be written");
    })
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
