//! Payload types and the encodings they stand for (RFC 3551 §6, RFC 8866 §6.6).

use sdp_types::{Media, RtpMap};

use super::carried::{Carried, MAX_CARRIED, parameters};
use crate::format::{Foreign, Format};
use crate::stream::Encoding;

/// What one audio line offers, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Formats {
    /// Encodings with their payload types.
    pub(super) encodings: Vec<(u8, Encoding)>,
    /// What could only be passed on.
    pub(super) carried: Vec<Carried>,
    /// Payload types of telephone-event, with their clocks (RFC 4733 §2.1: one per clock of the
    /// encodings beside it).
    telephone_events: Vec<(u8, u32)>,
    /// Payload type of comfort noise at 8 kHz (RFC 3389 §4).
    pub(super) comfort_noise: Option<u8>,
    /// Opus may fall silent (RFC 7587 §6.1).
    pub(super) pauses: bool,
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
            let map = maps[usize::from(payload_type)].as_ref();
            if !formats.add(payload_type, map) {
                formats.carry(media, payload_type, map);
            }
            formats.pauses |= is_opus(map) && wants_pauses(media, payload_type);
        }
        formats
    }

    /// The payload type that stands for `format`.
    pub(super) fn payload_type_of(&self, format: Format) -> Option<u8> {
        match format {
            Format::Ours(encoding) => {
                let (payload_type, _) = self.encodings.iter().find(|(_, e)| *e == encoding)?;
                Some(*payload_type)
            }
            Format::Foreign(foreign) => Some(self.carried(foreign)?.payload_type),
        }
    }

    /// What is said of a format that could only be passed on.
    pub(super) fn carried(&self, foreign: Foreign) -> Option<&Carried> {
        self.carried
            .iter()
            .find(|carried| carried.format == foreign)
    }

    /// The payload type and the clock of the events that go with `format`: those of its clock, as
    /// RFC 4733 §2.1 wants them, else those that phones have always had.
    pub(super) fn telephone_event_of(&self, format: Format) -> Option<(u8, u32)> {
        let of = |wanted: u32| {
            let mut events = self.telephone_events.iter().copied();
            events.find(|(_, clock)| *clock == wanted)
        };
        of(format.clock_rate()).or_else(|| of(USUAL_EVENT_CLOCK))
    }

    /// Takes a format we know; whether it is one.
    fn add(&mut self, payload_type: u8, map: Option<&RtpMap>) -> bool {
        let is = |map: &RtpMap, name: &str| map.encoding_name.eq_ignore_ascii_case(name);
        let encoding = match map {
            Some(map) if is(map, TELEPHONE_EVENT_NAME) => {
                self.telephone_events.push((payload_type, map.clock_rate));
                return true;
            }
            Some(map) if is(map, COMFORT_NOISE_NAME) && map.clock_rate == COMFORT_NOISE_CLOCK => {
                self.comfort_noise.get_or_insert(payload_type);
                return true;
            }
            None if payload_type == COMFORT_NOISE => {
                self.comfort_noise.get_or_insert(payload_type);
                return true;
            }
            Some(map) => mapped(map),
            None => Encoding::ALL
                .into_iter()
                .find(|e| e.static_payload_type() == Some(payload_type)),
        };
        if let Some(encoding) = encoding {
            self.encodings.push((payload_type, encoding));
        }
        encoding.is_some()
    }

    /// Takes a format we do not know, if it is one that can be passed on whole.
    fn carry(&mut self, media: &Media, payload_type: u8, map: Option<&RtpMap>) {
        let format = match map {
            Some(map) => {
                let channels = map.encoding_params.as_deref().unwrap_or("1").parse();
                let channels = channels.unwrap_or(0);
                Foreign::new(&map.encoding_name, map.clock_rate, channels)
            }
            None => Foreign::of_static(payload_type),
        };
        if let Some(format) = format
            && self.carried.len() < MAX_CARRIED
            && self.carried(format).is_none()
            && let Ok(parameters) = parameters(media, payload_type)
        {
            self.carried.push(Carried {
                format,
                payload_type,
                parameters,
            });
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

    /// A dynamic payload type (RFC 3551 §6) that is not in the set, `usual` if possible; it is in the
    /// set from here on.
    pub(super) fn take(&mut self, usual: u8) -> Option<u8> {
        let free = std::iter::once(usual)
            .chain(96..=127)
            .find(|pt| !self.contains(*pt))?;
        self.insert(free);
        Some(free)
    }
}

fn is_opus(map: Option<&RtpMap>) -> bool {
    map.and_then(mapped) == Some(Encoding::Opus)
}

/// Whether the receiver of Opus would rather hear nothing than coded silence.
fn wants_pauses(media: &Media, payload_type: u8) -> bool {
    let Ok(Some(parameters)) = parameters(media, payload_type) else {
        return false;
    };
    let mut each = parameters.split(';').filter_map(|p| p.split_once('='));
    each.any(|(key, value)| key.trim().eq_ignore_ascii_case("usedtx") && value.trim() == "1")
}

fn mapped(map: &RtpMap) -> Option<Encoding> {
    let channels = map.encoding_params.as_deref().unwrap_or("1");
    Encoding::ALL
        .into_iter()
        .find(|e| e.name().eq_ignore_ascii_case(&map.encoding_name))
        .filter(|e| map.clock_rate == e.clock_rate() && channels == channels_of(*e))
}

/// What an `rtpmap` says of channels: Opus says two, always (RFC 7587 §7), and means what it likes.
pub(super) const fn channels_of(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Opus => "2",
        Encoding::Pcmu | Encoding::Pcma | Encoding::G722 => "1",
    }
}

/// The payload type everybody gives a format.
pub(super) fn usual_payload_type(format: Format) -> u8 {
    format.static_payload_type().unwrap_or(OPUS)
}

/// The payload type everybody gives the events of a clock; an offerer's choice is taken over
/// (RFC 3264 §6.1).
pub(super) const fn usual_telephone_event(clock: u32) -> u8 {
    if clock == 8_000 { 101 } else { 102 }
}

/// The clock of events beside G.711.
const USUAL_EVENT_CLOCK: u32 = 8_000;
/// Its name in an `rtpmap` (RFC 4733 §7.1.1).
pub(super) const TELEPHONE_EVENT_NAME: &str = "telephone-event";
/// Likewise (RFC 3389 §4).
pub(super) const COMFORT_NOISE_NAME: &str = "CN";
/// The only clock of the static payload type of comfort noise.
const COMFORT_NOISE_CLOCK: u32 = 8_000;
/// The static payload type of comfort noise (RFC 3551 §6).
pub(super) const COMFORT_NOISE: u8 = 13;
/// The payload type most give Opus.
const OPUS: u8 = 96;
