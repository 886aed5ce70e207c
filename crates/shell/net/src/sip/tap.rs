//! A place to listen in: every message that passes, and what goes wrong below the messages, told to
//! whoever wants to see it.

use bytes::Bytes;
use rappel_model::{Timestamp, Trouble};
use rappel_sip::Flow;

/// Who sees every message that the guard lets in, readable or not, and every message that is sent.
///
/// Called on the threads that carry messages: it may neither wait nor take long.
pub trait Tap: std::fmt::Debug + Send + Sync + 'static {
    /// One message passed. `bytes` are shared, not copied.
    fn passed(&self, at: Timestamp, way: Passage, flow: Flow, bytes: &Bytes);

    /// A connection was not made, a name was no help, or a source sends too fast.
    fn troubled(&self, at: Timestamp, trouble: Trouble);
}

/// Which way a message passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// A peer sent it.
    In,
    /// We sent it.
    Out,
}
