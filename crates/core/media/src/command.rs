//! What the house may ask of the sound room. Read this first, then `event.rs`.
//!
//! The core names sounds ([`rappel_model::Sound`]); the shell replaces each name with frames ready
//! to send before the command reaches a pacing thread: the same enum, another `S`.

use std::net::SocketAddr;
use std::time::Duration;

use rappel_audio::RATE;
use rappel_audio::wav::MAX_RECORDED_SAMPLES;
use rappel_model::record::RecordedRate;
use rappel_model::{LegId, PlayId, RecordingId, RoomId};
use rappel_rtp::Stream;

use crate::room::Part;

/// One order to the pacing thread that owns the leg's session. Orders for one leg keep their order.
#[derive(Clone, Debug, PartialEq)]
pub enum Command<S> {
    /// A session begins on a port of the ledger. Nothing is sent before `Connect`.
    Open(Open),
    /// Offer and answer agreed, for the first time or again (hold, resume, new address). SSRC,
    /// sequence numbers and timestamps continue.
    Connect {
        /// Which session.
        leg: LegId,
        /// What was agreed.
        stream: Stream,
    },
    /// Plays sounds one after the other; replaces whatever is playing.
    Play {
        /// Which session.
        leg: LegId,
        /// Names this order in `PlayEnded`.
        play: PlayId,
        /// In order, without a gap.
        sounds: Vec<S>,
        /// A key stops it within 150 ms.
        stop_on_key: bool,
        /// Starts again from the first sound until stopped (ringing, music).
        forever: bool,
    },
    /// Plays sounds of which not all are there yet: the order is not over when they are, only when
    /// an `Extend` says so. Replaces whatever is playing.
    Begin {
        /// Which session.
        leg: LegId,
        /// Names this order in `PlayEnded`.
        play: PlayId,
        /// The first ones, in order; may be none.
        sounds: Vec<S>,
        /// As in `Play`.
        stop_on_key: bool,
    },
    /// More sounds of an order that was begun, after those it has; ignored when it is over.
    Extend {
        /// Which session.
        leg: LegId,
        /// Which order.
        play: PlayId,
        /// In order; may be none.
        sounds: Vec<S>,
        /// No more will come: the order ends with these.
        last: bool,
    },
    /// The play order of this name, which comes next, is heard only while the other side of the bridge is
    /// not: it begins after so long a silence of that, and gives way, to go on where it was, as soon as
    /// something is heard again. What ends it ends this.
    StandAside {
        /// Which session.
        leg: LegId,
        /// Which order.
        play: PlayId,
        /// The silence that is borne, in ticks of 20 ms.
        after: Duration,
    },
    /// Stops one play order; ignored when it is over.
    Stop {
        /// Which session.
        leg: LegId,
        /// Which order.
        play: PlayId,
    },
    /// Records what passes here. A message and the call are recorded side by side; of each kind a new
    /// recording ends the one before it.
    Record {
        /// Which session.
        leg: LegId,
        /// The recording, which the writer turns into a file.
        recording: RecordingId,
        /// What is recorded.
        subject: Subject,
        /// When it ends by itself.
        limits: RecordLimits,
    },
    /// From now on the recording of the call holds silence in place of what passes, until told
    /// otherwise: its length stays that of the call. A key that still sounds then is not heard either.
    HushRecording {
        /// Which session.
        leg: LegId,
        /// Which recording.
        recording: RecordingId,
        /// Whether it is silent.
        hushed: bool,
    },
    /// Ends a recording now; it answers with `RecordingEnded`.
    StopRecording {
        /// Which session.
        leg: LegId,
        /// Which recording.
        recording: RecordingId,
    },
    /// Two sessions of the same pacing thread hear each other, on arrival. One with itself: the peer
    /// hears its own voice.
    Bridge {
        /// One.
        a: LegId,
        /// The other.
        b: LegId,
    },
    /// They no longer do.
    Part {
        /// One.
        a: LegId,
        /// The other.
        b: LegId,
    },
    /// A session takes part in a room, in which every member hears the others mixed, on our clock;
    /// the room is made with its first member and gone with its last. It leaves whatever it was
    /// joined to; one that is in the room already changes its part. All members belong to the same
    /// pacing thread. Where there is no place it answers with `RoomFull`, and nothing changes.
    Mix {
        /// Which session.
        leg: LegId,
        /// Which room.
        room: RoomId,
        /// Whom it hears and who hears it.
        part: Part,
    },
    /// It leaves its room, if it is in one.
    Unmix {
        /// Which session.
        leg: LegId,
    },
    /// Sends one digit to the peer as telephone-event (RFC 4733), for conversion between legs.
    SendDigit {
        /// Which session.
        leg: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
        /// How long it is held.
        held: Duration,
    },
    /// The session goes to another pacing thread as it is, with its port and all it remembers; orders for
    /// it go there from here on, `Arrive` first. It leaves whatever it was joined to.
    Leave {
        /// Which session.
        leg: LegId,
        /// To which thread, by number.
        to: usize,
    },
    /// A session comes from another pacing thread: what is ordered for it waits until it is there.
    Arrive {
        /// Which session.
        leg: LegId,
    },
    /// What is the session like so far? It answers with `Measured`.
    Measure {
        /// Which session.
        leg: LegId,
    },
    /// The session ends; it answers with `Closed`, and its port is free again.
    Close {
        /// Which session.
        leg: LegId,
    },
}

/// How a session begins. All that is random is drawn by the core, so that a call can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// Which session.
    pub leg: LegId,
    /// The local address of the ledger that the answer named.
    pub local: SocketAddr,
    /// Synchronisation source of everything we send (RFC 3550 §3).
    pub ssrc: u32,
    /// First sequence number.
    pub sequence: u16,
    /// First timestamp.
    pub timestamp: u32,
    /// Silence on the wire after which the peer is reported lost; never while it is on hold.
    pub dead_after: Duration,
    /// How long a peer who talks with nobody is sent nothing that can be heard, before a soft tone
    /// says that the call stands; zero means any time.
    pub quiet_after: Duration,
}

/// What a recording is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// What the peer says, as a message: silence at its end is cut off.
    Message,
    /// The call, from the order to its end, silences included, at this rate.
    Call(Tracks, RecordedRate),
}

/// Whose voice the recording of a call holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracks {
    /// The peer's, on one channel.
    Peer,
    /// What is sent to the peer (prompts, the other side of a bridge, a conference), on one channel.
    Sent,
    /// Both: the peer left, what is sent to it right.
    Both,
}

/// When a recording ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordLimits {
    /// Longest recording.
    pub max: Duration,
    /// This much silence ends it; zero means never.
    pub silence: Duration,
    /// Any digit ends it (the flow looks which one it was).
    pub stop_on_key: bool,
}

impl RecordLimits {
    /// The longest that a file can hold, whatever its rate and channels: 18 hours.
    pub const LONGEST: Duration = Duration::from_secs(MAX_RECORDED_SAMPLES / RATE as u64);
}

impl<S> Command<S> {
    /// The session this is about (for a bridge, the first of both).
    pub fn leg(&self) -> LegId {
        match self {
            Self::Open(open) => open.leg,
            Self::Connect { leg, .. }
            | Self::Play { leg, .. }
            | Self::Begin { leg, .. }
            | Self::Extend { leg, .. }
            | Self::StandAside { leg, .. }
            | Self::Stop { leg, .. }
            | Self::Record { leg, .. }
            | Self::HushRecording { leg, .. }
            | Self::StopRecording { leg, .. }
            | Self::Mix { leg, .. }
            | Self::Unmix { leg }
            | Self::SendDigit { leg, .. }
            | Self::Leave { leg, .. }
            | Self::Arrive { leg }
            | Self::Measure { leg }
            | Self::Close { leg } => *leg,
            Self::Bridge { a, .. } | Self::Part { a, .. } => *a,
        }
    }

    /// The other session it is about, when it is about two.
    pub fn other_leg(&self) -> Option<LegId> {
        match self {
            Self::Bridge { b, .. } | Self::Part { b, .. } => Some(*b),
            _ => None,
        }
    }

    /// The same order with other sounds: names become clips on the way to a pacing thread.
    pub fn map_sounds<T>(self, change: impl FnOnce(Vec<S>) -> Vec<T>) -> Command<T> {
        match self {
            Self::Play {
                leg,
                play,
                sounds,
                stop_on_key,
                forever,
            } => Command::Play {
                leg,
                play,
                sounds: change(sounds),
                stop_on_key,
                forever,
            },
            Self::Begin {
                leg,
                play,
                sounds,
                stop_on_key,
            } => Command::Begin {
                leg,
                play,
                sounds: change(sounds),
                stop_on_key,
            },
            Self::Extend {
                leg,
                play,
                sounds,
                last,
            } => Command::Extend {
                leg,
                play,
                sounds: change(sounds),
                last,
            },
            Self::Open(open) => Command::Open(open),
            Self::Connect { leg, stream } => Command::Connect { leg, stream },
            Self::StandAside { leg, play, after } => Command::StandAside { leg, play, after },
            Self::Stop { leg, play } => Command::Stop { leg, play },
            Self::Record {
                leg,
                recording,
                subject,
                limits,
            } => Command::Record {
                leg,
                recording,
                subject,
                limits,
            },
            Self::HushRecording {
                leg,
                recording,
                hushed,
            } => Command::HushRecording {
                leg,
                recording,
                hushed,
            },
            Self::StopRecording { leg, recording } => Command::StopRecording { leg, recording },
            Self::Bridge { a, b } => Command::Bridge { a, b },
            Self::Part { a, b } => Command::Part { a, b },
            Self::Mix { leg, room, part } => Command::Mix { leg, room, part },
            Self::Unmix { leg } => Command::Unmix { leg },
            Self::SendDigit { leg, digit, held } => Command::SendDigit { leg, digit, held },
            Self::Leave { leg, to } => Command::Leave { leg, to },
            Self::Arrive { leg } => Command::Arrive { leg },
            Self::Measure { leg } => Command::Measure { leg },
            Self::Close { leg } => Command::Close { leg },
        }
    }
}
