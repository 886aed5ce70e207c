//! One newtype per thing that has an identity, so that no two kinds can be confused.

use std::fmt;
use std::sync::Arc;

use crate::random::Random;
use crate::time::Timestamp;

/// Declares a name written by an operator: cheap to clone, compared by its text.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps the text as it stands; names are validated where files are read.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text of the name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }
    };
}

name!(
    /// One company, isolated from all others; the name of its folder.
    TenantId
);
name!(
    /// A line: a number a tenant owns and what answers it.
    LineName
);
name!(
    /// A flow: the file name without its ending.
    FlowName
);
name!(
    /// A step of a flow.
    StepName
);
name!(
    /// A prompt: a sentence in every language of the tenant.
    PromptKey
);
name!(
    /// A calendar of a tenant.
    CalendarName
);
name!(
    /// A person of a tenant.
    PersonName
);
name!(
    /// A team of a tenant.
    TeamName
);
name!(
    /// A mailbox of a tenant.
    MailboxName
);
name!(
    /// A queue of a tenant: calls or written dialogues.
    QueueName
);
name!(
    /// A directory of a tenant: a table that steps look things up in.
    DirectoryName
);
name!(
    /// A number outside to which a tenant's calls may be transferred.
    DestinationName
);
name!(
    /// A phone of a tenant's own that is reached through a trunk.
    DeviceName
);
name!(
    /// A missed-call campaign of a tenant.
    CampaignName
);
name!(
    /// A list that people choose to follow.
    ListName
);
name!(
    /// A survey answered by a missed call.
    SurveyName
);
name!(
    /// A button on a web page that asks for a call.
    CallMeName
);
name!(
    /// A user that registers a phone; unique within its tenant.
    UserName
);
name!(
    /// A trunk of the engine.
    TrunkName
);
name!(
    /// A language tag as operators write it: `fr`, `en`, `fr-CH`.
    Language
);

/// Declares an identity that is a number counted up by its owner within one run of the engine.
macro_rules! counted {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

counted!(
    /// One leg of a call: one dialog with its media session.
    LegId,
    "leg-"
);
counted!(
    /// A room in which legs hear each other mixed: a conference, or a supervisor beside a talk.
    RoomId,
    "room-"
);
counted!(
    /// One order to play something on a leg.
    PlayId,
    "play-"
);
counted!(
    /// One question of the core to the world; its answer carries the same number.
    QuestionId,
    "question-"
);

/// Declares an identity that is unique across restarts and sorts by creation time (a ULID).
macro_rules! lasting {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u128);

        impl $name {
            /// Draws a new identity: 48 bits of wall time in milliseconds, 80 bits of chance.
            pub fn draw(wall: Timestamp, random: &mut Random) -> Self {
                Self(ulid(wall, random))
            }

            /// Reads the 26 characters that [`fmt::Display`] writes; `None` for anything else.
            pub fn parse(text: &str) -> Option<Self> {
                parse_ulid(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_ulid(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_ulid(self.0, f)
            }
        }
    };
}

lasting!(
    /// A whole call, with all its legs. Never to be confused with the SIP header Call-ID.
    CallUid
);
lasting!(
    /// A recording, finished or not; also the stem of its file's name.
    RecordingId
);
lasting!(
    /// A message left in a mailbox.
    MessageId
);
lasting!(
    /// A promise to call somebody back.
    PromiseId
);

/// Crockford's base 32, as ULIDs use it: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn ulid(wall: Timestamp, random: &mut Random) -> u128 {
    let millis = (wall.as_micros().max(0) as u128 / 1000) & 0xffff_ffff_ffff;
    let chance = (u128::from(random.next_u64()) << 16) | u128::from(random.next_u64() & 0xffff);
    (millis << 80) | chance
}

fn write_ulid(value: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [0u8; 26];
    for (i, slot) in text.iter_mut().enumerate() {
        let shift = 125 - 5 * i as u32;
        *slot = ALPHABET[(value >> shift) as usize & 31];
    }
    f.write_str(std::str::from_utf8(&text).expect("the alphabet is ASCII"))
}

fn parse_ulid(text: &str) -> Option<u128> {
    // 26 × 5 = 130 bits: the first character may only hold three of them.
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0u128, |value, byte| {
        let digit = ALPHABET
            .iter()
            .position(|&c| c == byte.to_ascii_uppercase())?;
        Some(value << 5 | digit as u128)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ulid_survives_its_text_and_sorts_by_time() {
        let mut random = Random::from_seed(1);
        let early = CallUid::draw(Timestamp::from_micros(1_000_000), &mut random);
        let late = CallUid::draw(Timestamp::from_micros(2_000_000), &mut random);
        assert_eq!(CallUid::parse(&early.to_string()), Some(early));
        assert!(early.to_string() < late.to_string());
        assert_eq!(CallUid::parse("8ZZZZZZZZZZZZZZZZZZZZZZZZZ"), None);
        assert_eq!(CallUid::parse("no"), None);
    }
}
