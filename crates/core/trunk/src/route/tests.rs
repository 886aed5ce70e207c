//! Orders of trunks, and what refusals say, row by row.

use proptest::prelude::*;
use rappel_model::{Country, PhoneNumber};

use super::*;

fn to(number: &str) -> Destination {
    let number = PhoneNumber::parse(number).expect("a number");
    Destination::read(&number, Country::FRANCE).expect("it means something")
}

fn trunk(name: &str, change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::new(name.into());
    change(&mut settings);
    settings
}

fn ordered(trunks: &[(Settings, Standing)], number: &str, seed: u64) -> Vec<String> {
    let mut random = Random::from_seed(seed);
    let order = order(candidates(trunks), &"acme".into(), &to(number), &mut random);
    let order = order.unwrap_or_default();
    order.into_iter().map(|t| t.name.to_string()).collect()
}

fn candidates(trunks: &[(Settings, Standing)]) -> impl Iterator<Item = Candidate<'_>> {
    trunks.iter().map(|(trunk, standing)| Candidate {
        trunk,
        standing: *standing,
        drained: trunk.drained,
    })
}

#[test]
fn why_no_trunk_takes_a_call_is_one_thing() {
    let lyon = "+33472001122";
    let usual = || trunk("usual", |_| {});
    let drained = || trunk("drained", |t| t.drained = true);
    let belgian = || {
        trunk("belgian", |t| {
            t.takes = vec!["BE".parse().expect("an area")];
        })
    };
    let others = || trunk("others", |t| t.tenants = Some(["other".into()].into()));
    let (well, down) = (Standing::Well, Standing::Down);
    for (trunks, why) in [
        (vec![], Barred::NoTrunk),
        (vec![(belgian(), well), (others(), well)], Barred::NoTrunk),
        (vec![(usual(), down), (belgian(), well)], Barred::Down),
        (vec![(drained(), well)], Barred::Drained),
        (vec![(drained(), down)], Barred::Drained),
        // The one that is in use is the one that should have taken it.
        (vec![(drained(), well), (usual(), down)], Barred::Down),
    ] {
        let mut random = Random::from_seed(1);
        let all = candidates(&trunks);
        let told = order(all, &"acme".into(), &to(lyon), &mut random);
        assert_eq!(told.map(|_| ()), Err(why), "{trunks:?}");
        // Help is called for by whatever there is.
        let all = candidates(&trunks);
        let help = order(all, &"acme".into(), &to("112"), &mut random);
        assert_eq!(help.is_ok(), !trunks.is_empty());
    }
}

#[test]
fn what_each_refusal_says_of_the_trunk() {
    use Verdict::{MovesOn, Theirs, Trouble};
    for (status, q850, said) in [
        // Silence and server failures: the trunk.
        (408, None, Trouble),
        (500, None, Trouble),
        (502, None, Trouble),
        (503, None, Trouble),
        (504, None, Trouble),
        // This call at this trunk.
        (300, None, MovesOn),
        (302, None, MovesOn),
        (401, None, MovesOn),
        (402, None, MovesOn),
        (403, None, MovesOn),
        (407, None, MovesOn),
        (420, None, MovesOn),
        (482, None, MovesOn),
        (483, None, MovesOn),
        (488, None, MovesOn),
        (501, None, MovesOn),
        (513, None, MovesOn),
        (580, None, MovesOn),
        // Whoever was called.
        (404, None, Theirs),
        (410, None, Theirs),
        (480, None, Theirs),
        (484, None, Theirs),
        (485, None, Theirs),
        (486, None, Theirs),
        (487, None, Theirs),
        (600, None, Theirs),
        (603, None, Theirs),
        (604, None, Theirs),
        (606, None, Theirs),
        // The cause of the telephone network knows better.
        (503, Some(17), Theirs),
        (500, Some(1), Theirs),
        (403, Some(21), Theirs),
        (480, Some(34), Trouble),
        (480, Some(42), Trouble),
        (503, Some(16), Trouble),
        (404, Some(3), MovesOn),
        (503, Some(3), MovesOn),
        (486, Some(17), Theirs),
    ] {
        assert_eq!(verdict(status, q850), said, "{status} {q850:?}");
    }
}

#[test]
fn the_lowest_priority_comes_first_and_who_is_strained_last() {
    let of = |name: &str, priority| trunk(name, |t| t.priority = priority);
    let all = [
        (of("second", 20), Standing::Well),
        (of("first", 10), Standing::Well),
        (of("strained", 1), Standing::Strained),
        (of("down", 1), Standing::Down),
    ];
    assert_eq!(
        ordered(&all, "+33472001122", 1),
        ["first", "second", "strained"]
    );
}

#[test]
fn weights_share_calls_and_zero_waits() {
    let of = |name: &str, weight| (trunk(name, |t| t.weight = weight), Standing::Well);
    let all = [of("a", 30), of("b", 10), of("c", 0)];
    let mut firsts = [0; 3];
    for seed in 0..1_000 {
        let order = ordered(&all, "+33472001122", seed);
        assert_eq!(order.len(), 3);
        assert_eq!(order[2], "c");
        firsts[usize::from(order[0] == "b")] += 1;
    }
    assert!((700..800).contains(&firsts[0]), "three in four: {firsts:?}");
}

#[test]
fn a_trunk_takes_what_its_rules_name_for_whom_they_name() {
    let areas = |words: &[&str]| words.iter().map(|w| w.parse().expect("an area")).collect();
    let all = [
        (
            trunk("mobiles", |t| t.takes = areas(&["mobile"])),
            Standing::Well,
        ),
        (
            trunk("belgium", |t| t.takes = areas(&["BE"])),
            Standing::Well,
        ),
        (
            trunk("others", |t| t.tenants = Some(["other".into()].into())),
            Standing::Well,
        ),
        (trunk("drained", |t| t.drained = true), Standing::Well),
        (trunk("rest", |t| t.priority = 20), Standing::Well),
    ];
    assert_eq!(ordered(&all, "0612345678", 1), ["mobiles", "rest"]);
    assert_eq!(ordered(&all, "+3221234567", 1), ["belgium", "rest"]);
    assert_eq!(ordered(&all, "0472001122", 1), ["rest"]);
    assert_eq!(ordered(&all, "3631", 1), ["rest"]);
}

#[test]
fn a_call_for_help_goes_anywhere_and_first_where_it_is_meant_to() {
    let all = [
        (trunk("best", |t| t.priority = 1), Standing::Well),
        (trunk("help", |t| t.emergency = true), Standing::Strained),
        (
            trunk("others", |t| t.tenants = Some(["other".into()].into())),
            Standing::Well,
        ),
        (trunk("drained", |t| t.drained = true), Standing::Strained),
        (trunk("down", |t| t.priority = 1), Standing::Down),
    ];
    assert_eq!(
        ordered(&all, "112", 1),
        ["help", "best", "others", "drained", "down"]
    );
}

#[test]
fn ways_have_a_bound() {
    let many: Vec<_> = (0..=MAX_HELP_ROUTES)
        .map(|n| (trunk(&format!("t{n}"), |_| {}), Standing::Well))
        .collect();
    assert_eq!(ordered(&many, "0472001122", 1).len(), MAX_ROUTES);
    assert_eq!(ordered(&many, "112", 1).len(), MAX_HELP_ROUTES);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_fit_trunk_is_tried_once_and_help_always_has_a_way(
        weights in prop::collection::vec((0u16..50, 0u16..3, 0u8..3, any::<bool>()), 1..7),
        seed in any::<u64>(),
    ) {
        let all: Vec<_> = weights.iter().enumerate().map(|(n, &(weight, priority, standing, drained))| {
            let settings = trunk(&format!("t{n}"), |t| {
                (t.weight, t.priority, t.drained) = (weight, priority, drained);
            });
            let standing = [Standing::Well, Standing::Strained, Standing::Down][usize::from(standing)];
            (settings, standing)
        }).collect();
        let fit = all.iter().filter(|(t, s)| !t.drained && *s != Standing::Down).count();
        let order = ordered(&all, "0472001122", seed);
        let mut names = order.clone();
        names.sort();
        names.dedup();
        prop_assert_eq!((order.len(), names.len()), (fit, fit));
        prop_assert_eq!(ordered(&all, "112", seed).len(), all.len());
    }
}
