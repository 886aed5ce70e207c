//! What a peer hears of a bridge whose other side pauses, when it makes no noise itself.

use rappel_audio::Rate;
use rappel_audio::codec::{Decoder, Encoder, MAX_ENCODED, MAX_PACKET_SAMPLES, Noise};

use super::*;
use crate::agreed::codec;

const NOISE: u8 = 13;

/// A, which says how its pauses sound, bridged with B in `encoding`, which does not.
fn bridged(a: Encoding, b: Encoding) -> House {
    let mut house = House::with_both(b);
    let stream = Stream {
        comfort_noise: Some(NOISE.into()),
        telephone_event: Some(EVENTS_A.into()),
        ..Stream::plain(address(4_001), a)
    };
    house.connect(A, stream);
    house.order(Command::Bridge { a: A, b: B });
    house
}

fn to_b(sent: &[Sent]) -> Vec<&Sent> {
    sent.iter().filter(|s| s.leg == B).collect()
}

/// How loud what B was sent is, in decibels below full scale, but for its first 100 ms.
fn level(sent: &[Sent], encoding: Encoding) -> u8 {
    let mut decoder = Decoder::new(codec(encoding), Rate::Narrow).unwrap();
    let mut sound = Vec::new();
    for packet in to_b(sent) {
        let mut samples = [0; MAX_PACKET_SAMPLES];
        let count = decoder.decode(&packet.payload, &mut samples);
        sound.extend_from_slice(&samples[..count]);
    }
    Noise::like(&sound[800..]).level()
}

fn speak(house: &mut House, packets: std::ops::Range<u16>) {
    for n in packets {
        house.packet(A, 0, n, &[0x42; 160]);
        house.tick();
    }
}

#[test]
fn a_pause_sounds_as_loud_as_the_other_side_said_in_every_encoding() {
    for encoding in [
        Encoding::Pcmu,
        Encoding::Pcma,
        Encoding::G722,
        Encoding::Opus,
    ] {
        let mut house = bridged(Encoding::Pcmu, encoding);
        speak(&mut house, 0..20);
        let mut sent = house.sent();
        for n in 20..120_u16 {
            if n % 10 == 0 {
                house.packet(A, NOISE, n / 10 + 18, &[50]);
            }
            house.tick();
        }
        let pause = house.sent();
        assert_eq!(to_b(&pause).len(), 100, "{encoding:?}: a packet per tick");
        let level = level(&pause, encoding);
        assert!((44..=56).contains(&level), "{encoding:?}: {level} below");
        sent.extend(pause);
        for n in 0..20 {
            let (sequence, timestamp) = (30 + n, (120 + u32::from(n)) * 160);
            house.packet_at(A, 0, sequence, timestamp, &[0x42; 160]);
            house.tick();
        }
        let speech = house.sent();
        assert_eq!(to_b(&speech).len(), 20, "{encoding:?}: speech alone");
        sent.extend(speech);
        assert_one_stream(&sent, B, SSRC_B);
        let times: Vec<u32> = to_b(&sent).iter().map(|s| s.header.timestamp).collect();
        let elapsed = times[times.len() - 1].wrapping_sub(times[0]) / encoding.clock_of_frame();
        assert!(
            (138..=141).contains(&elapsed),
            "{encoding:?}: {elapsed} frames"
        );
    }
}

#[test]
fn who_says_that_the_line_roars_is_not_believed() {
    let mut house = bridged(Encoding::Pcmu, Encoding::Pcma);
    house.packet(A, NOISE, 1, &[0]);
    house.ticks(50);
    let sent = house.sent();
    let level = level(&sent, Encoding::Pcma);
    assert!((34..=38).contains(&level), "{level}");
}

#[test]
fn who_stops_without_a_word_leaves_a_line_that_sounds_until_it_must_be_dead() {
    let mut house = bridged(Encoding::Pcmu, Encoding::Pcmu);
    speak(&mut house, 0..20);
    house.sent();
    house.ticks(23);
    assert!(to_b(&house.sent()).is_empty(), "it may be the network");
    house.ticks(100);
    let sent = house.sent();
    assert!(to_b(&sent).len() >= 99);
    let level = level(&sent, Encoding::Pcmu);
    assert!((62..=80).contains(&level), "{level}");
    // 20 s are the limit of a session here.
    house.ticks(1_000);
    house.sent();
    house.ticks(100);
    let sent = house.sent();
    assert!(
        (3..=5).contains(&to_b(&sent).len()),
        "a packet each half second"
    );
    assert!(to_b(&sent).iter().all(|s| s.payload == [0xff; 160]));
    speak(&mut house, 20..40);
    assert_eq!(to_b(&house.sent()).len(), 20);
}

#[test]
fn a_key_in_a_pause_is_one_key() {
    let mut house = bridged(Encoding::Pcmu, Encoding::Pcmu);
    speak(&mut house, 0..20);
    house.packet(A, NOISE, 20, &[60]);
    house.ticks(20);
    for n in 0..10_u16 {
        let payload = key(5, n > 7, 160 * (n + 1));
        house.packet_at(A, EVENTS_A, 21 + n, 40 * 160, &payload);
        house.tick();
    }
    house.packet(A, NOISE, 31, &[60]);
    house.ticks(20);
    let sent = house.sent();
    assert_one_stream(&sent, B, SSRC_B);
    let of_keys = |s: &&&Sent| s.header.payload_type == EVENTS_B;
    let mine = to_b(&sent);
    let mut times: Vec<u32> = mine
        .iter()
        .filter(of_keys)
        .map(|s| s.header.timestamp)
        .collect();
    assert_eq!(times.len(), 10);
    times.dedup();
    assert_eq!(times.len(), 1);
    assert_eq!(mine.iter().filter(|s| !of_keys(s)).count(), 60);
}

#[test]
fn a_pause_of_opus_is_noise_in_g711() {
    let mut house = bridged(Encoding::Opus, Encoding::Pcmu);
    let payload_type = Stream::plain(address(1), Encoding::Opus).payload_type.heard;
    let mut encoder = Encoder::new(codec(Encoding::Opus), Rate::Wide).unwrap();
    let (mut sequence, mut first) = (0, 0);
    for n in 0..220_u32 {
        let mut coded = [0; MAX_ENCODED];
        let samples: [i16; 320] = std::array::from_fn(|i| ((i * 331) % 4_000) as i16 - 2_000);
        let count = encoder.encode(&samples, &mut coded);
        first = coded[0];
        // From the 20th on it pauses, and says so each 400 ms.
        let payload = match n {
            ..20 | 120.. => &coded[..count],
            _ if n.is_multiple_of(20) => &[first & 0xfc][..],
            _ => &[],
        };
        if !payload.is_empty() {
            house.packet_at(A, payload_type, sequence, n * 960, payload);
            sequence += 1;
        }
        house.tick();
    }
    let sent = house.sent();
    assert_one_stream(&sent, B, SSRC_B);
    let mine = to_b(&sent);
    assert!(
        (218..=222).contains(&mine.len()),
        "{} packets, {first}",
        mine.len()
    );
    let elapsed = mine[mine.len() - 1]
        .header
        .timestamp
        .wrapping_sub(mine[0].header.timestamp)
        / 160;
    assert!((217..=222).contains(&elapsed), "{elapsed} frames");
    for packet in &mine[22..118] {
        let mut samples = [0; FRAME_SAMPLES];
        Codec::Pcmu.decode(&packet.payload, &mut samples);
        let level = Noise::like(&samples).level();
        assert!((44..=82).contains(&level), "{level}");
    }
}
