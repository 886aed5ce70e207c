//! Messages in streams of bytes: TCP, and TLS over it (RFC 3261 §18.3).

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Poll, ready};

use bytes::Bytes;
use rappel_model::trouble::SecureFault;
use rappel_sip::ConnectionId;
use rappel_sip::wire::{Framed, Framer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use super::Inbox;
use super::connections::Entered;
use super::keep_alive::{Act, KeepAlive};
use super::line::{Line, ReadEnd};

/// Reads and writes until either ends.
pub(super) async fn serve<I: Inbox>(
    line: &Line<I>,
    stream: impl AsyncRead + AsyncWrite,
    entered: Entered,
) {
    let Entered { id, queue, waiting } = entered;
    let (reader, writer) = tokio::io::split(stream);
    let reading = {
        let queue = queue.clone();
        async move { read(line, reader, id, &queue).await }
    };
    line.run(id, queue, reading, write(line, writer, waiting))
        .await;
}

async fn read<I: Inbox>(
    line: &Line<I>,
    mut reader: impl AsyncRead + Unpin,
    id: ConnectionId,
    queue: &mpsc::Sender<Bytes>,
) -> ReadEnd {
    let flow = line.flow(Some(id));
    let timeouts = line.door.timeouts;
    let mut keep = line
        .ours
        .then(|| KeepAlive::new(Instant::now(), timeouts.ping));
    let mut framer = Framer::new();
    let mut deadline = Instant::now() + timeouts.message;
    loop {
        let wake = keep.as_ref().map_or(deadline, |k| k.wake().min(deadline));
        let was_between = is_between(&framer);
        let push = |received: &[u8]| {
            if was_between && !line.transport.is_secure() && begins_tls(received) {
                return Heard::Tls;
            }
            let pong = keep.as_mut().map_or(0, |k| k.heard(received, was_between));
            framer.push(&received[pong..]);
            Heard::More
        };
        match timeout_at(wake, hear(&mut reader, push)).await {
            Err(_elapsed) if deadline <= Instant::now() => {
                return ReadEnd::CutOff("silent too long");
            }
            Err(_elapsed) => match ping(line, keep.as_mut(), queue) {
                Ok(()) => continue,
                Err(end) => return end,
            },
            Ok(Ok(Heard::More)) => {}
            Ok(Ok(Heard::Tls)) => {
                line.insecure(None, SecureFault::NotHere);
                return ReadEnd::CutOff("speaks TLS where nobody does");
            }
            Ok(Ok(Heard::End) | Err(_)) => return ReadEnd::Closed,
        }
        let mut popped = false;
        while let Some(framed) = framer.pop() {
            popped = true;
            let taken = match framed {
                Framed::Ping => line.answer(PONG, queue),
                Framed::Message(bytes) => line.take(&bytes, flow, queue).await,
                Framed::Broken(malformed) => {
                    let answer = line.door.answer(&malformed, flow);
                    let answered = answer.map_or(Ok(()), |a| line.refuse(&a, flow, queue));
                    answered.and_then(|()| Err(ReadEnd::CutOff(malformed.why())))
                }
            };
            if let Err(end) = taken {
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

/// What reading brought.
enum Heard {
    /// Bytes of ours, in the framer by now.
    More,
    /// The first bytes of a handshake that nobody answers here.
    Tls,
    /// The peer has said all it will.
    End,
}

/// Waits for bytes and hands them to `push`. They pass through the stack: thousands of connections on
/// which nobody speaks hold no buffers.
async fn hear(
    reader: &mut (impl AsyncRead + Unpin),
    mut push: impl FnMut(&[u8]) -> Heard,
) -> io::Result<Heard> {
    poll_fn(|context| {
        let mut space = [MaybeUninit::uninit(); READ_SIZE];
        let mut buffer = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut *reader).poll_read(context, &mut buffer))?;
        Poll::Ready(Ok(match buffer.filled() {
            [] => Heard::End,
            received => push(received),
        }))
    })
    .await
}

fn ping<I: Inbox>(
    line: &Line<I>,
    keep: Option<&mut KeepAlive>,
    queue: &mpsc::Sender<Bytes>,
) -> Result<(), ReadEnd> {
    match keep.map_or(Act::Nothing, |keep| keep.act(Instant::now())) {
        Act::Nothing => Ok(()),
        Act::Ping => line.answer(PING, queue),
        Act::GiveUp => Err(ReadEnd::CutOff("no longer answers pings")),
    }
}

/// Whether bytes begin a handshake of TLS (RFC 8446 §5.1): no message begins like that.
fn begins_tls(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x16, 3])
}

/// Whether no message has begun: a lone CRLF is what some peers keep their connection open with.
fn is_between(framer: &Framer) -> bool {
    framer.pending() <= 2
}

/// Writes what is queued until the queue closes or the peer takes no more.
async fn write<I: Inbox>(
    line: &Line<I>,
    mut writer: impl AsyncWrite + Unpin,
    mut waiting: mpsc::Receiver<Bytes>,
) {
    let counters = &line.door.counters;
    while let Some(bytes) = waiting.recv().await {
        let writing = async {
            writer.write_all(&bytes).await?;
            writer.flush().await
        };
        match timeout(line.door.timeouts.write, writing).await {
            Ok(Ok(())) if bytes.len() <= PING.len() => {}
            Ok(Ok(())) => counters.sent_by(line.transport),
            Ok(Err(_)) => return,
            Err(_elapsed) => {
                counters.cut_off.add();
                return;
            }
        }
    }
    // The peer of a secure connection is told that this is the end, if it still listens.
    let _told = timeout(line.door.timeouts.write, writer.shutdown()).await;
}

/// RFC 5626 §3.5.1.
const PING: Bytes = Bytes::from_static(b"\r\n\r\n");
const PONG: Bytes = Bytes::from_static(b"\r\n");
/// Bytes read at a time.
const READ_SIZE: usize = 8 * 1024;
