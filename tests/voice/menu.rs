//! Menus: the right sentence, in the right language, without a hole in it.

use std::time::Duration;

use rappel_tests::wait::until;

use super::{call, engine, sentence};

#[test]
fn the_caller_hears_the_menu_and_english_after_nine() {
    let engine = engine();
    let phone = call(&engine, "+33199000014");
    phone.await_sentence(&sentence("fr", "menu-garage"), 0, Duration::from_secs(20));
    let pressed = phone.heard().millis();
    phone.press('9');
    phone.await_sentence(
        &sentence("en", "welcome-menu"),
        pressed,
        Duration::from_secs(20),
    );
    phone.hang_up();
}

#[test]
fn the_first_words_come_at_once_and_a_key_stops_them() {
    let engine = engine();
    let phone = call(&engine, "+33199000014");
    let menu = sentence("fr", "menu-garage");
    std::thread::sleep(Duration::from_millis(1500));
    let pressed = phone.heard().millis();
    phone.press('2');
    // "One moment", which the flow says before it rings the workshop.
    let next = sentence("fr", "un-instant");
    let end = phone.await_sentence(&next, pressed, Duration::from_secs(10));
    let heard = phone.heard();
    phone.hang_up();
    let (start, _) = heard.find(&menu.part(0, 1000)).expect("the menu began");
    assert!(start <= 300, "first words after {start} ms");
    let begun = end - next.millis();
    assert!(
        begun - pressed <= 400,
        "the menu was stopped {} ms after the key",
        begun - pressed
    );
}

#[test]
fn a_caller_who_says_nothing_never_meets_two_seconds_of_silence() {
    let engine = engine();
    let phone = call(&engine, "+33199000012");
    let end = phone.await_sentence(&sentence("fr", "ferme-choix"), 0, Duration::from_secs(30));
    // Nobody presses a key: a soft tone says that the call stands.
    until("the menu to wait", Duration::from_secs(20), || {
        (phone.heard().millis() > end + 3_500).then_some(())
    });
    let said = phone.heard();
    phone.hang_up();
    let silences = said.silences(2_080);
    assert!(silences.is_empty(), "{silences:?}");
    let tone = said.part(end, end + 3_500).tone_millis(523.0);
    assert!((120..=200).contains(&tone), "{tone} ms of the tone");
    let trace = until("a record of the call", Duration::from_secs(5), || {
        let calls = engine.rappel(&["calls", "--json"]);
        let id = calls.lines().last()?.split("\"call\":\"").nth(1)?;
        let id = id.split('"').next()?;
        Some(engine.rappel(&["calls", "--trace", id]))
    });
    assert!(trace.contains("nothing to hear"), "{trace}");
}
