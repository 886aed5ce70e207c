//! The machine stands still, and nothing that was sent meanwhile comes: a paused machine has no sockets.

use super::*;

/// Of silence, until a peer is missed.
const DEAD_AFTER: usize = 50 * 20;

/// A bridge in which both have spoken for a second.
fn bridge() -> House {
    let mut house = House::with_both(Encoding::Pcmu);
    house.order(Command::Bridge { a: A, b: B });
    (1..=50).for_each(|n| both_speak(&mut house, n));
    house.news();
    house.sent();
    house
}

/// One packet of each, and a tick.
fn both_speak(house: &mut House, n: u16) {
    for leg in [A, B] {
        house.packet(leg, 0, n, &[n as u8; 160]);
    }
    house.tick();
}

impl House {
    /// Stands still for so many seconds, and makes up for ten ticks as a pacing thread does.
    fn stand_still(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
        for _ in 0..10 {
            self.engine.tick(self.now, &mut self.wire);
        }
        self.drain();
    }
}

#[test]
fn a_stop_of_the_machine_is_no_silence_of_anybody() {
    for seconds in [1, 6, 12, 19, 20, 21, 3_600] {
        // Sessions at rest are looked at when something is due: whichever tick comes first.
        for rest in 0..30 {
            let mut house = bridge();
            (51..51 + rest).for_each(|n| both_speak(&mut house, n));
            house.sent();
            house.stand_still(seconds);
            house.ticks(4);
            assert_eq!(house.news(), [], "{seconds} s");
            let made = house.sent();
            assert!(made.is_empty(), "{} packets of ours", made.len());
            (200..400).for_each(|n| both_speak(&mut house, n));
            assert_eq!(house.news(), [], "{seconds} s");
            // What both said, and nothing of ours.
            assert_eq!(house.sent().len(), 400);
        }
    }
}

#[test]
fn who_says_nothing_after_a_stop_either_is_missed_when_their_time_is_over() {
    let mut house = bridge();
    house.ticks(DEAD_AFTER / 2);
    house.stand_still(3_600);
    house.ticks(DEAD_AFTER / 2 - 40);
    assert_eq!(house.news(), []);
    house.ticks(80);
    let lost = [A, B].map(|leg| Event::Lost { leg });
    assert_eq!(house.news(), lost);
}

#[test]
fn who_has_just_come_gains_nothing_by_a_stop_before() {
    let mut house = House::new();
    house.tick();
    // Nobody was there: the beat stood still.
    house.now = house.now.after(Duration::from_secs(3_600));
    house.open(A);
    house.connect(A, stream_a());
    house.ticks(DEAD_AFTER - 1);
    assert_eq!(house.news(), []);
    house.ticks(2);
    assert_eq!(house.news(), [Event::Lost { leg: A }]);
}

#[test]
fn who_moves_in_gains_nothing_by_a_beat_that_stood_still_for_want_of_sessions() {
    let (mut from, mut to) = (House::new(), House::new());
    for house in [&mut from, &mut to] {
        house.open(A);
        house.connect(A, stream_a());
    }
    to.tick();
    to.order(Command::Close { leg: A });
    for _ in 0..DEAD_AFTER - 2 {
        from.tick();
    }
    assert_eq!(from.news(), []);
    to.news();
    to.now = from.now;
    let moving = from.engine.take(A).expect("it is there");
    to.engine.adopt(to.now, moving, &mut to.wire);
    to.ticks(4);
    assert_eq!(to.news(), [Event::Lost { leg: A }]);
}
