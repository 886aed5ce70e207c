//! How the sound of a stream is coded: in an encoding of ours, or in one that is only passed on.

use std::fmt;

use crate::stream::Encoding;

/// How the sound of a stream is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// So that it can be played, heard, recorded and converted here.
    Ours(Encoding),
    /// So that nobody here understands it: it goes unchanged from one peer to another who speaks it.
    Foreign(Foreign),
}

/// An encoding nobody here decodes, as its `rtpmap` names it (RFC 8866 §6.6).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// In capitals: case says nothing there.
    name: [u8; MAX_NAME],
    length: u8,
    /// Units of its timestamps in a second.
    clock: u32,
    channels: u8,
}

impl Format {
    /// The encoding, when it is one of ours.
    pub const fn ours(self) -> Option<Encoding> {
        match self {
            Self::Ours(encoding) => Some(encoding),
            Self::Foreign(_) => None,
        }
    }

    /// Units of the RTP timestamp per second.
    pub const fn clock_rate(self) -> u32 {
        match self {
            Self::Ours(encoding) => encoding.clock_rate(),
            Self::Foreign(foreign) => foreign.clock,
        }
    }

    /// Units of the RTP timestamp in 20 ms.
    pub const fn clock_of_frame(self) -> u32 {
        self.clock_rate() / 50
    }

    /// The payload type that needs no agreement (RFC 3551 §6).
    pub fn static_payload_type(self) -> Option<u8> {
        match self {
            Self::Ours(encoding) => encoding.static_payload_type(),
            Self::Foreign(foreign) => foreign.static_payload_type(),
        }
    }
}

impl From<Encoding> for Format {
    fn from(encoding: Encoding) -> Self {
        Self::Ours(encoding)
    }
}

impl Foreign {
    /// What an `rtpmap` names; `None` for what is no sound by itself (keys, noise, redundancy,
    /// repetition), for a name no codec has, and for a clock or channels no telephone has.
    pub fn new(name: &str, clock: u32, channels: u8) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        let is_token = name.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
        let fits = (1..=MAX_NAME).contains(&name.len()) && is_token;
        let sounds = !NO_SOUND.contains(&name.as_str());
        let heard = CLOCKS.contains(&clock) && (1..=2).contains(&channels);
        let mut bytes = [0; MAX_NAME];
        if !(fits && sounds && heard) {
            return None;
        }
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        Some(Self {
            name: bytes,
            length: name.len() as u8,
            clock,
            channels,
        })
    }

    /// What a payload type means that needs no `rtpmap`.
    pub(crate) fn of_static(payload_type: u8) -> Option<Self> {
        let mut all = STATIC.iter();
        let (_, name, clock) = all.find(|(number, _, _)| *number == payload_type)?;
        Self::new(name, *clock, 1)
    }

    fn static_payload_type(self) -> Option<u8> {
        let is =
            |name: &str, clock: u32| (name, clock, 1) == (self.name(), self.clock, self.channels);
        let mut all = STATIC.iter();
        all.find(|(_, name, clock)| is(name, *clock))
            .map(|(number, _, _)| *number)
    }

    /// Its name, in capitals.
    pub fn name(&self) -> &str {
        let name = &self.name[..usize::from(self.length)];
        std::str::from_utf8(name).expect("a name is ASCII")
    }

    /// As an `rtpmap` says it.
    pub(crate) fn map(&self) -> String {
        match self.channels {
            1 => format!("{}/{}", self.name(), self.clock),
            channels => format!("{}/{}/{channels}", self.name(), self.clock),
        }
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.map())
    }
}

/// Longest name that is passed on; the longest registered one of a telephone codec has 12 letters.
const MAX_NAME: usize = 16;

/// What comes in RTP beside sound and is nothing to pass on as the sound of a call: RFC 4733, 3389,
/// 2198, 4588, 5109, 8627.
const NO_SOUND: [&str; 8] = [
    "TELEPHONE-EVENT",
    "TONE",
    "CN",
    "RED",
    "RTX",
    "ULPFEC",
    "PARITYFEC",
    "FLEXFEC",
];

/// The clocks of telephone codecs, in Hz.
const CLOCKS: [u32; 7] = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 48_000];

/// Static payload types of sound in one channel that is not ours (RFC 3551 §6).
const STATIC: [(u8, &str, u32); 10] = [
    (3, "GSM", 8_000),
    (4, "G723", 8_000),
    (5, "DVI4", 8_000),
    (6, "DVI4", 16_000),
    (7, "LPC", 8_000),
    (12, "QCELP", 8_000),
    (15, "G728", 8_000),
    (16, "DVI4", 11_025),
    (17, "DVI4", 22_050),
    (18, "G729", 8_000),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_static_number_and_its_rtpmap_mean_the_same() {
        for (number, name, clock) in STATIC {
            let mapped = Foreign::new(&name.to_lowercase(), clock, 1);
            assert_eq!(Foreign::of_static(number), mapped);
            assert_eq!(mapped.unwrap().static_payload_type(), Some(number));
        }
        assert_eq!(Foreign::of_static(0), None);
    }

    #[test]
    fn only_sound_a_telephone_could_speak_is_passed_on() {
        for name in NO_SOUND {
            assert_eq!(Foreign::new(name, 8_000, 1), None);
        }
        let longest = "A".repeat(MAX_NAME);
        assert!(Foreign::new(&longest, 8_000, 1).is_some());
        let refused = [("", 8_000, 1), ("a b", 8_000, 1), ("a/b", 8_000, 1)];
        let longer = longest + "A";
        let odd = [
            ("AMR", 0, 1),
            ("AMR", 90_000, 1),
            ("AMR", 8_000, 0),
            (&longer, 8_000, 1),
        ];
        for (name, clock, channels) in refused.into_iter().chain(odd) {
            assert_eq!(Foreign::new(name, clock, channels), None, "{name}/{clock}");
        }
        assert_eq!(
            Foreign::new("speex", 32_000, 2).unwrap().map(),
            "SPEEX/32000/2"
        );
    }
}
