//! Keys that come as tones over a network that loses packets.

use rappel_audio::dtmf::{Detector, KeyTone};
use rappel_model::Random;

use super::*;

/// Packets of a key, and of the pause after it: 120 ms each.
const PACKETS: usize = 6;

/// Every key of which four packets in a row arrived (80 ms; Q.24 asks for 40) is told, and none twice,
/// when one packet of ten is lost.
#[test]
fn a_lossy_network_doubles_no_tone_and_loses_none_of_which_80_ms_arrive() {
    let mut random = Random::from_seed(11);
    let mut house = House::with_a();
    let tones = Stream {
        telephone_event: None,
        ..stream_a()
    };
    house.connect(A, tones);
    let (mut sequence, mut lost, mut whole) = (0_u16, 0, 0);
    for n in 0..600 {
        let digit = char::from(b"0123456789*#ABCD"[n % 16]);
        let mut sound: Vec<i16> = KeyTone::new(digit, Duration::from_millis(120))
            .unwrap()
            .collect();
        sound.resize(2 * PACKETS * FRAME_SAMPLES, 0);
        let (mut row, mut longest) = (0, 0);
        for (place, chunk) in sound.chunks_exact(FRAME_SAMPLES).enumerate() {
            sequence = sequence.wrapping_add(1);
            let arrives = !random.chance(10);
            if place < PACKETS {
                row = if arrives { row + 1 } else { 0 };
                longest = longest.max(row);
            }
            if arrives {
                let mut coded = [0; FRAME_SAMPLES];
                Codec::Pcmu.encode(chunk, &mut coded);
                house.packet(A, 0, sequence, &coded);
            }
        }
        let told: String = house
            .news()
            .iter()
            .filter_map(|event| match event {
                Event::Digit { digit, .. } => Some(*digit),
                _ => None,
            })
            .collect();
        assert!(
            told.is_empty() || told == digit.to_string(),
            "{n}: {digit} as {told}"
        );
        if longest >= 4 {
            assert!(!told.is_empty(), "{n}: {digit} is lost");
            whole += 1;
        }
        lost += usize::from(told.is_empty());
    }
    // With all packets of six but two scattered ones, hardly a key is too broken to be heard.
    assert!(whole > 400, "{whole}");
    assert!(lost < 12, "{lost} of 600 are lost");
}

/// A phone that tells its keys by signalling and sounds their tones: the other side has each once,
/// whether it takes events or tones.
#[test]
fn a_tone_that_signalling_told_of_leaves_once() {
    for events in [true, false] {
        let mut house = House::with_both(Encoding::Pcmu);
        house.connect(A, Stream::plain(address(4_001), Encoding::Pcmu));
        if !events {
            house.connect(B, Stream::plain(address(4_002), Encoding::Pcmu));
        }
        house.order(Command::Bridge { a: A, b: B });
        let (digit, held) = ('5', Duration::from_millis(120));
        house.order(Command::SendDigit {
            leg: B,
            digit,
            held,
        });
        let mut tone = KeyTone::new(digit, Duration::from_millis(400)).expect("it is a key");
        let mut beside = Detector::new();
        let (mut told, mut heard) = (Vec::new(), String::new());
        for sequence in 0..40 {
            let samples: [i16; 160] = std::array::from_fn(|_| tone.next().unwrap_or(0));
            let mut payload = [0; 160];
            Codec::Pcmu.encode(&samples, &mut payload);
            house.packet(A, 0, sequence, &payload);
            house.tick();
            for sent in house.sent().iter().filter(|sent| sent.leg == B) {
                if sent.header.payload_type == EVENTS_B {
                    told.push(sent.header.timestamp);
                    continue;
                }
                let mut samples = [0; 160];
                Codec::Pcmu.decode(&sent.payload, &mut samples);
                heard.extend(beside.listen(&samples));
            }
        }
        told.dedup();
        let expected = if events { (1, "") } else { (0, "5") };
        assert_eq!((told.len(), heard.as_str()), expected);
    }
}

/// A phone that only has tones, bridged to one that has events: each press leaves as one event, and of
/// its tone no more is heard than what came before it was recognised.
#[test]
fn a_tone_leaves_a_bridge_as_an_event() {
    let mut house = House::with_both(Encoding::Pcmu);
    house.connect(A, Stream::plain(address(4_001), Encoding::Pcmu));
    house.order(Command::Bridge { a: A, b: B });
    let mut events = Vec::new();
    let mut beside = Detector::new();
    let mut heard = String::new();
    let mut sequence = 0;
    for digit in ['5', '5', '#'] {
        let held = Duration::from_millis(200);
        let mut tone = KeyTone::new(digit, held).expect("it is a key");
        for _ in 0..25 {
            let samples: [i16; 160] = std::array::from_fn(|_| tone.next().unwrap_or(0));
            let mut payload = [0; 160];
            Codec::Pcmu.encode(&samples, &mut payload);
            house.packet(A, 0, sequence, &payload);
            house.tick();
            sequence += 1;
            for sent in house.sent().iter().filter(|sent| sent.leg == B) {
                if sent.header.payload_type == EVENTS_B {
                    events.push((sent.header.timestamp, sent.payload[0]));
                    continue;
                }
                let mut samples = [0; 160];
                Codec::Pcmu.decode(&sent.payload, &mut samples);
                heard.extend(beside.listen(&samples));
            }
        }
    }
    events.dedup();
    let codes: Vec<u8> = events.iter().map(|(_, code)| *code).collect();
    assert_eq!(codes, [5, 5, 11], "one event for each");
    assert_eq!(heard, "", "and no tone beside it");
}
