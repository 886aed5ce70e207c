//! One file per room: turns its outputs into other rooms' inputs.

mod call;
mod conference;
mod errand;
mod forward;
mod handover;
mod media;
mod office;
pub(crate) mod outside;
mod sip;
mod store;
pub(crate) mod trunk;
mod voicemail;
