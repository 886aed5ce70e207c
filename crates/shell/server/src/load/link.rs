//! Our own signalling room on one UDP socket that speaks to one server.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use bytes::Bytes;
use rappel_model::{Now, Random};
use rappel_net::Clock;
use rappel_sip::{Endpoint, Flow, Input, Output, Transport, wire};

/// An endpoint and its socket.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) endpoint: Endpoint,
    /// Between us and the server.
    pub(crate) flow: Flow,
    socket: UdpSocket,
    clock: Clock,
}

impl Link {
    /// A link on the same address family and machine as the server sees us from.
    pub(crate) fn open(server: SocketAddr, random: Random) -> Result<Self, String> {
        let open = || {
            let any: SocketAddr = if server.is_ipv6() {
                ([0u16; 8], 0).into()
            } else {
                ([0, 0, 0, 0], 0).into()
            };
            let socket = UdpSocket::bind(any)?;
            socket.connect(server)?;
            let local = socket.local_addr()?;
            Ok((socket, local))
        };
        let (socket, local) =
            open().map_err(|e: std::io::Error| format!("cannot reach {server}: {e}"))?;
        let flow = Flow {
            transport: Transport::Udp,
            local,
            remote: server,
            connection: None,
        };
        Ok(Self {
            endpoint: Endpoint::new(rappel_sip::Settings::default(), random),
            flow,
            socket,
            clock: Clock::start(),
        })
    }

    /// The time, as the endpoint is told it.
    pub(crate) fn now(&self) -> Now {
        self.clock.now()
    }

    /// Waits for one datagram at most `limit` and takes it in, with whatever is due; what came of it is
    /// [`next`](Self::next).
    pub(crate) fn turn(&mut self, limit: Duration) -> Result<(), String> {
        let mut buffer = [0; 4096];
        self.socket
            .set_read_timeout(Some(limit.max(Duration::from_millis(1))))
            .map_err(|e| e.to_string())?;
        match self.socket.recv(&mut buffer) {
            Ok(length) => {
                let bytes = Bytes::copy_from_slice(&buffer[..length]);
                // What the server sends is not ours to judge here: unreadable is as lost.
                if let Ok(message) = wire::parse(&bytes) {
                    let flow = self.flow;
                    let input = Input::Received { message, flow };
                    self.endpoint.handle_input(self.clock.now(), input);
                }
            }
            Err(e) if NOTHING_CAME.contains(&e.kind()) => {}
            Err(e) => return Err(self.unreachable(&e)),
        }
        self.endpoint.handle_timeout(self.clock.now());
        Ok(())
    }

    /// Sends what is to be sent, up to the next thing to know; `None` when there is no more.
    pub(crate) fn next(&mut self) -> Result<Option<Output>, String> {
        while let Some(output) = self.endpoint.poll_output() {
            let Output::Send { bytes, .. } = output else {
                return Ok(Some(output));
            };
            self.socket.send(&bytes).map_err(|e| self.unreachable(&e))?;
        }
        Ok(None)
    }

    fn unreachable(&self, error: &std::io::Error) -> String {
        let server = self.flow.remote;
        match error.kind() {
            ErrorKind::ConnectionRefused => format!(
                "nobody speaks SIP over UDP at {server}: ask `rappel ping --server {server}`, \
                 or start one with `rappel serve`"
            ),
            _ => format!("cannot reach {server}: {error}"),
        }
    }
}

/// Longest wait for a datagram before looking at what else is due.
pub(crate) const TURN: Duration = Duration::from_millis(20);

/// How a receive ends that brought nothing: its time was up, or a signal came.
const NOTHING_CAME: [ErrorKind; 3] = [
    ErrorKind::WouldBlock,
    ErrorKind::TimedOut,
    ErrorKind::Interrupted,
];
