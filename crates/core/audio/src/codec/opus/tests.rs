//! That our settings reach libopus: what speech costs, what a loss takes, what a pause saves.

use std::io::Cursor;

use super::*;
use crate::codec::{MAX_ENCODED, MAX_PACKET_SAMPLES};
use crate::wav;

/// A French sentence, at 16 kHz.
fn speech() -> Vec<i16> {
    let file = include_bytes!("../../../../../../prompts/fr/apology.wav");
    let (samples, rate) = wav::read_at_own_rate(Cursor::new(file)).unwrap();
    assert_eq!(rate, 16_000);
    samples
}

fn packets(settings: OpusSettings, sound: &[i16]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(Rate::Wide, settings).unwrap();
    sound
        .chunks_exact(320)
        .map(|frame| {
            let mut out = [0; MAX_ENCODED];
            let length = encoder.encode(frame, &mut out);
            out[..length].to_vec()
        })
        .collect()
}

/// What is heard when `lost` packets do not come, and whether each is recovered from the next.
fn heard(packets: &[Vec<u8>], lost: impl Fn(usize) -> bool, recovered: bool) -> Vec<i16> {
    let mut decoder = Decoder::new(Rate::Wide).unwrap();
    let mut sound = Vec::new();
    for (n, packet) in packets.iter().enumerate() {
        let mut out = [0; MAX_PACKET_SAMPLES];
        let count = match (lost(n), recovered, packets.get(n + 1)) {
            (false, ..) => decoder.decode(packet, &mut out),
            (true, true, Some(next)) => decoder.recover(next, &mut out[..320]),
            (true, ..) => decoder.conceal(&mut out[..320]),
        };
        assert_eq!(count, 320);
        sound.extend_from_slice(&out[..count]);
    }
    sound
}

/// Mean over 20 ms segments of the ratio of `wanted` to what differs from it, each held within 0 and
/// 35 dB, quiet segments left out.
fn segmental_ratio(wanted: &[i16], got: &[i16]) -> f64 {
    let energy = |samples: &mut dyn Iterator<Item = f64>| samples.map(|s| s * s).sum::<f64>();
    let ratios: Vec<f64> = wanted
        .chunks_exact(320)
        .zip(got.chunks_exact(320))
        .filter_map(|(wanted, got)| {
            let signal = energy(&mut wanted.iter().map(|&s| f64::from(s)));
            let pairs = wanted.iter().zip(got);
            let noise = energy(&mut pairs.map(|(&a, &b)| f64::from(a) - f64::from(b)));
            (signal > 320.0 * 1e4)
                .then(|| (10.0 * (signal / noise.max(1.0)).log10()).clamp(0.0, 35.0))
        })
        .collect();
    ratios.iter().sum::<f64>() / ratios.len() as f64
}

/// `sound` as much earlier as makes it most like `wanted`.
fn aligned(wanted: &[i16], sound: &[i16]) -> Vec<i16> {
    let likeness = |delay: usize| -> f64 {
        let pairs = wanted.iter().zip(&sound[delay..]);
        pairs.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    };
    let delay = (0..400)
        .max_by(|&a, &b| likeness(a).total_cmp(&likeness(b)))
        .unwrap();
    sound[delay..].to_vec()
}

#[test]
fn speech_is_itself_at_the_bitrate_asked() {
    let speech = speech();
    for (bitrate, least) in [(12_000, 4.0), (24_000, 8.0), (48_000, 10.0)] {
        let settings = OpusSettings {
            bitrate,
            expected_loss: 0,
            ..OpusSettings::default()
        };
        let packets = packets(settings, &speech);
        let bytes: usize = packets.iter().map(Vec::len).sum();
        let spent = bytes as f64 * 8.0 / (packets.len() as f64 * 0.02);
        assert!(spent < f64::from(bitrate) * 1.1, "{bitrate}: {spent}");
        let heard = heard(&packets, |_| false, false);
        let ratio = segmental_ratio(&speech, &aligned(&speech, &heard));
        println!("{bitrate}: {ratio:.1} dB, {spent:.0} bit/s");
        assert!(ratio > least, "{bitrate}: {ratio:.1} dB");
    }
}

#[test]
fn the_next_packet_repeats_what_was_lost() {
    let settings = OpusSettings {
        expected_loss: 20,
        ..OpusSettings::default()
    };
    let packets = packets(settings, &speech());
    let whole = heard(&packets, |_| false, false);
    let lost = |n: usize| n % 7 == 3;
    let concealed = segmental_ratio(&whole, &heard(&packets, lost, false));
    let recovered = segmental_ratio(&whole, &heard(&packets, lost, true));
    assert!(recovered > concealed + 2.0, "{concealed:.1} {recovered:.1}");
}

#[test]
fn reports_of_loss_change_what_is_repeated() {
    let speech = speech();
    let mut encoder = Encoder::new(
        Rate::Wide,
        OpusSettings {
            expected_loss: 0,
            ..OpusSettings::default()
        },
    )
    .unwrap();
    let mut repeats = [0; 2];
    for (n, frame) in speech.chunks_exact(320).enumerate().take(200) {
        let half = usize::from(n >= 100);
        if n == 100 {
            encoder.expect_loss(25);
        }
        let mut out = [0; MAX_ENCODED];
        let length = encoder.encode(frame, &mut out);
        repeats[half] += usize::from(has_repetition(&out[..length]));
    }
    assert!(repeats[0] == 0 && repeats[1] > 20, "{repeats:?}");
}

/// RFC 6716 §4.2.3, §4.2.4: a SILK frame of one channel begins with a bit for speech and one that
/// says whether a repetition of the frame before is there.
fn has_repetition(packet: &[u8]) -> bool {
    let silk = packet[0] >> 3 < 16;
    silk && packet.len() > 1 && packet[1] & 0x40 != 0
}

#[test]
fn a_pause_sends_next_to_nothing_and_is_heard_as_background() {
    let mut sound = speech();
    sound.truncate(320 * 100);
    sound.resize(320 * 250, 0);
    let settings = OpusSettings {
        pauses: true,
        ..OpusSettings::default()
    };
    let sent = packets(settings, &sound);
    let silent = sent[150..]
        .iter()
        .filter(|packet| packet.is_empty())
        .count();
    assert!(silent > 80, "{silent} of 100");
    assert!(sent[..90].iter().filter(|packet| packet.is_empty()).count() < 20);
    let always = packets(OpusSettings::default(), &sound);
    assert!(always.iter().all(|packet| !packet.is_empty()));
}

#[test]
fn packets_of_10_to_120_ms_two_channels_and_the_full_band_are_decoded() {
    for (rate, hertz) in [(Rate::Narrow, 8), (Rate::Wide, 16)] {
        for (channels, count) in [(Channels::Mono, 1), (Channels::Stereo, 2)] {
            for ms in [10, 20, 40, 60] {
                let peer =
                    Encoding::new(SampleRate::Hz48000, channels, Application::Audio).unwrap();
                let sound: Vec<i16> = (0..48 * ms * count)
                    .map(|i| (i * 37 % 2_000) as i16)
                    .collect();
                let mut packet = [0; 1_500];
                let length = peer.encode(&sound, &mut packet).unwrap();
                let mut decoder = Decoder::new(rate).unwrap();
                let mut out = [0; MAX_PACKET_SAMPLES];
                assert_eq!(decoder.decode(&packet[..length], &mut out), ms * hertz);
                // A buffer for less leaves the packet out and the next one whole.
                assert_eq!(
                    decoder.decode(&packet[..length], &mut out[..ms * hertz - 1]),
                    0
                );
                assert_eq!(decoder.decode(&packet[..length], &mut out), ms * hertz);
            }
        }
    }
    // Three frames of 40 ms behind one head (RFC 6716 §3.2.5) are 120 ms; four are too many.
    let mut decoder = Decoder::new(Rate::Wide).unwrap();
    let mut out = [0; MAX_PACKET_SAMPLES];
    let head = 2 << 3 | 3;
    assert_eq!(decoder.decode(&[head, 3, 0, 0, 0], &mut out), 1_920);
    assert_eq!(decoder.decode(&[head, 4, 0, 0, 0, 0], &mut out), 0);
}
