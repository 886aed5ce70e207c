//! Sessions of browsers: a way that is proved, keys that are agreed on over it, and nothing before.

// One real instant is needed for the library to count from; nothing is ever read again.
#![allow(clippy::disallowed_types)]

use std::sync::OnceLock;

use is::stun::{StunMessage, TransId};
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};
use rappel_model::Random;
use rappel_rtp::association::News;
use rappel_rtp::peering::{Credentials, Role};
use rappel_rtp::{
    Association, Fingerprint, HandshakeFailure, Identity, Peering, Secured, Security,
};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};

use super::*;

/// Where the browser is, as seen from us.
const BROWSER: u16 = 40_000;

fn identity() -> Arc<Identity> {
    static EPOCH: OnceLock<std::time::Instant> = OnceLock::new();
    let epoch = *EPOCH.get_or_init(std::time::Instant::now);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = CertificateParams::default().self_signed(&key).unwrap();
    let identity = Identity::new(certificate.der().to_vec(), key.serialize_der(), epoch);
    Arc::new(identity.unwrap())
}

fn credentials(seed: u64) -> Credentials {
    Credentials::drawn(&mut Random::from_seed(seed))
}

/// A check of the way to whoever has these names.
fn check(peering: &Peering) -> Vec<u8> {
    let name = format!("{}:{}", peering.ours.name(), peering.theirs.name());
    let check = StunMessage::binding_request(&name, TransId::new(), true, 7, 100, true);
    let mut out = [0; 256];
    let hmac = |key: &[u8], parts: &[&[u8]]| DefaultSha1HmacProvider.sha1_hmac(key, parts);
    let password = peering.ours.password().as_bytes();
    let length = check.to_bytes(Some(password), &mut out, hmac).unwrap();
    out[..length].to_vec()
}

/// What left, as it was.
#[derive(Default)]
struct Raw(Vec<(LegId, SocketAddr, Vec<u8>)>);

impl Sink for Raw {
    fn send(&mut self, leg: LegId, to: SocketAddr, packet: &[u8]) {
        self.0.push((leg, to, packet.to_vec()));
    }

    fn send_control(&mut self, leg: LegId, to: SocketAddr, packet: &[u8]) {
        self.send(leg, to, packet);
    }
}

/// Leg A is a browser's, leg B a plain phone's.
struct Page {
    engine: Engine<Paper>,
    wire: Raw,
    now: Now,
    /// How we see the browser.
    peering: Peering,
    browser: Association,
    keys: Option<Secured>,
    /// What the browser has opened: payload types and payloads.
    heard: Vec<Vec<u8>>,
    sequence: u16,
}

impl Page {
    fn new() -> Self {
        let (ours, theirs) = (identity(), identity());
        let peering = Peering {
            ours: credentials(1),
            theirs: credentials(2),
            fingerprint: theirs.fingerprint(),
            role: Role::Passive,
        };
        let mirrored = Peering {
            ours: peering.theirs.clone(),
            theirs: peering.ours.clone(),
            fingerprint: ours.fingerprint(),
            role: Role::Active,
        };
        let now = Now::default();
        let mut browser = Association::new(now.instant, theirs, mirrored.clone());
        // The full side has its own way of knowing where we are; here it is told.
        let at_ours = address(20_002);
        assert!(browser.handle_datagram(now.instant, at_ours, &check(&mirrored), &mut |_, _| ()));
        let engine = Engine::new(settings(4), Paper::default());
        let mut page = Self {
            engine: engine.identified(ours),
            wire: Raw::default(),
            now,
            peering,
            browser,
            keys: None,
            heard: Vec::new(),
            sequence: 0,
        };
        page.open(A);
        page.agree(Direction::SendRecv);
        page
    }

    fn order(&mut self, command: Command<Arc<Clip>>) {
        self.engine
            .handle_command(self.now, command, &mut self.wire);
    }

    fn open(&mut self, leg: LegId) {
        self.order(Command::Open(Open {
            leg,
            local: address(20_000 + 2 * leg.0 as u16),
            ssrc: 0xaaaa + leg.0 as u32,
            sequence: 1,
            timestamp: 1,
            dead_after: Duration::from_secs(300),
            quiet_after: Duration::ZERO,
        }));
    }

    fn agree(&mut self, direction: Direction) {
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 9));
        let stream = Stream {
            control: Some(nowhere),
            direction,
            security: Security::Dtls(Box::new(self.peering.clone())),
            ..Stream::plain(nowhere, Encoding::Pcmu)
        };
        self.order(Command::Connect { leg: A, stream });
    }

    fn play(&mut self) {
        self.order(Command::Play {
            leg: A,
            play: PlayId(1),
            sounds: vec![ramp(80_000)],
            stop_on_key: false,
            forever: true,
        });
    }

    /// A datagram for the browser's leg.
    fn give(&mut self, from: u16, datagram: &[u8]) {
        let mut datagram = datagram.to_vec();
        self.engine
            .handle_packet(self.now, A, address(from), &mut datagram, &mut self.wire);
    }

    /// The browser proves itself there.
    fn check(&mut self, from: u16) {
        let check = check(&self.peering);
        self.give(from, &check);
    }

    /// A packet of the browser's voice, under its keys.
    fn say(&mut self, from: u16) {
        self.sequence += 1;
        let header = Header {
            marker: false,
            payload_type: 0,
            sequence: self.sequence,
            timestamp: u32::from(self.sequence) * 160,
            ssrc: 77,
        };
        let (mut plain, mut sealed) = ([0; 200], [0; 300]);
        let length = header.write_packet(&[0x55; 160], &mut plain).unwrap();
        let keys = self.keys.as_mut().expect("there are keys");
        let length = keys.protect(&plain[..length], &mut sealed).unwrap();
        let sealed = sealed[..length].to_vec();
        self.give(from, &sealed);
    }

    /// Twenty milliseconds, and everything that both sides then say to each other.
    fn tick(&mut self) {
        self.now = self.now.after(Duration::from_millis(20));
        self.engine.tick(self.now, &mut self.wire);
        let now = self.now.instant;
        let mut said = Vec::new();
        self.browser
            .handle_timeout(now, &mut |_, packet| said.push(packet.to_vec()));
        loop {
            for packet in std::mem::take(&mut said) {
                self.give(BROWSER, &packet);
            }
            let sent = std::mem::take(&mut self.wire.0);
            let (browsers, others) = sent.into_iter().partition(|(leg, ..)| *leg == A);
            self.wire.0 = others;
            let browsers: Vec<(LegId, SocketAddr, Vec<u8>)> = browsers;
            if browsers.is_empty() {
                break;
            }
            for (_, _, mut packet) in browsers {
                if Protocol::of(&packet) == Protocol::Dtls {
                    let mut send = |_, packet: &[u8]| said.push(packet.to_vec());
                    self.browser
                        .handle_datagram(now, address(20_002), &packet, &mut send);
                } else if Protocol::of(&packet) == Protocol::Rtp {
                    let keys = self.keys.as_mut().expect("nothing leaves in the clear");
                    let length = keys.unprotect(&mut packet).expect("under our keys");
                    let packet = Packet::parse(&packet[..length]).unwrap();
                    self.heard.push(packet.payload().to_vec());
                }
            }
            if let Some(News::Keys(keys)) = self.browser.poll_news() {
                self.keys = Some(Secured::new(*keys));
            }
        }
    }

    fn ticks(&mut self, count: usize) {
        (0..count).for_each(|_| self.tick());
    }

    /// Lets the browser come to its keys.
    fn meet(&mut self) {
        self.check(BROWSER);
        self.ticks(50);
        assert!(self.keys.is_some(), "both have met");
    }

    fn news(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.engine.poll_event()).collect()
    }

    fn figures(&mut self) -> StreamReport {
        self.order(Command::Measure { leg: A });
        let news = self.news();
        let told = news.into_iter().find_map(|event| match event {
            Event::Measured { report, .. } => Some(report),
            _ => None,
        });
        told.expect("it was asked")
    }
}

#[test]
fn before_there_are_keys_nothing_is_heard_and_nothing_leaves() {
    let mut page = Page::new();
    page.play();
    let header = Header {
        marker: false,
        payload_type: 0,
        sequence: 1,
        timestamp: 1,
        ssrc: 5,
    };
    let mut plain = [0; 172];
    header.write_packet(&[0x55; 160], &mut plain).unwrap();
    for _ in 0..20 {
        page.give(BROWSER, &plain);
        page.tick();
    }
    // Where it has proved itself, but has no keys yet, it is the same.
    page.check(BROWSER);
    page.give(BROWSER, &plain);
    let heard = page.news();
    assert!(
        !heard.iter().any(|e| matches!(e, Event::Started { .. })),
        "{heard:?}"
    );
    assert_eq!(page.figures().received, 0);
    // What it said before it had proved itself it says again.
    page.ticks(80);
    // The prompt goes on under keys, at one packet a tick.
    assert!(page.heard.len() >= 40, "{}", page.heard.len());
    page.give(BROWSER, &plain);
    assert_eq!(page.figures().received, 0, "in the clear is never taken");
}

#[test]
fn a_browser_and_a_plain_phone_hear_each_other() {
    let mut page = Page::new();
    page.meet();
    page.open(B);
    let stream = stream_b(Encoding::Pcmu);
    page.order(Command::Connect { leg: B, stream });
    page.order(Command::Bridge { a: A, b: B });
    page.heard.clear();
    for n in 0..50_u16 {
        page.say(BROWSER);
        let header = Header {
            marker: false,
            payload_type: 0,
            sequence: n,
            timestamp: u32::from(n) * 160,
            ssrc: 9,
        };
        let mut packet = [0; 172];
        header.write_packet(&[0x33; 160], &mut packet).unwrap();
        page.engine
            .handle_packet(page.now, B, address(4_002), &mut packet, &mut page.wire);
        page.tick();
    }
    let at_b = page.wire.0.iter().filter(|(leg, ..)| *leg == B);
    let at_b = at_b.filter(|(_, _, p)| p[12..] == [0x55; 160]).count();
    assert_eq!(at_b, 50);
    let at_a = page.heard.iter().filter(|p| p[..] == [0x33; 160]).count();
    assert_eq!(at_a, 50);
}

#[test]
fn only_checks_move_a_browser_and_strangers_are_counted() {
    let mut page = Page::new();
    page.meet();
    page.say(BROWSER);
    assert_eq!(page.figures().received, 1);
    // The right keys from the wrong place: somebody sends on what they saw.
    page.say(BROWSER + 1);
    let figures = page.figures();
    assert_eq!((figures.received, figures.turned_away.strangers), (1, 1));
    page.play();
    page.engine.tick(page.now, &mut page.wire);
    let to = |page: &Page| page.wire.0.last().map(|(_, to, _)| *to);
    assert_eq!(to(&page), Some(address(BROWSER)));
    page.tick();
    // The browser itself has moved.
    page.check(BROWSER + 1);
    page.say(BROWSER + 1);
    assert_eq!(page.figures().received, 2);
    page.wire.0.clear();
    page.now = page.now.after(Duration::from_millis(20));
    page.engine.tick(page.now, &mut page.wire);
    assert_eq!(to(&page), Some(address(BROWSER + 1)));
}

#[test]
fn a_hold_keeps_the_keys_and_the_way() {
    let mut page = Page::new();
    page.meet();
    page.play();
    page.ticks(5);
    page.agree(Direction::RecvOnly);
    page.heard.clear();
    page.ticks(10);
    assert!(page.heard.is_empty(), "on hold");
    page.agree(Direction::SendRecv);
    page.say(BROWSER);
    page.ticks(10);
    assert_eq!((page.heard.len(), page.figures().received), (10, 1));
}

#[test]
fn a_browser_that_asks_for_nothing_any_more_is_lost_even_on_hold() {
    let mut page = Page::new();
    page.meet();
    page.agree(Direction::Inactive);
    for second in 0..60 {
        page.ticks(50);
        if second % 5 == 0 {
            page.check(BROWSER);
        }
    }
    assert!(!page.news().contains(&Event::Lost { leg: A }));
    page.check(BROWSER);
    page.ticks(29 * 50);
    assert_eq!(page.news(), []);
    page.ticks(2 * 50);
    assert_eq!(page.news(), [Event::Lost { leg: A }]);
}

#[test]
fn another_certificate_than_was_named_is_told() {
    let mut page = Page::new();
    page.peering.fingerprint = Fingerprint([1; 32]);
    page.agree(Direction::SendRecv);
    page.play();
    page.check(BROWSER);
    page.ticks(100);
    let why = HandshakeFailure::Fingerprint;
    assert!(page.news().contains(&Event::NoKeys { leg: A, why }));
    assert!(page.heard.is_empty());
}
