//! `rappel ping`: does the engine of this configuration answer SIP? For health checks.

use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rappel_sip::Transport;

use crate::config::engine::Engine;

/// Ask the engine of this configuration whether it answers SIP
///
/// Sends OPTIONS (RFC 3261 §11) to its address over UDP, three times at most, a second apart. Exit
/// status 0 when an answer comes: what a container's health check wants.
///
///     rappel ping --config /etc/rappel
///     rappel ping --server 192.0.2.10:5060
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct PingArgs {
    /// The folder of `rappel.toml`.
    #[arg(long, value_name = "DIR", default_value = ".")]
    config: PathBuf,
    /// Ask this address instead.
    #[arg(long, value_name = "ADDRESS:PORT")]
    server: Option<SocketAddr>,
}

/// Runs the command.
pub(crate) fn run(args: &PingArgs) -> Result<(), String> {
    let server = match args.server {
        Some(server) => server,
        None => {
            let mut places = Engine::read(&args.config)?.sip.places().into_iter();
            let place = places.find(|place| place.listen.transports.contains(&Transport::Udp));
            let listen = place.ok_or("no listener in rappel.toml speaks udp")?.listen;
            listen.address
        }
    };
    let status = ask(server).map_err(|e| format!("{server} does not answer SIP: {e}"))?;
    println!("{server} answers: {status}");
    Ok(())
}

/// One OPTIONS, sent up to three times; the status line of what comes back.
fn ask(server: SocketAddr) -> std::io::Result<String> {
    let any: SocketAddr = if server.is_ipv6() {
        ([0u16; 8], 0).into()
    } else {
        ([0, 0, 0, 0], 0).into()
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    let local = socket.local_addr()?;
    let id = std::process::id();
    let request = format!(
        "OPTIONS sip:{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKping{id};rport\r\n\
         Max-Forwards: 1\r\nFrom: <sip:ping@{local}>;tag=ping{id}\r\nTo: <sip:{server}>\r\n\
         Call-ID: ping{id}@{local}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    let mut answer = [0; 4096];
    let mut last = std::io::Error::from(std::io::ErrorKind::TimedOut);
    for _try in 0..3 {
        socket.send(request.as_bytes())?;
        match socket.recv(&mut answer) {
            Ok(length) => {
                let text = String::from_utf8_lossy(&answer[..length]).into_owned();
                return Ok(text.lines().next().unwrap_or_default().to_owned());
            }
            Err(e) => last = e,
        }
    }
    Err(last)
}
