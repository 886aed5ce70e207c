//! Samples: pure functions over 20 ms frames. This room knows no packet, no file and no clock.
//!
//! Everything behind the codecs is linear 16-bit sound, one channel, 8 kHz, in [`Frame`]s of 160
//! samples. What runs per packet ([`Codec`], [`SpeechDetector`], [`dtmf::Detector`],
//! [`Concealer`]) never allocates; what prepares prompts ([`wav`], [`resample`], [`tone`]) may.

pub mod codec;
pub mod conceal;
pub mod dtmf;
pub mod frame;
pub mod gain;
pub mod mix;
pub mod resample;
pub mod silence;
pub mod tone;
pub mod wav;

pub use codec::Codec;
pub use conceal::Concealer;
pub use frame::{FRAME_LENGTH, FRAME_SAMPLES, Frame, RATE, length_of, samples_in};
pub use gain::Gain;
pub use silence::SpeechDetector;
