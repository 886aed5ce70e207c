//! What the sound room tells the house.

use std::net::SocketAddr;
use std::time::Duration;

use rappel_model::record::StreamReport;
use rappel_model::{KeyWay, LegId, PlayId, RecordingId, RoomId};
use rappel_rtp::HandshakeFailure;

/// One piece of news from a pacing thread.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The first packet of the peer arrived.
    Started {
        /// Which session.
        leg: LegId,
    },
    /// The first frame of a play order went out.
    PlayStarted {
        /// Which session.
        leg: LegId,
        /// Which order.
        play: PlayId,
    },
    /// A play order is over.
    PlayEnded {
        /// Which session.
        leg: LegId,
        /// Which order.
        play: PlayId,
        /// Why.
        why: PlayEnd,
    },
    /// Words that had to be spoken were not there in time: the order went on without them. Told by
    /// whoever looks for sounds, not by a pacing thread.
    LeftOut {
        /// Which session.
        leg: LegId,
        /// Which order.
        play: PlayId,
    },
    /// The peer pressed a key; told once, when it is recognised.
    Digit {
        /// Which session.
        leg: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
        /// How it came: as an event or as a tone.
        way: KeyWay,
    },
    /// A recording is over; its last frame is with the writer, not yet on disk.
    RecordingEnded {
        /// Which session.
        leg: LegId,
        /// Which recording.
        recording: RecordingId,
        /// Why.
        why: RecordEnd,
        /// How long it is, trailing silence cut off.
        length: Duration,
        /// How much of it is above the silence threshold.
        speech: Duration,
    },
    /// There was no place in the room, or none for another room: the session is where it was.
    RoomFull {
        /// Which session.
        leg: LegId,
        /// Which room.
        room: RoomId,
    },
    /// A browser and we have not come to keys: there will be no sound.
    NoKeys {
        /// Which session.
        leg: LegId,
        /// Why.
        why: HandshakeFailure,
    },
    /// The peer was sent nothing that can be heard for as long as `Open::quiet_after` says, while it
    /// talked with nobody; it hears a tone now. Told once for each such silence.
    Quiet {
        /// Which session.
        leg: LegId,
    },
    /// Nothing arrived for as long as `Open::dead_after` says.
    Lost {
        /// Which session.
        leg: LegId,
    },
    /// What the session is like so far, as `Command::Measure` asked.
    Measured {
        /// Which session.
        leg: LegId,
        /// Its figures.
        report: StreamReport,
    },
    /// The session is over and its port is free.
    Closed {
        /// Which session.
        leg: LegId,
        /// The port to give back to the ledger.
        local: SocketAddr,
        /// Its figures.
        report: StreamReport,
    },
}

/// Why a play order is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayEnd {
    /// Played to its end.
    Finished,
    /// Stopped by a key.
    Key,
    /// Stopped or replaced by an order.
    Stopped,
}

/// Why a recording is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordEnd {
    /// The peer fell silent.
    Silence,
    /// The longest length was reached.
    Max,
    /// A key.
    Key,
    /// An order, or the session closed.
    Stopped,
    /// The writer cannot take more: the disk is full or too slow.
    WriterFailed,
}
