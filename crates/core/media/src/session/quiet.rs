//! What a peer is sent while there is nothing for it to hear: where it has agreed to comfort noise, how
//! loud the line is, now and then (RFC 3389); where its Opus may fall silent, a frame now and then
//! (RFC 7587 §3.1.3); silence as sound otherwise.

use std::net::SocketAddr;

use rappel_audio::codec::Noise;
use rappel_model::Instant;
use rappel_rtp::{Encoding, Format, Stream};

use super::Session;
use crate::agreed::Agreed;
use crate::engine::Sink;

/// What stands for silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Saving {
    /// Packets of comfort noise under this payload type.
    Noise(u8),
    /// Pauses of Opus.
    Pauses,
}

impl Saving {
    fn of(stream: &Stream) -> Option<Self> {
        // RFC 3389 §4: the clock of noise is that of the sound beside it; ours is 8 kHz.
        let noise = stream.comfort_noise;
        let noise = noise.filter(|_| stream.format.clock_rate() == NOISE_CLOCK);
        match noise {
            Some(noise) => Some(Self::Noise(noise.sent)),
            None => stream.pauses.then_some(Self::Pauses),
        }
    }
}

impl Session {
    /// Whether silence need not be sent as sound.
    pub(crate) fn saves_silence(&self) -> bool {
        self.saving().is_some()
    }

    /// Whether the peer makes noise itself, once it is told how loud.
    pub(crate) fn takes_noise(&self) -> bool {
        matches!(self.saving(), Some(Saving::Noise(_)))
    }

    /// 20 ms of silence, where the peer takes less than sound for it; whether it does.
    pub(super) fn keep_quiet(
        &mut self,
        now: Instant,
        target: SocketAddr,
        sink: &mut impl Sink,
    ) -> bool {
        let Some(saving) = self.saving() else {
            return false;
        };
        let turn = self.outgoing.pass_quietly();
        match saving {
            Saving::Noise(payload_type) => {
                // Beside a bridge it is seldom our turn unless the other side said that it pauses.
                let is_seldom = self.bridged.peer.is_some() && !self.is_lulled(now);
                if turn.is_multiple_of(NOISE_EVERY) || is_seldom {
                    let mut header = self.outgoing.paced(now, payload_type);
                    // A marker begins sound (RFC 3551 §4.1).
                    header.marker = false;
                    self.send(header, &self.line().payload(), target, sink);
                }
            }
            Saving::Pauses => self.pause_opus(now, turn, target, sink),
        }
        true
    }

    /// A frame of silence, then one that says that nothing follows, then nothing for a while.
    fn pause_opus(&mut self, now: Instant, turn: u32, target: SocketAddr, sink: &mut impl Sink) {
        let quiet = self.voice.keep_quiet(Encoding::Opus);
        let Some(&first) = quiet.bytes().first() else {
            return;
        };
        // The same configuration, one frame of no bytes (RFC 6716 §3.1, §3.4 R3).
        let over = [first & !FRAME_COUNT];
        let payload = match turn % OPUS_EVERY {
            0 => quiet.bytes(),
            1 => &over[..],
            _ => return,
        };
        let Some(stream) = self.agreed.as_ref().map(|agreed| &agreed.stream) else {
            return;
        };
        let header = self.outgoing.paced(now, stream.payload_type.sent);
        self.send(header, payload, target, sink);
    }

    fn saving(&self) -> Option<Saving> {
        let agreed: &Agreed = self.agreed.as_ref()?;
        match agreed.stream.format {
            Format::Ours(_) => Saving::of(&agreed.stream),
            Format::Foreign(_) => None,
        }
    }
}

/// How loud a line is on which nobody speaks: far below any word, and not dead.
pub(super) const LINE: Noise = Noise::white(70);

/// The clock of comfort noise, in Hz.
const NOISE_CLOCK: u32 = 8_000;

/// Ticks between two packets of noise: a lost one is missed for 200 ms.
const NOISE_EVERY: u32 = 10;

/// Ticks between two frames of Opus in a pause: 400 ms, as libopus does.
const OPUS_EVERY: u32 = 20;

/// The bits of the first byte of an Opus packet that say how many frames it has.
const FRAME_COUNT: u8 = 0b11;
