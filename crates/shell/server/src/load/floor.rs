//! The floor: the barest loop that receives and sends the same packets on as many sockets. What a
//! call costs is told in multiples of it.

use std::io::BufRead;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use super::pump::{Frame, PACKET};

/// Binds `count` sockets on `address`, prints their ports on one line, then moves packets until
/// the standard input closes.
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
    let ended = thread::spawn(|| std::io::stdin().lock().lines().for_each(drop));
    move_packets(&sockets, || ended.is_finished());
    Ok(())
}

/// Every 20 ms, for each socket: one receive and one send, nothing else. A second receive, to see
/// that nothing is left, would make the floor higher and us look better.
fn move_packets(sockets: &[UdpSocket], ended: impl Fn() -> bool) {
    let mut peers: Vec<Option<SocketAddr>> = vec![None; sockets.len()];
    let mut frame = Frame::new();
    let mut packet = [0; PACKET * 2];
    let start = Instant::now();
    for tick in 0u32.. {
        if ended() {
            return;
        }
        if let Some(wait) = (start + TICK * tick).checked_duration_since(Instant::now()) {
            thread::sleep(wait);
        }
        for (i, (socket, peer)) in sockets.iter().zip(&mut peers).enumerate() {
            if let Ok((_, from)) = socket.recv_from(&mut packet) {
                *peer = Some(from);
            }
            if let Some(peer) = peer {
                // A full socket buffer loses this packet, as it would on the wire.
                let _lost = socket.send_to(frame.packet(tick, i as u32), *peer).is_err();
            }
        }
    }
}

/// One non-blocking socket on any port.
pub(crate) fn socket(address: IpAddr) -> Result<UdpSocket, String> {
    let open = || {
        let socket = UdpSocket::bind((address, 0))?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    };
    open().map_err(|e: std::io::Error| {
        format!("cannot open a UDP socket on {address}: {e} (`ulimit -n` bounds how many)")
    })
}

/// The pace of RTP here.
const TICK: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::super::pump::{Line, Pump};
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn the_floor_sends_a_packet_for_each_it_gets() {
        let address: IpAddr = [127, 0, 0, 1].into();
        let sockets: Vec<_> = (0..5)
            .map(|_| socket(address).expect("a free port"))
            .collect();
        let pump = Pump::start(sockets.len());
        for end in &sockets {
            pump.add(Line {
                socket: socket(address).expect("a free port"),
                remote: end.local_addr().expect("it is bound"),
            });
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let floor =
            thread::spawn(move || move_packets(&sockets, || stopped.load(Ordering::Relaxed)));
        thread::sleep(Duration::from_millis(200));
        pump.count();
        thread::sleep(Duration::from_millis(400));
        let moved = pump.finish();
        stop.store(true, Ordering::Relaxed);
        floor.join().expect("the floor does not fail");
        assert_eq!(moved.lost, 0, "{moved:?}");
        assert!(moved.received.abs_diff(moved.sent) <= 25, "{moved:?}");
        assert!(moved.received > 25, "{moved:?}");
    }
}
