//! Contact: where somebody can be reached directly (RFC 3261 §20.10).

use std::fmt;

use super::name_addr::AddressText;
use super::scan::{lenient_seconds, trim};
use super::{BadValue, Name, NameAddr, TypedHeader};

/// Where somebody can be reached directly (RFC 3261 §20.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// `*`: all bindings, in a REGISTER that removes them (RFC 3261 §10.2.2).
    All,
    /// One address.
    At(NameAddr),
}

impl Contact {
    /// The address, unless it is `*`.
    pub fn address(&self) -> Option<&NameAddr> {
        match self {
            Self::All => None,
            Self::At(address) => Some(address),
        }
    }

    /// The `expires` parameter in seconds. A value too large for 32 bits is the largest
    /// (RFC 3261 §10.3 step 6 lets a registrar shorten it); anything else unreadable is `None`,
    /// to be treated as 3600 or the Expires header.
    pub fn expires(&self) -> Option<u32> {
        lenient_seconds(self.address()?.params.value("expires")?)
    }
}

impl TypedHeader for Contact {
    const NAME: Name = Name::Contact;
    const LIST: bool = true;

    fn read(text: &str) -> Result<Self, BadValue> {
        if trim(text) == "*" {
            return Ok(Self::All);
        }
        NameAddr::read(text).map(Self::At)
    }

    fn check(text: &str) -> Result<(), BadValue> {
        if trim(text) == "*" {
            return Ok(());
        }
        AddressText::read(text).map(drop)
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::At(address) => fmt::Display::fmt(address, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contact_expiry_beyond_32_bits_is_the_largest() {
        let expiry = |text: &str| Contact::read(text).unwrap().expires();
        assert_eq!(expiry("<sip:a@b>;expires=280297596632815"), Some(u32::MAX));
        assert_eq!(expiry("<sip:a@b>;expires=0"), Some(0));
        assert_eq!(expiry("<sip:a@b>;expires=soon"), None);
        assert_eq!(expiry("*"), None);
    }
}
