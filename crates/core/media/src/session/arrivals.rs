//! What is counted of all that arrives at a session.

use rappel_model::record::{StreamReport, TurnedAway};
use rappel_rtp::{Reception, Stream};

use crate::quality::Quality;

/// The peer's stream as it comes, and what was not taken for it.
#[derive(Debug)]
pub(super) struct Arrivals {
    pub(super) reception: Reception,
    pub(super) quality: Quality,
    /// Packets in an encoding nobody agreed on.
    pub(super) unread: u64,
    pub(super) turned_away: TurnedAway,
}

impl Arrivals {
    /// Nothing came yet.
    pub(super) fn new() -> Self {
        Self {
            reception: Reception::new(rappel_audio::RATE),
            quality: Quality::default(),
            unread: 0,
            turned_away: TurnedAway::default(),
        }
    }

    /// What is known of both directions, of which so many packets were sent.
    pub(super) fn report(&self, sent: u64, stream: Option<&Stream>) -> StreamReport {
        let counters = StreamReport {
            unread: self.unread,
            turned_away: self.turned_away,
            ..self.reception.report(sent)
        };
        self.quality.report(counters, stream)
    }
}
