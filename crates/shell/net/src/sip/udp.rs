//! Messages in datagrams.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use bytes::Bytes;
use rappel_sip::header::Via;
use rappel_sip::message::Message;
use rappel_sip::wire::{self, MAX_MESSAGE, is_keep_alive};
use rappel_sip::{Flow, Transport};

use super::Inbox;
use super::door::{Door, Entry};
use super::stun::{self, Stun};
use super::tap::Passage;

/// Reads one socket until the runtime ends. `shown` is its address as peers see it.
pub(super) async fn listen<I: Inbox>(
    socket: Arc<UdpSocket>,
    shown: SocketAddr,
    door: Arc<Door<I>>,
) {
    let asynchronous = match socket.try_clone().and_then(tokio::net::UdpSocket::from_std) {
        Ok(asynchronous) => asynchronous,
        Err(error) => {
            tracing::error!(address = %shown, %error, "cannot wait for datagrams");
            return;
        }
    };
    let mut buffer = vec![0; MAX_MESSAGE];
    loop {
        match asynchronous.recv_from(&mut buffer).await {
            Ok((length, _)) if is_keep_alive(&buffer[..length]) => {}
            Ok((length, from)) => match stun::look(&buffer[..length], from) {
                Stun::Other => receive(&socket, shown, &buffer[..length], from, &door),
                Stun::Answer(answer) if door.admits(from.ip(), &buffer[..length]) => {
                    door.counters.stun.add();
                    answer_to(&socket, from, &answer);
                }
                Stun::Answer(_) | Stun::Silent => {}
            },
            // ICMP errors of earlier datagrams come back here; the socket itself is well.
            Err(error) => tracing::debug!(address = %shown, %error, "receiving failed"),
        }
    }
}

fn receive<I: Inbox>(
    socket: &UdpSocket,
    shown: SocketAddr,
    datagram: &[u8],
    from: SocketAddr,
    door: &Door<I>,
) {
    let flow = Flow {
        transport: Transport::Udp,
        local: shown,
        remote: from,
        connection: None,
    };
    let bytes = Bytes::copy_from_slice(datagram);
    match door.enter(&bytes, flow) {
        Entry::Message(input) => {
            if let Some(answer) = door.offer_once(*input) {
                let to = SocketAddr::new(from.ip(), answer_port(answer.via()));
                let bytes = wire::print(&Message::Response(answer));
                door.show(Passage::Out, Flow { remote: to, ..flow }, &bytes);
                answer_to(socket, to, &bytes);
            }
        }
        Entry::Answer(Some(answer)) => {
            let to = SocketAddr::new(from.ip(), answer_port(answer.via()));
            let bytes = answer.print();
            let flow = Flow { remote: to, ..flow };
            door.show(Passage::Out, flow, &bytes);
            answer_to(socket, to, &bytes);
        }
        Entry::Answer(None) | Entry::Dropped => {}
    }
}

fn answer_to(socket: &UdpSocket, to: SocketAddr, bytes: &[u8]) {
    if let Err(error) = socket.send_to(bytes, to) {
        tracing::debug!(%to, %error, "an answer could not be sent");
    }
}

/// The port an answer goes to: where the request came from when it asked for that (RFC 3581 §4),
/// else what its Via says (RFC 3261 §18.2.2).
fn answer_port(via: &Via) -> u16 {
    via.rport().or(via.sent_by.port).unwrap_or(DEFAULT_PORT)
}

/// RFC 3261 §18.2.2.
const DEFAULT_PORT: u16 = 5060;
