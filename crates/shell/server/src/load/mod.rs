//! Our own load generator: calls with RTP both ways on real sockets, frugal enough not to be the
//! limit, beside the floor: a bare loop that moves the same packets.
//!
//! `run` is one load from the first INVITE to the last BYE; `caller` speaks SIP with our own
//! endpoint, `pump` moves the packets, `ear` judges what arrives, `process` reads what the server
//! costs. `signalling` places calls without voice. `bench` starts a server of our own and then `floor`, the bare loop. `report` prints.

pub(crate) mod bench;
mod caller;
mod ear;
pub(crate) mod floor;
pub(crate) mod flows;
pub(crate) mod interrupt;
mod process;
mod pump;
mod report;
pub(crate) mod run;
pub(crate) mod signalling;
