//! Messages in streams: accepting, opening and serving connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use rappel_sip::wire::{Framed, Framer, Refusal};
use rappel_sip::{Flow, Input, Transport};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use super::connections::{Connections, Entered};
use super::door::{Door, Entry};
use super::tap::Passage;
use super::{Inbox, RETRY};

/// Accepts connections until the runtime ends. `shown` is our address as peers see it.
pub(super) async fn listen<I: Inbox>(
    listener: std::net::TcpListener,
    shown: SocketAddr,
    door: Arc<Door<I>>,
    connections: Arc<Connections>,
) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(address = %shown, %error, "cannot accept connections");
            return;
        }
    };
    loop {
        match listener.accept().await {
            Ok((_, remote)) if door.is_banned(remote.ip()) => {}
            Ok((stream, remote)) => match connections.enter(remote, true) {
                Some(entered) => {
                    let line = Line::new(&door, &connections, shown, remote);
                    tokio::spawn(line.serve(stream, entered));
                }
                None => door.counters.refused_connections.add(),
            },
            // Out of descriptors, or a peer that left at once: others may still be served.
            Err(error) => {
                tracing::warn!(address = %shown, %error, "accepting failed");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// Opens the connection for which `entered` keeps the place, then serves it. What waits in its
/// queue when it cannot be opened comes back as failed.
pub(super) async fn open<I: Inbox>(line: Line<I>, from: SocketAddr, mut entered: Entered) {
    match timeout(line.door.timeouts.connect, connect(from, line.remote)).await {
        Ok(Ok(stream)) => line.serve(stream, entered).await,
        failed => {
            let why = failed.map_or_else(|_| "timed out".into(), |r| format!("{:?}", r.err()));
            tracing::debug!(remote = %line.remote, why, "cannot connect");
            line.connections.leave(entered.id);
            entered.waiting.close();
            while entered.waiting.recv().await.is_some() {
                line.door.counters.send_failed.add();
                line.door.put(Input::SendFailed(line.flow(None))).await;
            }
        }
    }
}

async fn connect(from: SocketAddr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = if to.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if !from.ip().is_unspecified() {
        socket.bind(SocketAddr::new(from.ip(), 0))?;
    }
    socket.connect(to).await
}

/// One connection: what its task needs to know.
pub(super) struct Line<I> {
    door: Arc<Door<I>>,
    connections: Arc<Connections>,
    shown: SocketAddr,
    remote: SocketAddr,
}

/// Why reading ended.
enum ReadEnd {
    /// The peer closed, or the network did.
    Closed,
    /// We close: too slow, too long silent, or a stream that cannot be followed.
    CutOff(&'static str),
}

impl<I: Inbox> Line<I> {
    pub(super) fn new(
        door: &Arc<Door<I>>,
        connections: &Arc<Connections>,
        shown: SocketAddr,
        remote: SocketAddr,
    ) -> Self {
        Self {
            door: Arc::clone(door),
            connections: Arc::clone(connections),
            shown,
            remote,
        }
    }

    fn flow(&self, connection: Option<rappel_sip::ConnectionId>) -> Flow {
        Flow {
            transport: Transport::Tcp,
            local: self.shown,
            remote: self.remote,
            connection,
        }
    }

    /// Reads and writes until either ends, then tells the control thread.
    async fn serve(self, stream: TcpStream, entered: Entered) {
        let Entered { id, queue, waiting } = entered;
        prepare(&stream);
        let (reader, writer) = stream.into_split();
        let writing = write(writer, waiting, &self.door);
        tokio::pin!(writing);
        tokio::select! {
            () = &mut writing => self.connections.leave(id),
            end = self.read(reader, id, &queue) => {
                if let ReadEnd::CutOff(why) = end {
                    self.door.counters.cut_off.add();
                    tracing::debug!(remote = %self.remote, why, "connection cut off");
                }
                // No sender is left after this, so writing ends when the queue is empty.
                self.connections.leave(id);
                drop(queue);
                writing.await;
            }
        }
        self.door.put(Input::FlowClosed(id)).await;
    }

    async fn read(
        &self,
        mut reader: OwnedReadHalf,
        id: rappel_sip::ConnectionId,
        queue: &mpsc::Sender<Bytes>,
    ) -> ReadEnd {
        let flow = self.flow(Some(id));
        let timeouts = self.door.timeouts;
        let mut framer = Framer::new();
        let mut buffer = vec![0; READ_SIZE];
        let mut deadline = Instant::now() + timeouts.message;
        loop {
            let length = match timeout_at(deadline, reader.read(&mut buffer)).await {
                Err(_elapsed) => return ReadEnd::CutOff("silent too long"),
                Ok(Ok(0) | Err(_)) => return ReadEnd::Closed,
                Ok(Ok(length)) => length,
            };
            let was_between = is_between(&framer);
            framer.push(&buffer[..length]);
            let mut popped = false;
            while let Some(framed) = framer.pop() {
                popped = true;
                if let Some(end) = self.take(framed, flow, queue).await {
                    return end;
                }
            }
            // A message has its time from its first byte on, however it trickles in.
            let now = Instant::now();
            if is_between(&framer) {
                deadline = now + timeouts.idle;
            } else if popped || was_between {
                deadline = now + timeouts.message;
            }
        }
    }

    /// An answer of the door as it goes out.
    fn printed(&self, answer: &Refusal, flow: Flow) -> Bytes {
        let bytes = answer.print();
        self.door.show(Passage::Out, flow, &bytes);
        bytes
    }

    async fn take(
        &self,
        framed: Framed,
        flow: Flow,
        queue: &mpsc::Sender<Bytes>,
    ) -> Option<ReadEnd> {
        let (answer, end) = match framed {
            Framed::Ping => (Some(Bytes::from_static(b"\r\n")), None),
            Framed::Message(bytes) => match self.door.enter(&bytes, flow) {
                Entry::Message(input) => {
                    self.door.put(*input).await;
                    (None, None)
                }
                Entry::Answer(answer) => (answer.map(|a| self.printed(&a, flow)), None),
                Entry::Dropped => (None, None),
            },
            Framed::Broken(malformed) => {
                let answer = self.door.answer(&malformed, flow);
                let answer = answer.map(|a| self.printed(&a, flow));
                (answer, Some(ReadEnd::CutOff(malformed.why())))
            }
        };
        if let Some(answer) = answer
            && queue.try_send(answer).is_err()
        {
            return Some(ReadEnd::CutOff("reads too slowly"));
        }
        end
    }
}

/// Whether no message has begun: a lone CRLF is what some peers keep their connection open with.
fn is_between(framer: &Framer) -> bool {
    framer.pending() <= 2
}

/// Writes what is queued until the queue closes or the peer takes no more.
async fn write<I: Inbox>(
    mut writer: OwnedWriteHalf,
    mut waiting: mpsc::Receiver<Bytes>,
    door: &Door<I>,
) {
    while let Some(bytes) = waiting.recv().await {
        match timeout(door.timeouts.write, writer.write_all(&bytes)).await {
            Ok(Ok(())) => door.counters.sent.add(),
            Ok(Err(_)) => return,
            Err(_elapsed) => {
                door.counters.cut_off.add();
                return;
            }
        }
    }
}

/// Options that only make a connection better: one that cannot be set is no reason to refuse.
fn prepare(stream: &TcpStream) {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    let set = stream
        .set_nodelay(true)
        .and_then(|()| SockRef::from(stream).set_tcp_keepalive(&keepalive));
    if let Err(error) = set {
        tracing::debug!(%error, "a connection keeps its default options");
    }
}

/// Bytes read at a time.
const READ_SIZE: usize = 8 * 1024;
/// After so much silence the kernel asks whether the peer is still there.
const KEEPALIVE: std::time::Duration = std::time::Duration::from_secs(60);
