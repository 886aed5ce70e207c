//! Connections that peers open: accepted, their handshakes made in time, then served.

use std::net::SocketAddr;
use std::sync::Arc;

use rappel_sip::Transport;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::connections::{Connections, Entered, Peer, Place};
use super::door::Door;
use super::line::Line;
use super::tls::{Keys, fault_of};
use super::{Inbox, RETRY, prepare, stream, websocket};

/// What is listened for at one port.
pub(super) struct Entrance<I> {
    pub(super) transport: Transport,
    /// Our address as peers see it.
    pub(super) shown: SocketAddr,
    /// Whether peers must prove who they are with a certificate.
    pub(super) closed: bool,
    pub(super) keys: Option<Arc<Keys>>,
    pub(super) door: Arc<Door<I>>,
    pub(super) connections: Arc<Connections>,
}

/// Accepts connections until the runtime ends.
pub(super) async fn listen<I: Inbox>(listener: std::net::TcpListener, entrance: Entrance<I>) {
    let entrance = Arc::new(entrance);
    let address = entrance.shown;
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%address, %error, "cannot accept connections");
            return;
        }
    };
    loop {
        match listener.accept().await {
            Ok((_, remote)) if entrance.door.is_banned(remote.ip()) => {}
            Ok((stream, remote)) => {
                let peer = Peer {
                    transport: entrance.transport,
                    remote,
                    name: None,
                };
                let standing = entrance.door.standing(remote.ip());
                match entrance.connections.enter(peer, standing) {
                    Some(place) => {
                        tokio::spawn(Arc::clone(&entrance).host(stream, remote, place));
                    }
                    None => entrance.door.counters.refused_connections.add(),
                }
            }
            // Out of descriptors, or a peer that left at once: others may still be served.
            Err(error) => {
                tracing::warn!(%address, %error, "accepting failed");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

impl<I: Inbox> Entrance<I> {
    /// Serves a connection as long as it keeps its place. Only one that never said anything loses it
    /// to another, so the control thread has not heard of it and need not hear of its end.
    async fn host(self: Arc<Self>, stream: TcpStream, remote: SocketAddr, place: Place) {
        if place.made_room {
            self.door.counters.made_room.add();
        }
        tokio::select! {
            biased;
            () = self.welcome(stream, remote, place.entered) => {}
            () = place.lost.wait() => {}
        }
    }

    async fn welcome(&self, stream: TcpStream, remote: SocketAddr, entered: Entered) {
        prepare(&stream);
        let line = Line {
            door: Arc::clone(&self.door),
            connections: Arc::clone(&self.connections),
            transport: self.transport,
            shown: self.shown,
            remote,
            ours: false,
        };
        // What a handshake needs is boxed, so that a plain connection is not as large as a secure one.
        match self.transport {
            Transport::Tls | Transport::Wss => match Box::pin(self.secure(&line, stream)).await {
                Some(stream) => Box::pin(self.speak(&line, stream, entered)).await,
                None => line.give_up(entered).await,
            },
            _ => self.speak(&line, stream, entered).await,
        }
    }

    async fn secure(
        &self,
        line: &Line<I>,
        stream: TcpStream,
    ) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
        // Checked when the listener was bound; a reload never takes certificates away.
        let accepting = TlsAcceptor::from(self.config()?).accept(stream);
        match timeout(line.door.timeouts.handshake, accepting).await {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => {
                line.insecure(None, fault_of(&error));
                line.handshake_failed("TLS", &error.to_string());
            }
            Err(_elapsed) => line.handshake_failed("TLS", "it took too long"),
        }
        None
    }

    fn config(&self) -> Option<Arc<ServerConfig>> {
        let material = self.keys.as_ref()?.current();
        match self.closed {
            true => material.closed.clone(),
            false => material.open.clone(),
        }
    }

    async fn speak<S>(&self, line: &Line<I>, stream: S, entered: Entered)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if !matches!(self.transport, Transport::Ws | Transport::Wss) {
            return stream::serve(line, stream, entered).await;
        }
        let accepting = Box::pin(websocket::accept(stream));
        match timeout(line.door.timeouts.handshake, accepting).await {
            Ok(Ok(socket)) => return Box::pin(websocket::serve(line, socket, entered)).await,
            Ok(Err(error)) => line.handshake_failed("WebSocket", &error.to_string()),
            Err(_elapsed) => line.handshake_failed("WebSocket", "it took too long"),
        }
        line.give_up(entered).await;
    }
}
