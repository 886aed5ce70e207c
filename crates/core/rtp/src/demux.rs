//! Which protocol a datagram on a media port belongs to (RFC 7983 §7, RFC 5761 §4).

/// What a datagram is, judged by its first two bytes alone; each reader still checks the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// STUN: 0–3.
    Stun,
    /// ZRTP: 16–19.
    Zrtp,
    /// DTLS: 20–63.
    Dtls,
    /// TURN channel data: 64–79.
    Turn,
    /// RTP: 128–191, except what RTCP takes of it.
    Rtp,
    /// RTCP on the port of RTP: 128–191 with a packet type of 192–223.
    Rtcp,
    /// Nothing that is defined, or empty.
    Unknown,
}

impl Protocol {
    /// Sorts one datagram.
    pub fn of(datagram: &[u8]) -> Self {
        match datagram {
            [0..=3, ..] => Self::Stun,
            [16..=19, ..] => Self::Zrtp,
            [20..=63, ..] => Self::Dtls,
            [64..=79, ..] => Self::Turn,
            [128..=191, 192..=223, ..] => Self::Rtcp,
            [128..=191, ..] => Self::Rtp,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_first_byte_has_the_owner_the_rfc_gives_it() {
        for first in 0..=255u8 {
            let expected = match first {
                0..=3 => Protocol::Stun,
                4..=15 => Protocol::Unknown,
                16..=19 => Protocol::Zrtp,
                20..=63 => Protocol::Dtls,
                64..=79 => Protocol::Turn,
                80..=127 => Protocol::Unknown,
                128..=191 => Protocol::Rtp,
                192..=255 => Protocol::Unknown,
            };
            assert_eq!(Protocol::of(&[first, 0]), expected, "{first}");
        }
        assert_eq!(Protocol::of(&[]), Protocol::Unknown);
    }

    #[test]
    fn rtcp_is_told_by_its_packet_type() {
        for packet_type in 0..=255u8 {
            let rtcp = (192..=223).contains(&packet_type);
            let expected = if rtcp { Protocol::Rtcp } else { Protocol::Rtp };
            assert_eq!(Protocol::of(&[0x80, packet_type]), expected);
        }
    }
}
