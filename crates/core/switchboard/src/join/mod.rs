//! One file per room: turns its outputs into other rooms' inputs.

mod call;
mod media;
mod sip;
mod store;
mod voicemail;
