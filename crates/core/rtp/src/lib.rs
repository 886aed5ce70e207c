//! The network side of media: RTP and RTCP packets, digits as events, and what SDP agrees. This
//! room never sees a sample and never touches a socket.
//!
//! - [`demux`] says what a datagram is, [`packet`] reads, writes and relays RTP in place,
//!   [`sequence`] places each packet and counts what was lost, [`telephone_event`] reads and sends
//!   keys, [`rtcp`] reports about all of it. All of them work on lent buffers without allocating.
//! - [`quality`] estimates from that how a leg sounds.
//! - [`srtp`] enciphers and checks what goes over other people's networks.
//! - `association` (feature `browser`) is how a browser proves its address and agrees on keys;
//!   [`peering`] what both sides said of it before.
//! - [`sdp`] agrees with the peer on a [`Stream`]: the only thing media must be told.

#[cfg(feature = "browser")]
pub mod association;
pub mod demux;
pub mod format;
pub mod packet;
pub mod peering;
pub mod quality;
pub mod rtcp;
pub mod sdp;
pub mod sequence;
pub mod sound;
pub mod srtp;
pub mod stream;
pub mod telephone_event;

#[cfg(feature = "browser")]
pub use association::{Association, Identity};
pub use demux::Protocol;
pub use format::{Foreign, Format};
pub use packet::{Header, Packet};
pub use peering::{Fingerprint, HandshakeFailure, Peering};
pub use sequence::{Arrival, Reception};
pub use sound::Sound;
pub use srtp::Secured;
pub use stream::{Direction, Encoding, PayloadType, Preference, Security, Stream};
