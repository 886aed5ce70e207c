//! Music that stands aside for a holder's own, and plays where there is none.

use rappel_audio::Rate;
use rappel_audio::codec::{Encoder, MAX_ENCODED};

use super::*;
use crate::agreed::codec;

/// Ticks of nothing from the holder that are borne.
const BORNE: usize = 100;

const MUSIC: PlayId = PlayId(9);

/// A, whom B holds, in `encoding`: B says that it sends something. The music is all of one byte.
fn held(encoding: Encoding) -> House {
    let mut house = House::with_both(encoding);
    house.order(Command::Bridge { a: A, b: B });
    house.connect(
        B,
        Stream {
            direction: Direction::RecvOnly,
            ..stream_b(encoding)
        },
    );
    house.order(Command::StandAside {
        leg: A,
        play: MUSIC,
        after: Duration::from_secs(2),
    });
    house.order(Command::Play {
        leg: A,
        play: MUSIC,
        sounds: vec![ramp(FRAME_SAMPLES * 500)],
        stop_on_key: false,
        forever: true,
    });
    house
}

/// Whether each packet that left to A is the next of the music, from this place on.
fn music(house: &mut House, from: &mut usize) -> Vec<bool> {
    let clip = ramp(FRAME_SAMPLES * 500);
    let whole = clip.encoded(Encoding::Pcmu);
    let sent = house.sent();
    let mine = sent.iter().filter(|s| s.leg == A);
    mine.map(|sent| {
        let frame = &whole[*from % 500 * FRAME_SAMPLES..][..FRAME_SAMPLES];
        let is_next = sent.payload == frame;
        *from += usize::from(is_next);
        is_next
    })
    .collect()
}

/// What a holder sends: a tone that is heard, or what nobody hears.
struct Holder {
    encoder: Encoder,
    encoding: Encoding,
    sequence: u16,
}

impl Holder {
    fn new(encoding: Encoding) -> Self {
        Self {
            encoder: Encoder::new(codec(encoding), Rate::Narrow).unwrap(),
            encoding,
            sequence: 0,
        }
    }

    fn send(&mut self, house: &mut House, heard: bool) {
        let loud = if heard { 8_000.0 } else { 0.0 };
        let samples: [i16; FRAME_SAMPLES] = std::array::from_fn(|i| {
            let angle = (i as f32) * 400.0 * std::f32::consts::TAU / 8_000.0;
            (angle.sin() * loud) as i16
        });
        let mut coded = [0; MAX_ENCODED];
        let count = self.encoder.encode(&samples, &mut coded);
        let stream = stream_b(self.encoding);
        let timestamp = u32::from(self.sequence) * self.encoding.clock_of_frame();
        let payload_type = stream.payload_type.heard;
        house.packet_at(B, payload_type, self.sequence, timestamp, &coded[..count]);
        self.sequence += 1;
        house.tick();
    }
}

#[test]
fn a_holder_who_sends_nothing_leaves_music_after_a_while() {
    let mut house = held(Encoding::Pcmu);
    let mut at = 0;
    house.ticks(BORNE);
    assert!(
        !music(&mut house, &mut at).contains(&true),
        "it may be theirs"
    );
    house.ticks(600);
    let sent = music(&mut house, &mut 0);
    assert_eq!(sent.len(), 600);
    assert!(sent.iter().all(|is_music| *is_music));
}

#[test]
fn a_holders_own_music_is_heard_whole_and_ours_goes_on_after_it() {
    for encoding in [Encoding::Pcmu, Encoding::Pcma, Encoding::G722] {
        let (mut house, mut holder) = (held(encoding), Holder::new(encoding));
        let (mut at, mut all) = (0, Vec::new());
        // What says nothing is nothing: silence as sound.
        (0..BORNE + 50).for_each(|_| holder.send(&mut house, false));
        all.extend(house.wire.packets.clone());
        let sent = music(&mut house, &mut at);
        assert!(sent[sent.len() - 50..].iter().all(|is| *is), "{encoding:?}");
        // A click does not stop it.
        for heard in [true, false, false, true, false] {
            holder.send(&mut house, heard);
        }
        all.extend(house.wire.packets.clone());
        assert_eq!(music(&mut house, &mut at), [true; 5], "{encoding:?}");
        // Theirs begins, is soft for a second and a half, and loud again.
        for n in 0..300 {
            holder.send(&mut house, !(100..175).contains(&n));
        }
        all.extend(house.wire.packets.clone());
        let sent = music(&mut house, &mut at);
        assert!((299..=301).contains(&sent.len()), "{} packets", sent.len());
        let ours = sent.iter().filter(|is| **is).count();
        assert!(ours <= 2, "{encoding:?}: {ours} packets of ours");
        // It stops; ours goes on where it was.
        house.ticks(BORNE + 60);
        all.extend(house.wire.packets.clone());
        let sent = music(&mut house, &mut at);
        assert!(sent.iter().rev().take(50).all(|is| *is), "{encoding:?}");
        assert_one_stream(&all, A, SSRC_A);
    }
}

#[test]
fn what_ends_the_order_ends_it_where_it_stands() {
    let ended = |house: &mut House| {
        let news = house.news();
        let ended = |event: &&Event| matches!(event, Event::PlayEnded { play: MUSIC, .. });
        news.iter().filter(ended).count()
    };
    for ticks in [10, BORNE + 10] {
        let mut house = held(Encoding::Pcmu);
        house.ticks(ticks);
        house.order(Command::Stop {
            leg: A,
            play: MUSIC,
        });
        assert_eq!(ended(&mut house), 1);
        house.sent();
        house.ticks(3 * BORNE);
        assert!(!music(&mut house, &mut 0).contains(&true));
        let mut closed = held(Encoding::Pcmu);
        closed.ticks(ticks);
        closed.order(Command::Close { leg: A });
        assert_eq!(ended(&mut closed), 1);
    }
    // Another order is heard meanwhile.
    let mut house = held(Encoding::Pcmu);
    house.play(A, 1, vec![ramp(FRAME_SAMPLES * 20)]);
    house.ticks(20);
    assert_eq!(music(&mut house, &mut 0), [true; 20], "the other");
    house.ticks(BORNE + 5);
    let sent = music(&mut house, &mut 0);
    assert_eq!(sent.iter().filter(|is| **is).count(), 5);
}
