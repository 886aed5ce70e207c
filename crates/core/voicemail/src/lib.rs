//! Voicemail: which messages wait in which mailbox.
//!
//! The store keeps messages and the recordings behind them; this room is the index the rest of the
//! house asks: may one more be kept, how many wait (RFC 3842), which come first when they are heard
//! by phone. It holds every message that is not deleted, is filled once by
//! [`Voicemail::restore`] and follows what was stored from then on.
//!
//! A message only goes forward: new, heard, deleted. Telling the same thing twice changes nothing,
//! so an answer that arrives late or again does no harm.

mod index;

pub use index::{MAX_MESSAGES, Voicemail};
