//! Endpoints against each other, and against scripted peers, over a network of their own: seeded,
//! lossy if wanted, in virtual time.

mod call_setup;
mod challenges;
mod chaos;
mod forks;
mod limits;
mod message_waiting;
mod phone;
mod races;
mod registration;
mod reinvite;
mod rules;
mod strangers;
mod world;
