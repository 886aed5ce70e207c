//! Our own load generator: calls with RTP both ways on real sockets, frugal enough not to be the
//! limit, beside the floor: a bare loop that moves the same packets.
//!
//! `caller` speaks SIP with our own endpoint, `pump` moves the packets, `process` reads what the
//! server costs, `floor` is the bare loop, `report` prints.

pub(crate) mod caller;
pub(crate) mod floor;
pub(crate) mod process;
pub(crate) mod pump;
pub(crate) mod report;
