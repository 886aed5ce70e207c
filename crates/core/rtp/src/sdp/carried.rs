//! Formats of one peer that are offered to another as they stand: who cannot decode them carries them.

use sdp_types::Media;

use super::Refused;
use super::read::{Line, read};
use crate::format::Foreign;

/// A format nobody here decodes, with all its peer said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// What it is.
    pub format: Foreign,
    /// Its number with the peer it comes from. Another peer gives it another where this one is taken.
    pub payload_type: u8,
    /// Its `fmtp` (RFC 8866 §6.15), unread: what one peer says the other must hear.
    pub parameters: Option<String>,
}

impl Carried {
    /// What a body offers in the first line of audio that has any: what can be passed on, best first.
    ///
    /// # Errors
    /// Why the body cannot be read.
    pub fn of(body: &[u8]) -> Result<Vec<Self>, Refused> {
        let lines = read(body)?;
        let mut all = lines.into_iter().filter(Line::is_audio);
        let line = all.find(|line| !line.formats.carried.is_empty());
        Ok(line.map_or_else(Vec::new, |line| line.formats.carried))
    }
}

/// The `fmtp` of a payload type; an error where it is too long to be passed on whole.
pub(super) fn parameters(media: &Media, payload_type: u8) -> Result<Option<String>, TooLong> {
    let mut values = media.attributes.iter().filter_map(|attribute| {
        let value = attribute.value.as_deref()?;
        let (number, rest) = value.split_once(' ')?;
        let is = attribute.attribute.eq_ignore_ascii_case("fmtp");
        (is && number.parse() == Ok(payload_type)).then(|| rest.trim())
    });
    match values.next() {
        Some(value) if value.len() > MAX_PARAMETERS => Err(TooLong),
        value => Ok(value.map(str::to_owned)),
    }
}

/// Parameters that would have to be cut.
pub(super) struct TooLong;

/// Most formats of one line that are passed on.
pub(super) const MAX_CARRIED: usize = 16;

/// Longest parameters of one format, in bytes; those of AMR-WB and EVS stay below 200.
const MAX_PARAMETERS: usize = 512;
