//! How punctual the server's pacing threads are, as its metrics tell.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What the pacing threads of a server have counted at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beats {
    /// Times one was woken for its beat.
    all: u64,
    /// Of these, more than 4 ms late.
    late: u64,
}

impl Beats {
    /// Asks the door of metrics at `address`.
    pub(crate) fn ask(address: SocketAddr) -> Result<Self, String> {
        let ask = || {
            let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream
                .write_all(b"GET /metrics HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n")?;
            let mut text = String::new();
            stream.read_to_string(&mut text)?;
            Ok(text)
        };
        let text = ask().map_err(|e: std::io::Error| format!("metrics at {address}: {e}"))?;
        Self::read(&text).ok_or_else(|| format!("metrics at {address}: no beats in them"))
    }

    fn read(text: &str) -> Option<Self> {
        let value = |name: &str| {
            let mut lines = text.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
        };
        Some(Self {
            all: value("rappel_media_beats_total")?,
            late: value("rappel_media_beats_late_total")?,
        })
    }

    /// The share of late ones since `earlier`.
    pub(crate) fn late_since(self, earlier: Self) -> f64 {
        let all = self.all.saturating_sub(earlier.all).max(1);
        self.late.saturating_sub(earlier.late) as f64 / all as f64
    }
}

/// How long the door may take.
const PATIENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_are_read_out_of_all_that_is_told() {
        let text = "# HELP x\r\nrappel_media_beats_total 1000\nrappel_media_beats_late_total 10\n";
        let before = Beats { all: 500, late: 5 };
        let now = Beats::read(text).expect("both are there");
        assert!((now.late_since(before) - 0.01).abs() < 1e-9);
        assert_eq!(Beats::read("rappel_media_beats_late_total 10\n"), None);
    }
}
