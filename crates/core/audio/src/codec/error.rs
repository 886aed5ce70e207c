//! Why there is no coder or decoder.

/// A codec that cannot be had here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// This build holds no Opus: its feature `opus` was off.
    NotBuilt,
    /// libopus refused, which it does only when memory is exhausted.
    Refused,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotBuilt => "this build holds no Opus",
            Self::Refused => "libopus refused to work",
        })
    }
}

impl std::error::Error for Error {}
