//! linphone as a phone of the demo company that proves itself with SHA-256 (RFC 8760).

use std::thread;
use std::time::Duration;

use rappel_tests::Engine;
use rappel_tests::baresip::{Baresip, Transport};
use rappel_tests::linphone::Linphone;

use crate::{PASSWORD, SECOND, add, add_user, assert_heard, assert_only, await_fact, engine};
use crate::{listen, newest_call, sentence};

const MINUTE: Duration = Duration::from_secs(60);

/// A registered linphone of a new user; its digest was made with SHA-256.
fn phone(engine: &Engine, user: &str, tone: (f32, Duration)) -> Linphone {
    add(engine, user, false);
    let phone = Linphone::start(engine, (user, PASSWORD), tone);
    let log = phone.log();
    let proofs: Vec<&str> = log
        .lines()
        .filter(|line| line.starts_with("Authorization:"))
        .collect();
    assert!(!proofs.is_empty(), "it was asked to prove itself");
    for proof in proofs {
        assert!(proof.contains("algorithm=SHA-256"), "{proof}");
    }
    phone
}

#[test]
fn the_menu_is_heard_whole_and_digits_choose() {
    let engine = engine();
    let mut phone = phone(&engine, "poste-14", (440.0, Duration::ZERO));
    phone.call("104");
    listen(&sentence("menu-garage"));
    phone.command("2");
    await_fact(&engine, "Key(Some('2'))", 1, 5 * SECOND);
    await_fact(&engine, "Playing(\"personne-libre\")", 1, 10 * SECOND);
    thread::sleep(SECOND);
    phone.hang_up();
    let heard = phone.heard();
    let menu = assert_heard(&heard, "menu-garage");
    let instant = assert_heard(&heard, "un-instant");
    assert!(menu < instant, "in their order");
    let call = newest_call(&engine);
    for part in ["\"service\":\"atelier\"", "\"origin\":\"user poste-14\""] {
        assert!(call.contains(part), "`{part}` is not in {call}");
    }
}

#[test]
fn linphone_and_baresip_hear_each_other() {
    let engine = engine();
    let mut linphone = phone(&engine, "poste-12", (440.0, MINUTE));
    add_user(&engine, "poste-11");
    let tone = (1_000.0, MINUTE);
    let sofia = Baresip::start(&engine, ("poste-11", PASSWORD), Transport::Udp, tone);
    linphone.call("11");
    thread::sleep(3 * SECOND);
    linphone.hang_up();
    sofia.await_end(5 * SECOND);
    assert_only(&sofia.heard(), 440.0, 1_000.0);
    assert_only(&linphone.heard(), 1_000.0, 440.0);
    let call = newest_call(&engine);
    for part in [
        "\"outcome\":\"served\"",
        "\"ended_by\":\"caller\"",
        "reach sofia: answered",
    ] {
        assert!(call.contains(part), "`{part}` is not in {call}");
    }
}

#[test]
fn baresip_calls_linphone_which_hangs_up() {
    let engine = engine();
    let mut linphone = phone(&engine, "poste-12", (440.0, MINUTE));
    add_user(&engine, "poste-11");
    let tone = (1_000.0, MINUTE);
    let mut sofia = Baresip::start(&engine, ("poste-11", PASSWORD), Transport::Tcp, tone);
    sofia.call("12");
    thread::sleep(3 * SECOND);
    linphone.hang_up();
    sofia.await_end(5 * SECOND);
    assert_only(&sofia.heard(), 440.0, 1_000.0);
    assert_only(&linphone.heard(), 1_000.0, 440.0);
    let call = newest_call(&engine);
    assert!(call.contains("\"ended_by\":\"callee\""), "{call}");
}

#[test]
fn linphone_holds_resumes_and_hears_again() {
    let engine = engine();
    let mut linphone = phone(&engine, "poste-12", (440.0, MINUTE));
    add_user(&engine, "poste-11");
    let tone = (1_000.0, MINUTE);
    let sofia = Baresip::start(&engine, ("poste-11", PASSWORD), Transport::Udp, tone);
    linphone.call("11");
    thread::sleep(2 * SECOND);
    linphone.command("pause");
    await_fact(&engine, "held: true", 1, 5 * SECOND);
    thread::sleep(SECOND);
    linphone.command("resume");
    await_fact(&engine, "held: false", 1, 5 * SECOND);
    thread::sleep(3 * SECOND);
    linphone.hang_up();
    sofia.await_end(5 * SECOND);
    // Two seconds before and three after: the hold itself is in neither.
    let tone = linphone.heard().tone_millis(1_000.0);
    assert!((4_000..=5_500).contains(&tone), "{tone} ms of her tone");
    let call = newest_call(&engine);
    for part in ["held by", "resumed by", "\"outcome\":\"served\""] {
        assert!(call.contains(part), "`{part}` is not in {call}");
    }
}
