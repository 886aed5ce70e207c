//! Dialogs named by others: INVITE with Replaces, REFER with one inside (RFC 3891, RFC 5589).

use bytes::Bytes;

use super::carol::Carol;
use super::world::request;
use crate::message::Method;
use crate::output::DialogNews;

/// Somebody else's INVITE that names a dialog.
fn invite(carol: &mut Carol, number: u32, headers: &str) {
    let text = request(
        "INVITE",
        "sip:bob@192.0.2.1",
        &format!("r{number}"),
        1,
        headers,
    )
    .replace("Call-ID: scripted", &format!("Call-ID: other-{number}"))
    .replace(">;tag=carol", ">;tag=dave");
    carol.says(&text);
}

fn named(carol: &Carol) -> String {
    format!("scripted;to-tag={};from-tag=carol", carol.tag)
}

#[test]
fn an_invite_names_the_call_it_takes_the_place_of() {
    let mut carol = Carol::up("");
    let name = named(&carol);
    invite(
        &mut carol,
        1,
        &format!("Require: replaces\nReplaces: {name}\n"),
    );
    let incoming = carol.world.nodes[0].incoming.last().unwrap();
    assert_eq!(incoming.replaces, Some(carol.dialog));
    let before = carol.world.nodes[0].incoming.len();
    for (number, (header, status)) in [
        (format!("Replaces: {name};early-only\n"), 486),
        (format!("Replaces: {name}x\n"), 481),
        ("Replaces: nobody;to-tag=1;from-tag=2\n".to_owned(), 481),
        ("Replaces: nobody;to-tag=1\n".to_owned(), 400),
        (format!("Replaces: {name}\nReplaces: {name}\n"), 400),
    ]
    .into_iter()
    .enumerate()
    {
        invite(&mut carol, 10 + u32::try_from(number).unwrap(), &header);
        assert_eq!(carol.statuses("INVITE").pop(), Some(status), "{header}");
    }
    let dialog = carol.dialog;
    carol.world.act(0, |e, now| e.hang_up(now, dialog, None));
    invite(&mut carol, 2, &format!("Replaces: {name}\n"));
    assert_eq!(carol.statuses("INVITE").pop(), Some(603), "it is ending");
    assert_eq!(carol.world.nodes[0].incoming.len(), before);
}

#[test]
fn a_call_that_rings_here_is_not_replaced_one_that_rings_there_is() {
    let mut theirs = Carol::calls("", "her offer");
    let dialog = theirs.dialog;
    theirs
        .world
        .act(0, |e, now| e.ring(now, dialog, 180, Bytes::new()));
    theirs.run(20);
    let ringing = theirs.answer("INVITE");
    theirs.learn(&ringing);
    let name = named(&theirs);
    invite(&mut theirs, 1, &format!("Replaces: {name}\n"));
    assert_eq!(theirs.statuses("INVITE").pop(), Some(481), "RFC 3891 §3");

    let (mut ours, asked) = Carol::called(b"our offer");
    ours.answers(&asked, "180 Ringing", "carol", "", "");
    let name = format!(
        "{};to-tag={};from-tag=carol;early-only",
        asked.call_id(),
        ours.tag
    );
    invite(&mut ours, 1, &format!("Replaces: {name}\n"));
    let incoming = ours.world.nodes[0].incoming.last().unwrap();
    assert_eq!(incoming.replaces, Some(ours.dialog));
}

#[test]
fn a_referral_names_another_call_of_ours_up_or_early() {
    let mut carol = Carol::up("");
    invite(&mut carol, 1, "");
    let second = carol.world.nodes[0].incoming.last().unwrap().dialog;
    carol
        .world
        .act(0, |e, now| e.ring(now, second, 180, Bytes::new()));
    carol.run(20);
    let tag = carol.answer("INVITE").to().tag().unwrap().to_owned();
    let refer_to = format!(
        "Refer-To: <sip:x@192.0.2.1?Replaces=other-1%3Bto-tag%3D{tag}%3Bfrom-tag%3Ddave&X=1>\n"
    );
    for up in [false, true] {
        if up {
            carol
                .world
                .act(0, |e, now| e.accept(now, second, Bytes::new()));
        }
        carol.asks("REFER", &refer_to, "");
        let Some((_, DialogNews::Refer(refer))) = carol.world.nodes[0].news.last().cloned() else {
            panic!("{:?}", carol.news());
        };
        assert_eq!(refer.replaces, Some(second));
        assert_eq!(refer.to.to_string(), "sip:x@192.0.2.1?X=1");
        let dialog = carol.dialog;
        carol
            .world
            .act(0, |e, now| e.refuse_refer(now, dialog, 603));
    }
    let elsewhere = "Refer-To: <sip:x@d.example?Replaces=far%3Bto-tag%3D1%3Bfrom-tag%3D2>\n";
    carol.asks("REFER", elsewhere, "");
    let Some((_, DialogNews::Refer(refer))) = carol.world.nodes[0].news.last().cloned() else {
        panic!("{:?}", carol.news());
    };
    assert_eq!(refer.replaces, None);
    assert!(
        refer.to.to_string().contains("Replaces=far"),
        "kept where it is not ours"
    );
    assert!(carol.asked(&Method::Notify).is_empty());
}
