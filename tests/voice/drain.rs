//! How the engine stops with calls up: nobody new, nobody dropped, and then the end.

use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use rappel_tests::handset::{Manners, assert_talk};
use rappel_tests::wait::until;
use rappel_tests::{Engine, Handset};

use super::{company, handset};

const SOON: Duration = Duration::from_secs(2);

/// A company whose calls may go on for `limit` when it is told to stop.
fn company_with_patience(limit: Duration) -> Engine {
    company(|config| {
        let path = config.join("rappel.toml");
        let text = std::fs::read_to_string(&path).expect("there is a rappel.toml");
        let line = |line: &str| match line.starts_with("drain_limit") {
            true => format!("drain_limit = {}\n", limit.as_secs()),
            false => format!("{line}\n"),
        };
        let text: String = text.lines().map(line).collect();
        std::fs::write(path, text).expect("the fixture is ours");
    })
}

fn terminate(engine: &Engine) {
    let sent = Command::new("kill").arg(engine.pid().to_string()).status();
    assert!(sent.is_ok_and(|status| status.success()), "SIGTERM is sent");
    engine.await_log("new calls are refused", SOON);
}

fn await_exit(engine: &mut Engine, limit: Duration) -> ExitStatus {
    until("the engine to end", limit, || engine.exited())
}

#[test]
fn calls_go_on_while_new_ones_are_refused_and_then_the_process_ends() {
    let mut engine = company_with_patience(Duration::from_secs(60));
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let nour = handset(&engine, "poste-22", Manners::Answers);
    assert_eq!(nour.ask().0, 200);
    let call = lea.talk_to("21");
    terminate(&engine);
    let after = until("OPTIONS to be refused", SOON, || {
        let (status, after) = nour.ask();
        (status == 503).then_some(after)
    });
    assert!(after.trim().parse::<u32>().is_ok(), "Retry-After: {after}");
    let refused = nour.call("21");
    nour.await_seen(refused, "a refusal", |seen| seen.failed == Some(503));
    let advice = nour.seen(refused).advice;
    assert!(
        advice
            .split(' ')
            .next()
            .is_some_and(|after| after.parse::<u32>().is_ok())
    );
    assert_talk((&lea, call), (&paul, 0), SOON);
    // What belongs to a call is still done.
    paul.hold(0);
    paul.await_seen(0, "hold to be agreed", |seen| seen.agreed == 1);
    paul.resume(0);
    paul.await_seen(0, "the end of hold", |seen| seen.agreed == 2);
    assert_talk((&lea, call), (&paul, 0), SOON);
    assert!(engine.exited().is_none(), "a call is up");
    lea.hang_up(call);
    paul.await_seen(0, "the end", |seen| seen.ended);
    let status = await_exit(&mut engine, Duration::from_secs(10));
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_second_signal_hangs_up_and_ends_soon() {
    let mut engine = company_with_patience(Duration::from_secs(60));
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let _paul = handset(&engine, "poste-21", Manners::Answers);
    let _call = lea.talk_to("21");
    terminate(&engine);
    // Two within 300 ms are one: whoever stops a process group tells it twice.
    std::thread::sleep(Duration::from_millis(500));
    let begun = Instant::now();
    let _sent = Command::new("kill").arg(engine.pid().to_string()).status();
    let status = await_exit(&mut engine, SOON);
    assert_eq!(status.code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(2));
    let calls = engine.rappel(&["calls", "--json"]);
    assert_eq!(
        calls.lines().count(),
        1,
        "the call left its record: {calls}"
    );
}

#[test]
fn a_rolling_restart_drops_no_call_before_the_limit() {
    const CALLS: usize = 10;
    const LIMIT: Duration = Duration::from_secs(8);
    let mut engine = company_with_patience(LIMIT);
    let lea = handset(&engine, "poste-20", Manners::Answers);
    let paul = handset(&engine, "poste-21", Manners::Answers);
    let calls: Vec<usize> = (0..CALLS).map(|_| lea.talk_to("21")).collect();
    terminate(&engine);
    let begun = Instant::now();
    for index in [0, CALLS - 1] {
        assert_talk((&lea, calls[index]), (&paul, index), SOON);
    }
    let all = |is: &dyn Fn(&Handset, usize) -> bool| {
        calls.iter().all(|call| is(&lea, *call)) && (0..CALLS).all(|call| is(&paul, call))
    };
    while begun.elapsed() < LIMIT - Duration::from_millis(500) {
        let stand = all(&|phone, call| !phone.seen(call).ended);
        assert!(stand, "a call was dropped after {:?}", begun.elapsed());
        std::thread::sleep(Duration::from_millis(100));
    }
    until("every call to be ended", Duration::from_secs(20), || {
        all(&|phone, call| phone.seen(call).ended).then_some(())
    });
    let status = await_exit(&mut engine, Duration::from_secs(20));
    assert_eq!(status.code(), Some(0));
}
