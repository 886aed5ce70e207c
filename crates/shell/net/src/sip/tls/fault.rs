//! What can be wrong with a file of certificates or keys.

use std::fmt;
use std::path::PathBuf;

/// One file that cannot be used as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which.
    pub file: PathBuf,
    /// Why not.
    pub why: Why,
}

/// Why a file cannot be used as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is not there.
    Missing,
    /// The system does not let us read it; its words.
    Unreadable(String),
    /// It is larger than any such file.
    TooLarge,
    /// There is no certificate in it.
    NoCertificate,
    /// There is no private key in it, or only one with a password.
    NoKey,
    /// It is not what it should be; the words of who tried to read it.
    Broken(String),
    /// The key belongs to another certificate than this one.
    Mismatched {
        /// The certificate.
        chain: PathBuf,
    },
    /// The certificate ran out; seconds since 1970.
    Expired {
        /// When it did.
        since: u64,
    },
    /// The certificate is not valid yet; seconds since 1970.
    NotYetValid {
        /// When it will be.
        from: u64,
    },
}

impl Fault {
    /// Whether nothing can be served with it. A date alone leaves it to the peer to refuse.
    pub const fn is_fatal(&self) -> bool {
        !matches!(self.why, Why::Expired { .. } | Why::NotYetValid { .. })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match &self.why {
            Why::Missing => write!(f, "{file} is not there"),
            Why::Unreadable(why) => write!(f, "{file} cannot be read: {why}"),
            Why::TooLarge => write!(f, "{file} is too large for certificates or keys"),
            Why::NoCertificate => write!(f, "{file} holds no certificate in PEM"),
            Why::NoKey => write!(f, "{file} holds no private key in PEM without a password"),
            Why::Broken(why) => write!(f, "{file} cannot be used: {why}"),
            Why::Mismatched { chain } => {
                write!(f, "{file} is not the key of {}", chain.display())
            }
            Why::Expired { .. } => write!(f, "the certificate in {file} has run out"),
            Why::NotYetValid { .. } => write!(f, "the certificate in {file} is not valid yet"),
        }
    }
}
