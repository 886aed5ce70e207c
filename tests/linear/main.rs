//! What a peer sends costs its reader in proportion to its size: header fields, parameters, lists,
//! addresses and bodies that grow, whole and torn. A reader that looks at every byte once more for
//! each byte there is would let one datagram stop all calls.
//!
//! What the processor did for us is measured, by the least of several runs, so that a busy machine does
//! not decide.

mod cost;
mod messages;
mod sessions;
mod values;
