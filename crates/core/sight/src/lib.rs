//! Sight: what passed on the wire, kept within bounds, drawn, exported and explained.
//!
//! [`Sight`] is the machine: it is given every message ([`Captured`]) and the diary, keeps the newest
//! of both ([`ring`]), and answers which messages are one call's. What is done with messages needs no
//! engine and works on a saved trace alike: [`ladder`] draws them, [`capture`] writes and reads pcap
//! files, [`hep`] speaks to Homer, [`mask`] hides secrets and numbers, and [`doctor`] says in plain
//! words what went wrong and what to do about it.
//!
//! Bodies and headers are read leniently here: a diagnosis must still see what a session would refuse.

pub mod capture;
pub mod captured;
pub mod case;
pub mod doctor;
pub mod glance;
pub mod hep;
pub mod known;
pub mod ladder;
pub mod mask;
pub mod ring;
pub mod session;
pub mod sight;

pub use captured::{Captured, Passage};
pub use known::Known;
pub use sight::{Found, Sight, Trace};
