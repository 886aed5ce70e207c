//! A play order that stands aside for the other side of a bridge: it is heard only while nothing can be
//! heard of that. So a holder's own music is heard whole, and a holder that sends nothing leaves nobody in
//! silence.

use std::time::Duration;

use rappel_audio::FRAME_LENGTH;
use rappel_audio::codec::MAX_PACKET_SAMPLES;
use rappel_audio::silence::QUIET_POWER;
use rappel_model::PlayId;
use rappel_rtp::Packet;

use super::{Received, Session};
use crate::agreed::Content;
use crate::player::Player;
use crate::voice::Voice;

/// One such order, and what is heard of the other side.
#[derive(Debug)]
pub(super) struct Aside {
    play: PlayId,
    /// The order while it stands aside; none before it comes, and while it is played.
    player: Option<Player>,
    /// Ticks of nothing from the other side that are borne.
    borne: u32,
    /// Ticks since something of it was heard.
    quiet: u32,
    /// Its packets in a row in which something is.
    row: u8,
    /// Listens to it.
    ear: Voice,
}

impl Aside {
    fn new(play: PlayId, after: Duration) -> Self {
        let ticks = after.as_millis() / FRAME_LENGTH.as_millis();
        Self {
            play,
            player: None,
            borne: u32::try_from(ticks).unwrap_or(u32::MAX),
            quiet: 0,
            row: 0,
            ear: Voice::default(),
        }
    }

    /// Whether somebody hears this packet.
    fn is_heard(&mut self, content: Content, datagram: &[u8]) -> bool {
        let encoding = match content {
            Content::Sound(encoding) => encoding,
            // Nobody here can tell; who pauses in it sends little.
            Content::Foreign => return true,
            Content::Key | Content::Noise => return false,
        };
        let Ok(packet) = Packet::parse(datagram) else {
            return false;
        };
        let mut room = [0; MAX_PACKET_SAMPLES];
        let count = self.ear.hear(encoding, packet.payload(), &mut room);
        let power: u64 = room[..count]
            .iter()
            .map(|&sample| i64::from(sample).pow(2) as u64)
            .sum();
        power > u64::from(QUIET_POWER) * count as u64
    }
}

impl Session {
    /// The order of this name, when it comes, stands aside for whatever the other side of the bridge says,
    /// and is heard after so long a silence of it.
    pub(crate) fn stand_aside(&mut self, play: PlayId, after: Duration) {
        self.bridged.aside = Some(Box::new(Aside::new(play, after)));
    }

    /// Whether an order stands aside, or may have to.
    pub(super) fn listens_aside(&self) -> bool {
        self.bridged.aside.is_some()
    }

    /// Puts an order aside that has to stand there; gives back any other.
    pub(super) fn put_aside(&mut self, player: Player) -> Option<Player> {
        match &mut self.bridged.aside {
            Some(aside) if aside.play == player.play() => {
                aside.player = Some(player);
                None
            }
            _ => Some(player),
        }
    }

    /// The order of this name is over, wherever it stands; whether it stood aside.
    pub(super) fn end_aside(&mut self, play: PlayId) -> bool {
        let aside = self.bridged.aside.take_if(|aside| aside.play == play);
        aside.is_some_and(|aside| aside.player.is_some())
    }

    /// The order that stands aside, if there is one, will not be heard any more.
    pub(super) fn forget_aside(&mut self) -> Option<PlayId> {
        let player = self.bridged.aside.take()?.player?;
        Some(player.play())
    }

    /// One tick in which the other side may have said nothing: after enough of them the order is played.
    pub(super) fn pass_aside(&mut self) {
        let is_free = self.bridged.peer.is_some() && self.player.is_none();
        let Some(aside) = self.bridged.aside.as_mut().filter(|_| is_free) else {
            return;
        };
        aside.quiet = aside.quiet.saturating_add(1);
        if aside.quiet > aside.borne {
            aside.row = 0;
            self.player = aside.player.take();
        }
    }

    /// The other side sent this: sound of some length puts the order aside again.
    pub(crate) fn weigh(&mut self, received: &Received, datagram: &[u8]) {
        let Some(aside) = &mut self.bridged.aside else {
            return;
        };
        if !aside.is_heard(received.content, datagram) {
            aside.row = 0;
            return;
        }
        aside.quiet = 0;
        aside.row = aside.row.saturating_add(1);
        let plays = |player: &mut Player| player.play() == aside.play && aside.row >= ROW;
        if let Some(player) = self.player.take_if(plays) {
            aside.player = Some(player);
        }
    }
}

/// Packets in a row that are heard of who begins, so that a click does not stop the music: the first two
/// of sound are missed.
const ROW: u8 = 3;
