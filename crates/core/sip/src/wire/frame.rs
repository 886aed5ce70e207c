//! Whole messages out of a byte stream (RFC 3261 §18.3, §7.5; keep-alives RFC 5626 §3.5.1).

use bytes::{Buf, Bytes, BytesMut};

use super::MAX_MESSAGE;
use super::index::{Index, head_end};
use super::malformed::{Fault, Malformed, TOO_LARGE};

/// Cuts a stream into messages by Content-Length. Push what was received, then pop until `None`.
///
/// Memory is bounded by [`MAX_MESSAGE`] and the largest piece pushed. Every byte is looked at a
/// bounded number of times, however the stream is cut.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
    /// No head ends before here.
    searched: usize,
    /// Length of the message whose head has been read.
    expected: Option<usize>,
    broken: bool,
}

/// What a stream held.
#[derive(Clone, Debug)]
pub enum Framed {
    /// One whole message for [`super::parse`].
    Message(Bytes),
    /// A ping, to be answered with one CRLF (RFC 5626 §3.5.1).
    Ping,
    /// The stream cannot be followed any further: answer if [`Malformed::reply`] can, then close.
    Broken(Malformed),
}

impl Framer {
    /// A framer at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what was received. After [`Framed::Broken`] it is thrown away.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.broken {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next thing in the stream; `None` until more is received.
    pub fn pop(&mut self) -> Option<Framed> {
        if self.broken {
            return None;
        }
        if self.expected.is_none() {
            if self.skip_empty_lines() {
                return Some(Framed::Ping);
            }
            match self.read_head() {
                Ok(expected) => self.expected = Some(expected?),
                Err(malformed) => return Some(self.break_off(malformed)),
            }
        }
        let expected = self.expected.filter(|len| *len <= self.buffer.len())?;
        self.expected = None;
        self.searched = 0;
        Some(Framed::Message(self.buffer.split_to(expected).freeze()))
    }

    /// Bytes received and not yet popped.
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    /// Removes empty lines before a message; true for two in a row, a ping. A single one may be the
    /// first half of a ping and stays until more is there.
    fn skip_empty_lines(&mut self) -> bool {
        loop {
            if self.buffer.starts_with(b"\r\n\r\n") {
                self.buffer.advance(4);
                return true;
            }
            let undecided = self.buffer.len() < 4 && b"\r\n\r\n".starts_with(&self.buffer);
            if undecided || !self.buffer.starts_with(b"\r\n") {
                return false;
            }
            self.buffer.advance(2);
        }
    }

    /// The length of the message at the front, once its head is there.
    fn read_head(&mut self) -> Result<Option<usize>, Malformed> {
        if self.buffer.len() < 4 {
            return Ok(None);
        }
        let Some(end) = head_end(&self.buffer, self.searched) else {
            self.searched = self.buffer.len() - 3;
            if self.buffer.len() <= MAX_MESSAGE {
                return Ok(None);
            }
            let head = Bytes::copy_from_slice(&self.buffer[..MAX_MESSAGE]);
            return Err(Malformed::new(TOO_LARGE, &Index::of(&head)));
        };
        let index = Index::of(&Bytes::copy_from_slice(&self.buffer[..end]));
        length(&index, end)
            .map(Some)
            .map_err(|fault| Malformed::new(fault, &index))
    }

    fn break_off(&mut self, malformed: Malformed) -> Framed {
        self.broken = true;
        self.buffer = BytesMut::new();
        Framed::Broken(malformed)
    }
}

/// The whole length of a message by its head. A head that cannot be read has no length to trust.
fn length(index: &Index, head: usize) -> Result<usize, Fault> {
    if let Some(fault) = index.fault {
        return Err(fault);
    }
    let body = index
        .content_length()?
        .ok_or(Fault::bad("Content-Length is missing on a stream"))?;
    head.checked_add(body)
        .filter(|length| *length <= MAX_MESSAGE)
        .ok_or(TOO_LARGE)
}

/// Whether a datagram is no message but keeps a way through a NAT open: empty lines (RFC 5626
/// §3.5.1), or the zero bytes some phones send.
pub fn is_keep_alive(datagram: &[u8]) -> bool {
    datagram.len() <= 4 && datagram.iter().all(|b| matches!(b, b'\r' | b'\n' | 0))
}
