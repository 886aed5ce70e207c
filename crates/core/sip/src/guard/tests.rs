//! Who is heard, who is not, and who always is.

use super::*;

const INVITE: &[u8] = b"INVITE sip:a SIP/2.0\r\n\r\n";
const REGISTER: &[u8] = b"REGISTER sip:a SIP/2.0\r\n\r\n";

fn guard_with(change: impl FnOnce(&mut Settings)) -> Guard {
    let mut settings = Settings {
        rate: 10,
        burst: 20,
        trusted: vec!["10.0.0.0/8".parse().unwrap()],
        ..Settings::default()
    };
    change(&mut settings);
    Guard::new(settings, &mut Random::from_seed(3))
}

fn guard() -> Guard {
    guard_with(|_| {})
}

fn ip(n: u32) -> IpAddr {
    IpAddr::V4((0xC000_0200 + n).into())
}

fn at(seconds: u64) -> Now {
    Now::default().after(Duration::from_secs(seconds))
}

fn passes(guard: &mut Guard, now: Now, source: IpAddr, message: &[u8], count: usize) -> usize {
    let mut pass = || guard.admit(now, source, message) == Admission::Pass;
    (0..count).filter(|_| pass()).count()
}

#[test]
fn a_source_has_its_burst_then_its_rate_and_others_keep_theirs() {
    let mut guard = guard();
    assert_eq!(passes(&mut guard, at(0), ip(1), INVITE, 100), 20);
    assert_eq!(passes(&mut guard, at(0), ip(2), INVITE, 1), 1);
    assert_eq!(passes(&mut guard, at(1), ip(1), INVITE, 100), 10);
    let full = recovery(&Settings {
        rate: 10,
        burst: 20,
        ..Settings::default()
    });
    assert_eq!(full, Duration::from_secs(2));
    assert_eq!(passes(&mut guard, at(3), ip(1), INVITE, 100), 20);
}

#[test]
fn one_kind_of_message_takes_nothing_from_another() {
    let mut guard = guard();
    assert_eq!(passes(&mut guard, at(0), ip(1), REGISTER, 100), 20);
    assert_eq!(passes(&mut guard, at(0), ip(1), b"garbage", 100), 20);
    assert_eq!(passes(&mut guard, at(0), ip(1), INVITE, 5), 5);
    assert_eq!(
        passes(&mut guard, at(5), ip(1), b"garbage", 100),
        5,
        "a tenth"
    );
}

#[test]
fn memory_is_fixed_and_a_crowd_shuts_nobody_out() {
    let mut guard = guard_with(|settings| (settings.rate, settings.burst) = (1, 1));
    let before = guard.capacity();
    for n in 0..3 * before as u32 {
        assert_eq!(guard.admit(at(0), ip(n), INVITE), Admission::Pass);
    }
    assert_eq!(guard.capacity(), before);
}

#[test]
fn wrong_passwords_ban_for_a_time_that_doubles() {
    let mut guard = guard();
    let mut length = 300;
    let mut now = 0;
    for _ in 0..10 {
        for n in 1..=20 {
            let banned = guard.report(at(now), Report::WrongPassword(ip(1)));
            assert_eq!(banned, n == 20);
        }
        assert_eq!(guard.admit(at(now), ip(1), INVITE), Admission::Banned);
        assert_eq!(guard.bans(at(now))[0].why, Offence::WrongPasswords);
        assert!(guard.is_banned(at(now + length - 1), ip(1)));
        now += length;
        assert_eq!(guard.admit(at(now), ip(1), INVITE), Admission::Pass);
        assert_eq!(guard.bans(at(now)), []);
        length = (length * 2).min(24 * 3600);
    }
}

#[test]
fn offences_far_apart_do_not_add_up() {
    let mut guard = guard();
    for n in 0..100 {
        assert!(!guard.report(at(n * 40), Report::WrongPassword(ip(1))));
    }
}

#[test]
fn a_trusted_source_is_never_banned_and_its_calls_pass() {
    let mut guard = guard();
    let trunk = "10.1.2.3".parse().unwrap();
    let mut invites = 0;
    for second in 0..60 {
        for _ in 0..1_000 {
            guard.admit(at(second), trunk, b"\0garbage");
            guard.report(at(second), Report::WrongPassword(trunk));
            guard.offend(at(second), trunk, Offence::Scanner);
        }
        invites += passes(&mut guard, at(second), trunk, INVITE, 10);
    }
    assert_eq!(invites, 600);
    assert!(!guard.is_banned(at(60), trunk));
    assert_eq!(guard.remembered(), 0);
    assert_eq!(
        guard.ban(at(0), trunk, Duration::from_secs(1)),
        Err(Unbannable::Trusted("10.0.0.0/8".parse().unwrap()))
    );
}

#[test]
fn an_address_with_a_registered_phone_is_never_banned() {
    let mut guard = guard();
    guard.report(at(0), Report::Registered(ip(1)));
    for _ in 0..1_000 {
        guard.report(at(1), Report::WrongPassword(ip(1)));
    }
    assert!(!guard.is_banned(at(1), ip(1)));
    let wish = guard.ban(at(1), ip(1), Duration::from_secs(1));
    assert_eq!(wish, Err(Unbannable::Registered(ip(1))));
    guard.report(at(2), Report::Unregistered(ip(1)));
    guard.report(at(2), Report::Unregistered(ip(2)));
    for _ in 0..20 {
        guard.report(at(2), Report::WrongPassword(ip(1)));
    }
    assert!(guard.is_banned(at(2), ip(1)));
    assert!(guard.friends.is_empty());
}

#[test]
fn a_scanner_on_a_connection_is_banned_at_once_and_may_be_let_back() {
    let mut guard = guard();
    assert!(guard.offend(at(0), ip(1), Offence::Scanner));
    assert!(guard.is_banned(at(0), ip(1)));
    assert!(guard.lift(at(1), ip(1)));
    assert!(!guard.lift(at(1), ip(1)));
    assert!(!guard.is_banned(at(1), ip(1)));
    assert_eq!(guard.changes(), 2);
}

#[test]
fn bans_are_bounded_and_the_first_to_end_goes() {
    let mut guard = guard();
    for n in 0..bans::MAX_BANS as u32 + 10 {
        let length = Duration::from_secs(1_000 + u64::from(n));
        guard.ban(at(0), ip(n), length).unwrap();
    }
    assert_eq!(guard.remembered(), bans::MAX_BANS);
    assert!(!guard.is_banned(at(0), ip(0)));
    assert!(guard.is_banned(at(0), ip(10)));
}

#[test]
fn a_source_is_written_about_once_a_second() {
    let mut guard = guard();
    assert!(guard.may_tell(at(5), ip(1)));
    assert!(!guard.may_tell(at(5), ip(1)));
    assert!(guard.may_tell(at(5), ip(2)));
    assert!(guard.may_tell(at(6), ip(1)));
}

#[test]
fn reasons_are_kept_by_words() {
    for why in Offence::ALL {
        assert_eq!(Offence::read(why.as_str()), Some(why));
    }
    assert_eq!(Offence::read("else"), None);
}

#[test]
fn a_network_is_banned_whole_but_for_friends() {
    let mut guard = guard();
    let net = |text: &str| text.parse::<Network>().unwrap();
    let (hour, source) = (Duration::from_secs(3600), "203.0.113.200".parse().unwrap());
    guard.ban(at(0), net("203.0.113.7/24"), hour).unwrap();
    guard.ban(at(0), net("2001:db8::/32"), hour).unwrap();
    assert_eq!(guard.admit(at(1), source, INVITE), Admission::Banned);
    assert!(guard.is_banned(at(1), "2001:db8:9::1".parse().unwrap()));
    assert!(!guard.is_banned(at(1), "203.0.114.1".parse().unwrap()));
    // A phone of ours that came back with a restart goes on being heard there.
    guard.report(at(1), Report::Registered(source));
    assert_eq!(guard.admit(at(1), source, INVITE), Admission::Pass);
    assert!(
        !guard.lift(at(2), net("203.0.113.0/25")),
        "as it was banned"
    );
    assert!(guard.lift(at(2), net("203.0.113.0/24")));
    assert_eq!(guard.bans(at(3)).len(), 1);
    assert!(!guard.is_banned(at(3601), "2001:db8:9::1".parse().unwrap()));
}

#[test]
fn no_network_with_a_trunk_or_a_phone_in_it_is_banned() {
    let mut guard = guard();
    let hour = Duration::from_secs(3600);
    guard.report(at(0), Report::Registered(ip(7)));
    guard.report(
        at(0),
        Report::Registered("2001:db8:0:7::9".parse().unwrap()),
    );
    let first = "2001:db8:0:7::".parse().unwrap();
    for (network, why) in [
        (
            "10.1.0.0/16",
            Unbannable::Trusted("10.0.0.0/8".parse().unwrap()),
        ),
        ("8.0.0.0/6", Unbannable::TooWide),
        ("0.0.0.0/0", Unbannable::TooWide),
        ("::/0", Unbannable::TooWide),
        ("192.0.2.0/24", Unbannable::Registered(ip(7))),
        ("2001:db8::/48", Unbannable::Registered(first)),
    ] {
        let network: Network = network.parse().unwrap();
        assert_eq!(guard.ban(at(0), network, hour), Err(why), "{network}");
    }
    assert_eq!((guard.remembered(), guard.changes()), (0, 0));
    // A trunk that comes later ends the ban of the network it is in.
    let network: Network = "198.51.0.0/16".parse().unwrap();
    guard.ban(at(0), network, hour).unwrap();
    guard.trust(at(1), vec!["198.51.100.10".parse().unwrap()]);
    assert!(guard.bans(at(1)).is_empty());
    guard.restore(
        at(1),
        Ban {
            source: network,
            until: at(100).instant,
            strikes: 1,
            why: Offence::Operator,
        },
    );
    assert!(guard.bans(at(1)).is_empty());
}

#[test]
fn banned_networks_are_bounded_and_a_further_one_is_refused() {
    let mut guard = guard();
    let network = |n: u32| Network::new(IpAddr::V4((0xC600_0000 + (n << 8)).into()), 24).unwrap();
    for n in 0..bans::MAX_NETWORKS as u32 {
        let length = Duration::from_secs(10 + u64::from(n));
        guard.ban(at(0), network(n), length).unwrap();
    }
    let more = network(1_000);
    let hour = Duration::from_secs(3600);
    assert_eq!(guard.ban(at(5), more, hour), Err(Unbannable::TooMany));
    assert_eq!(guard.ban(at(5), network(3), hour), Ok(()), "it is there");
    assert_eq!(guard.ban(at(10), more, hour), Ok(()), "the first is over");
    assert_eq!(guard.remembered(), bans::MAX_NETWORKS);
    guard.ban(at(10), ip(1), hour).unwrap();
}
