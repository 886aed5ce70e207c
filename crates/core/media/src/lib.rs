//! The sound room: joins packets and samples. It knows sessions, not calls.
//!
//! Read [`command`] and [`event`] first: they are all the rest of the house knows. An [`Engine`]
//! holds the sessions of one pacing thread; a packet of a bridge leaves in the call that brought it,
//! everything else leaves in a tick. Neither locks or logs, nor allocates but what a leg needs for the
//! first time.

mod agreed;
mod bridge;
pub mod clip;
pub mod command;
mod control;
pub mod engine;
pub mod event;
pub mod jitter;
mod keys;
mod latch;
mod outgoing;
mod player;
pub mod playout;
mod quality;
mod recorder;
mod room;
mod session;
mod timeline;
mod transcode;
mod twins;
mod voice;

pub use clip::Clip;
pub use command::{Command, Open, RecordLimits, Subject, Tracks};
pub use engine::{Engine, Full, Moving, Place, RecordSink, Settings, Sink};
pub use event::{Event, PlayEnd, RecordEnd};
pub use room::{MAX_MEMBERS, MAX_ROOMS, Part};
