//! Announcements: a key becomes sound, encoded once per codec.
//!
//! A [`Catalog`] knows where each recording lies: a tenant's own, one shared by all tenants, or one
//! of the engine's, which are part of the binary. A [`Cache`] over it turns keys into [`Clip`]s ready
//! to send. Whoever records announcements writes their words' [`fingerprint`] into the file, so that
//! a sentence that was changed afterwards is noticed.
//!
//! [`Clip`]: rappel_media::Clip
//! [`fingerprint`]: mod@fingerprint

pub mod cache;
pub mod catalog;
mod embedded;
pub mod error;
pub mod fingerprint;
pub mod tts;

pub use cache::Cache;
pub use catalog::Catalog;
pub use error::{Broken, Missing, Unusable};
