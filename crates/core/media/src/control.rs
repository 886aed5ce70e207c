//! RTCP beside the stream (RFC 3550 §6): what we hear is reported every five seconds, so that the
//! peer can judge the line and does not take a listener for dead.

use std::time::Duration;

use rappel_model::{Instant, Now};
use rappel_rtp::Reception;
use rappel_rtp::rtcp::{self, Heard, LastSenderReport, MAX_COMPOUND, Reporter, SenderInfo};

use crate::outgoing::Outgoing;

/// The reports of one session.
#[derive(Debug)]
pub(crate) struct Control {
    reporter: Reporter,
    next: Instant,
    /// Packets sent when the last report was made.
    reported: u64,
    last: Option<LastSenderReport>,
    /// Our newest reports that a block may repeat, the newest first.
    ours: [LastSenderReport; MAX_OURS],
    /// How many of them there are.
    told: usize,
    /// Anything was ever sent.
    spoke: bool,
}

impl Control {
    /// Reports begin within the first interval, each session at its own moment.
    pub(crate) fn new(now: Instant, ssrc: u32, cname: &str) -> Self {
        let spread = Duration::from_millis(u64::from(ssrc) % INTERVAL.as_millis() as u64);
        Self {
            reporter: Reporter::new(ssrc, cname),
            next: now + spread,
            reported: 0,
            last: None,
            ours: [LastSenderReport { ntp: 0, at: now }; MAX_OURS],
            told: 0,
            spoke: false,
        }
    }

    /// The peer's compound packet; `None` when it is none.
    pub(crate) fn receive(&mut self, now: Instant, datagram: &[u8]) -> Option<Heard> {
        let heard = rtcp::read(datagram, self.reporter.ssrc()).ok()?;
        if let Some(sender) = heard.sender {
            self.last = Some(LastSenderReport {
                ntp: sender.ntp,
                at: now,
            });
        }
        Some(heard)
    }

    /// Our newest reports, which the peer's blocks repeat.
    pub(crate) fn ours(&self) -> &[LastSenderReport] {
        &self.ours[..self.told]
    }

    /// When the next report is due.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// Whether it is time for the next report.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        now >= self.next
    }

    /// Writes the report that is due into `out`, and returns its length.
    pub(crate) fn tick(
        &mut self,
        now: Now,
        outgoing: &Outgoing,
        reception: &mut Reception,
        out: &mut [u8; MAX_REPORT],
    ) -> Option<usize> {
        if !self.is_due(now.instant) {
            return None;
        }
        self.next = now.instant + INTERVAL;
        let sent = outgoing.sent();
        let info = (sent > self.reported).then(|| SenderInfo {
            ntp: rtcp::ntp(now.wall),
            rtp_time: outgoing.present(),
            packets: sent as u32,
            octets: outgoing.octets(),
        });
        self.reported = sent;
        self.spoke = true;
        if let Some(info) = info {
            self.remember(now.instant, info.ntp);
        }
        let block = reception.block();
        self.reporter
            .report(now.instant, info, block, self.last, out)
    }

    /// Writes the last packet of the session into `out`, and returns its length; `None` for a session
    /// that never sent anything: nobody has heard of it (RFC 3550 §6.6).
    pub(crate) fn goodbye(
        &mut self,
        now: Instant,
        outgoing: &Outgoing,
        out: &mut [u8; MAX_REPORT],
    ) -> Option<usize> {
        let known = self.spoke || outgoing.sent() > 0;
        known.then(|| self.reporter.goodbye(now, out)).flatten()
    }

    fn remember(&mut self, at: Instant, ntp: u64) {
        self.ours.rotate_right(1);
        self.ours[0] = LastSenderReport { ntp, at };
        self.told = (self.told + 1).min(MAX_OURS);
    }
}

/// Time between two reports (RFC 3550 §6.2 with two participants).
pub(crate) const INTERVAL: Duration = Duration::from_secs(5);

/// A peer answers our last report, or the one before when they crossed on the way: 20 s of them.
const MAX_OURS: usize = 4;

/// Room for our largest report: SR with a block, and our name.
pub(crate) const MAX_REPORT: usize = 128;

const _: () = assert!(MAX_REPORT <= MAX_COMPOUND);
