//! Keys in a room: the room keeps them to itself, and who has to have them is sent one for each.

use rappel_audio::dtmf::{Detector, KeyTone};

use super::*;

/// Digits that a leg is sent as tones, and those it is sent as events.
#[derive(Debug, Default)]
struct Keys {
    tones: String,
    events: Vec<(u32, u8)>,
    detector: Detector,
}

impl Keys {
    fn take(&mut self, sent: &Sent) {
        if sent.header.payload_type == EVENTS_A {
            let event = (sent.header.timestamp, sent.payload[0]);
            if self.events.last() != Some(&event) {
                self.events.push(event);
            }
            return;
        }
        let mut samples = [0; FRAME_SAMPLES];
        Codec::Pcma.decode(&sent.payload, &mut samples);
        self.tones.extend(self.detector.listen(&samples));
    }
}

/// A has tones only, and so has B; C has events. What is told of A goes to both, as the call does it.
#[test]
fn a_key_that_comes_as_a_tone_is_heard_once_however_long_it_is_held() {
    for held in [60, 120, 200, 500, 1_000] {
        let (mut house, _) = house(&[Encoding::Pcma; 3]);
        for leg in [A, B] {
            house.connect(
                leg,
                Stream::plain(address(4_000 + leg.0 as u16), Encoding::Pcma),
            );
        }
        for leg in [A, B, C] {
            mix(&mut house, leg, Part::Full);
        }
        let mut tone = KeyTone::new('7', Duration::from_millis(held)).expect("it is a key");
        let (mut b, mut c) = (Keys::default(), Keys::default());
        for n in 0..100_u16 {
            let pressed = (20..).contains(&n);
            let samples: [i16; FRAME_SAMPLES] =
                std::array::from_fn(|_| if pressed { tone.next().unwrap_or(0) } else { 0 });
            let mut coded = [0; FRAME_SAMPLES];
            Codec::Pcma.encode(&samples, &mut coded);
            house.packet(A, 8, n, &coded);
            for event in house.news() {
                let Event::Digit { digit, .. } = event else {
                    continue;
                };
                for leg in [B, C] {
                    let held = Duration::from_millis(120);
                    house.order(Command::SendDigit { leg, digit, held });
                }
            }
            house.tick();
            for sent in &house.sent() {
                match sent.leg {
                    B => b.take(sent),
                    C => c.take(sent),
                    _ => {}
                }
            }
        }
        assert_eq!(
            (&b.tones[..], b.events.len()),
            ("7", 0),
            "held for {held} ms"
        );
        let keys: Vec<u8> = c.events.iter().map(|(_, code)| *code).collect();
        assert_eq!((&c.tones[..], keys), ("", vec![7]), "held for {held} ms");
    }
}
