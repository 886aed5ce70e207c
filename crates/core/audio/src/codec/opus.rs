//! Opus (RFC 6716) by the system's libopus, behind the crate audiopus. Every use is through `&mut
//! self`: the C state is changed by each call, whatever the crate's signatures say.

use std::fmt;

use audiopus::coder::{Decoder as Decoding, Encoder as Encoding};
use audiopus::packet::Packet;
use audiopus::{Application, Bitrate, Channels, MutSignals, SampleRate, Signal};

use super::{Error, OpusSettings};
use crate::frame::Rate;

/// Decodes one stream at the rate it was made for; two channels are mixed to one.
pub(super) struct Decoder(Decoding);

impl Decoder {
    pub(super) fn new(rate: Rate) -> Result<Self, Error> {
        Decoding::new(sample_rate(rate), Channels::Mono)
            .map(Self)
            .map_err(|_| Error::Refused)
    }

    /// A malformed packet, or one that does not fit, writes nothing and leaves the stream as it was.
    pub(super) fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> usize {
        // The crate takes nothing at all for a lost packet: that is `conceal`'s to say.
        Packet::try_from(payload).map_or(0, |packet| self.run(Some(packet), out, false))
    }

    pub(super) fn conceal(&mut self, out: &mut [i16]) -> usize {
        self.run(None, out, false)
    }

    /// libopus itself conceals when `next` repeats nothing.
    pub(super) fn recover(&mut self, next: &[u8], out: &mut [i16]) -> usize {
        let recovered = Packet::try_from(next).map_or(0, |next| self.run(Some(next), out, true));
        if recovered == 0 {
            self.conceal(out)
        } else {
            recovered
        }
    }

    fn run(&mut self, packet: Option<Packet<'_>>, out: &mut [i16], repeated: bool) -> usize {
        let Ok(signals) = MutSignals::try_from(out) else {
            return 0;
        };
        // An error is the packet's fault: it counts as lost.
        self.0.decode(packet, signals, repeated).unwrap_or(0)
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("opus::Decoder")
    }
}

/// Codes one stream for speech.
pub(super) struct Encoder {
    state: Encoding,
    pauses: bool,
}

impl Encoder {
    pub(super) fn new(rate: Rate, settings: OpusSettings) -> Result<Self, Error> {
        let made = || -> audiopus::Result<Encoding> {
            let mut state = Encoding::new(sample_rate(rate), Channels::Mono, Application::Voip)?;
            let bitrate = settings
                .bitrate
                .clamp(OpusSettings::MIN_BITRATE, OpusSettings::MAX_BITRATE);
            state.set_bitrate(Bitrate::BitsPerSecond(bitrate as i32))?;
            state.set_complexity(settings.complexity.min(10))?;
            state.set_signal(Signal::Voice)?;
            state.set_inband_fec(true)?;
            state.set_packet_loss_perc(settings.expected_loss.min(100))?;
            state.set_dtx(settings.pauses)?;
            Ok(state)
        };
        Ok(Self {
            state: made().map_err(|_| Error::Refused)?,
            pauses: settings.pauses,
        })
    }

    pub(super) fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        // It fails only for a length that is no frame's, which the caller has checked, or for no room.
        let written = self.state.encode(samples, out).unwrap_or(0);
        // `opus_encode`: "If the return value is 2 bytes or less, then the packet does not need to be
        // transmitted (DTX)."
        if self.pauses && written <= 2 {
            0
        } else {
            written
        }
    }

    pub(super) fn expect_loss(&mut self, percent: u8) {
        self.state
            .set_packet_loss_perc(percent.min(100))
            .expect("0 to 100 is what libopus takes");
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("opus::Encoder")
    }
}

const fn sample_rate(rate: Rate) -> SampleRate {
    match rate {
        Rate::Narrow => SampleRate::Hz8000,
        Rate::Wide => SampleRate::Hz16000,
    }
}

#[cfg(test)]
mod tests;
