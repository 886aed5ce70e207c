//! `rappel ping`: does the engine of this configuration answer SIP? For health checks.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use clap::Args;
use rappel_sip::Transport;

use super::place::Place;
use crate::loading::control::{self, Command, Reply, Request};

/// Ask the engine of this configuration whether it answers SIP
///
/// Sends OPTIONS (RFC 3261 §11) to its address over UDP, three times at most, a second apart. Exit
/// status 0 when an answer comes: what a container's health check wants. The address is where the
/// engine that runs on the data folder says it listens; where none tells, the one in `rappel.toml`.
///
///     rappel ping --config /etc/rappel
///     rappel ping --server 192.0.2.10:5060
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct PingArgs {
    #[command(flatten)]
    place: Place,
    /// Ask this one instead: an address or a name, with its port if it is not 5060.
    #[arg(long, value_name = "HOST[:PORT]", value_parser = server)]
    server: Option<SocketAddr>,
}

/// The first address of what was written.
fn server(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(address);
    }
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, PORT));
    }
    let found = match text.rsplit_once(':') {
        Some(_) => text.to_socket_addrs(),
        None => (text, PORT).to_socket_addrs(),
    };
    let mut found =
        found.map_err(|e| format!("{e}; write 192.0.2.10, [2001:db8::1]:5060 or a name"))?;
    found.next().ok_or_else(|| format!("{text} has no address"))
}

/// Runs the command.
pub(crate) fn run(args: &PingArgs) -> Result<(), String> {
    let (server, of) = match args.server {
        Some(server) => (server, ""),
        None => match running(&args.place)? {
            Some(address) => (address, ""),
            None => (written(&args.place)?, OF_FILE),
        },
    };
    let status = ask(server).map_err(|e| format!("{server} does not answer SIP: {e}{of}"))?;
    println!("{server} answers: {status}");
    Ok(())
}

/// Where the engine that runs on this data folder listens; `None` when none runs there that would tell this user.
fn running(place: &Place) -> Result<Option<SocketAddr>, String> {
    let command = Command {
        lang: "en".into(),
        request: Request::Listening,
    };
    match control::ask_within(&place.folder()?, &command, PATIENCE) {
        Ok(Reply { good: true, text }) => Ok(text.parse().ok()),
        Ok(Reply { good: false, .. }) | Err(_) => Ok(None),
    }
}

/// Where `rappel.toml` says that it listens.
fn written(place: &Place) -> Result<SocketAddr, String> {
    let mut places = place.engine()?.sip.places().into_iter();
    let place = places.find(|place| place.listen.transports.contains(&Transport::Udp));
    Ok(place
        .ok_or("no listener in rappel.toml speaks udp")?
        .listen
        .address)
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

/// What is said of an address that only `rappel.toml` has.
const OF_FILE: &str = " (the address in rappel.toml: no engine told this user where it listens)";

/// How long the running engine may take to say where it listens.
const PATIENCE: Duration = Duration::from_secs(1);

/// The usual port of SIP (RFC 3261 §19.1.2).
const PORT: u16 = 5060;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_an_address_or_a_name_with_or_without_a_port() {
        for (text, told) in [
            ("192.0.2.10", "192.0.2.10:5060"),
            ("192.0.2.10:5070", "192.0.2.10:5070"),
            ("::1", "[::1]:5060"),
            ("[::1]", "[::1]:5060"),
            ("[::1]:5070", "[::1]:5070"),
        ] {
            assert_eq!(server(text).map(|at| at.to_string()), Ok(told.to_owned()));
        }
        assert!(server("localhost").is_ok_and(|at| at.ip().is_loopback() && at.port() == 5060));
        assert!(server("localhost:5071").is_ok_and(|at| at.port() == 5071));
        assert!(server("").is_err() && server("192.0.2.10:x").is_err());
    }
}
