//! A browser made of the same libraries on a network that loses what it is told to, in virtual time.

// One real instant is needed for the library to count from; nothing is ever read again.
#![allow(clippy::disallowed_types)]

use std::collections::VecDeque;
use std::sync::OnceLock;

use dimpl::{Config, Dtls, DtlsCertificate, Output};
use is::stun::{StunMessage, StunMessageBuilder, TransId};
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};
use proptest::prelude::*;
use rappel_model::Random;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use sha2::Digest as _;

use super::ice::{MAX_SOURCES, MAX_TAKEN};
use super::*;
use crate::peering::{Credentials, Fingerprint, Role};
use crate::srtp::{Secured, Suite};

const BROWSER: &str = "198.51.100.7:40000";
const ELSEWHERE: &str = "198.51.100.7:40001";
const STRANGER: &str = "203.0.113.9:9";

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn millis(n: u64) -> Instant {
    Instant::from_micros(n * 1_000)
}

fn epoch() -> std::time::Instant {
    static EPOCH: OnceLock<std::time::Instant> = OnceLock::new();
    *EPOCH.get_or_init(std::time::Instant::now)
}

/// A certificate with its key.
fn certificate() -> (Vec<u8>, Vec<u8>) {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = CertificateParams::default().self_signed(&key).unwrap();
    (certificate.der().to_vec(), key.serialize_der())
}

fn identity() -> Arc<Identity> {
    let (certificate, key) = certificate();
    Arc::new(Identity::new(certificate, key, epoch()).unwrap())
}

fn credentials(seed: u64) -> Credentials {
    Credentials::drawn(&mut Random::from_seed(seed))
}

/// Which versions a browser speaks.
#[derive(Clone, Copy, Debug)]
enum Speaks {
    Twelve,
    Thirteen,
    Both,
}

/// A browser and us.
struct World {
    now: u64,
    ours: Association,
    browser: Dtls,
    peering: Peering,
    /// What has come out of the browser's handshake.
    keys: Option<Vec<u8>>,
    /// How many of our packets, and of its, are lost, in a hundred.
    loses: u8,
    chance: Random,
}

impl World {
    fn new(speaks: Speaks, role: Role) -> Self {
        let (certificate, key) = certificate();
        let fingerprint = Fingerprint(sha2::Sha256::digest(&certificate).into());
        let peering = Peering {
            ours: credentials(1),
            theirs: credentials(2),
            fingerprint,
            role,
        };
        let config = Arc::new(Config::builder().build().unwrap());
        let own = DtlsCertificate {
            certificate,
            private_key: key,
        };
        let mut browser = match speaks {
            Speaks::Twelve => Dtls::new_12(config, own, epoch()),
            Speaks::Thirteen => Dtls::new_13(config, own, epoch()),
            Speaks::Both => Dtls::new_auto(config, own, epoch()),
        };
        browser.set_active(role == Role::Passive);
        browser.handle_timeout(epoch()).unwrap();
        Self {
            now: 0,
            ours: Association::new(millis(0), identity(), peering.clone()),
            browser,
            peering,
            keys: None,
            loses: 0,
            chance: Random::from_seed(11),
        }
    }

    fn now(&self) -> Instant {
        millis(self.now)
    }

    /// A check from an address, and what is answered.
    fn check(&mut self, from: &str, chosen: bool, priority: u32) -> Vec<Vec<u8>> {
        let check = signed(&self.peering, true, chosen, priority);
        self.give(from, &check)
    }

    fn give(&mut self, from: &str, datagram: &[u8]) -> Vec<Vec<u8>> {
        let mut said = Vec::new();
        let now = self.now();
        let mut send = |_to, packet: &[u8]| said.push(packet.to_vec());
        self.ours
            .handle_datagram(now, at(from), datagram, &mut send);
        said
    }

    fn is_lost(&mut self) -> bool {
        self.chance.chance(self.loses)
    }

    /// What the browser has to say.
    fn drain(&mut self) -> VecDeque<Vec<u8>> {
        let mut said = VecDeque::new();
        let mut buffer = [0; 2_048];
        loop {
            match self.browser.poll_output(&mut buffer) {
                Output::Packet(packet) => said.push_back(packet.to_vec()),
                Output::KeyingMaterial(material, _) => self.keys = Some(material.to_vec()),
                Output::Timeout(_) => return said,
                _ => {}
            }
        }
    }

    /// Lets both talk until `until`, in beats of 20 ms; the news on our side.
    fn run(&mut self, until: u64) -> Vec<News> {
        let mut news = Vec::new();
        while self.now < until {
            self.now += 20;
            let now = epoch() + Duration::from_millis(self.now);
            // A browser that has given up says nothing more.
            let _ended = self.browser.handle_timeout(now).is_err();
            let mut ours = VecDeque::new();
            let instant = self.now();
            self.ours
                .handle_timeout(instant, &mut |_to, packet| ours.push_back(packet.to_vec()));
            loop {
                for packet in self.drain() {
                    if !self.is_lost() {
                        ours.extend(self.give(BROWSER, &packet));
                    }
                }
                news.extend(self.ours.poll_news());
                let Some(packet) = ours.pop_front() else {
                    break;
                };
                if !self.is_lost() {
                    let _ended = self.browser.handle_packet(&packet).is_err();
                }
            }
        }
        news
    }
}

/// A check as a browser makes it.
fn signed(peering: &Peering, controls: bool, chosen: bool, priority: u32) -> Vec<u8> {
    let name = format!("{}:{}", peering.ours.name(), peering.theirs.name());
    let check = StunMessage::binding_request(&name, TransId::new(), controls, 7, priority, chosen);
    write(check, peering.ours.password())
}

fn write(message: StunMessage<'_>, password: &str) -> Vec<u8> {
    let mut out = [0; 1_024];
    let length = message
        .to_bytes(Some(password.as_bytes()), &mut out, hmac)
        .unwrap();
    out[..length].to_vec()
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    DefaultSha1HmacProvider.sha1_hmac(key, parts)
}

#[test]
fn a_browser_proves_its_way_and_both_come_to_the_same_keys() {
    for speaks in [Speaks::Twelve, Speaks::Thirteen, Speaks::Both] {
        for role in [Role::Passive, Role::Active] {
            let mut world = World::new(speaks, role);
            assert_eq!(world.ours.target(), None);
            let answer = world.check(BROWSER, true, 100);
            let answer = StunMessage::parse(&answer[0]).unwrap();
            assert_eq!(answer.mapped_address(), Some(at(BROWSER)));
            assert!(answer.verify(world.peering.ours.password().as_bytes(), hmac));
            assert_eq!(world.ours.target(), Some(at(BROWSER)));
            let news = world.run(1_000);
            let [News::Keys(keys)] = &news[..] else {
                panic!("{speaks:?} {role:?}: {news:?}");
            };
            // The best there is, since the browser knows it: client's key, server's key, salts.
            assert_eq!(keys.suite, Suite::AeadAes256Gcm);
            let material = world.keys.as_deref().expect("it has keys, too");
            let (client, server) = (&material[..32], &material[32..64]);
            let (ours, theirs) = match role {
                Role::Passive => (server, client),
                Role::Active => (client, server),
            };
            assert_eq!(&keys.ours.bytes()[..32], ours);
            assert_eq!(&keys.theirs.bytes()[..32], theirs);
        }
    }
}

#[test]
fn what_one_side_seals_the_other_opens() {
    let mut world = World::new(Speaks::Both, Role::Passive);
    world.check(BROWSER, true, 100);
    let news = world.run(1_000);
    let [News::Keys(keys)] = &news[..] else {
        panic!("{news:?}");
    };
    let mirrored = Keys {
        ours: keys.theirs,
        theirs: keys.ours,
        ..**keys
    };
    let (mut ours, mut theirs) = (Secured::new(**keys), Secured::new(mirrored));
    let mut packet = [0; 200];
    packet[0] = 0x80;
    let mut sealed = [0; 300];
    let length = ours.protect(&packet, &mut sealed).unwrap();
    let opened = theirs.unprotect(&mut sealed[..length]).unwrap();
    assert_eq!(sealed[..opened], packet);
}

#[test]
fn another_certificate_than_was_named_is_refused() {
    for speaks in [Speaks::Twelve, Speaks::Thirteen] {
        for role in [Role::Passive, Role::Active] {
            let mut world = World::new(speaks, role);
            let mut lie = world.peering.clone();
            lie.fingerprint.0[0] ^= 1;
            world.ours = Association::new(millis(0), identity(), lie);
            world.check(BROWSER, true, 100);
            let news = world.run(3_000);
            let failed = News::Failed(HandshakeFailure::Fingerprint);
            assert_eq!(news, [failed], "{speaks:?} {role:?}");
        }
    }
}

#[test]
fn what_is_lost_is_said_again_by_our_own_clock() {
    for loses in [5, 15, 30] {
        for role in [Role::Passive, Role::Active] {
            let mut world = World::new(Speaks::Twelve, role);
            world.loses = loses;
            world.check(BROWSER, true, 100);
            let news = world.run(14_000);
            assert!(
                matches!(&news[..], [News::Keys(_)]),
                "{loses} {role:?}: {news:?}"
            );
        }
    }
}

#[test]
fn a_handshake_that_never_ends_is_given_up() {
    // The way is open, and nothing comes by it.
    let mut world = World::new(Speaks::Both, Role::Passive);
    world.loses = 100;
    world.check(BROWSER, true, 100);
    let news = world.run(31_000);
    assert_eq!(news, [News::Failed(HandshakeFailure::TimedOut)]);
    // And where no way ever opens.
    let mut world = World::new(Speaks::Both, Role::Active);
    let news = world.run(31_000);
    assert_eq!(news, [News::Failed(HandshakeFailure::NoWay)]);
}

#[test]
fn checks_of_strangers_are_met_with_silence() {
    let mut world = World::new(Speaks::Both, Role::Passive);
    let peering = world.peering.clone();
    let name = format!("{}:{}", peering.ours.name(), peering.theirs.name());
    let mut wrong = peering.clone();
    wrong.ours = Credentials::read(peering.ours.name(), &"x".repeat(32)).unwrap();
    let mut other = peering.clone();
    other.theirs = credentials(9);
    let indication = StunMessageBuilder::new().binding().indication();
    let indication = indication.username(&name).prio(1).build(TransId::new());
    let success = StunMessage::binding_reply(TransId::new(), at(BROWSER));
    let good = signed(&peering, true, true, 1);
    let mut tampered = good.clone();
    let last_of_priority = tampered.len() - 60;
    tampered[last_of_priority] ^= 1;
    let mut long = good.clone();
    long.resize(1_100, 0);
    for (what, datagram) in [
        ("another password", signed(&wrong, true, true, 1)),
        ("another name", signed(&other, true, true, 1)),
        ("an indication", write(indication, peering.ours.password())),
        ("an answer", write(success, peering.ours.password())),
        ("a changed bit", tampered),
        ("cut short", good[..good.len() - 1].to_vec()),
        ("too long", long),
        ("nothing", vec![]),
    ] {
        assert!(world.give(STRANGER, &datagram).is_empty(), "{what}");
        assert_eq!(world.ours.target(), None, "{what}");
        assert!(!world.ours.hears(world.now(), at(STRANGER)), "{what}");
    }
    assert_eq!(world.give(BROWSER, &good).len(), 1);
}

#[test]
fn a_check_that_somebody_repeats_from_elsewhere_moves_nothing() {
    let mut world = World::new(Speaks::Both, Role::Passive);
    let check = signed(&world.peering, true, true, 7);
    assert_eq!(world.give(BROWSER, &check).len(), 1);
    // The browser repeats what it believes lost, and is answered.
    assert_eq!(world.give(BROWSER, &check).len(), 1);
    world.now += 5_000;
    assert!(world.give(STRANGER, &check).is_empty());
    assert_eq!(world.ours.target(), Some(at(BROWSER)));
    assert!(!world.ours.hears(world.now(), at(STRANGER)));
    // It is remembered over all the checks of a long while; a new check may come from anywhere.
    for _ in 2..MAX_TAKEN {
        world.check(BROWSER, true, 7);
    }
    assert!(world.give(STRANGER, &check).is_empty());
    assert_eq!(world.check(STRANGER, true, 7).len(), 1);
    assert_eq!(world.ours.target(), Some(at(STRANGER)));
    // No more are remembered than that.
    world.check(BROWSER, true, 7);
    assert_eq!(world.give(STRANGER, &check).len(), 1);
}

#[test]
fn a_handshake_from_nowhere_is_not_looked_at() {
    let mut world = World::new(Speaks::Both, Role::Passive);
    let hello = world.drain();
    for packet in &hello {
        assert!(world.give(STRANGER, packet).is_empty());
    }
    world.check(BROWSER, true, 100);
    for packet in &hello {
        assert!(world.give(STRANGER, packet).is_empty());
    }
    let answers = hello.iter().map(|p| world.give(BROWSER, p).len());
    assert!(answers.sum::<usize>() > 0);
}

#[test]
fn the_peer_chooses_its_address_and_nobody_else_does() {
    let mut world = World::new(Speaks::Both, Role::Passive);
    world.check(ELSEWHERE, false, 300);
    assert_eq!(world.ours.target(), None, "proved is not chosen");
    assert!(world.ours.hears(world.now(), at(ELSEWHERE)));
    world.check(BROWSER, true, 100);
    assert_eq!(world.ours.target(), Some(at(BROWSER)));
    // Of several that are chosen the highest counts …
    world.check(ELSEWHERE, true, 300);
    world.check(BROWSER, true, 100);
    assert_eq!(world.ours.target(), Some(at(ELSEWHERE)));
    // … until it is not checked any more: the browser has moved.
    world.now = 10_500;
    world.check(BROWSER, true, 100);
    assert_eq!(world.ours.target(), Some(at(BROWSER)));
    assert!(!world.ours.hears(world.now(), at(STRANGER)));
    world.now = 30_000;
    assert!(!world.ours.hears(world.now(), at(ELSEWHERE)), "long ago");
}

#[test]
fn addresses_of_one_peer_are_bounded() {
    let mut world = World::new(Speaks::Both, Role::Passive);
    let address = |n: usize| format!("198.51.100.7:{}", 50_000 + n);
    for n in 0..=MAX_SOURCES {
        world.now += 20;
        assert_eq!(world.check(&address(n), false, 1).len(), 1);
    }
    assert!(
        !world.ours.hears(world.now(), at(&address(0))),
        "the oldest"
    );
    for n in 1..=MAX_SOURCES {
        assert!(world.ours.hears(world.now(), at(&address(n))), "{n}");
    }
}

#[test]
fn a_peer_that_wants_us_to_choose_is_told_to_do_it() {
    let mut world = World::new(Speaks::Both, Role::Passive);
    let check = signed(&world.peering, false, false, 1);
    let answer = world.give(BROWSER, &check);
    let answer = StunMessage::parse(&answer[0]).unwrap();
    assert_eq!(answer.error_code().map(|(code, _)| code), Some(487));
    assert!(!world.ours.hears(world.now(), at(BROWSER)));
}

#[test]
fn who_does_not_check_any_more_does_not_want_our_packets() {
    let mut world = World::new(Speaks::Both, Role::Passive);
    world.now = 29_980;
    assert!(!world.ours.is_lost(world.now()));
    world.check(BROWSER, true, 1);
    world.now = 59_960;
    assert!(!world.ours.is_lost(world.now()));
    world.now = 59_980;
    assert!(world.ours.is_lost(world.now()));
}

#[test]
fn checks_that_nobody_listened_to_are_not_missed() {
    let mut world = World::new(Speaks::Both, Role::Passive);
    world.check(BROWSER, true, 1);
    world.now = 100_000;
    world.ours.excuse(world.now(), Duration::from_secs(90));
    assert!(!world.ours.is_lost(world.now()) && world.ours.hears(world.now(), at(BROWSER)));
    world.now += 19_980;
    assert!(!world.ours.is_lost(world.now()) && world.ours.hears(world.now(), at(BROWSER)));
    world.now += 20;
    assert!(world.ours.is_lost(world.now()) && !world.ours.hears(world.now(), at(BROWSER)));
}

#[test]
fn a_restart_takes_other_names_and_keeps_the_keys() {
    let mut world = World::new(Speaks::Both, Role::Passive);
    world.check(BROWSER, true, 300);
    assert!(matches!(&world.run(1_000)[..], [News::Keys(_)]));
    let before = world.peering.clone();
    world.peering.ours = credentials(3);
    world.peering.theirs = credentials(4);
    let now = world.now();
    world.ours.renew(now, world.peering.clone());
    // What was chosen is used until the new names have chosen.
    assert_eq!(world.ours.target(), Some(at(BROWSER)));
    assert!(world.ours.hears(now, at(BROWSER)));
    let old = signed(&before, true, true, 400);
    assert!(world.give(ELSEWHERE, &old).is_empty());
    assert_eq!(world.check(ELSEWHERE, true, 100).len(), 1);
    assert_eq!(world.ours.target(), Some(at(ELSEWHERE)));
    assert_eq!(world.run(3_000), [], "no other handshake");
    // The same again changes nothing; another certificate begins anew.
    let now = world.now();
    world.ours.renew(now, world.peering.clone());
    assert_eq!(world.ours.target(), Some(at(ELSEWHERE)));
    let other = World::new(Speaks::Thirteen, Role::Passive);
    world.peering.fingerprint = other.peering.fingerprint;
    world.browser = other.browser;
    world.ours.renew(now, world.peering.clone());
    world.check(BROWSER, true, 500);
    assert!(matches!(&world.run(5_000)[..], [News::Keys(_)]));
}

#[test]
fn a_flood_of_handshakes_is_looked_at_within_a_bound() {
    let mut world = World::new(Speaks::Both, Role::Passive);
    world.check(BROWSER, true, 100);
    for _ in 0..MAX_HANDSHAKE_RATE {
        assert!(world.ours.window.admits(millis(0)));
    }
    assert!(!world.ours.window.admits(millis(999)));
    assert!(world.ours.window.admits(millis(1_000)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever a stranger sends is met with silence, and changes nothing.
    #[test]
    fn garbage_is_met_with_silence(
        mut datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8),
        firsts in prop::collection::vec(prop::sample::select(vec![0_u8, 1, 20, 22, 23, 25, 47, 63]), 8),
    ) {
        let mut world = World::new(Speaks::Both, Role::Passive);
        for (datagram, first) in datagrams.iter_mut().zip(firsts) {
            if let Some(byte) = datagram.first_mut() {
                *byte = first;
            }
            prop_assert!(world.give(STRANGER, datagram).is_empty());
        }
        prop_assert_eq!(world.ours.target(), None);
    }

    /// Whatever the peer itself sends in place of a handshake never makes keys.
    #[test]
    fn garbage_of_the_peer_makes_no_keys(
        datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..8),
    ) {
        let mut world = World::new(Speaks::Both, Role::Passive);
        world.check(BROWSER, true, 100);
        let mut hello = world.drain().pop_front().unwrap_or_default();
        for noise in datagrams {
            for (n, byte) in noise.iter().enumerate() {
                if let Some(place) = hello.get_mut(13 + n * 7) {
                    *place ^= byte;
                }
            }
            world.give(BROWSER, &hello);
            prop_assert!(!matches!(world.ours.poll_news(), Some(News::Keys(_))));
        }
    }
}
