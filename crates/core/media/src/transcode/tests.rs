//! Streams through a transcoder: what comes out is whole, in time, and sounds the same.

use std::time::Duration;

use rappel_audio::tone::tone;

use super::*;

/// A tone of 440 Hz as packets of `encoding`, `milliseconds` each.
fn packets(encoding: Encoding, count: u32, milliseconds: u32) -> Vec<(Header, Vec<u8>)> {
    let mut encoder = Encoder::new(codec(encoding), Rate::Narrow).unwrap();
    let sound = tone(
        &[(440.0, -10.0)],
        Duration::from_millis(20) * (count * milliseconds / 20 + 1),
    );
    let coded: Vec<Vec<u8>> = sound
        .chunks_exact(160)
        .map(|samples| Payload::coded(&mut encoder, samples).bytes().to_vec())
        .collect();
    let ticks = encoding.clock_of_frame() * milliseconds / 20;
    (0..count)
        .map(|n| {
            let header = Header {
                marker: n == 0,
                payload_type: 0,
                sequence: n as u16,
                timestamp: 4_000_000_000_u32.wrapping_add(n * ticks),
                ssrc: 7,
            };
            let payload = match milliseconds {
                20 => coded[n as usize].clone(),
                // Of G.711 and G.722 any length can be cut.
                _ => {
                    let all = coded.concat();
                    let bytes = (milliseconds * 8) as usize;
                    all[n as usize * bytes..][..bytes].to_vec()
                }
            };
            (header, payload)
        })
        .collect()
}

fn through(transcoder: &mut Transcoder, packets: &[(Header, Vec<u8>)]) -> Vec<(Header, Vec<u8>)> {
    let mut made = Vec::new();
    for (header, payload) in packets {
        transcoder.put(header, payload, |header, payload| {
            made.push((header, payload.bytes().to_vec()));
        });
    }
    made
}

/// Upward crossings of zero per second of what the packets sound like, their beginning left out.
fn hertz(encoding: Encoding, packets: &[(Header, Vec<u8>)]) -> usize {
    let mut decoder = Decoder::new(codec(encoding), Rate::Narrow).unwrap();
    let mut sound = Vec::new();
    for (_, payload) in packets {
        let mut samples = [0; MAX_PACKET_SAMPLES];
        let count = decoder.decode(payload, &mut samples);
        sound.extend_from_slice(&samples[..count]);
    }
    let second = &sound[1_600..9_600];
    second.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count()
}

fn assert_in_time(encoding: Encoding, made: &[(Header, Vec<u8>)]) {
    for pair in made.windows(2) {
        let (a, b) = (pair[0].0, pair[1].0);
        assert_eq!(b.sequence, a.sequence.wrapping_add(1));
        assert_eq!(
            b.timestamp.wrapping_sub(a.timestamp),
            encoding.clock_of_frame()
        );
    }
}

fn built() -> impl Iterator<Item = Encoding> {
    Encoding::ALL.into_iter().filter(|e| codec(*e).is_built())
}

#[test]
fn every_encoding_becomes_every_other_and_sounds_the_same() {
    for from in built() {
        for to in built().filter(|to| *to != from) {
            let mut transcoder = Transcoder::new(from, to).unwrap();
            let made = through(&mut transcoder, &packets(from, 100, 20));
            assert_eq!(made.len(), 100, "{from:?} {to:?}");
            assert!(made[0].0.marker && !made[1].0.marker);
            assert_in_time(to, &made);
            let heard = hertz(to, &made);
            assert!((437..=443).contains(&heard), "{from:?} {to:?}: {heard}");
        }
    }
}

#[test]
fn packets_of_other_lengths_leave_in_twenty_milliseconds() {
    for milliseconds in [10, 30, 40, 60] {
        let mut transcoder = Transcoder::new(Encoding::Pcma, Encoding::G722).unwrap();
        let made = through(&mut transcoder, &packets(Encoding::Pcma, 60, milliseconds));
        assert_eq!(made.len() as u32, 60 * milliseconds / 20);
        assert_in_time(Encoding::G722, &made);
    }
}

#[test]
fn what_is_lost_is_filled_in_and_what_is_late_is_left_out() {
    for from in built() {
        let to = if from == Encoding::Pcma {
            Encoding::G722
        } else {
            Encoding::Pcma
        };
        let mut transcoder = Transcoder::new(from, to).unwrap();
        let whole = packets(from, 200, 20);
        let mut arrived = Vec::new();
        for (n, packet) in whole.iter().enumerate() {
            match n % 20 {
                // One and three lost in a row, and one that comes after its successor.
                3 | 8 | 9 | 10 => {}
                14 => {}
                15 => arrived.extend([packet.clone(), whole[n - 1].clone()]),
                _ => arrived.push(packet.clone()),
            }
        }
        let made = through(&mut transcoder, &arrived);
        assert_eq!(made.len(), 200, "{from:?}");
        assert_in_time(to, &made);
        let heard = hertz(to, &made);
        assert!((425..=455).contains(&heard), "{from:?}: {heard}");
    }
}

#[test]
fn a_pause_stays_a_pause_and_a_jump_back_begins_anew() {
    let mut transcoder = Transcoder::new(Encoding::Pcma, Encoding::G722).unwrap();
    let mut stream = packets(Encoding::Pcma, 30, 20);
    for (header, _) in &mut stream[10..] {
        header.timestamp = header.timestamp.wrapping_add(8_000);
    }
    for (header, _) in &mut stream[20..] {
        header.timestamp = header.timestamp.wrapping_sub(100_000);
    }
    let made = through(&mut transcoder, &stream);
    assert_eq!(made.len(), 30);
    let pause = made[10].0.timestamp.wrapping_sub(made[9].0.timestamp);
    assert_eq!(pause, 8_000 + 160, "one second left out");
    assert!(made[10].0.marker);
    let back = made[20].0.timestamp.wrapping_sub(made[19].0.timestamp);
    assert_eq!(back, 160, "time goes on");
    assert!(made[20].0.marker);
}

#[test]
fn garbage_makes_nothing() {
    for from in built() {
        let to = if from == Encoding::Pcma {
            Encoding::Pcmu
        } else {
            Encoding::Pcma
        };
        let mut transcoder = Transcoder::new(from, to).unwrap();
        let header = packets(from, 1, 20)[0].0;
        let made = through(
            &mut transcoder,
            &[(header, Vec::new()), (header, vec![0xff; 1_400])],
        );
        assert!(made.is_empty(), "{from:?}");
    }
}
