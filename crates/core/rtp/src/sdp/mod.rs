//! What two sides agree about sound: SDP (RFC 8866) offers and answers (RFC 3264).
//!
//! [`Negotiation`] is one side of one session for its whole life: the first offer, holds, resumes
//! and new addresses. It accepts one audio stream and refuses, line by line and in order,
//! everything else that is offered. Bodies are read by `read.rs` and written by `write.rs` over the
//! crate `sdp-types`; `codecs.rs` knows which payload type stands for what, `carried.rs` what is
//! only passed on, `protection.rs` whose keys are taken, `browser.rs` what browsers say besides.

mod browser;
mod carried;
mod codecs;
mod crypto;
mod offer_answer;
mod protection;
mod reach;
mod read;
mod refused;
mod write;

pub use carried::Carried;
pub use offer_answer::Negotiation;
pub use protection::Material;
pub use refused::Refused;

/// Longest SDP body that is read, in bytes. A Linphone offer with video is about 1,500.
pub const MAX_BODY: usize = 8 * 1024;

/// Most m-lines one body may have.
pub const MAX_LINES: usize = 16;

#[cfg(test)]
mod tests;
