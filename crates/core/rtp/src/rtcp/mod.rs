//! RTCP (RFC 3550 §6): what each side tells the other about the stream. [`Reporter`] writes our
//! compound packets, [`read()`] reads theirs; the packets inside are the crate `rtcp`'s.
//! [`VoipMetrics`] goes beside them where the peer has asked for it (RFC 3611).

mod read;
mod voip_metrics;
mod write;

use std::time::Duration;

use rappel_model::{Instant, Timestamp};

pub use read::{About, Heard, Malformed, read};
pub use voip_metrics::{Buffer, Concealment, VoipMetrics};
pub use write::Reporter;

/// Largest compound packet that is read or written, in bytes.
pub const MAX_COMPOUND: usize = 1472;

/// The sender's half of a sender report (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderInfo {
    /// Wall time of the report as NTP writes it, see [`ntp`].
    pub ntp: u64,
    /// The same moment on the clock of the stream.
    pub rtp_time: u32,
    /// RTP packets sent so far, wraps.
    pub packets: u32,
    /// Payload bytes sent so far, wraps.
    pub octets: u32,
}

/// A sender report and when it passed here: the peer's last, which our next block repeats to it, or
/// one of ours, which its next block repeats to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastSenderReport {
    /// Its NTP time.
    pub ntp: u64,
    /// When it came, or left.
    pub at: Instant,
}

/// Wall time as NTP writes it: seconds since 1900 in the upper half, fractions in the lower
/// (RFC 3550 §4).
pub fn ntp(wall: Timestamp) -> u64 {
    let micros = i128::from(wall.as_micros()) + i128::from(EPOCH_SECONDS) * 1_000_000;
    // NTP time is modulo 2³² seconds; times before 1900 do not occur.
    ((micros.max(0) << 32) / 1_000_000) as u64
}

/// The middle half of an NTP time, in 65,536ths of a second.
const fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// A length in 65,536ths of a second, cut to 32 bits (18 hours).
fn short_units(length: Duration) -> u32 {
    u32::try_from((length.as_micros() << 16) / 1_000_000).unwrap_or(u32::MAX)
}

/// From 1 January 1900 to 1 January 1970.
const EPOCH_SECONDS: i64 = 2_208_988_800;

#[cfg(test)]
mod tests;
