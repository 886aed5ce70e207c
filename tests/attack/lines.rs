//! Sockets of attackers, and requests as they write them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use bytes::Bytes;
use rappel_sip::message::{Message, Request, Response};
use rappel_sip::wire;
use socket2::{Domain, Socket, Type};

/// The loopback address 127.0.`net`.`host`.
pub(crate) fn address(net: u8, host: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, net, host).into()
}

/// A socket that does not wait.
pub(crate) fn udp(from: IpAddr) -> UdpSocket {
    let socket = UdpSocket::bind((from, 0)).expect("a socket on a loopback address");
    socket.set_nonblocking(true).expect("it can be set");
    socket
}

/// A connection from an address of one's own; `None` when it is refused, or does not come about within
/// `patience`.
pub(crate) fn tcp(from: IpAddr, to: SocketAddr, patience: Duration) -> Option<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).ok()?;
    socket.bind(&SocketAddr::new(from, 0).into()).ok()?;
    socket.connect_timeout(&to.into(), patience).ok()?;
    let stream: TcpStream = socket.into();
    stream.set_write_timeout(Some(patience)).ok()?;
    stream.set_nonblocking(true).ok()?;
    Some(stream)
}

/// A request, numbered so that no two are the same.
pub(crate) fn request(
    method: &str,
    uri: &str,
    user: &str,
    local: SocketAddr,
    number: u64,
) -> String {
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch=z9hG4bKa{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:{user}@127.0.0.1>;tag=t{number}\r\n\
         To: <sip:{user}@127.0.0.1>\r\nCall-ID: attack{number}@{local}\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:{user}@{local}>\r\nContent-Length: 0\r\n\r\n"
    )
}

/// The same, read, so that credentials can be added.
pub(crate) fn read(text: &str) -> Request {
    match wire::parse(&Bytes::copy_from_slice(text.as_bytes())) {
        Ok(Message::Request(request)) => request,
        other => panic!("an attacker's request is well formed: {other:?}"),
    }
}

/// All answers that have arrived.
pub(crate) fn answers(socket: &UdpSocket) -> Vec<Response> {
    let mut buffer = [0; 4096];
    let mut found = Vec::new();
    while let Ok(length) = socket.recv(&mut buffer) {
        if let Ok(Message::Response(response)) =
            wire::parse(&Bytes::copy_from_slice(&buffer[..length]))
        {
            found.push(response);
        }
    }
    found
}
