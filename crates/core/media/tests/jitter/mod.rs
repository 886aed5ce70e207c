//! What the tests of the jitter buffer share.

pub(crate) mod replay;
