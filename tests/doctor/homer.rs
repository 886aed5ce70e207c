//! What Homer is told, judged by somebody else's reader of HEP: sngrep (Debian package `sngrep`).

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rappel_tests::Phone;
use rappel_tests::engine::{free_port, temporary_folder};
use rappel_tests::wait::until;

use crate::{LINE, TRUNK, engine};

/// sngrep without its screen: it listens for HEP and writes the SIP it understood as a capture.
struct Sngrep {
    child: Child,
    folder: std::path::PathBuf,
}

impl Sngrep {
    fn listen(port: u16, folder: &Path) -> Self {
        let log = fs::File::create(folder.join("log")).expect("its log can be made");
        let child = Command::new("sngrep")
            .current_dir(folder)
            .args([
                "-F",
                "-N",
                "-L",
                &format!("udp:127.0.0.1:{port}"),
                "-O",
                "heard.pcap",
            ])
            .env("TERM", "dumb")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a descriptor can be cloned"))
            .stderr(log)
            .spawn()
            .expect("sngrep is installed: `cargo xtask test` does it");
        let sngrep = Self {
            child,
            folder: folder.to_owned(),
        };
        until("sngrep to listen", Duration::from_secs(10), || {
            // The port in hexadecimal, as the system lists bound sockets.
            let bound = fs::read_to_string("/proc/net/udp").expect("the system lists sockets");
            bound.contains(&format!(":{port:04X} ")).then_some(())
        });
        sngrep
    }

    /// Asked to end, it writes what it holds; the capture.
    fn end(mut self) -> Vec<u8> {
        let _sent = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        until("sngrep to end", Duration::from_secs(10), || {
            self.child.try_wait().expect("its end can be asked for")
        });
        fs::read(self.folder.join("heard.pcap")).expect("it has written a capture")
    }
}

impl Drop for Sngrep {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Whether a capture has an IPv4 datagram of UDP between these two that begins like this.
fn has(capture: &[u8], from: SocketAddr, to: SocketAddr, text: &str) -> bool {
    let (SocketAddr::V4(from), SocketAddr::V4(to)) = (from, to) else {
        panic!("loopback is IPv4 here");
    };
    let mut head = Vec::new();
    head.extend(from.ip().octets());
    head.extend(to.ip().octets());
    head.extend(from.port().to_be_bytes());
    head.extend(to.port().to_be_bytes());
    let rest = |at: usize| capture.get(at + head.len() + 4..).unwrap_or_default();
    let mut places = (0..capture.len()).filter(|at| capture[*at..].starts_with(&head));
    places.any(|at| rest(at).starts_with(text.as_bytes()))
}

#[test]
fn sngrep_understands_every_message_that_homer_is_told() {
    let folder = temporary_folder();
    let port = free_port();
    let sngrep = Sngrep::listen(port, &folder);
    let engine = engine(&format!(
        "\n[homer]\naddress = \"127.0.0.1:{port}\"\nid = 7\nname = \"rappel\"\npassword = \"pw\"\n"
    ));
    let phone = Phone::dial(engine.sip, TRUNK, LINE);
    phone.await_answer();
    let peer = phone.address();
    std::thread::sleep(Duration::from_secs(1));
    phone.hang_up();
    std::thread::sleep(Duration::from_secs(1));
    let capture = sngrep.end();
    let ours = engine.sip;
    for (from, to, text) in [
        (peer, ours, format!("INVITE sip:{LINE}@")),
        (ours, peer, "SIP/2.0 200 OK".to_owned()),
        (peer, ours, "ACK sip:".to_owned()),
        (peer, ours, "BYE sip:".to_owned()),
    ] {
        assert!(has(&capture, from, to, &text), "{text} from {from} to {to}");
    }
    let told = fs::read_to_string(folder.join("log")).unwrap_or_default();
    eprintln!(
        "sngrep says: {}",
        told.trim().lines().last().unwrap_or_default()
    );
    let _gone = fs::remove_dir_all(folder);
}
