//! What is read before anything runs: the engine's own settings, and the files of tenants.

pub(crate) mod certificates;
pub(crate) mod directories;
pub(crate) mod engine;
pub(crate) mod examined;
pub(crate) mod fault;
pub(crate) mod guard;
pub(crate) mod media;
pub(crate) mod outside;
mod reading;
pub(crate) mod recordings;
pub(crate) mod secrets;
pub(crate) mod sight;
pub(crate) mod sip;
pub(crate) mod tenant_files;
pub(crate) mod trunk;
pub(crate) mod voice;
