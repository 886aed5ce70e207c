//! Payload types and the encodings they stand for (RFC 3551 §6, RFC 8866 §6.6).

use sdp_types::{Media, RtpMap};

use crate::stream::Encoding;

/// What one audio line offers of what we know, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Formats {
    /// Encodings with their payload types.
    pub(super) encodings: Vec<(u8, Encoding)>,
    /// Payload type of telephone-event at 8 kHz, the clock of all our encodings.
    pub(super) telephone_event: Option<u8>,
    /// Every payload type of the line, known or not: a number once bound to a format stays bound
    /// for the session (RFC 3264 §8.3.2).
    pub(super) bound: PayloadTypes,
}

/// A set of payload types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PayloadTypes(u128);

impl Formats {
    /// Reads the formats of one line with their `rtpmap` attributes. What cannot be read is none
    /// of ours.
    pub(super) fn of(media: &Media) -> Self {
        let mut maps: Vec<Option<RtpMap>> = vec![None; 128];
        for map in media.attributes_typed::<RtpMap>().flatten() {
            if let Some(slot) = maps.get_mut(usize::from(map.payload_type)) {
                slot.get_or_insert(map);
            }
        }
        let mut formats = Self::default();
        for payload_type in media.fmt.split_ascii_whitespace() {
            let Some(payload_type) = payload_type.parse().ok().filter(|pt| *pt < 128) else {
                continue;
            };
            if formats.bound.contains(payload_type) {
                continue;
            }
            formats.bound.insert(payload_type);
            formats.add(payload_type, maps[usize::from(payload_type)].as_ref());
        }
        formats
    }

    /// The payload type that stands for `encoding`.
    pub(super) fn payload_type_of(&self, encoding: Encoding) -> Option<u8> {
        let (payload_type, _) = self.encodings.iter().find(|(_, e)| *e == encoding)?;
        Some(*payload_type)
    }

    fn add(&mut self, payload_type: u8, map: Option<&RtpMap>) {
        let encoding = match map {
            Some(map) if is_telephone_event(map) => {
                self.telephone_event.get_or_insert(payload_type);
                return;
            }
            Some(map) => mapped(map),
            None => ALL
                .into_iter()
                .find(|e| static_payload_type(*e) == payload_type),
        };
        if let Some(encoding) = encoding {
            self.encodings.push((payload_type, encoding));
        }
    }
}

impl PayloadTypes {
    pub(super) fn insert(&mut self, payload_type: u8) {
        self.0 |= 1u128 << (payload_type & 0x7f);
    }

    pub(super) fn contains(self, payload_type: u8) -> bool {
        self.0 >> (payload_type & 0x7f) & 1 == 1
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// A dynamic payload type (RFC 3551 §6) that is not in the set, the usual one of
    /// telephone-event if possible.
    pub(super) fn free(self) -> Option<u8> {
        std::iter::once(TELEPHONE_EVENT)
            .chain(96..=127)
            .find(|pt| !self.contains(*pt))
    }
}

/// The payload type RFC 3551 §6 gives an encoding; it needs no `rtpmap`.
pub(super) const fn static_payload_type(encoding: Encoding) -> u8 {
    match encoding {
        Encoding::Pcmu => 0,
        Encoding::Pcma => 8,
    }
}

/// The name an `rtpmap` gives an encoding.
pub(super) const fn name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Pcmu => "PCMU",
        Encoding::Pcma => "PCMA",
    }
}

fn mapped(map: &RtpMap) -> Option<Encoding> {
    let mono = map.encoding_params.as_deref().is_none_or(|p| p == "1");
    ALL.into_iter()
        .find(|e| name(*e).eq_ignore_ascii_case(&map.encoding_name))
        .filter(|_| map.clock_rate == CLOCK_RATE && mono)
}

fn is_telephone_event(map: &RtpMap) -> bool {
    map.encoding_name.eq_ignore_ascii_case(TELEPHONE_EVENT_NAME) && map.clock_rate == CLOCK_RATE
}

const ALL: [Encoding; 2] = [Encoding::Pcmu, Encoding::Pcma];

/// Clock of every encoding we have, in Hz.
pub(super) const CLOCK_RATE: u32 = 8000;
/// Its name in an `rtpmap` (RFC 4733 §7.1.1).
pub(super) const TELEPHONE_EVENT_NAME: &str = "telephone-event";
/// The payload type everybody gives it; an offerer's choice is taken over (RFC 3264 §6.1).
const TELEPHONE_EVENT: u8 = 101;
