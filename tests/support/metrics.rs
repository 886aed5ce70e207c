//! What an engine tells Prometheus, asked for as Prometheus does.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

/// The door of an engine's metrics.
#[derive(Clone, Copy, Debug)]
pub struct Metrics(SocketAddr);

impl Metrics {
    /// Adds the door to a configuration, at a port of this machine.
    pub fn add(config: &Path, port: u16) -> Self {
        let path = config.join("rappel.toml");
        let mut text = fs::read_to_string(&path).expect("there is a rappel.toml");
        text.push_str(&format!("\n[metrics]\nlisten = \"127.0.0.1:{port}\"\n"));
        fs::write(path, text).expect("it can be written");
        Self(SocketAddr::from(([127, 0, 0, 1], port)))
    }

    /// The value of one gauge or counter without labels, now.
    pub fn value(self, name: &str) -> u64 {
        let text = self.text();
        let value = text.lines().find_map(|line| {
            let value = line.strip_prefix(name)?.strip_prefix(' ')?;
            value.parse().ok()
        });
        value.unwrap_or_else(|| panic!("no {name} in\n{text}"))
    }

    fn text(self) -> String {
        let patience = Duration::from_secs(10);
        let mut stream = TcpStream::connect_timeout(&self.0, patience).expect("the door is open");
        stream
            .set_read_timeout(Some(patience))
            .expect("it can be set");
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .expect("it reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        text
    }
}
