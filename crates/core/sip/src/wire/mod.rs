//! Bytes to messages and back (RFC 3261 §7, §18.3).
//!
//! One `Bytes` per message: header values and body are slices of it, and what this room does not
//! know leaves as it came. The same index finds headers and length for the framer and the parser, so
//! the two cannot disagree about where a message ends.

mod frame;
mod index;
mod malformed;
mod parse;
mod print;
mod refusal;

pub use frame::{Framed, Framer, is_keep_alive};
pub use malformed::Malformed;
pub use parse::parse;
pub use print::print;
pub use refusal::Refusal;

/// Largest message in bytes, headers and body; more is 513 on a connection.
pub const MAX_MESSAGE: usize = 64 * 1024;
/// Most header fields of a message, each value of a Via, Contact or Route list counted; more is 400.
pub const MAX_HEADERS: usize = 256;
/// Longest start line or header field in bytes, continuation lines included; more is 414 or 400.
pub const MAX_LINE: usize = 8 * 1024;

#[cfg(test)]
mod tests;
