//! A packet of one session leaves by another, in place and at once. Nothing of the first leg shows
//! on the second: source, numbers and payload type are the second's own.

use std::time::Duration;

use rappel_audio::codec::Noise;
use rappel_model::Instant;
use rappel_rtp::packet::{self, HEADER_LEN, Packet};

use crate::agreed::{Content, codec};
use crate::engine::Sink;
use crate::session::{Received, Session};

/// Sends what was received to the `listener`, if it may hear it now.
pub(crate) fn relay(
    now: Instant,
    listener: &mut Session,
    received: &Received,
    datagram: &mut [u8],
    sink: &mut impl Sink,
) {
    listener.weigh(received, datagram);
    let converts = listener.converts(received);
    let is_event = received.content == Content::Key;
    // A tone that leaves as an event is not heard beside it: whoever listens for both would take two keys.
    if let Some(digit) = received.key.filter(|_| !received.is_twin)
        && match is_event {
            true => converts || listener.wants_tones(),
            false => listener.takes_events(),
        }
    {
        listener.send_key(digit, CONVERTED_KEY);
        return;
    }
    if received.content == Content::Noise && (converts || !listener.takes_noise()) {
        if let Ok(packet) = Packet::parse(datagram) {
            listener.lull(now, Noise::parse(packet.payload()));
        }
        return;
    }
    if converts {
        transcode(now, listener, received, datagram, sink);
        return;
    }
    if is_event && ends_late(listener, received, datagram) {
        return listener.leave_out();
    }
    let Some((header, target, format)) = listener.relay(now, received) else {
        return;
    };
    let Ok(packet) = packet::relay(datagram, |_| header) else {
        return;
    };
    if is_event {
        let (came, leaves) = (received.header.timestamp, header.timestamp);
        listener.key_passed(now, came, leaves, &packet[HEADER_LEN..]);
    }
    if let (Content::Sound(from), Some(to)) = (received.content, format.ours()) {
        codec(from).convert(codec(to), &mut packet[HEADER_LEN..]);
        listener.sounds(&header, &packet[HEADER_LEN..]);
    }
    listener.carried(packet.len() - HEADER_LEN);
    listener.emit(target, packet, sink);
}

/// Whether this is of a key that the listener was told is up.
fn ends_late(listener: &mut Session, received: &Received, datagram: &[u8]) -> bool {
    Packet::parse(datagram).is_ok_and(|packet| listener.is_ended(received, packet.payload()))
}

/// Sound in another encoding than the listener's: decoded, coded, and sent as soon as 20 ms of it
/// are whole. Everything else of such a stream has its own way, or none.
fn transcode(
    now: Instant,
    listener: &mut Session,
    received: &Received,
    datagram: &[u8],
    sink: &mut impl Sink,
) {
    let (Content::Sound(from), Ok(packet)) = (received.content, Packet::parse(datagram)) else {
        return;
    };
    let Some(mut transcoder) = listener.take_transcoder(from) else {
        return;
    };
    let mut first = received.first;
    let pause = transcoder.put(&received.header, packet.payload(), |header, payload| {
        let made = Received {
            header,
            first: std::mem::take(&mut first),
            ..*received
        };
        if !payload.is_empty() {
            listener.say(now, made, payload.bytes(), sink);
        }
    });
    listener.keep_transcoder(transcoder);
    if pause.is_some() {
        listener.lull(now, pause);
    }
}

/// How long a key lasts that leaves otherwise than it came: as a tone, as an event, in another clock.
const CONVERTED_KEY: Duration = Duration::from_millis(100);
