//! Engines that listen securely: further listeners, and a certificate of their own.

use std::fs;
use std::path::{Path, PathBuf};
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
    run(&script);
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

/// Makes an engine believe the authorities in a file.
pub fn believe(config: &Path, authorities: &Path) {
    let path = config.join("rappel.toml");
    let text = fs::read_to_string(&path).expect("there is a rappel.toml");
    let line = format!("authorities = \"{}\"", authorities.display());
    let changed = text.replace("# authorities = \"tls/company.pem\"", &line);
    assert_ne!(changed, text, "the demo has the key as an example");
    fs::write(path, changed).expect("it can be written");
}

/// An authority of our own in a folder: `NAME.pem` and `NAME.key`.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    name: String,
}

impl Authority {
    /// A new one.
    pub fn new(folder: &Path, name: &str) -> Self {
        run(&format!(
            "cd {} && openssl req -x509 {NEW_KEY} -days 30 -subj /CN={name} \
             -keyout {name}.key -out {name}.pem",
            folder.display()
        ));
        Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Its own certificate.
    pub fn path(&self) -> PathBuf {
        self.folder.join(format!("{}.pem", self.name))
    }

    /// Signs a certificate for a host (`DNS:carrier.test`, `IP:127.0.0.1`), valid for so many days;
    /// after none it has run out a second later. The files of chain and key.
    pub fn sign(&self, name: &str, host: &str, days: u32) -> (PathBuf, PathBuf) {
        let of_authority = &self.name;
        run(&format!(
            "cd {} && openssl req {NEW_KEY} -subj /CN={name} -addext subjectAltName={host} \
             -addext basicConstraints=critical,CA:FALSE -keyout {name}.key -out {name}.csr && \
             openssl x509 -req -in {name}.csr -CA {of_authority}.pem -CAkey {of_authority}.key \
             -CAcreateserial -days {days} -copy_extensions copy -out {name}.pem",
            self.folder.display()
        ));
        let file = |end: &str| self.folder.join(format!("{name}.{end}"));
        (file("pem"), file("key"))
    }
}

const NEW_KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

fn run(script: &str) {
    let made = Command::new("sh")
        .args(["-c", script])
        .stderr(Stdio::null())
        .status()
        .expect("openssl is installed");
    assert!(made.success(), "openssl: {made}: {script}");
}
