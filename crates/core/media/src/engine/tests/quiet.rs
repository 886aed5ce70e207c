//! What a peer is sent while there is nothing to hear.

use rappel_model::RoomId;

use super::*;
use crate::room::Part;

const NOISE: u8 = 13;

/// One leg that agreed to comfort noise.
fn with_noise() -> House {
    let mut house = House::new();
    house.open(A);
    let stream = Stream {
        comfort_noise: Some(NOISE.into()),
        ..stream_a()
    };
    house.connect(A, stream);
    house
}

fn is_noise(sent: &Sent) -> bool {
    sent.header.payload_type == NOISE && sent.payload == [70] && !sent.header.marker
}

#[test]
fn silence_is_said_five_times_a_second_where_noise_was_agreed() {
    let mut house = with_noise();
    house.ticks(50);
    let sent = house.sent();
    assert_eq!(sent.len(), 5);
    assert!(sent.iter().all(is_noise));
    assert_one_stream(&sent, A, SSRC_A);
    let step = |w: &[Sent]| w[1].header.timestamp.wrapping_sub(w[0].header.timestamp);
    assert!(
        sent.windows(2).all(|w| step(w) == 1_600),
        "the clock runs on"
    );
    house.play(A, 1, vec![ramp(320)]);
    house.ticks(3);
    let sent = house.sent();
    let voice: Vec<&Sent> = sent.iter().filter(|s| !is_noise(s)).collect();
    assert_eq!(voice.len(), 2);
    assert!(
        voice[0].header.marker && !voice[1].header.marker,
        "sound begins"
    );
    assert!(is_noise(&sent[2]), "and ends at once");
}

#[test]
fn sound_right_after_a_packet_of_noise_still_has_its_marker() {
    let mut house = with_noise();
    house.tick();
    assert!(is_noise(&house.sent()[0]));
    house.play(A, 1, vec![ramp(160)]);
    house.tick();
    assert!(house.sent()[0].header.marker);
}

#[test]
fn a_hold_without_music_is_noise_too_and_takes_its_time() {
    let mut house = with_noise();
    let pause = Arc::new(Clip::pause(Duration::from_secs(1)));
    house.play(A, 1, vec![pause, ramp(160)]);
    house.ticks(50);
    assert_eq!(house.sent().iter().filter(|s| is_noise(s)).count(), 5);
    house.tick();
    assert_eq!(house.sent()[0].payload.len(), 160);
    let ended = |e: &Event| {
        matches!(
            e,
            Event::PlayEnded {
                why: PlayEnd::Finished,
                ..
            }
        )
    };
    assert!(house.news().iter().any(ended));
}

#[test]
fn without_agreement_silence_is_sound() {
    let mut house = House::with_a();
    house.ticks(10);
    let sent = house.sent();
    assert_eq!(sent.len(), 10);
    assert!(sent.iter().all(|s| s.payload == [0xff; 160]));
}

#[test]
fn beside_a_bridge_noise_takes_the_place_of_a_peer_who_fell_silent() {
    let mut house = with_noise();
    house.open(B);
    house.connect(B, stream_b(Encoding::Pcmu));
    house.order(Command::Bridge { a: A, b: B });
    house.packet(B, 0, 1, &[0x42; 160]);
    house.ticks(100);
    let sent = house.sent();
    let to_a: Vec<&Sent> = sent.iter().filter(|s| s.leg == A).collect();
    assert!(
        (4..=5).contains(&to_a.len()),
        "one relayed, then one each half second"
    );
    assert!(to_a[1..].iter().all(|s| is_noise(s)));
}

#[test]
fn a_room_in_which_nobody_speaks_is_noise_to_who_agreed_to_it() {
    let mut house = with_noise();
    house.open(B);
    house.connect(B, stream_b(Encoding::Pcmu));
    for leg in [A, B] {
        let (room, part) = (RoomId(1), Part::Full);
        house.order(Command::Mix { leg, room, part });
    }
    house.ticks(20);
    let sent = house.sent();
    let of = |leg| sent.iter().filter(move |s: &&Sent| s.leg == leg);
    assert_eq!(
        of(B).count(),
        20,
        "who did not agree hears silence as sound"
    );
    assert_eq!(of(A).filter(|s| is_noise(s)).count(), of(A).count());
    for n in 0..20 {
        house.packet(B, 0, n, &[0x42; 160]);
        house.tick();
    }
    let sent = house.sent();
    assert!(
        sent.iter()
            .filter(|s| s.leg == A && s.payload.len() == 160)
            .count()
            >= 10
    );
}

#[test]
fn opus_falls_silent_where_the_peer_wants_it() {
    let mut house = House::new();
    house.open(A);
    let stream = Stream {
        pauses: true,
        ..Stream::plain(address(4_001), Encoding::Opus)
    };
    house.connect(A, stream);
    house.ticks(50);
    let sent = house.sent();
    let lengths: Vec<usize> = sent.iter().map(|s| s.payload.len()).collect();
    assert_eq!(lengths.len(), 6, "{lengths:?}");
    for pair in sent.chunks(2) {
        assert!(pair[0].payload.len() > 2, "{lengths:?}");
        assert_eq!(pair[1].payload, [pair[0].payload[0] & 0xfc]);
    }
    assert_one_stream(&sent, A, SSRC_A);
    house.play(A, 1, vec![ramp(320)]);
    house.ticks(2);
    let sent = house.sent();
    assert_eq!(sent.len(), 2);
    assert!(sent[0].header.marker);
}
