//! The loop with inboxes of its own: how much a turn takes, and what comes first after a stop.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use rappel_model::Random;
use rappel_trunk::{Host, Policies, Settings};

use super::*;

/// Counts turns.
struct Turns(usize);

impl Outlets for Turns {
    fn carry(&mut self, _: Output) {}

    fn finish(&mut self, _: &Live) {
        self.0 += 1;
    }
}

#[test]
fn a_turn_takes_what_waits_and_no_more_than_its_bound() {
    let (put, inbox) = sync_channel(3 * MAX_TURN);
    for _ in 0..2 * MAX_TURN {
        put.send(Input::Messages(Vec::new()))
            .expect("there is room");
    }
    // The last one: whatever was lost before it would leave a turn out.
    put.send(Input::Drain).expect("there is room");
    let board = Switchboard::new(Random::from_seed(1));
    let mut turns = Turns(0);
    run(board, &inbox, &mut turns, Clock::start());
    assert_eq!(turns.0, 3);
    assert!(inbox.try_recv().is_err());
}

#[test]
fn a_house_without_senders_ends() {
    let (put, inbox) = sync_channel(1);
    put.send(Input::Messages(Vec::new()))
        .expect("there is room");
    drop(put);
    let board = Switchboard::new(Random::from_seed(1));
    let mut turns = Turns(0);
    run(board, &inbox, &mut turns, Clock::start());
    assert_eq!(turns.0, 1);
}

/// Counts what is asked of the world.
struct Asked(usize);

impl Outlets for Asked {
    fn carry(&mut self, output: Output) {
        let asks = matches!(output, Output::Lookup { .. } | Output::Sip { .. });
        self.0 += usize::from(asks);
    }

    fn finish(&mut self, _: &Live) {}
}

/// A house in which a trunk should have been asked long ago whether it is there, and whether it is asked
/// when `news` come from the sockets a moment after we go on.
fn asks_after_a_stop(news: Vec<Input>) -> bool {
    let mut trunk = Settings::new("carrier".into());
    trunk.probe = Some(Duration::from_secs(30));
    trunk.host = Some(Host {
        name: "carrier.example".to_owned(),
        port: None,
        transport: None,
    });
    let clock = Clock::since(Instant::now());
    let mut board = Switchboard::new(Random::from_seed(1));
    let carriers = Input::Carriers(vec![trunk], Policies::default());
    board.handle_input(clock.now(), carriers);
    // Six seconds later by the clock.
    let clock = Clock::since(Instant::now() - Duration::from_secs(6));
    assert!(
        board
            .poll_timeout()
            .is_some_and(|due| due.at <= clock.now().instant)
    );
    let (put, inbox) = sync_channel(8);
    let reader = thread::spawn(move || {
        thread::sleep(Duration::from_millis(10));
        for input in news {
            put.send(input).expect("there is room");
        }
        thread::sleep(Duration::from_millis(200));
    });
    let mut asked = Asked(0);
    run(board, &inbox, &mut asked, clock);
    reader.join().expect("it has sent all");
    asked.0 > 0
}

#[test]
fn after_a_stop_what_came_meanwhile_is_heard_before_deadlines_fall() {
    let gone = Input::Carriers(Vec::new(), Policies::default());
    assert!(!asks_after_a_stop(vec![gone]));
}

#[test]
fn what_nothing_that_came_has_put_off_happens_after_a_stop() {
    assert!(asks_after_a_stop(Vec::new()));
    assert!(asks_after_a_stop(vec![Input::Messages(Vec::new())]));
}
