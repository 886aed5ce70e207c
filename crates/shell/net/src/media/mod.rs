//! Pacing threads: each owns a [`rappel_media::Engine`], the UDP ports bound ahead for it, and a
//! timer of the kernel that expires every 20 ms on an absolute schedule.
//!
//! A thread sleeps in one place only. It is woken by its timer, by orders, and by packets of bridged
//! sessions, whose sockets it watches (with many of them it gathers what comes within a moment); all others are read once per tick, with the
//! times at which the kernel took them in. Without sessions the timer
//! stands still: an idle engine costs nothing. In a tick nothing is locked or logged, no system call is
//! made that is not a receive or a send, and nothing is allocated but what a leg needs for the first time
//! (the noise of its first pause, the coder of its first tone).

mod by_leg;
mod counters;
mod habit;
#[cfg(feature = "browser")]
mod identity;
mod pacer;
mod passage;
mod poller;
mod ports;
mod sockets;
mod stamps;
mod thread;

pub use counters::Counters;
pub use ports::{PortError, PortRange, Ports};
pub use thread::{News, Orders, Refused, Settings, Thread};
