//! What tests of the whole house share: starting the engine, driving real clients, listening.

pub mod baresip;
pub mod browser;
pub mod carrier;
pub mod engine;
pub mod handset;
pub mod intruder;
pub mod linphone;
pub mod listen;
pub mod metrics;
pub mod names;
pub mod phone;
pub mod secure;
pub mod secure_carrier;
pub mod sipp;
pub mod wait;

pub use engine::Engine;
pub use handset::Handset;
pub use phone::Phone;
