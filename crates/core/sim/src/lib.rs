//! A world in a box: a network and phones that live in virtual time, for tests of whole calls.
//!
//! [`Net`] carries SIP between addresses, as badly as its [`Weather`] says. [`Phone`] is a telephone
//! with a user: it registers, calls, answers or refuses, holds, hangs up, by a [`Script`]. Both are
//! machines as ARCHITECTURE §4 wants them; whoever owns the clock moves them. [`Voices`] are the packets
//! of a media stream as they arrive over a [`Path`]. Everything random is drawn from one seed.

mod net;
mod path;
mod phone;
mod voice;

pub use net::{Arrival, Net, Weather};
pub use path::{Delay, Loss, Path, Stall};
pub use phone::{Account, Heard, Manner, Phone, Script, Step};
pub use voice::{Dtx, Talker, Voice, Voices};
