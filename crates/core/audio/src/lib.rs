//! Samples: pure functions over 20 ms frames. This room knows no packet, no file and no clock.
//!
//! Behind the codecs is linear 16-bit sound, one channel, at 8 kHz ([`Frame`]s of 160 samples) or, where
//! both ends can, at 16 kHz ([`Rate::Wide`]). What runs per packet ([`codec::Decoder`],
//! [`codec::Encoder`], [`Concealer`], [`halfband`], [`Mix`], [`SpeechDetector`], [`dtmf::Detector`]) is made once
//! and never allocates then; what prepares prompts ([`codec::encode_all`], [`wav`], [`resample`],
//! [`tone`]) may.

pub mod codec;
pub mod conceal;
pub mod dtmf;
pub mod frame;
pub mod gain;
pub mod halfband;
pub mod mix;
pub mod resample;
pub mod silence;
pub mod tone;
pub mod tune;
pub mod wav;

pub use codec::Codec;
pub use conceal::Concealer;
pub use frame::{
    FRAME_LENGTH, FRAME_SAMPLES, Frame, MAX_FRAME_SAMPLES, RATE, Rate, length_of, samples_in,
};
pub use gain::Gain;
pub use mix::Mix;
pub use silence::SpeechDetector;
