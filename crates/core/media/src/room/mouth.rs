//! What members hear, coded once for all who hear the same in the same encoding.

use rappel_audio::Rate;
use rappel_audio::codec::Encoder;
use rappel_rtp::Encoding;

use super::ear::natural;
use crate::agreed::codec;
use crate::voice::Payload;

/// One coded stream out of a room. It belongs to a member and goes on with it, whoever else comes
/// and goes: a listener's decoder lives on what came before.
#[derive(Debug)]
pub(super) struct Mouth {
    encoding: Encoding,
    encoder: Encoder,
    said: Payload,
}

impl Mouth {
    /// `None` where the encoding is not built in.
    pub(super) fn new(encoding: Encoding) -> Option<Box<Self>> {
        let encoder = Encoder::new(codec(encoding), natural(encoding)).ok()?;
        Some(Box::new(Self {
            encoding,
            encoder,
            said: Payload::NOTHING,
        }))
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The rate of the sound it takes.
    pub(super) fn rate(&self) -> Rate {
        natural(self.encoding)
    }

    /// Codes the 20 ms of this tick.
    pub(super) fn say(&mut self, heard: &[i16]) {
        self.said = Payload::coded(&mut self.encoder, heard);
    }

    /// What was coded in this tick.
    pub(super) fn said(&self) -> &Payload {
        &self.said
    }
}
