//! What the calls of a load are for: the work they give the server.

use std::fmt;

use rappel_model::Secrecy;
use rappel_rtp::Encoding;

/// What the server does with a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mode {
    /// It plays a prompt while the caller talks.
    #[default]
    Play,
    /// It joins the caller to a second phone of ours, which registers and answers.
    Bridge,
    /// It records what the caller says.
    Record,
    /// It plays a prompt and reads the keys the caller presses (RFC 4733).
    Digits,
}

/// How the caller talks; the second phone of a bridge talks G.711 A-law in the clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Codec {
    /// G.711 A-law.
    #[default]
    Pcma,
    /// Opus, which a bridge has to decode and code.
    Opus,
}

/// One kind of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// What the server does.
    pub(crate) mode: Mode,
    /// How the caller talks.
    pub(crate) codec: Codec,
    /// Whether the caller's side is encrypted, with keys in SDP (RFC 4568).
    pub(crate) srtp: bool,
}

impl Work {
    /// Work of this mode in G.711, in the clear.
    pub(crate) const fn of(mode: Mode) -> Self {
        Self {
            mode,
            codec: Codec::Pcma,
            srtp: false,
        }
    }

    /// The encoding of the caller.
    pub(crate) const fn encoding(self) -> Encoding {
        match self.codec {
            Codec::Pcma => Encoding::Pcma,
            Codec::Opus => Encoding::Opus,
        }
    }

    /// What the caller asks for.
    pub(crate) const fn secrecy(self) -> Secrecy {
        if self.srtp {
            Secrecy::Required
        } else {
            Secrecy::Off
        }
    }

    /// Whether a second phone of ours is called.
    pub(crate) const fn has_second_phone(self) -> bool {
        matches!(self.mode, Mode::Bridge)
    }

    /// Streams of media per call at the server.
    pub(crate) const fn streams(self) -> usize {
        if self.has_second_phone() { 2 } else { 1 }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codec = match (self.mode, self.codec) {
            (Mode::Bridge, Codec::Opus) => "Opus ↔ G.711",
            (_, Codec::Opus) => "Opus",
            (_, Codec::Pcma) => "G.711",
        };
        f.write_str(match self.mode {
            Mode::Play => "prompt",
            Mode::Bridge => "bridge",
            Mode::Record => "record to WAV",
            Mode::Digits => "prompt, keys read",
        })?;
        write!(f, ", {codec}")?;
        if self.srtp {
            f.write_str(", SRTP one side")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_work_says_what_it_is() {
        let bridge = Work::of(Mode::Bridge);
        assert_eq!(bridge.to_string(), "bridge, G.711");
        assert_eq!((bridge.streams(), Work::of(Mode::Play).streams()), (2, 1));
        let both = Work {
            codec: Codec::Opus,
            srtp: true,
            ..bridge
        };
        assert_eq!(both.to_string(), "bridge, Opus ↔ G.711, SRTP one side");
        assert_eq!(both.secrecy(), Secrecy::Required);
    }
}
