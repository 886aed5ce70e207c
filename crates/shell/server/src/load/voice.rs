//! What one call says: the packets of its stream, made in their turn, with the time they were sent in
//! them where the codec leaves it readable, and keys where they are to be pressed.

use std::sync::Arc;
use std::time::Instant;

use rappel_audio::codec::{Encoder, MAX_ENCODED};
use rappel_audio::{Codec, Rate};
use rappel_rtp::packet::{HEADER_LEN, MAX_PACKET};
use rappel_rtp::srtp::MAX_OVERHEAD;
use rappel_rtp::{Encoding, Header, Secured, Security, Stream};

/// Payloads that are said over and over.
#[derive(Debug)]
pub(crate) struct Sound {
    payloads: Vec<Vec<u8>>,
    encoding: Encoding,
}

impl Sound {
    /// A tone in this encoding: not silence, so that nothing can skip it.
    pub(crate) fn of(encoding: Encoding) -> Result<Arc<Self>, String> {
        let codec = match encoding {
            Encoding::Pcmu => Codec::Pcmu,
            Encoding::Pcma => Codec::Pcma,
            Encoding::G722 => Codec::G722,
            Encoding::Opus => Codec::Opus,
        };
        let mut encoder = Encoder::new(codec, Rate::Narrow)
            .map_err(|_| format!("this rappel was built without {}", encoding.name()))?;
        let step = 440.0 * std::f64::consts::TAU / f64::from(Rate::Narrow.hertz());
        let frame = Rate::Narrow.frame_samples();
        let payloads = (0..FRAMES).map(|n| {
            let samples: Vec<i16> = (n * frame..(n + 1) * frame)
                .map(|i| (8_000.0 * (i as f64 * step).sin()) as i16)
                .collect();
            let mut out = [0; MAX_ENCODED];
            let length = encoder.encode(&samples, &mut out);
            out[..length].to_vec()
        });
        Ok(Arc::new(Self {
            payloads: payloads.collect(),
            encoding,
        }))
    }
}

/// The stream one call sends.
#[derive(Debug)]
pub(crate) struct Voice {
    sound: Arc<Sound>,
    payload_type: u8,
    ssrc: u32,
    /// Packets made.
    age: u32,
    secured: Option<Box<Secured>>,
    keys: Option<Keys>,
}

/// The keys one call presses: 1, 2, 3 and again, and 0 when it is to leave.
#[derive(Debug)]
struct Keys {
    payload_type: u8,
    /// The key being pressed.
    key: u8,
    pressed: u32,
    has_left: bool,
}

impl Voice {
    /// A voice under what was agreed. With `keys` it presses one every two seconds.
    pub(crate) fn new(sound: &Arc<Sound>, stream: &Stream, ssrc: u32, keys: bool) -> Self {
        let secured = match &stream.security {
            // We never offer a handshake.
            Security::Plain | Security::Dtls(_) => None,
            Security::Srtp(keys) => Some(Box::new(Secured::new(**keys))),
        };
        let event = stream.telephone_event.filter(|_| keys);
        Self {
            sound: Arc::clone(sound),
            payload_type: stream.payload_type.sent,
            ssrc,
            age: 0,
            secured,
            keys: event.map(|event| Keys {
                payload_type: event.sent,
                key: 0,
                pressed: 0,
                has_left: false,
            }),
        }
    }

    /// The next packet in `out`, which holds [`MAX_SAID`] bytes; its length. `leaving` makes the key
    /// pressed next the last one.
    pub(crate) fn say(&mut self, since: Instant, leaving: bool, out: &mut [u8; MAX_SAID]) -> usize {
        let age = self.age;
        self.age = age.wrapping_add(1);
        let clock = self.sound.encoding.clock_of_frame();
        let mut header = Header {
            marker: age == 0,
            payload_type: self.payload_type,
            sequence: age as u16,
            timestamp: age.wrapping_mul(clock),
            ssrc: self.ssrc,
        };
        let place = age % KEY_EVERY;
        if let Some((keys, at)) = self.keys.as_mut().zip(place.checked_sub(KEY_AT))
            && let Some(event) = keys.event(at, clock, leaving)
        {
            header.marker = at == 0;
            header.payload_type = keys.payload_type;
            header.timestamp = (age - at).wrapping_mul(clock);
            return self.seal(header, &event, false, since, out);
        }
        let sound = Arc::clone(&self.sound);
        let payload = &sound.payloads[age as usize % sound.payloads.len()];
        self.seal(
            header,
            payload,
            sound.encoding == Encoding::Pcma,
            since,
            out,
        )
    }

    fn seal(
        &mut self,
        header: Header,
        payload: &[u8],
        stamped: bool,
        since: Instant,
        out: &mut [u8; MAX_SAID],
    ) -> usize {
        let mut plain = [0; MAX_SAID];
        let length = header
            .write_packet(payload, &mut plain)
            .expect("no payload of ours is longer than a packet");
        if stamped {
            let micros = since.elapsed().as_micros() as u64;
            stamp(&mut plain[HEADER_LEN..length], micros);
        }
        match &mut self.secured {
            // What cannot be sealed is not sent; the other side counts it as lost.
            Some(secured) => secured.protect(&plain[..length], out).unwrap_or(0),
            None => {
                out[..length].copy_from_slice(&plain[..length]);
                length
            }
        }
    }

    /// Keys pressed so far.
    pub(crate) fn pressed(&self) -> u32 {
        self.keys.as_ref().map_or(0, |keys| keys.pressed)
    }
}

/// Writes when a packet is sent into its payload, where there is room: 1.5 ms of noise in G.711.
pub(super) fn stamp(payload: &mut [u8], micros: u64) {
    if let Some(room) = payload.get_mut(..STAMP) {
        let (mark, time) = room.split_at_mut(MARK.len());
        mark.copy_from_slice(&MARK);
        time.copy_from_slice(&micros.to_be_bytes());
    }
}

impl Keys {
    /// The packet of a key this long after its beginning: five while it is held, and its end three
    /// times (RFC 4733 §2.5.1.4).
    fn event(&mut self, at: u32, clock: u32, leaving: bool) -> Option<[u8; 4]> {
        if at >= KEY_PACKETS || self.has_left {
            return None;
        }
        if at == 0 {
            self.key = if leaving {
                0
            } else {
                (self.pressed % 3) as u8 + 1
            };
            self.pressed += 1;
        }
        self.has_left = self.key == 0 && at + 1 == KEY_PACKETS;
        let ends = u8::from(at >= KEY_HELD) << 7;
        let [_, _, high, low] = ((at.min(KEY_HELD) + 1) * clock).to_be_bytes();
        Some([self.key, ends | VOLUME, high, low])
    }
}

/// How long a packet was on its way, in µs; `None` for one without the time in it.
pub(crate) fn delay(packet: &[u8], since: Instant) -> Option<u32> {
    let stamp = packet.get(HEADER_LEN..HEADER_LEN + STAMP)?;
    let sent = stamp.strip_prefix(&MARK)?.try_into().ok()?;
    let passed = since.elapsed().as_micros() as u64;
    u32::try_from(passed.checked_sub(u64::from_be_bytes(sent))?).ok()
}

/// Room for any packet that is said.
pub(crate) const MAX_SAID: usize = MAX_PACKET + MAX_OVERHEAD;

/// What a packet with a time in it begins with, and the length with the time.
const MARK: [u8; 4] = *b"LOAD";
const STAMP: usize = MARK.len() + 8;

/// Packets of sound before it repeats: a second.
const FRAMES: usize = 50;
/// A key is pressed once in so many packets.
const KEY_EVERY: u32 = 100;
/// The same as time: two seconds.
pub(super) const KEYS_APART: std::time::Duration =
    std::time::Duration::from_millis(KEY_EVERY as u64 * 20);
/// The packet of those at which it begins.
const KEY_AT: u32 = 50;
/// Packets while it is held, 100 ms, and with its end.
const KEY_HELD: u32 = 5;
const KEY_PACKETS: u32 = KEY_HELD + 3;
/// How loud a key is, in dB below the loudest.
const VOLUME: u8 = 10;

/// How long it takes at most until a call has pressed the key that ends it.
pub(crate) const LEAVING: std::time::Duration =
    std::time::Duration::from_millis((KEY_EVERY + KEY_PACKETS) as u64 * 20);

#[cfg(test)]
mod tests {
    use rappel_rtp::Packet;

    use super::*;

    fn voice(keys: bool) -> Voice {
        let mut stream = Stream::plain(([127, 0, 0, 1], 4_000).into(), Encoding::Pcma);
        stream.telephone_event = Some(101.into());
        let sound = Sound::of(Encoding::Pcma).expect("G.711 is always built");
        Voice::new(&sound, &stream, 7, keys)
    }

    #[test]
    fn packets_follow_each_other_and_tell_when_they_were_sent() {
        let (since, mut out) = (Instant::now(), [0; MAX_SAID]);
        let mut voice = voice(false);
        for n in 0..3_u16 {
            let length = voice.say(since, false, &mut out);
            let packet = Packet::parse(&out[..length]).expect("it is RTP");
            let header = packet.header();
            assert_eq!((header.sequence, header.timestamp), (n, u32::from(n) * 160));
            assert_eq!((packet.payload_len(), header.marker), (160, n == 0));
            assert!(delay(&out[..length], since).is_some_and(|us| us < 1_000_000));
        }
        assert_eq!(delay(&[0x80; 172], since), None);
        assert_eq!(delay(&[0x80; 12], since), None);
    }

    #[test]
    fn keys_are_pressed_in_their_order_and_the_last_one_ends() {
        let (since, mut out) = (Instant::now(), [0; MAX_SAID]);
        let mut voice = voice(true);
        let mut receiver = rappel_rtp::telephone_event::Receiver::new();
        let mut heard = String::new();
        for n in 0..800 {
            let length = voice.say(since, n > 420, &mut out);
            let packet = Packet::parse(&out[..length]).expect("it is RTP");
            let header = packet.header();
            if header.payload_type == 101 {
                heard.extend(receiver.receive(header.ssrc, header.timestamp, packet.payload()));
            }
        }
        assert_eq!(heard, "12310");
        assert_eq!(voice.pressed(), 5);
    }
}
