//! A call played on paper: a flow runs as it will in the engine, while callers, colleagues, other
//! systems and the clock are simulated. `rappel try` plays such a call on the terminal, `rappel test`
//! plays the tests that lie beside a flow (FLOWS §10).
//!
//! [`World`] is what surrounds one call: it answers every wish of the flow in virtual time and keeps a
//! list of what happened, the [`Scene`]s. A [`Test`] is a script for it: what the caller hears and does,
//! and what must have followed. [`Cover`] collects the ways out that tests have taken.

mod codes;
mod cover;
mod given;
mod lengths;
mod scene;
pub mod script;
pub mod world;

pub use codes::CODES;
pub use cover::{Cover, Way};
pub use given::Given;
pub use lengths::{ByWords, Lengths};
pub use scene::{Heard, Scene, seconds};
pub use script::{Act, Report, Test};
pub use world::{Visit, Wait, World};
