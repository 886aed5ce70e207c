//! A packet of one session leaves by another, in place and at once. Nothing of the first leg shows
//! on the second: source, numbers and payload type are the second's own.

use std::time::Duration;

use rappel_model::Instant;
use rappel_rtp::packet::{self, HEADER_LEN};

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
    if let Some(digit) = received.key
        && received.content == Content::Key
        && listener.wants_tones()
    {
        listener.send_key(digit, CONVERTED_KEY);
        return;
    }
    let Some((header, target, encoding)) = listener.relay(now, received) else {
        return;
    };
    let Ok(packet) = packet::relay(datagram, |_| header) else {
        return;
    };
    if let Content::Sound(from) = received.content {
        codec(from).convert(codec(encoding), &mut packet[HEADER_LEN..]);
    }
    listener.carried(packet.len() - HEADER_LEN);
    listener.emit(target, packet, sink);
}

/// How long a key lasts that came as an event and leaves as a tone.
const CONVERTED_KEY: Duration = Duration::from_millis(100);
