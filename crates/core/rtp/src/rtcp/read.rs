//! Their compound packets.

use std::fmt;
use std::time::Duration;

use rappel_model::Instant;
use rtcp::goodbye::Goodbye;
use rtcp::receiver_report::ReceiverReport;
use rtcp::reception_report::ReceptionReport;
use rtcp::sender_report::SenderReport;
use webrtc_util::marshal::Unmarshal;

use super::voip_metrics::{EXTENDED_REPORT, VoipMetrics};
use super::{LastSenderReport, MAX_COMPOUND, SenderInfo, middle, short_units};

/// What one compound packet says that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who sent it.
    pub ssrc: u32,
    /// What it sends, when it does.
    pub sender: Option<SenderInfo>,
    /// What it hears of us.
    pub about_us: Option<About>,
    /// How our sound is heard, when it says (RFC 3611 §4.7).
    pub metrics: Option<VoipMetrics>,
    /// Its source is leaving. A hint, not a reason to hang up: signalling does that.
    pub goodbye: bool,
}

/// What the peer hears of one source (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// Share lost since its last report, in 256ths.
    pub fraction_lost: u8,
    /// Lost since the beginning; negative when packets came twice.
    pub lost: i32,
    /// Highest sequence number it has, extended by its cycles.
    pub highest: u32,
    /// Jitter in units of the stream's clock.
    pub jitter: u32,
    /// Middle of the NTP time of our last sender report, 0 if none reached it.
    last_report: u32,
    /// How long it kept that, in 65,536ths of a second.
    delay: u32,
}

/// Why bytes are no compound packet (RFC 3550 §A.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Longer than [`MAX_COMPOUND`].
    Long,
    /// A packet reaches beyond the datagram, or is shorter than its own counts.
    Short,
    /// A packet is not version 2.
    Version,
    /// The first packet is no report; reduced-size RTCP (RFC 5506) is never agreed here.
    First,
    /// Padding elsewhere than in the last packet, or more of it than packet.
    Padding,
}

/// Reads one compound packet; `our_ssrc` picks the block about us.
///
/// # Errors
/// [`Malformed`], and the whole datagram is dropped.
pub fn read(datagram: &[u8], our_ssrc: u32) -> Result<Heard, Malformed> {
    if datagram.len() > MAX_COMPOUND {
        return Err(Malformed::Long);
    }
    let mut heard: Option<Heard> = None;
    let mut rest = datagram;
    while heard.is_none() || !rest.is_empty() {
        let (packet, after) = split_first(rest)?;
        match &mut heard {
            None => heard = Some(read_first(packet, our_ssrc)?),
            Some(heard) => heard.add(packet, our_ssrc)?,
        }
        rest = after;
    }
    heard.ok_or(Malformed::Short)
}

impl Heard {
    fn add(&mut self, packet: &[u8], our_ssrc: u32) -> Result<(), Malformed> {
        match packet[1] {
            // More than 31 blocks go on in further receiver reports (RFC 3550 §6.1).
            RECEIVER_REPORT => {
                let report = receiver_report(packet)?;
                let about = about(&report.reports, our_ssrc);
                self.about_us = self.about_us.or(about);
            }
            EXTENDED_REPORT => {
                let metrics = VoipMetrics::read(packet, our_ssrc)?;
                self.metrics = self.metrics.or(metrics);
            }
            GOODBYE => {
                let mut packet = packet;
                let goodbye = Goodbye::unmarshal(&mut packet).map_err(|_| Malformed::Short)?;
                self.goodbye |= goodbye.sources.contains(&self.ssrc);
            }
            _ => {}
        }
        Ok(())
    }
}

impl About {
    /// How long one of our reports took to the peer and its block back to us; `None` when it repeats
    /// none of `ours`, or the times are nonsense. `now` is when the block came.
    pub fn round_trip(&self, ours: &[LastSenderReport], now: Instant) -> Option<Duration> {
        let repeated = ours.iter().find(|r| middle(r.ntp) == self.last_report)?;
        let since = short_units(now.since(repeated.at));
        // Counted in the units of the wire, whose rounding may make the answer a moment too early.
        let units = match since.checked_sub(self.delay) {
            Some(units) => units,
            None if self.delay - since <= ROUNDING => 0,
            None => return None,
        };
        let length = Duration::from_micros((u64::from(units) * 1_000_000) >> 16);
        (length < LONGEST_ROUND_TRIP).then_some(length)
    }
}

fn read_first(packet: &[u8], our_ssrc: u32) -> Result<Heard, Malformed> {
    match packet[1] {
        SENDER_REPORT => {
            let mut packet = packet;
            let report = SenderReport::unmarshal(&mut packet).map_err(|_| Malformed::Short)?;
            Ok(Heard {
                ssrc: report.ssrc,
                sender: Some(SenderInfo {
                    ntp: report.ntp_time,
                    rtp_time: report.rtp_time,
                    packets: report.packet_count,
                    octets: report.octet_count,
                }),
                about_us: about(&report.reports, our_ssrc),
                metrics: None,
                goodbye: false,
            })
        }
        RECEIVER_REPORT => {
            let report = receiver_report(packet)?;
            Ok(Heard {
                ssrc: report.ssrc,
                sender: None,
                about_us: about(&report.reports, our_ssrc),
                metrics: None,
                goodbye: false,
            })
        }
        _ => Err(Malformed::First),
    }
}

fn receiver_report(mut packet: &[u8]) -> Result<ReceiverReport, Malformed> {
    ReceiverReport::unmarshal(&mut packet).map_err(|_| Malformed::Short)
}

fn about(reports: &[ReceptionReport], our_ssrc: u32) -> Option<About> {
    let report = reports.iter().find(|r| r.ssrc == our_ssrc)?;
    Some(About {
        fraction_lost: report.fraction_lost,
        // 24 bits with a sign (RFC 3550 §6.4.1).
        lost: (report.total_lost << 8) as i32 >> 8,
        highest: report.last_sequence_number,
        jitter: report.jitter,
        last_report: report.last_sender_report,
        delay: report.delay,
    })
}

/// The first packet without its padding, and what follows it.
fn split_first(bytes: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let Some(&[flags, _, high, low]) = bytes.first_chunk() else {
        return Err(Malformed::Short);
    };
    if flags >> 6 != 2 {
        return Err(Malformed::Version);
    }
    let length = 4 * (usize::from(u16::from_be_bytes([high, low])) + 1);
    let Some((packet, rest)) = bytes.split_at_checked(length) else {
        return Err(Malformed::Short);
    };
    if flags & PADDING == 0 {
        return Ok((packet, rest));
    }
    let count = usize::from(packet[length - 1]);
    if !rest.is_empty() || count == 0 || count > length - 4 {
        return Err(Malformed::Padding);
    }
    // Some libraries fill up a BYE with an odd count (§6.4.1 wants a multiple of four); its own
    // lengths say where it ends, so nothing needs to be cut off.
    let count = if count % 4 == 0 { count } else { 0 };
    Ok((&packet[..length - count], rest))
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Long => "an RTCP packet too long",
            Self::Short => "an RTCP packet cut short",
            Self::Version => "not RTCP version 2",
            Self::First => "a compound RTCP packet without a report at its head",
            Self::Padding => "RTCP padding that does not fit",
        })
    }
}

impl std::error::Error for Malformed {}

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const GOODBYE: u8 = 203;
const PADDING: u8 = 0x20;
/// Anything longer is no conversation.
const LONGEST_ROUND_TRIP: Duration = Duration::from_secs(30);
/// How far a peer's clock may be ahead of ours within one report, in 65,536ths of a second: a
/// millisecond.
const ROUNDING: u32 = 66;
