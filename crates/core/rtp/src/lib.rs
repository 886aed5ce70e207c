//! The network side of media: RTP and RTCP packets, digits as events, and what SDP agrees. This
//! room never sees a sample.

pub mod stream;

pub use stream::{Direction, Encoding, Stream};
