//! Our compound packets.

use bytes::Bytes;
use rappel_model::Instant;
use rtcp::goodbye::Goodbye;
use rtcp::receiver_report::ReceiverReport;
use rtcp::reception_report::ReceptionReport;
use rtcp::sender_report::SenderReport;
use rtcp::source_description::{
    SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem,
};
use webrtc_util::marshal::Marshal;

use super::voip_metrics::VoipMetrics;
use super::{LastSenderReport, SenderInfo, middle, short_units};
use crate::sequence::Block;

/// Writes the reports of one session into lent buffers. Its packets are made once and filled in
/// again for each report.
#[derive(Clone, Debug)]
pub struct Reporter {
    ssrc: u32,
    sender: SenderReport,
    receiver: ReceiverReport,
    description: SourceDescription,
    goodbye: Goodbye,
}

impl Reporter {
    /// For the stream we send as `ssrc`. `cname` names this end of the session and nobody behind
    /// it (RFC 7022 §4.2 wants it random); at most 255 bytes are used.
    pub fn new(ssrc: u32, cname: &str) -> Self {
        let cname = &cname.as_bytes()[..cname.len().min(MAX_CNAME)];
        Self {
            ssrc,
            sender: SenderReport {
                ssrc,
                reports: Vec::with_capacity(1),
                ..Default::default()
            },
            receiver: ReceiverReport {
                ssrc,
                reports: Vec::with_capacity(1),
                ..Default::default()
            },
            description: SourceDescription {
                chunks: vec![SourceDescriptionChunk {
                    source: ssrc,
                    items: vec![SourceDescriptionItem {
                        sdes_type: SdesType::SdesCname,
                        text: Bytes::copy_from_slice(cname),
                    }],
                }],
            },
            goodbye: Goodbye {
                sources: vec![ssrc],
                // Three letters end on a word: the crate would pad anything else by a count that
                // RFC 3550 §6.4.1 does not allow.
                reason: Bytes::from_static(b"end"),
            },
        }
    }

    /// Writes a report and returns its length, or `None` when `out` is too small: an SR when we
    /// have sent since the last one (`sent`), else an RR; a block about what we hear (`heard`);
    /// our name (RFC 3550 §6.1).
    pub fn report(
        &mut self,
        now: Instant,
        sent: Option<SenderInfo>,
        heard: Option<Block>,
        last: Option<LastSenderReport>,
        out: &mut [u8],
    ) -> Option<usize> {
        let block = heard.map(|block| reception_report(now, block, last));
        let length = match sent {
            Some(info) => {
                self.sender.ntp_time = info.ntp;
                self.sender.rtp_time = info.rtp_time;
                self.sender.packet_count = info.packets;
                self.sender.octet_count = info.octets;
                self.sender.reports.clear();
                self.sender.reports.extend(block);
                self.sender.marshal_to(out).ok()?
            }
            None => {
                self.receiver.reports.clear();
                self.receiver.reports.extend(block);
                self.receiver.marshal_to(out).ok()?
            }
        };
        Some(length + self.description.marshal_to(&mut out[length..]).ok()?)
    }

    /// Adds to a compound packet of `length` bytes in `out` what we say of the sound we hear, for a peer
    /// that asked for it (`a=rtcp-xr:voip-metrics`, RFC 3611 §5.1), and returns the new length; `None`,
    /// and the packet as it was, when it does not fit.
    pub fn metrics(&self, metrics: &VoipMetrics, length: usize, out: &mut [u8]) -> Option<usize> {
        Some(length + metrics.write(self.ssrc, out.get_mut(length..)?)?)
    }

    /// Writes the last packet of the session: an empty report, our name, BYE (RFC 3550 §6.6).
    pub fn goodbye(&mut self, now: Instant, out: &mut [u8]) -> Option<usize> {
        let length = self.report(now, None, None, None, out)?;
        Some(length + self.goodbye.marshal_to(&mut out[length..]).ok()?)
    }

    /// The stream it is about.
    pub const fn ssrc(&self) -> u32 {
        self.ssrc
    }
}

fn reception_report(now: Instant, block: Block, last: Option<LastSenderReport>) -> ReceptionReport {
    ReceptionReport {
        ssrc: block.ssrc,
        fraction_lost: block.fraction_lost,
        total_lost: block.lost,
        last_sequence_number: block.highest,
        jitter: block.jitter,
        last_sender_report: last.map_or(0, |l| middle(l.ntp)),
        delay: last.map_or(0, |l| short_units(now.since(l.at))),
    }
}

/// An SDES item has one byte for its length.
const MAX_CNAME: usize = 255;
