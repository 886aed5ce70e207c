//! The VoIP metrics block of extended reports (RFC 3611 §4.7): what a listener says of the sound it
//! hears, beyond loss and jitter.

use std::time::Duration;

use rtcp::extended_report::VoIPMetricsReportBlock;
use webrtc_util::marshal::{Marshal, Unmarshal};

use super::Malformed;
use crate::quality::{BurstMetrics, Rating, Scale};

/// What one listener says of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoipMetrics {
    /// The source it is about.
    pub source: u32,
    /// Share lost since the beginning, in 256ths (§4.7.1).
    pub loss_rate: u8,
    /// Share that came, but too late to be played, in 256ths.
    pub discard_rate: u8,
    /// How both fall together (§4.7.2).
    pub bursts: BurstMetrics,
    /// The last round trip measured, to the millisecond (§4.7.3); at most 65 s, as all lengths here.
    pub round_trip: Option<Duration>,
    /// What the listener's own end adds to it.
    pub end_system: Option<Duration>,
    /// Level of speech in dBm0 (§4.7.4).
    pub signal_level: Option<i8>,
    /// Level of the background while nobody speaks, in dBm0.
    pub noise_level: Option<i8>,
    /// Residual echo return loss in dB.
    pub echo_return_loss: Option<u8>,
    /// Transmission rating factor R, 0 to 100 (§4.7.5).
    pub factor: Option<u8>,
    /// Mean opinion score of who only listens, in tenths: 10 to 50.
    pub listening: Option<u8>,
    /// Mean opinion score of a conversation, in tenths: 10 to 50.
    pub conversation: Option<u8>,
    /// What is done for a packet that is missing (§4.7.6).
    pub concealment: Concealment,
    /// The listener's jitter buffer; `None` when it does not say.
    pub buffer: Option<Buffer>,
}

/// What a listener does for a missing packet. In the order of its two bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Concealment {
    /// It does not say.
    #[default]
    Unspecified,
    /// Silence.
    Disabled,
    /// Interpolation.
    Enhanced,
    /// Repetition.
    Standard,
}

/// A listener's jitter buffer (§4.7.6, §4.7.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buffer {
    /// It changes its delay by itself.
    pub adaptive: bool,
    /// What a packet that was not held up waits.
    pub nominal: Duration,
    /// What the packet that waits longest waits now.
    pub maximum: Duration,
    /// The longest it can get.
    pub absolute: Duration,
}

impl VoipMetrics {
    /// Enters what the E-model says. The factor is given on the narrowband scale only: the block has
    /// none for sound beyond it.
    #[must_use]
    pub fn rated(self, rating: &Rating) -> Self {
        let tenths = |score: f64| Some((score * 10.0).round() as u8);
        Self {
            factor: (rating.scale == Scale::Narrow).then(|| rating.conversation.round() as u8),
            listening: tenths(rating.listening_mos()),
            conversation: tenths(rating.mos()),
            ..self
        }
    }

    /// Writes an extended report with this block alone, sent by `ssrc`, as a part of a compound packet
    /// (RFC 3611 §2), and returns its length, [`Self::LENGTH`]; `None` when `out` is shorter.
    pub fn write(&self, ssrc: u32, out: &mut [u8]) -> Option<usize> {
        let (head, block) = out.get_mut(..Self::LENGTH)?.split_at_mut(8);
        head[..4].copy_from_slice(&[0x80, EXTENDED_REPORT, 0, WORDS - 1]);
        head[4..].copy_from_slice(&ssrc.to_be_bytes());
        self.block().marshal_to(block).ok()?;
        Some(Self::LENGTH)
    }

    /// Bytes of such a report.
    pub const LENGTH: usize = 4 * WORDS as usize;

    /// The block about `source` of one extended report, its RTCP header included; `None` when it holds
    /// none. Blocks of other kinds are passed over (§3), so is one of another length.
    ///
    /// # Errors
    /// [`Malformed::Short`] when a block reaches beyond the report.
    pub(super) fn read(report: &[u8], source: u32) -> Result<Option<Self>, Malformed> {
        let mut rest = report.get(8..).ok_or(Malformed::Short)?;
        let mut found = None;
        while let Some(&[kind, _, high, low]) = rest.first_chunk() {
            let length = 4 * (usize::from(u16::from_be_bytes([high, low])) + 1);
            let (block, after) = rest.split_at_checked(length).ok_or(Malformed::Short)?;
            if kind == VOIP_METRICS && length == BLOCK {
                let mut block = block;
                let block =
                    VoIPMetricsReportBlock::unmarshal(&mut block).map_err(|_| Malformed::Short)?;
                if block.ssrc == source {
                    found = found.or_else(|| Some(Self::of(&block)));
                }
            }
            rest = after;
        }
        if rest.is_empty() {
            Ok(found)
        } else {
            Err(Malformed::Short)
        }
    }

    fn of(block: &VoIPMetricsReportBlock) -> Self {
        let length = |millis: u16| Duration::from_millis(millis.into());
        let known = |millis: u16| (millis > 0).then(|| length(millis));
        let within =
            |value: u8, least: u8, most: u8| Some(value).filter(|v| (least..=most).contains(v));
        let level = |value: u8| Some(value).filter(|v| *v != UNAVAILABLE);
        let adapts = block.rx_config >> 4 & 3;
        Self {
            source: block.ssrc,
            loss_rate: block.loss_rate,
            discard_rate: block.discard_rate,
            bursts: BurstMetrics {
                burst_density: block.burst_density,
                gap_density: block.gap_density,
                burst_duration: block.burst_duration,
                gap_duration: block.gap_duration,
            },
            round_trip: known(block.round_trip_delay),
            end_system: known(block.end_system_delay),
            signal_level: level(block.signal_level).map(u8::cast_signed),
            noise_level: level(block.noise_level).map(u8::cast_signed),
            echo_return_loss: level(block.rerl),
            factor: within(block.rfactor, 0, 100),
            listening: within(block.mos_lq, 10, 50),
            conversation: within(block.mos_cq, 10, 50),
            concealment: Concealment::of(block.rx_config >> 6),
            buffer: (adapts >= FIXED).then(|| Buffer {
                adaptive: adapts == ADAPTIVE,
                nominal: length(block.jb_nominal),
                maximum: length(block.jb_maximum),
                absolute: length(block.jb_abs_max),
            }),
        }
    }

    fn block(&self) -> VoIPMetricsReportBlock {
        let level = |value: Option<u8>| value.unwrap_or(UNAVAILABLE);
        let buffer = self.buffer.unwrap_or_default();
        let adapts = match self.buffer {
            None => 0,
            Some(buffer) if buffer.adaptive => ADAPTIVE,
            Some(_) => FIXED,
        };
        VoIPMetricsReportBlock {
            ssrc: self.source,
            loss_rate: self.loss_rate,
            discard_rate: self.discard_rate,
            burst_density: self.bursts.burst_density,
            gap_density: self.bursts.gap_density,
            burst_duration: self.bursts.burst_duration,
            gap_duration: self.bursts.gap_duration,
            round_trip_delay: millis(self.round_trip.unwrap_or_default()),
            end_system_delay: millis(self.end_system.unwrap_or_default()),
            signal_level: level(self.signal_level.map(i8::cast_unsigned)),
            noise_level: level(self.noise_level.map(i8::cast_unsigned)),
            rerl: level(self.echo_return_loss),
            gmin: GMIN,
            rfactor: level(self.factor),
            ext_rfactor: UNAVAILABLE,
            mos_lq: level(self.listening),
            mos_cq: level(self.conversation),
            // The rate at which the buffer adapts stays 0: unspecified.
            rx_config: (self.concealment as u8) << 6 | adapts << 4,
            reserved: 0,
            jb_nominal: millis(buffer.nominal),
            jb_maximum: millis(buffer.maximum),
            jb_abs_max: millis(buffer.absolute),
        }
    }
}

impl Concealment {
    fn of(bits: u8) -> Self {
        match bits & 3 {
            1 => Self::Disabled,
            2 => Self::Enhanced,
            3 => Self::Standard,
            _ => Self::Unspecified,
        }
    }
}

fn millis(length: Duration) -> u16 {
    u16::try_from(length.as_millis()).unwrap_or(u16::MAX)
}

/// RTCP packet type of extended reports (RFC 3611 §2).
pub(super) const EXTENDED_REPORT: u8 = 207;

/// Block type (§4.7).
const VOIP_METRICS: u8 = 7;

/// Bytes of the block, its header included: nine words.
const BLOCK: usize = 36;

/// Words of a report with one block.
const WORDS: u8 = 11;

/// "Unavailable" where the block has a value for it.
const UNAVAILABLE: u8 = 127;

/// The two bits of a buffer that does not adapt, and of one that does; less says nothing.
const FIXED: u8 = 2;
const ADAPTIVE: u8 = 3;

/// The gap threshold the bursts were counted with.
const GMIN: u8 = crate::quality::GMIN as u8;

#[cfg(test)]
mod tests {
    use std::any::Any;

    use proptest::prelude::*;
    use rtcp::extended_report::ExtendedReport;
    use rtcp::packet::Packet;

    use super::*;
    use crate::quality::{Conditions, rate};
    use crate::stream::Encoding;

    fn full() -> VoipMetrics {
        let millis = Duration::from_millis;
        VoipMetrics {
            source: 0x1234_5678,
            loss_rate: 3,
            discard_rate: 2,
            bursts: BurstMetrics {
                burst_density: 128,
                gap_density: 1,
                burst_duration: 240,
                gap_duration: 12_000,
            },
            round_trip: Some(millis(84)),
            end_system: Some(millis(60)),
            signal_level: Some(-18),
            noise_level: Some(-63),
            echo_return_loss: Some(55),
            factor: Some(88),
            listening: Some(42),
            conversation: Some(41),
            concealment: Concealment::Enhanced,
            buffer: Some(Buffer {
                adaptive: true,
                nominal: millis(40),
                maximum: millis(90),
                absolute: millis(200),
            }),
        }
    }

    fn written(metrics: &VoipMetrics) -> Vec<u8> {
        let mut out = vec![0; VoipMetrics::LENGTH];
        assert_eq!(metrics.write(9, &mut out), Some(44));
        out
    }

    /// The figure of §4.7, byte by byte.
    #[test]
    fn the_block_lies_as_the_rfc_draws_it() {
        let bytes = written(&full());
        assert_eq!(bytes[..12], [0x80, 207, 0, 10, 0, 0, 0, 9, 7, 0, 0, 8]);
        assert_eq!(bytes[12..20], [0x12, 0x34, 0x56, 0x78, 3, 2, 128, 1]);
        assert_eq!(bytes[20..28], [0, 240, 0x2e, 0xe0, 0, 84, 0, 60]);
        assert_eq!(bytes[28..36], [238, 193, 55, 16, 88, 127, 42, 41]);
        assert_eq!(bytes[36..], [0xb0, 0, 0, 40, 0, 90, 0, 200]);
    }

    #[test]
    fn the_crate_reads_what_we_write() {
        let bytes = written(&full());
        let report = ExtendedReport::unmarshal(&mut &bytes[..]).unwrap();
        assert_eq!(report.sender_ssrc, 9);
        let block: &dyn Any = report.reports[0].as_any();
        let block = block.downcast_ref::<VoIPMetricsReportBlock>().unwrap();
        assert_eq!((block.rfactor, block.jb_abs_max, block.gmin), (88, 200, 16));
        assert!(Packet::equal(block, &full().block()));
    }

    #[test]
    fn what_is_not_known_is_not_made_up() {
        let nothing = VoipMetrics {
            source: 5,
            ..VoipMetrics::default()
        };
        let bytes = written(&nothing);
        assert_eq!(bytes[28..36], [127, 127, 127, 16, 127, 127, 127, 127]);
        assert_eq!(VoipMetrics::read(&bytes, 5), Ok(Some(nothing)));
        let mut out_of_range = bytes;
        out_of_range[32..36].copy_from_slice(&[101, 0, 9, 51]);
        assert_eq!(VoipMetrics::read(&out_of_range, 5), Ok(Some(nothing)));
    }

    #[test]
    fn only_the_block_about_the_source_is_read_and_others_are_passed_over() {
        let mut bytes = written(&full());
        assert_eq!(VoipMetrics::read(&bytes, 6), Ok(None));
        // A receiver reference time (§4.4) before it, a block nobody knows after it.
        bytes.splice(8..8, [4, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]);
        bytes.extend([200, 0, 0, 0]);
        assert_eq!(VoipMetrics::read(&bytes, 0x1234_5678), Ok(Some(full())));
        for cut in 9..bytes.len() {
            let read = VoipMetrics::read(&bytes[..cut], 0x1234_5678);
            let whole = cut == 20 || cut == 56;
            assert_eq!(read.is_err(), !whole, "{cut}: {read:?}");
        }
        let mut longer = written(&full());
        longer[11] = 9;
        longer.extend([0; 4]);
        assert_eq!(VoipMetrics::read(&longer, 0x1234_5678), Ok(None));
    }

    #[test]
    fn a_rating_is_entered_in_the_units_of_the_block() {
        let rated = |encoding| {
            full().rated(&rate(&Conditions {
                encoding,
                delay: Duration::ZERO,
                loss: 0.0,
                burst_ratio: 1.0,
            }))
        };
        let narrow = rated(Encoding::Pcma);
        assert_eq!(
            (narrow.factor, narrow.listening, narrow.conversation),
            (Some(93), Some(44), Some(44))
        );
        assert_eq!(rated(Encoding::G722).factor, None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn any_block_is_read_and_written_again(block in prop::collection::vec(any::<u8>(), 32)) {
            let mut bytes = written(&full());
            bytes[12..].copy_from_slice(&block);
            let source = u32::from_be_bytes([block[0], block[1], block[2], block[3]]);
            let read = VoipMetrics::read(&bytes, source).unwrap().unwrap();
            let again = VoipMetrics::read(&written(&read), source).unwrap().unwrap();
            prop_assert_eq!(read, again);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = VoipMetrics::read(&bytes, 0);
        }
    }
}
