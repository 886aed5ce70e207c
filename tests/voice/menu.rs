//! Menus: the right sentence, in the right language, without a hole in it.

use std::time::Duration;

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
    phone.await_sentence(&sentence("fr", "ferme-choix"), 0, Duration::from_secs(30));
    let said = phone.heard();
    phone.hang_up();
    let (from, _) = said
        .find(&sentence("fr", "ferme-choix"))
        .expect("it was just heard");
    let until = from + sentence("fr", "ferme-choix").millis();
    let silences = said.part(0, until).silences(2000);
    assert!(silences.is_empty(), "{silences:?}");
}
