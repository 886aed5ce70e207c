//! Endpoints against each other, and against scripted peers, over a network of their own: seeded,
//! lossy if wanted, in virtual time.

mod anybody;
mod call_setup;
mod carol;
mod challenges;
mod chaos;
mod credentials;
mod failover;
mod forks;
mod in_dialog_names;
mod kept;
mod lamps;
mod limits;
mod message_waiting;
mod outbound;
mod outbound_chaos;
mod oversize;
mod phone;
mod probing;
mod provisional;
mod races;
mod registering;
mod registration;
mod reinvite;
mod replacing;
mod rules;
mod session_timers;
mod strangers;
mod transfer;
mod updates;
mod world;
