//! What can be wrong with an announcement.

use std::fmt;
use std::path::PathBuf;

use rappel_audio::wav;
use rappel_model::{Language, TenantId};

/// A key without a recording in any folder and any language that would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Who wanted it.
    pub tenant: TenantId,
    /// In which language.
    pub language: Language,
    /// Which.
    pub key: String,
}

/// A recording that is there and cannot be used.
#[derive(Debug)]
pub struct Broken {
    /// Its file; for one of the engine's own, its name in the binary.
    pub path: PathBuf,
    /// What is wrong with it.
    pub cause: wav::Error,
}

/// Why a key did not become sound.
#[derive(Debug)]
pub enum Unusable {
    /// There is no recording.
    Missing(Missing),
    /// There is one, and it is broken.
    Broken(Broken),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the prompt \"{}\" of {} has no recording in \"{}\"",
            self.key, self.tenant, self.language
        )
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.cause)
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(missing) => missing.fmt(f),
            Self::Broken(broken) => broken.fmt(f),
        }
    }
}

impl std::error::Error for Missing {}

impl std::error::Error for Broken {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

impl std::error::Error for Unusable {}
