//! Our own load generator: calls with RTP both ways on real sockets, frugal enough not to be the
//! limit, beside the floor: a bare loop that moves the same packets.
//!
//! `run` is one load from the first INVITE to the last BYE; `caller` speaks SIP with our own
//! endpoint over a `link`, `callee` is the second phone of a bridge. `pump` moves the packets that a
//! `voice` says, `ear` judges what arrives, `process` reads what the server
//! costs and `beats` how punctual it is, beside a `bystander` that only waits. `signalling` places
//! calls without voice. `bench` starts a server of our own with a `company` for the `work`, and then
//! `floor`, the bare loop; `alone` measures codecs and ciphers. `report` and `table` print.

mod alone;
mod beats;
pub(crate) mod bench;
mod bystander;
pub(crate) mod callee;
mod caller;
mod company;
mod ear;
pub(crate) mod floor;
pub(crate) mod flows;
pub(crate) mod interrupt;
mod link;
mod process;
mod pump;
mod report;
pub(crate) mod run;
pub(crate) mod signalling;
pub(crate) mod table;
mod voice;
pub(crate) mod work;
