//! The engine's chance: the one place of the server that asks the system for randomness.

use std::fs::File;
use std::io::Read;

use rappel_model::Random;

/// A stream seeded by the operating system.
pub(crate) fn from_system() -> Result<Random, String> {
    let mut seed = [0; 32];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut seed))
        .map_err(|e| format!("/dev/urandom: {e}"))?;
    Ok(Random::from_bytes(seed))
}
