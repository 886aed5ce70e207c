//! Attacks by sheer number: of calls, of connections, of bytes that mean nothing.

use std::collections::VecDeque;
use std::io::Write;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::attacks::paced;
use crate::lines::{address, request, tcp, udp};

/// Calls from a thousand ports of one address.
pub(crate) fn invites(engine: SocketAddr, stop: &AtomicBool) -> u64 {
    let sockets: Vec<UdpSocket> = (0..1000).map(|_| udp(address(0, 68))).collect();
    paced(stop, 20, |number| {
        let socket = &sockets[number as usize % sockets.len()];
        let local = socket.local_addr().expect("it is bound");
        let uri = format!("sip:104@{engine}");
        let text = request("INVITE", &uri, "nobody", local, 3_000_000 + number);
        let _lost = socket.send_to(text.as_bytes(), engine).is_err();
    })
}

/// Connections on which a message trickles in and never ends.
pub(crate) fn slow_tcp(engine: SocketAddr, stop: &AtomicBool) -> u64 {
    let mut streams: Vec<TcpStream> = (0..200)
        .filter_map(|n| tcp(address(0, 80 + n % 4), engine, PATIENCE))
        .collect();
    let text = request("INVITE", "sip:104@127.0.0.1", "slow", engine, 1);
    let mut sent = 0;
    for byte in text.bytes().cycle() {
        streams.retain_mut(|stream| stream.write_all(&[byte]).is_ok());
        sent += streams.len() as u64;
        for _ in 0..10 {
            if stop.load(Ordering::Relaxed) {
                return sent;
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
    sent
}

/// Ten thousand connections, all held open as long as the engine holds them; one in eight says
/// something, so that it has to be taken for a phone's.
pub(crate) fn connections(engine: SocketAddr, stop: &AtomicBool) -> u64 {
    thread::scope(|scope| {
        let openers = (0..4).map(|opener| scope.spawn(move || open(engine, stop, opener * 25)));
        let openers: Vec<_> = openers.collect();
        let ends = openers.into_iter().map(|opener| opener.join());
        ends.map(|opened| opened.expect("nothing here can fail"))
            .sum()
    })
}

/// A quarter of them, from 25 addresses.
fn open(engine: SocketAddr, stop: &AtomicBool, first: u8) -> u64 {
    let mut held = VecDeque::new();
    let mut opened = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        if opened >= CONNECTIONS / 4 {
            thread::sleep(Duration::from_millis(50));
            continue;
        }
        let host = 1 + first + (opened % 25) as u8;
        if let Some(mut stream) = tcp(address(1, host), engine, PATIENCE) {
            if opened.is_multiple_of(8)
                && let Ok(local) = stream.local_addr()
            {
                let text = request("OPTIONS", "sip:127.0.0.1", "x", local, 5_000_000 + opened);
                let _refused = stream.write_all(text.as_bytes()).is_err();
            }
            held.push_back(stream);
        }
        if held.len() > MOST_HELD / 4 {
            held.pop_front();
        }
        opened += 1;
    }
    opened
}

/// What is no SIP, ends too early or is too long, in datagrams and on connections.
pub(crate) fn malformed(engine: SocketAddr, stop: &AtomicBool) -> u64 {
    let socket = udp(address(0, 71));
    let local = socket.local_addr().expect("it is bound");
    let good = request("INVITE", "sip:104@127.0.0.1", "x", local, 4_000_000);
    let long = good.replace(
        "Max-Forwards",
        &format!("Subject: {}\r\nMax-Forwards", "x".repeat(60_000)),
    );
    let mut stream = None;
    paced(stop, 10, |number| {
        let cut = number as usize % good.len();
        let junk: Vec<u8> = (0..600)
            .map(|n| (number as usize * 31 + n * 7) as u8)
            .collect();
        let bytes = match number % 3 {
            0 => junk.as_slice(),
            1 => &good.as_bytes()[..cut],
            _ => long.as_bytes(),
        };
        let _lost = socket.send_to(bytes, engine).is_err();
        if number.is_multiple_of(10) {
            let host = 90 + (number / 10 % 20) as u8;
            let open = stream
                .take()
                .or_else(|| tcp(address(0, host), engine, PATIENCE));
            stream = open.filter(|mut open: &TcpStream| open.write_all(bytes).is_ok());
        }
    })
}

/// How many are opened.
const CONNECTIONS: u64 = 10_000;

/// Connections held at once: descriptors are not endless on our side either.
const MOST_HELD: usize = 8_000;

/// A connection that does not come about by then is given up, and the next one opened.
const PATIENCE: Duration = Duration::from_millis(50);
