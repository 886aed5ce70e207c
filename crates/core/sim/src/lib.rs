//! A world in a box: a network and phones that live in virtual time, for tests of whole calls.
//!
//! [`Net`] carries SIP between addresses, as badly as its [`Weather`] says. [`Phone`] is a telephone
//! with a user: it registers, calls, answers or refuses, holds, hangs up, by a [`Script`]. Both are
//! machines as ARCHITECTURE §4 wants them; whoever owns the clock moves them. Everything random is
//! drawn from one seed.

mod net;
mod phone;

pub use net::{Arrival, Net, Weather};
pub use phone::{Account, Heard, Manner, Phone, Script, Step};
