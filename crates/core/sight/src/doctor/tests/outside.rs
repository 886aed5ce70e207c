//! Calls outside that were refused: the trunks that lead there and the company are named where they are
//! known, and each cause is told apart.

use rappel_model::Office;
use rappel_trunk::Host;

use super::*;
use crate::known::KnownUser;

/// A company whose phone has the name in the scripts' From, and a trunk to each of some countries.
fn company(trunks: &[(&str, &str)]) -> Known {
    let trunk = |(name, to): &(&str, &str)| {
        let mut trunk = Trunk::new((*name).into());
        trunk.takes = vec![to.parse().expect("an area")];
        trunk.host = Some(Host {
            name: "192.0.2.1".into(),
            port: None,
            transport: None,
        });
        trunk
    };
    let user = KnownUser {
        tenant: "garage".into(),
        name: "+33639981234".into(),
        old_phone: false,
    };
    let mut known = nothing();
    known.is_there = true;
    known.trunks = trunks.iter().map(trunk).collect();
    known.users.push(user);
    known.offices.insert("garage".into(), Office::default());
    known
}

/// What is found when the engine refuses a call to Germany with this status and cause.
fn refused(known: &Known, status: &str, cause: u8) -> Finding {
    let reason = format!("Reason: Q.850;cause={cause}\r\n");
    let status = format!("SIP/2.0 {status} INVITE");
    let mut found = Script::new()
        .say(
            0.0,
            PHONE,
            ENGINE,
            "INVITE sip:+493012345678@h SIP/2.0",
            "",
            "",
        )
        .say(0.1, ENGINE, PHONE, &status, &reason, "")
        .examine(known);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn the_trunks_that_lead_there_are_named() {
    let both = company(&[("west", "FR"), ("east", "DE"), ("wide", "all")]);
    for (cause, code) in [
        (38, "trunks-down"),
        (63, "trunks-drained"),
        (34, "trunks-full"),
    ] {
        let found = refused(&both, "503 No", cause);
        assert_eq!(found.code, code);
        assert!(
            found.what.en.contains("(\"east\", \"wide\")"),
            "{}",
            found.what.en
        );
        assert!(
            found.what.fr.contains("(« east », « wide »)"),
            "{}",
            found.what.fr
        );
        for remedy in [&found.remedy.en, &found.remedy.fr] {
            assert!(
                remedy.contains("`[trunk.east]`, `[trunk.wide]`"),
                "{remedy}"
            );
            assert!(
                !remedy.contains("NAME") && !remedy.contains("NOM"),
                "{remedy}"
            );
            assert!(!remedy.contains("west"), "{remedy}");
        }
    }
    let drained = refused(&company(&[("east", "DE")]), "503 No", 63).remedy;
    assert!(
        drained.en.contains("`rappel trunks undrain east`"),
        "{drained}"
    );
    // A saved trace may come from anywhere: the words are those of the manual.
    let unknown = refused(&nothing(), "503 No", 38);
    assert!(
        unknown.remedy.en.contains("`[trunk.NAME]`"),
        "{}",
        unknown.remedy
    );
    assert!(
        unknown.what.en.contains("lead there none in use"),
        "{}",
        unknown.what
    );
    // One that serves another company does not lead there.
    let mut foreign = company(&[("east", "DE")]);
    foreign.trunks[0].tenants = Some(["other".into()].into());
    assert!(!refused(&foreign, "503 No", 38).what.en.contains("east"));
}

#[test]
fn a_day_that_is_used_up_is_no_destination_that_is_not_allowed() {
    let known = company(&[("east", "DE")]);
    let spent = refused(&known, "403 No", 58);
    assert_eq!(spent.code, "allowance-spent");
    for remedy in [&spent.remedy.en, &spent.remedy.fr] {
        assert!(
            remedy.contains("`cost_per_day`") && !remedy.contains("`allow`"),
            "{remedy}"
        );
        assert!(remedy.contains("`[outside.company.garage]`"), "{remedy}");
    }
    let barred = refused(&known, "403 No", 57);
    assert_eq!(barred.code, "outside-not-allowed");
    for remedy in [&barred.remedy.en, &barred.remedy.fr] {
        assert!(
            remedy.contains("`allow`") && !remedy.contains("_per_day"),
            "{remedy}"
        );
    }
}

#[test]
fn the_trunk_whose_channels_are_taken_is_named() {
    let mut known = company(&[("pbx", "all")]);
    known.trunks[0].addresses = vec!["203.0.113.7".parse().expect("an address")];
    let taken = refused(&known, "503 No", 44);
    assert!(
        taken.what.en.contains("trunk \"pbx\", at 203.0.113.7"),
        "{}",
        taken.what
    );
    for remedy in [&taken.remedy.en, &taken.remedy.fr] {
        assert!(
            remedy.contains("`channels`") && remedy.contains("`[trunk.pbx]`"),
            "{remedy}"
        );
        assert!(
            !remedy.contains("NAME") && !remedy.contains("NOM"),
            "{remedy}"
        );
    }
}
