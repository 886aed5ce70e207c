//! What holds for a session once offer and answer have met.

use std::net::SocketAddr;

use rappel_audio::Codec;
use rappel_model::Instant;
use rappel_rtp::{Direction, Encoding, Format, PayloadType, Security, Stream};

use crate::latch::Latch;

/// An agreed stream, and where its peer really is.
#[derive(Clone, Debug)]
pub(crate) struct Agreed {
    pub(crate) stream: Stream,
    pub(crate) latch: Latch,
}

/// What a payload holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Sound.
    Sound(Encoding),
    /// Sound nobody here decodes, to be passed on.
    Foreign,
    /// A key (RFC 4733).
    Key,
    /// The level of the noise behind a silence (RFC 3389).
    Noise,
}

impl Content {
    const fn of(format: Format) -> Self {
        match format {
            Format::Ours(encoding) => Self::Sound(encoding),
            Format::Foreign(_) => Self::Foreign,
        }
    }
}

impl Agreed {
    /// The first agreement, or one that follows `before` and keeps the address learned with it.
    pub(crate) fn again(before: Option<Self>, now: Instant, stream: Stream) -> Self {
        let before = before.map(|before| before.latch);
        let by_checks = matches!(stream.security, Security::Dtls(_));
        let before = before.filter(|latch| latch.is_by_checks() == by_checks);
        let latch = if by_checks {
            before.unwrap_or_else(|| Latch::by_checks(now))
        } else {
            let (remote, heard_from) = (stream.remote, stream.heard_from);
            let mut latch = before.unwrap_or_else(|| Latch::new(now, remote, heard_from));
            latch.signal(now, remote, heard_from);
            latch
        };
        Self { stream, latch }
    }

    /// What a payload type means here. The static numbers are taken whatever was agreed: a peer may
    /// send any encoding of our answer (RFC 3264 §6.1).
    pub(crate) fn content(&self, payload_type: u8) -> Option<Content> {
        let stream = &self.stream;
        let is = |agreed: PayloadType| agreed.heard == payload_type;
        if is(stream.payload_type) {
            return Some(Content::of(stream.format));
        }
        if stream.telephone_event.is_some_and(is) {
            return Some(Content::Key);
        }
        if stream.comfort_noise.is_some_and(is) {
            return Some(Content::Noise);
        }
        // Careless answerers send under the number they asked for.
        if payload_type == stream.payload_type.sent {
            return Some(Content::of(stream.format));
        }
        if stream
            .telephone_event
            .is_some_and(|t| t.sent == payload_type)
        {
            return Some(Content::Key);
        }
        Encoding::ALL
            .into_iter()
            .find(|e| e.static_payload_type() == Some(payload_type))
            .map(Content::Sound)
    }

    /// The stream and its target, when we may send.
    pub(crate) fn sends(&self) -> Option<(&Stream, SocketAddr)> {
        let may = matches!(
            self.stream.direction,
            Direction::SendRecv | Direction::SendOnly
        );
        let target = self.latch.target().filter(|_| may)?;
        Some((&self.stream, target))
    }

    /// Whether RTCP comes and goes by the port of RTP (RFC 5761).
    pub(crate) fn shares_port(&self) -> bool {
        self.stream.control == Some(self.stream.remote)
    }

    /// Where RTCP goes: to the RTP port when both share it, else where the peer signalled, or beside
    /// where its RTP turned out to come from.
    pub(crate) fn control_target(&self) -> Option<SocketAddr> {
        let (target, control) = (self.latch.target()?, self.stream.control?);
        if self.shares_port() {
            return Some(target);
        }
        if target == self.stream.remote {
            return Some(control);
        }
        let next = target.port().checked_add(1)?;
        Some(SocketAddr::new(target.ip(), next))
    }

    /// Whether a report in the clear may be the peer's: it comes from where its RTP does, from where reports go,
    /// or else from the one port of its host that was the first to send some. An address translator
    /// draws that port as it likes.
    pub(crate) fn may_report(&self, from: SocketAddr) -> bool {
        self.is_named(from) || self.latch.may_report_by(from.port())
    }

    /// A report came from there, and could be read.
    pub(crate) fn reported(&mut self, from: SocketAddr) {
        if !self.is_named(from) {
            self.latch.reported_by(from.port());
        }
    }

    fn is_named(&self, from: SocketAddr) -> bool {
        self.latch.target() == Some(from) || self.control_target() == Some(from)
    }

    /// Whether we listen to the peer.
    pub(crate) fn listens(&self) -> bool {
        matches!(
            self.stream.direction,
            Direction::SendRecv | Direction::RecvOnly
        )
    }

    /// Whether both sides talk: only then must the peer be heard from.
    pub(crate) fn is_talk(&self) -> bool {
        self.stream.direction == Direction::SendRecv
    }
}

/// The codec of an encoding.
pub(crate) fn codec(encoding: Encoding) -> Codec {
    match encoding {
        Encoding::Pcmu => Codec::Pcmu,
        Encoding::Pcma => Codec::Pcma,
        Encoding::G722 => Codec::G722,
        Encoding::Opus => Codec::Opus,
    }
}
