//! Engines that listen securely: further listeners, and a certificate of their own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Adds listeners to a configuration, each a transport and its port, and a certificate for
/// `localhost` and 127.0.0.1 (`cert.pem` in the configuration's folder; Debian package `openssl`).
pub fn add_listeners(config: &Path, listeners: &[(&str, u16)]) {
    let script = format!(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
         -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
         -addext basicConstraints=critical,CA:FALSE \
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
}
