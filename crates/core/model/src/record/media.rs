//! What a leg's media was like: counted and measured by ourselves, and reported by the peer.

/// Figures of one media session: told while it lives, kept when it closes. Those of the peer are
/// brought within bounds before they get here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamReport {
    /// RTP packets received.
    pub received: u64,
    /// RTP packets sent.
    pub sent: u64,
    /// Packets that never came (RFC 3550 §A.3).
    pub lost: u64,
    /// Interarrival jitter in microseconds (RFC 3550 §A.8).
    pub jitter_us: u32,
    /// RTP packets that came in an encoding nobody agreed on; they are not among `received`.
    pub unread: u64,
    /// What came and was not the peer's, or was nothing; it is not among `received` either.
    pub turned_away: TurnedAway,
    /// How the sound was coded, as agreed last; `None` when nothing ever was, or in a way that was only
    /// passed on.
    pub codec: Option<VoiceCodec>,
    /// Whether others could listen: false for plain RTP.
    pub encrypted: bool,
    /// From us to the peer and back in microseconds, without the time it took to answer: smoothed
    /// over the peer's reports (RFC 3550 §6.4.1), at most 30 s. `None` when it answered none of ours.
    pub round_trip_us: Option<u32>,
    /// Mean opinion score of what we heard, in hundredths: 100 to 450 (ITU-T G.107). `None` before a
    /// second of sound has come.
    pub mos: Option<u16>,
    /// What the peer told of our sound; `None` when it told nothing.
    pub told: Option<PeerReport>,
}

/// Datagrams that came to the ports of a session and were thrown away: nobody heard them, and they
/// moved nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnedAway {
    /// From another address than the peer's.
    pub strangers: u64,
    /// Without the key of the peer, or sent again by somebody who has seen them (RFC 3711 §3.3.2).
    pub forged: u64,
    /// Neither RTP nor RTCP: garbage, cut short, or too long for a packet.
    pub malformed: u64,
}

/// How our sound arrived at the peer, as its newest report says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeerReport {
    /// Packets that never came, at most as many as were sent.
    pub lost: u64,
    /// Interarrival jitter in microseconds, at most a second.
    pub jitter_us: u32,
    /// Mean opinion score of what it heard, in hundredths: 100 to 450. `None` before a second of
    /// sound was sent.
    pub mos: Option<u16>,
}

/// How the sound of a leg is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VoiceCodec {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722.
    G722,
    /// Opus.
    Opus,
}

impl StreamReport {
    /// Share of the peer's packets that never came, in hundredths of a percent; 0 before the first.
    pub fn loss(&self) -> u32 {
        share(self.lost, self.received.saturating_add(self.lost))
    }

    /// Share of our packets that never came there, likewise; `None` when the peer told nothing.
    pub fn loss_told(&self) -> Option<u32> {
        self.told.map(|told| share(told.lost, self.sent))
    }
}

impl TurnedAway {
    /// Nothing.
    pub const NONE: Self = Self {
        strangers: 0,
        forged: 0,
        malformed: 0,
    };

    /// All of them.
    pub const fn total(&self) -> u64 {
        self.strangers
            .saturating_add(self.forged)
            .saturating_add(self.malformed)
    }
}

impl VoiceCodec {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pcmu, Self::Pcma, Self::G722, Self::Opus];

    /// The name SDP gives it; case does not matter there.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::Opus => "opus",
        }
    }

    /// Reads the name back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.name() == name)
    }
}

fn share(part: u64, all: u64) -> u32 {
    let hundredths = u128::from(part.min(all)) * WHOLE;
    hundredths
        .checked_div(u128::from(all))
        .map_or(0, |share| share as u32)
}

/// 100 %, in hundredths of a percent.
const WHOLE: u128 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_what_was_expected_and_never_more_than_all() {
        let report = |received, sent, lost, told| StreamReport {
            received,
            sent,
            lost,
            told: Some(PeerReport {
                lost: told,
                ..Default::default()
            }),
            ..Default::default()
        };
        assert_eq!(report(990, 100, 10, 3).loss(), 100);
        assert_eq!(report(990, 100, 10, 3).loss_told(), Some(300));
        assert_eq!(report(0, 0, 0, 0).loss(), 0);
        assert_eq!(report(0, 5, u64::MAX, u64::MAX).loss(), 10_000);
        assert_eq!(report(0, 5, 0, u64::MAX).loss_told(), Some(10_000));
        assert_eq!(StreamReport::default().loss_told(), None);
    }

    #[test]
    fn a_codec_survives_its_name() {
        for codec in VoiceCodec::ALL {
            assert_eq!(VoiceCodec::from_name(codec.name()), Some(codec));
        }
        assert_eq!(VoiceCodec::from_name("G729"), None);
    }
}
