//! Everything `[person]`, `[team]` and `[device]` may say, and what is said when it is wrong.

use rappel_ivr::words::Lang;
use rappel_model::person::Pickup;

use super::*;

const PEOPLE: &str = r#"
[device.mobile-durand]
number = "+33639981235"

[person.durand]
name       = "Madame Durand"
phones     = ["poste-20", "mobile-durand"]
text       = "+33639981234"
voice      = "off"
pickup     = "auto"
skills     = ["panne", "general"]
per_person = 4

[person.abel]
skills = ["general"]

[team.soutien]
members = ["durand", "skill:general", "skill:personne"]

[mailbox.durand]
person = "durand"
"#;

#[test]
fn everything_a_person_may_say_is_read() {
    let version = load_alone(&folder(&[("more.toml", PEOPLE)])).unwrap();
    let people = &version.surroundings.people;
    let durand = &people.persons["durand"];
    assert_eq!(durand.phones, ["poste-20".into()]);
    assert_eq!(durand.devices, ["mobile-durand".into()]);
    assert_eq!(
        people.devices["mobile-durand"].number.as_str(),
        "+33639981235"
    );
    assert_eq!(durand.text.as_ref().unwrap().as_str(), "+33639981234");
    assert_eq!(durand.pickup, Pickup::Auto);
    assert_eq!(durand.skills, ["panne", "general"]);
    assert_eq!(durand.per_person, Some(4));
    // Who takes no voice has a mailbox that offers other channels.
    assert!(!version.surroundings.mailboxes["durand"].takes_voice);
    // Named first, then who is able, each once.
    let team = &people.teams["soutien"];
    assert_eq!(team.members, ["durand".into(), "abel".into()]);
    assert_eq!(team.skills, ["general", "personne"]);
}

#[test]
fn what_a_person_asks_and_nobody_does_yet_is_a_warning_that_names_it() {
    let version = load_alone(&folder(&[("more.toml", PEOPLE)])).unwrap();
    let said: Vec<_> = version
        .warnings
        .iter()
        .map(|warning| (warning.code, warning.message.in_lang(Lang::Fr)))
        .collect();
    assert_eq!(
        said,
        [
            (
                "W10",
                "« mobile-durand » ne sonne pas encore : il est joint par un opérateur"
            ),
            (
                "W10",
                "« pickup » n'est pas encore disponible : le téléphone sonnera"
            )
        ]
    );
}

#[test]
fn people_are_read_strictly() {
    for (from, to, says) in [
        ("+33639981235", "0639981235", ["R214", "international"]),
        ("number =", "numero =", ["R103", "has no \"number\""]),
        ("+33639981234", "06", ["R214", "international"]),
        ("\"off\"", "\"of\"", ["R209", "on, off"]),
        ("\"auto\"", "\"never\"", ["R209", "ring, auto, open"]),
        (
            "[\"panne\", \"general\"]",
            "[\"panne\", \"panne\"]",
            ["R110", "twice"],
        ),
        ("\"panne\"", "\"en panne\"", ["R115", "cannot be a name"]),
        ("= 4", "= 101", ["R203", "between 0 and 100"]),
        ("= 4", "= \"4\"", ["R201", "a whole number"]),
        ("skill:personne", "skill:", ["R115", "cannot be a name"]),
        ("skill:personne", "skill:general", ["R110", "twice"]),
        ("\"mobile-durand\"]", "\"poste-20\"]", ["R110", "twice"]),
        (
            "\"mobile-durand\"]",
            "\"mobilé\"]",
            ["R115", "rappel user add"],
        ),
    ] {
        assert!(PEOPLE.contains(from), "{from}");
        let text = PEOPLE.replacen(from, to, 1);
        let problems = load_alone(&folder(&[("more.toml", &text)])).expect_err(to);
        let shown: Vec<String> = problems
            .iter()
            .filter(|problem| problem.is_error())
            .map(ToString::to_string)
            .collect();
        assert!(
            shown
                .iter()
                .any(|shown| says.iter().all(|part| shown.contains(part))),
            "{to}: {shown:#?}"
        );
    }
}
