//! The floor: the barest loop that receives and sends the same packets on as many sockets. What a
//! call costs is told in multiples of it.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use super::pump::{Frame, PACKET};

/// Binds `count` sockets on `address`, prints their ports on one line, then moves packets until
/// the standard input closes: each 20 ms and socket, takes what came and sends one packet back.
pub(crate) fn serve(address: IpAddr, count: usize) -> Result<(), String> {
    let sockets: Vec<UdpSocket> = (0..count)
        .map(|_| socket(address))
        .collect::<Result<_, _>>()?;
    let ports: Vec<String> = sockets
        .iter()
        .map(|s| s.local_addr().map(|a| a.port().to_string()))
        .collect::<Result<_, _>>()
        .map_err(|e| e.to_string())?;
    println!("{}", ports.join(" "));
    let done = thread::spawn(|| std::io::stdin().lines().for_each(drop));
    let mut peers: Vec<Option<SocketAddr>> = vec![None; count];
    let mut frame = Frame::new();
    let mut packet = [0; PACKET * 2];
    let start = Instant::now();
    for tick in 0u32.. {
        if done.is_finished() {
            break;
        }
        if let Some(wait) = (start + TICK * tick).checked_duration_since(Instant::now()) {
            thread::sleep(wait);
        }
        for (i, (socket, peer)) in sockets.iter().zip(&mut peers).enumerate() {
            while let Ok((_, from)) = socket.recv_from(&mut packet) {
                *peer = Some(from);
            }
            if let Some(peer) = peer {
                // A full socket buffer loses this packet, as it would on the wire.
                let _lost = socket.send_to(frame.packet(tick, i as u32), *peer).is_err();
            }
        }
    }
    Ok(())
}

/// One non-blocking socket on any port.
pub(crate) fn socket(address: IpAddr) -> Result<UdpSocket, String> {
    let open = || {
        let socket = UdpSocket::bind((address, 0))?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    };
    open().map_err(|e: std::io::Error| format!("cannot open a UDP socket on {address}: {e}"))
}

/// The pace of RTP here.
const TICK: Duration = Duration::from_millis(20);
