//! The store: what is kept. Records, users and recordings, in one SQLite file and one folder.
//!
//! Two doors lead in, and [`Archive`] beside them keeps the versions of tenants' files. [`Database`] reads records and manages users; the command line uses it beside
//! a running engine. [`Store`] is the engine's own: it holds the data folder for itself, repairs
//! what a crash left behind, and adds the two writers:
//!
//! - one task commits records in batches ([`Store::write`]) and answers the questions that must be
//!   durable ([`Store::keep_message`], [`Store::delete_message`]) only after their commit;
//! - one thread turns frames ([`FrameSink`]) into WAV files whose header is kept current.
//!
//! A full or failing disk never stops the engine: records wait within [`MAX_BACKLOG`], questions
//! are answered with the failure, recordings end. Nothing here decides; nothing is promised before
//! it is on disk.
//!
//! ```text
//! data/rappel.db          records and users, mode 0600, WAL
//! data/rappel.lock        held by the running engine
//! data/recordings/*.wav   one file per recording, named by its RecordingId, mode 0600
//! data/versions/          the tenants' files that the engine took, see `archive.rs`
//! ```

mod archive;
mod batch;
mod database;
mod error;
mod folder;
mod recorder;
mod repair;
mod reply;
#[cfg(test)]
mod scratch;
mod secret;
mod store;
mod table;
mod writer;

pub use archive::{Archive, KeptFiles, MAX_KEPT, Running, Summary, digest};
pub use database::Database;
pub use error::Error;
pub use folder::Folder;
pub use recorder::{FrameSink, Full, MAX_QUEUED_FRAMES, MAX_QUEUED_ORDERS};
pub use repair::{Repaired, SHORTEST_MESSAGE};
pub use secret::{BadPin, PIN_DIGITS};
pub use store::{Settings, Store};
pub use table::call_recordings::RecordingFilter;
pub use table::calls::{CallFilter, MAX_LISTED};
pub use table::counters::Count;
pub use table::messages::MessageFilter;
pub use table::users::{
    Ha1Algorithm, LOCKED_FOR, MAX_WRONG_PINS, NewUser, PinVerdict, UserRecord, UsersVersion,
};
pub use writer::{MAX_BACKLOG, MAX_BATCH, MAX_QUEUED_WRITES, Write};
