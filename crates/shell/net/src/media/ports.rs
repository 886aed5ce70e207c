//! Ports for media, bound ahead: an answer never names one that could not be opened.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use super::stamps::note_arrivals;

/// Where ports are taken from, one thread after the other.
#[derive(Clone, Debug)]
pub struct PortRange {
    bind: IpAddr,
    shown: IpAddr,
    next: u32,
    last: u16,
}

/// Bound ports for one pacing thread.
#[derive(Debug)]
pub struct Ports {
    pub(super) pairs: Vec<Port>,
    /// Their sockets are of IPv6 and hear IPv4, too: its addresses are written as IPv6 has them.
    pub(super) are_of_both_families: bool,
}

/// One bound port.
#[derive(Debug)]
pub(super) struct Port {
    /// Its address as SDP names it.
    pub(super) shown: SocketAddr,
    pub(super) socket: UdpSocket,
    /// The port above it, for RTCP (RFC 3550 §11).
    pub(super) control: UdpSocket,
}

/// Why there are no ports.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// No pair of an even port and the one above it is free.
    #[error("no free UDP port for media up to {last} at {bind}")]
    Exhausted {
        /// The address.
        bind: IpAddr,
        /// The end of the range.
        last: u16,
    },
    /// The system refuses in another way: too many open files, an address it does not have.
    #[error("cannot bind media port {address}: {source}")]
    Io {
        /// What was to be bound.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

impl PortRange {
    /// The even ports from `first` to `last` at `bind`; `::` hears IPv4, too. `advertised` is the address peers see when a
    /// router stands between; it forwards the same ports.
    pub fn new(bind: IpAddr, advertised: Option<IpAddr>, first: u16, last: u16) -> Self {
        Self {
            bind,
            shown: advertised.unwrap_or(bind),
            // RTP has the even number, RTCP the odd one above it (RFC 3550 §11).
            next: u32::from(first) + u32::from(first % 2),
            last,
        }
    }

    /// Binds the next `count` pairs of ports, passing over those that others have; fewer when the range
    /// ends.
    ///
    /// # Errors
    /// When not a single one can be bound, or the system refuses for another reason than that a
    /// port is taken.
    pub fn bind(&mut self, count: usize) -> Result<Ports, PortError> {
        let mut ports = Vec::with_capacity(count);
        while ports.len() < count {
            let Some(port) = u16::try_from(self.next).ok().filter(|p| *p <= self.last) else {
                break;
            };
            self.next += 2;
            let address = SocketAddr::new(self.bind, port);
            // The last port of the range may be even: it has none above it.
            let Some(above) = port.checked_add(1).filter(|p| *p <= self.last) else {
                break;
            };
            match bind(address)
                .and_then(|socket| Ok((socket, bind(SocketAddr::new(self.bind, above))?)))
            {
                Ok((socket, control)) => {
                    if let Err(error) = note_arrivals(&socket) {
                        tracing::debug!(%address, %error, "jitter is measured to 20 ms only");
                    }
                    ports.push(Port {
                        shown: SocketAddr::new(self.shown, port),
                        socket,
                        control,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(source) => return Err(PortError::Io { address, source }),
            }
        }
        if ports.is_empty() {
            return Err(PortError::Exhausted {
                bind: self.bind,
                last: self.last,
            });
        }
        Ok(Ports {
            pairs: ports,
            are_of_both_families: self.bind == IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        })
    }

    /// How many pairs of ports the range still has, taken or not.
    pub fn left(&self) -> usize {
        (u32::from(self.last) + 1).saturating_sub(self.next) as usize / 2
    }
}

impl Ports {
    /// Their addresses as SDP names them.
    pub fn shown(&self) -> Vec<SocketAddr> {
        self.pairs.iter().map(|port| port.shown).collect()
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        // At all of the machine's addresses it is heard in both families (RFC 3493 §3.7).
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // Small, so that strangers who send to idle ports fill no memory.
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    // A mark for routers that honour it; nothing depends on it.
    let marked = match address.ip() {
        IpAddr::V4(_) => socket.set_tos_v4(EXPEDITED),
        IpAddr::V6(ip) if ip.is_unspecified() => {
            let marked = socket.set_tclass_v6(EXPEDITED);
            marked.and_then(|()| socket.set_tos_v4(EXPEDITED))
        }
        IpAddr::V6(_) => socket.set_tclass_v6(EXPEDITED),
    };
    if let Err(error) = marked {
        tracing::debug!(%address, %error, "packets are not marked as voice");
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// Half a second of G.711 as the kernel counts it (about 700 bytes of memory per packet).
const RECEIVE_BUFFER: usize = 32 * 1024;
/// Expedited forwarding, DSCP 46 (RFC 4594 §4.1).
const EXPEDITED: u32 = 46 << 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_even_and_taken_ones_are_passed_over() {
        let ip: IpAddr = [127, 0, 0, 1].into();
        let taken = UdpSocket::bind((ip, 0)).expect("a free port");
        let port = taken.local_addr().expect("it is bound").port() & !1;
        let taken = UdpSocket::bind((ip, port)).map_or(taken, |both| both);
        let held = taken.local_addr().expect("it is bound").port();

        let mut range = PortRange::new(
            ip,
            Some([192, 0, 2, 9].into()),
            held | 1,
            held.saturating_add(60),
        );
        let ports = range.bind(4).expect("some are free");
        for shown in ports.shown() {
            assert_eq!(shown.port() % 2, 0);
            assert_eq!(shown.ip(), IpAddr::from([192, 0, 2, 9]));
            assert_ne!(shown.port(), held);
        }
        let more = range.bind(100).expect("a few more");
        assert!(ports.shown().iter().all(|p| !more.shown().contains(p)));
        assert_eq!(range.left(), 0);
        assert!(matches!(range.bind(1), Err(PortError::Exhausted { .. })));
    }
}
