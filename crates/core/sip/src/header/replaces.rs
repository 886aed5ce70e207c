//! Replaces: the dialog an INVITE takes the place of (RFC 3891 §6.1).

use std::fmt;

use super::{BadValue, Name, Params, TypedHeader};

/// A dialog as its peer names it: the To tag is the receiver's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    /// The Call-ID of the dialog.
    pub call_id: String,
    params: Params,
}

impl Replaces {
    /// A confirmed or early dialog of the receiver.
    pub fn new(call_id: &str, to_tag: &str, from_tag: &str) -> Self {
        let mut params = Params::new();
        params.set("to-tag", to_tag);
        params.set("from-tag", from_tag);
        Self {
            call_id: call_id.to_owned(),
            params,
        }
    }

    /// The receiver's tag.
    pub fn to_tag(&self) -> &str {
        self.params.value("to-tag").unwrap_or_default()
    }

    /// The tag of the receiver's peer; `0` also means that it has none (RFC 3891 §3).
    pub fn from_tag(&self) -> &str {
        self.params.value("from-tag").unwrap_or_default()
    }

    /// Whether a dialog that was answered is to be left alone.
    pub fn is_early_only(&self) -> bool {
        self.params.has("early-only")
    }
}

impl TypedHeader for Replaces {
    const NAME: Name = Name::Replaces;

    fn read(text: &str) -> Result<Self, BadValue> {
        let (call_id, params) = text.split_once(';').unwrap_or((text, ""));
        let call_id = call_id.trim();
        if call_id.is_empty() || call_id.contains([' ', '\t', ',']) {
            return Err(BadValue("Replaces names no Call-ID"));
        }
        let params = Params::read(params)?;
        let has = |name| params.value(name).is_some_and(|tag| !tag.is_empty());
        if !has("to-tag") || !has("from-tag") {
            return Err(BadValue("Replaces lacks a tag"));
        }
        Ok(Self {
            call_id: call_id.to_owned(),
            params,
        })
    }
}

impl fmt::Display for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.call_id, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_is_named_by_three_texts() {
        let text = "98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff;early-only";
        let replaces = Replaces::read(text).unwrap();
        assert_eq!(
            (replaces.to_tag(), replaces.from_tag()),
            ("ff87ff", "r33th4x0r")
        );
        assert!(replaces.is_early_only());
        assert_eq!(replaces.to_string(), text);
        assert_eq!(
            Replaces::new("a@b", "1", "2").to_string(),
            "a@b;to-tag=1;from-tag=2"
        );
        for bad in [
            "",
            "a",
            "a;to-tag=1",
            "a;from-tag=1;to-tag",
            "a b;to-tag=1;from-tag=2",
        ] {
            assert!(Replaces::read(bad).is_err(), "{bad}");
        }
    }
}
