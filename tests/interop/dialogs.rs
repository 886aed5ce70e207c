//! Scenarios of SIPp for what RFCs add to a call: reliable ringing, session timers, UPDATE, glare,
//! forks, requests by two paths, and all that is refused.

use std::fs;
use std::path::Path;

use rappel_tests::sipp::Scenario;

use crate::sipp::{assert_record, two_phones};
use crate::{engine, engine_with};

/// Lets sessions be as short as a test can wait for, and asks for that.
fn short_sessions(config: &Path) {
    let path = config.join("rappel.toml");
    let text = fs::read_to_string(&path).expect("there is a rappel.toml");
    let lines = text
        .lines()
        .map(|line| match line.split('=').next().map(str::trim) {
            Some("session_expires") => "session_expires = 20",
            Some("min_session_expires") => "min_session_expires = 5",
            _ => line,
        });
    let text = lines.collect::<Vec<_>>().join("\n");
    fs::write(path, text).expect("it can be written");
}

#[test]
fn hold_and_resume_by_update() {
    let engine = engine();
    Scenario::trunk("update_hold")
        .service("+33199000014")
        .run(&engine);
    assert_record(&engine, &["held by", "resumed by"]);
}

#[test]
fn what_we_lack_or_cannot_read_is_refused_as_the_rfc_says() {
    let engine = engine();
    for name in [
        "unknown_extension",
        "no_hops_left",
        "method_not_allowed",
        "unreadable_body",
        "session_too_short",
    ] {
        Scenario::trunk(name).service("+33199000014").run(&engine);
    }
    assert_eq!(engine.rappel(&["calls", "--json"]), "", "none was a call");
}

#[test]
fn whoever_requires_it_is_rung_reliably() {
    for (caller, callee) in [
        ("reliable_ringing", "phone_answers"),
        ("reliable_early", "phone_early"),
    ] {
        let engine = engine();
        let (port, caller) = two_phones(&engine, caller);
        let phone = Scenario::phone(callee).on_port(port).start(&engine);
        caller.run(&engine);
        phone.expect_success();
        assert_record(&engine, &[r#""outcome":"served""#]);
    }
}

#[test]
fn sessions_are_refreshed_by_us() {
    let engine = engine_with(short_sessions);
    for name in ["session_refreshed_by_us", "session_refreshed_by_invite"] {
        Scenario::trunk(name).service("+33199000014").run(&engine);
        assert_record(&engine, &[r#""ended_by":"caller""#]);
    }
}

#[test]
fn sessions_are_refreshed_by_them() {
    let engine = engine_with(short_sessions);
    Scenario::trunk("session_refreshed_by_them")
        .service("+33199000014")
        .run(&engine);
    assert_record(&engine, &[r#""ended_by":"caller""#]);
}

#[test]
fn a_session_that_nobody_refreshes_ends_with_bye() {
    let engine = engine_with(short_sessions);
    Scenario::trunk("session_expires")
        .service("+33199000014")
        .run(&engine);
    assert_record(&engine, &[r#""ended_by":"network""#]);
}

#[test]
fn offers_that_meet_are_491_and_ours_comes_again() {
    let engine = engine_with(short_sessions);
    Scenario::trunk("glare")
        .service("+33199000014")
        .run(&engine);
    assert_record(&engine, &[r#""ended_by":"caller""#]);
}

#[test]
fn an_invite_that_comes_by_two_paths_rings_once() {
    let engine = engine();
    let (port, caller) = two_phones(&engine, "merged_request");
    let phone = Scenario::phone("phone_rings").on_port(port).start(&engine);
    caller.run(&engine);
    let ringing = phone.expect_success();
    assert_eq!(ringing.matches("\nINVITE ").count(), 1, "{ringing}");
    super::newest_call(&engine);
    let out = engine.rappel(&["calls", "--json"]);
    assert_eq!(out.lines().count(), 1, "{out}");
}

#[test]
fn options_in_a_call_leave_it_as_it_is_and_bye_ends_it_once() {
    let engine = engine();
    Scenario::trunk("options_in_dialog")
        .service("+33199000014")
        .run(&engine);
    assert_record(&engine, &[r#""ended_by":"caller""#]);
}

#[test]
fn of_two_phones_behind_a_proxy_that_answer_the_first_has_the_call() {
    let engine = engine();
    let (port, caller) = two_phones(&engine, "caller_to_extension");
    let phone = Scenario::phone("phone_forks").on_port(port).start(&engine);
    caller.run(&engine);
    phone.expect_success();
    assert_record(
        &engine,
        &[r#""outcome":"served""#, r#""ended_by":"caller""#],
    );
}

#[test]
fn a_phone_that_answers_what_was_cancelled_is_hung_up_on() {
    let engine = engine();
    let (port, caller) = two_phones(&engine, "cancel_while_ringing");
    let phone = Scenario::phone("phone_answers_cancelled")
        .on_port(port)
        .start(&engine);
    caller.run(&engine);
    phone.expect_success();
    assert_record(
        &engine,
        &[r#""outcome":"missed""#, r#""ended_by":"caller""#],
    );
}
