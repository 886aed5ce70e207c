//! Messages in frames of a WebSocket (RFC 7118): browsers, which cannot speak otherwise.
//!
//! Whoever opens the connection is nobody yet: the Origin that a browser sends is no proof of
//! anything (RFC 6455 §10.2), and digest authentication follows as on every other transport.

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use rappel_sip::ConnectionId;
use rappel_sip::wire::MAX_MESSAGE;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout, timeout_at};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

use super::Inbox;
use super::connections::Entered;
use super::line::{Line, ReadEnd};

/// Answers the handshake of a peer that speaks SIP; one that speaks plain HTTP, a browser opened at
/// this port for one, is told what would be understood (RFC 6455 §4.2.2, RFC 9110 §15.5.22).
pub(super) async fn accept<S>(mut stream: S) -> Result<WebSocketStream<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut config = WebSocketConfig::default();
    config.read_buffer_size = BUFFER;
    config.write_buffer_size = 0;
    config.max_write_buffer_size = MAX_WAITING;
    config.max_message_size = Some(MAX_MESSAGE);
    config.max_frame_size = Some(MAX_MESSAGE);
    // The library lets nothing through behind the handshake, so that nothing of the stream is lost.
    let greeting = accept_hdr_async_with_config(&mut stream, choose, Some(config)).await;
    match greeting.map(drop) {
        Ok(()) => Ok(WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await),
        Err(error) => {
            if matches!(&error, Error::Protocol(why) if is_plain_http(why)) {
                stream.write_all(UPGRADE_REQUIRED.as_bytes()).await?;
                stream.shutdown().await?;
            }
            Err(error)
        }
    }
}

/// Whether a request could be read, and asks for something other than a WebSocket.
const fn is_plain_http(why: &ProtocolError) -> bool {
    matches!(
        why,
        ProtocolError::WrongHttpMethod
            | ProtocolError::WrongHttpVersion
            | ProtocolError::MissingConnectionUpgradeHeader
            | ProtocolError::MissingUpgradeWebSocketHeader
            | ProtocolError::MissingSecWebSocketVersionHeader
            | ProtocolError::MissingSecWebSocketKey
    )
}

/// Takes only the subprotocol `sip` (RFC 7118 §4.1).
#[expect(
    clippy::result_large_err,
    reason = "the library wants the whole refusal"
)]
fn choose(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let speaks_sip = offered
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|name| name.trim().eq_ignore_ascii_case(SUBPROTOCOL));
    if !speaks_sip {
        let mut refusal = ErrorResponse::new(Some("the subprotocol here is sip\n".to_owned()));
        *refusal.status_mut() = StatusCode::BAD_REQUEST;
        return Err(refusal);
    }
    response.headers_mut().insert(
        header::SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    Ok(response)
}

/// Reads and writes until either ends.
pub(super) async fn serve<I: Inbox>(
    line: &Line<I>,
    socket: WebSocketStream<impl AsyncRead + AsyncWrite + Unpin>,
    entered: Entered,
) {
    let Entered { id, queue, waiting } = entered;
    let (writer, reader) = socket.split();
    let (fault, told) = oneshot::channel();
    let reading = {
        let queue = queue.clone();
        async move { read(line, reader, id, &queue, fault).await }
    };
    line.run(id, queue, reading, write(line, writer, waiting, told))
        .await;
}

async fn read<I: Inbox, S: AsyncRead + AsyncWrite + Unpin>(
    line: &Line<I>,
    mut reader: SplitStream<WebSocketStream<S>>,
    id: ConnectionId,
    queue: &mpsc::Sender<Bytes>,
    fault: oneshot::Sender<CloseCode>,
) -> ReadEnd {
    let flow = line.flow(Some(id));
    let timeouts = line.door.timeouts;
    // A browser answers our pings by itself: three missed ones are a dead connection.
    let idle = timeouts.idle.min(timeouts.web_ping * 3);
    let mut deadline = Instant::now() + idle;
    loop {
        let frame = match timeout_at(deadline, reader.next()).await {
            Err(_elapsed) => return ReadEnd::CutOff("silent too long"),
            Ok(None) => return ReadEnd::Closed,
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => {
                let Some((code, why)) = fault_of(&error) else {
                    return ReadEnd::Closed;
                };
                // Nobody writes any more when the peer takes nothing: then it cannot be told.
                let _unheard = fault.send(code);
                return ReadEnd::CutOff(why);
            }
        };
        deadline = Instant::now() + idle;
        let bytes = match frame {
            Message::Text(text) => Bytes::from(text),
            Message::Binary(bytes) => bytes,
            Message::Close(_) => return ReadEnd::Closed,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
        };
        let taken = match bytes.as_ref() {
            // Some libraries keep the connection open as they do over TCP (RFC 5626 §3.5.1).
            b"\r\n\r\n" => line.answer(PONG, queue),
            b"\r\n" | b"" => Ok(()),
            _ => line.take(&bytes, flow, queue).await,
        };
        if let Err(end) = taken {
            return end;
        }
    }
}

/// What a peer did wrong, by the code it is told on closing (RFC 6455 §7.4.1) and in a few words; `None`
/// where the connection broke.
const fn fault_of(error: &Error) -> Option<(CloseCode, &'static str)> {
    Some(match error {
        Error::Capacity(_) => (CloseCode::Size, "a message too large"),
        Error::Utf8(_) => (CloseCode::Invalid, "text that is not UTF-8"),
        Error::Protocol(_) => (CloseCode::Protocol, "not WebSocket"),
        _ => return None,
    })
}

/// Writes what is queued, a frame each, and a ping every so often, until the queue closes or the peer
/// takes no more. `fault` is what the peer did wrong, where that is why the queue closes.
async fn write<I: Inbox, S: AsyncRead + AsyncWrite + Unpin>(
    line: &Line<I>,
    mut writer: SplitSink<WebSocketStream<S>, Message>,
    mut waiting: mpsc::Receiver<Bytes>,
    mut fault: oneshot::Receiver<CloseCode>,
) {
    let counters = &line.door.counters;
    let timeouts = line.door.timeouts;
    let mut pings = interval_at(Instant::now() + timeouts.web_ping, timeouts.web_ping);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            next = waiting.recv() => match next {
                Some(bytes) => frame(bytes),
                None => break,
            },
            _ = pings.tick() => Message::Ping(Bytes::new()),
        };
        let is_message = !message.is_ping() && message.len() > PONG.len();
        match timeout(timeouts.write, writer.send(message)).await {
            Ok(Ok(())) if is_message => counters.sent_by(line.transport),
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_elapsed) => {
                counters.cut_off.add();
                return;
            }
        }
    }
    // The peer is told that this is the end, if it still listens.
    let farewell = async {
        if let Ok(code) = fault.try_recv() {
            let reason = Utf8Bytes::default();
            let frame = Message::Close(Some(CloseFrame { code, reason }));
            writer.send(frame).await?;
        }
        writer.close().await
    };
    let _told = timeout(timeouts.write, farewell).await;
}

/// Text where it is text: some browsers' libraries read nothing else (RFC 7118 §5 allows both).
fn frame(bytes: Bytes) -> Message {
    match Utf8Bytes::try_from(bytes.clone()) {
        Ok(text) => Message::Text(text),
        Err(_) => Message::Binary(bytes),
    }
}

/// What a client hears that asks for a page.
const UPGRADE_REQUIRED: &str = "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n\
    Connection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\nContent-Type: text/plain\r\n\
    Content-Length: 62\r\n\r\nThis port speaks SIP over WebSocket, subprotocol sip, no HTTP\n";

const PONG: Bytes = Bytes::from_static(b"\r\n");
/// RFC 7118 §4.1.
const SUBPROTOCOL: &str = "sip";
/// Bytes read at a time; a message may be longer.
const BUFFER: usize = 8 * 1024;
/// Most bytes the library may keep for a peer that does not read: a message and its frame.
const MAX_WAITING: usize = MAX_MESSAGE + 1024;
