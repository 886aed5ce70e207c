//! How long a payload sounds, told from its bytes without decoding them.

use crate::stream::Encoding;

/// What a payload says of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sound {
    /// How long it sounds, in units of the RTP clock of its encoding.
    pub units: u32,
    /// The sender says by it that it pauses: what follows may be nothing for a while, and no loss.
    pub pauses: bool,
}

impl Sound {
    /// Reads a payload of sound. `None` when it holds none, or is no packet of its encoding.
    pub fn of(encoding: Encoding, payload: &[u8]) -> Option<Self> {
        match encoding {
            // A byte per unit: G.722 puts two samples of 16 kHz into it, under a clock of 8 kHz
            // (RFC 3551 §4.5.2).
            Encoding::Pcmu | Encoding::Pcma | Encoding::G722 => Some(Self {
                units: u32::try_from(payload.len()).ok().filter(|n| *n > 0)?,
                pauses: false,
            }),
            Encoding::Opus => Some(Self {
                units: opus_units(payload)?,
                pauses: payload.len() <= OPUS_PAUSE,
            }),
        }
    }
}

/// RFC 6716 §3.1 and §3.2: the length of a frame by its configuration, times the frames.
fn opus_units(payload: &[u8]) -> Option<u32> {
    let (&toc, rest) = payload.split_first()?;
    let config = usize::from(toc >> 3);
    let frame = match config {
        0..12 => [480, 960, 1_920, 2_880][config % 4],
        12..16 => [480, 960][config % 2],
        _ => [120, 240, 480, 960][config % 4],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(rest.first()? & 0x3f),
    };
    let units = frame * frames;
    (1..=OPUS_LONGEST).contains(&units).then_some(units)
}

/// Longest Opus packet: 120 ms (RFC 6716 §3.2.5, requirement R5).
const OPUS_LONGEST: u32 = 5_760;

/// Opus sends so many bytes at most when it has nothing to say: no frame, or an empty one.
const OPUS_PAUSE: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn opus(payload: &[u8]) -> Option<u32> {
        Sound::of(Encoding::Opus, payload).map(|sound| sound.units)
    }

    #[test]
    fn telephone_codings_sound_a_unit_per_byte() {
        for encoding in [Encoding::Pcmu, Encoding::Pcma, Encoding::G722] {
            let sound = Sound::of(encoding, &[0; 160]).unwrap();
            assert_eq!(
                (sound.units, sound.pauses),
                (encoding.clock_of_frame(), false)
            );
            assert_eq!(Sound::of(encoding, &[]), None);
        }
    }

    /// RFC 6716 Table 2, all 32 configurations, in ms.
    #[test]
    fn an_opus_frame_is_as_long_as_its_configuration_says() {
        let silk = [10.0, 20.0, 40.0, 60.0].repeat(3);
        let table = [
            silk,
            vec![10.0, 20.0, 10.0, 20.0],
            [2.5, 5.0, 10.0, 20.0].repeat(4),
        ]
        .concat();
        for (config, ms) in table.iter().enumerate() {
            let toc = (config << 3) as u8;
            assert_eq!(opus(&[toc, 1, 2]), Some((ms * 48.0) as u32), "{config}");
            // Stereo says nothing of time.
            assert_eq!(opus(&[toc | 4, 1, 2]), opus(&[toc, 1, 2]));
            assert_eq!(
                opus(&[toc | 1, 1, 2]),
                Some((ms * 96.0) as u32).filter(|u| *u <= 5_760)
            );
        }
    }

    #[test]
    fn opus_packets_hold_one_two_or_many_frames() {
        const TWENTY: u8 = 1 << 3;
        let count = |code: u8, byte: u8| opus(&[TWENTY | code, byte, 0]);
        assert_eq!(
            (count(0, 9), count(1, 9), count(2, 9)),
            (Some(960), Some(1_920), Some(1_920))
        );
        assert_eq!(
            count(3, 0xc6),
            Some(5_760),
            "six, padding and VBR flags beside"
        );
        assert_eq!(
            (count(3, 7), count(3, 0)),
            (None, None),
            "140 ms, and no frame"
        );
        assert_eq!((opus(&[]), opus(&[TWENTY | 3])), (None, None));
    }

    #[test]
    fn an_opus_packet_of_two_bytes_says_that_it_pauses() {
        let pauses = |payload: &[u8]| Sound::of(Encoding::Opus, payload).unwrap().pauses;
        assert!(pauses(&[8]) && pauses(&[8, 0]));
        assert!(!pauses(&[8, 0, 0]));
    }
}
