//! The codes of this room's problems: stable, so that a manual can explain each one. Where the room
//! `ivr` finds the same problem in a flow, it has the same code.

/// The file is not TOML.
pub(crate) const NOT_TOML: &str = "R001";
/// A version of the language that this engine does not know, or none where one is required.
pub(crate) const VERSION: &str = "R002";
/// A table or key of the language that this engine does not serve yet.
pub(crate) const NOT_YET: &str = "R114";
/// A file in a place where nothing reads it.
pub(crate) const STRAY_FILE: &str = "R006";

/// A required key is missing.
pub(crate) const MISSING: &str = "R103";
/// A key or table that does not exist.
pub(crate) const UNKNOWN_KEY: &str = "R101";
/// The same name declared twice.
pub(crate) const TWICE: &str = "R110";
/// No prompt of this name.
pub(crate) const UNKNOWN_PROMPT: &str = "R105";
/// No calendar of this name.
pub(crate) const UNKNOWN_CALENDAR: &str = "R106";
/// No person or team of this name.
pub(crate) const UNKNOWN_PERSON: &str = "R107";
/// No mailbox of this name.
pub(crate) const UNKNOWN_MAILBOX: &str = "R108";
/// No flow of this name.
pub(crate) const UNKNOWN_FLOW: &str = "R109";
/// A name with letters that names may not have.
pub(crate) const BAD_NAME: &str = "R115";

/// A value of another type.
pub(crate) const WRONG_TYPE: &str = "R201";
/// A text that is not a duration.
pub(crate) const NOT_A_DURATION: &str = "R202";
/// A text that is none of the words it may be.
pub(crate) const NOT_A_WORD: &str = "R209";
/// A text that is not what it should be: a date, hours, a zone, a domain.
pub(crate) const BAD_VALUE: &str = "R213";
/// A telephone number that is not E.164.
pub(crate) const NOT_E164: &str = "R214";

/// A sentence is missing in a language of the tenant.
pub(crate) const NO_SENTENCE: &str = "R401";
/// A sentence has no recording.
pub(crate) const NO_RECORDING: &str = "R405";

/// Nobody belongs to it: a team without members, a mailbox without an owner.
pub(crate) const NOBODY: &str = "R501";
/// A calendar that is never open.
pub(crate) const NEVER_OPEN: &str = "R503";
/// A number, an extension or a person claimed by two.
pub(crate) const CLAIMED_TWICE: &str = "R504";
/// An extension the engine or the emergency services need.
pub(crate) const RESERVED: &str = "R505";

/// Something has grown beyond its bound.
pub(crate) const LIMIT: &str = "R701";

/// Something that is read and checked, and that this engine does not do yet.
pub(crate) const NOT_SERVED_YET: &str = "W10";
/// A calendar has no opening in the next 30 days.
pub(crate) const NOT_OPEN_SOON: &str = "W9";
