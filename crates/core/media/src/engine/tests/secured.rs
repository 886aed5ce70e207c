//! Sessions under keys (RFC 3711), and RTCP on the port of RTP (RFC 5761).

use rappel_rtp::srtp::{Keys, MAX_KEY, MasterKey, Suite};
use rappel_rtp::{Secured, Security};

use super::*;

fn keys(suite: Suite, ours: u8, theirs: u8) -> Keys {
    Keys {
        suite,
        ours: MasterKey::new(suite, &[ours; MAX_KEY]),
        theirs: MasterKey::new(suite, &[theirs; MAX_KEY]),
    }
}

/// Stream A under keys made of `seed`, and the peer's end of them.
fn secured(suite: Suite, seed: u8) -> (Stream, Secured) {
    let stream = Stream {
        security: Security::Srtp(Box::new(keys(suite, seed, 2))),
        ..stream_a()
    };
    (stream, Secured::new(keys(suite, 2, seed)))
}

/// Stream A under keys.
pub(super) fn secured_stream() -> Stream {
    secured(Suite::AesCm128HmacSha1_80, 1).0
}

/// What the peer of A sends under its key.
fn sealed(peer: &mut Secured, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        marker: false,
        payload_type: 0,
        sequence,
        timestamp: u32::from(sequence) * 160,
        ssrc: 0x1001,
    };
    let (mut plain, mut out) = ([0; 400], [0; 440]);
    let length = header.write_packet(payload, &mut plain).unwrap();
    let length = peer.protect(&plain[..length], &mut out).unwrap();
    out[..length].to_vec()
}

impl House {
    fn datagram(&mut self, from: SocketAddr, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        self.engine
            .handle_packet(self.now, A, from, &mut bytes, &mut self.wire);
        self.drain();
    }
}

/// What left to A, opened by its peer.
fn opened(peer: &mut Secured, sent: &[Sent]) -> Vec<Vec<u8>> {
    let mine = sent.iter().filter(|s| s.leg == A);
    mine.map(|sent| {
        let mut raw = sent.raw.clone();
        let length = peer.unprotect(&mut raw).expect("it is under our key");
        Packet::parse(&raw[..length]).unwrap().payload().to_vec()
    })
    .collect()
}

#[test]
fn a_prompt_leaves_under_the_key_and_nothing_leaves_in_the_clear() {
    for suite in Suite::ALL {
        let (stream, mut peer) = secured(suite, 1);
        let mut house = House::new();
        house.open(A);
        house.connect(A, stream);
        let clip = ramp(480);
        house.play(A, 1, vec![clip.clone()]);
        house.ticks(250);
        let sent = house.sent();
        assert_ne!(sent[0].payload[..160], clip.encoded(Encoding::Pcmu)[..160]);
        let heard = opened(&mut peer, &sent).concat();
        assert_eq!(heard[..480], *clip.encoded(Encoding::Pcmu), "{suite:?}");
        let mut report = house.wire.reports.pop().expect("a report").1;
        let length = peer.unprotect_control(&mut report).expect("under the key");
        assert!(rappel_rtp::rtcp::read(&report[..length], 0).is_ok());
    }
}

#[test]
fn a_bridge_has_each_side_under_its_own_keys_or_none() {
    let (stream, mut peer) = secured(Suite::AesCm128HmacSha1_80, 1);
    let mut house = House::with_both(Encoding::Pcma);
    house.connect(A, stream);
    house.order(Command::Bridge { a: A, b: B });
    let packet = sealed(&mut peer, 1, &[0x42; 160]);
    house.datagram(address(4_001), &packet);
    let sent = house.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].raw.len(), 172, "plain on B");
    house.datagram(address(4_001), &packet);
    assert!(house.sent().is_empty(), "a replay is not passed on");
    house.packet(A, 0, 2, &[0x42; 160]);
    assert!(house.sent().is_empty(), "nor what is in the clear");
    house.packet(B, 8, 1, &[0xd5; 160]);
    assert_eq!(opened(&mut peer, &house.sent()), [vec![0xfe; 160]]);
}

#[test]
fn keys_change_within_the_stream_without_a_gap() {
    let (stream, mut peer) = secured(Suite::AesCm128HmacSha1_80, 1);
    let mut house = House::with_both(Encoding::Pcmu);
    house.connect(A, stream);
    house.order(Command::Bridge { a: A, b: B });
    let mut sent = Vec::new();
    for n in 0..10 {
        house.datagram(address(4_001), &sealed(&mut peer, n, &[n as u8; 160]));
        sent.extend(house.sent());
    }
    let on_its_way = sealed(&mut peer, 10, &[10; 160]);
    let suite = Suite::AesCm128HmacSha1_80;
    house.connect(
        A,
        Stream {
            security: Security::Srtp(Box::new(keys(suite, 5, 6))),
            ..stream_a()
        },
    );
    let mut renewed = Secured::new(keys(suite, 6, 5));
    house.datagram(address(4_001), &on_its_way);
    for n in 11..20 {
        house.datagram(address(4_001), &sealed(&mut renewed, n, &[n as u8; 160]));
    }
    sent.extend(house.sent());
    let payloads: Vec<u8> = sent.iter().map(|s| s.payload[0]).collect();
    assert_eq!(payloads, (0..20).collect::<Vec<u8>>());
    assert_one_stream(&sent, B, SSRC_B);
    house.packet(B, 0, 1, &[0x24; 160]);
    assert_eq!(opened(&mut renewed, &house.sent()), [vec![0x24; 160]]);
}

#[test]
fn the_key_proves_a_peer_behind_a_translator_at_its_first_packet() {
    let (stream, mut peer) = secured(Suite::AeadAes128Gcm, 1);
    let mut house = House::new();
    house.open(A);
    house.connect(A, stream);
    let translated = SocketAddr::from(([203, 0, 113, 9], 31_000));
    house.datagram(translated, &sealed(&mut peer, 1, &[1; 160]));
    house.ticks(1);
    assert_eq!(house.sent()[0].to, translated);
    // From elsewhere once learning is over: whoever repeats or diverts it moves nothing.
    house.ticks(1_600);
    house.sent();
    let diverted = SocketAddr::from(([198, 51, 100, 7], 9));
    house.datagram(diverted, &sealed(&mut peer, 2, &[1; 160]));
    house.ticks(1);
    assert_eq!(house.sent()[0].to, translated);
}

#[test]
fn reports_share_the_port_where_that_was_agreed() {
    let mut house = House::new();
    house.open(A);
    let stream = stream_a();
    house.connect(
        A,
        Stream {
            control: Some(stream.remote),
            ..stream
        },
    );
    house.packet(A, 0, 1, &[0xff; 160]);
    let mut reports = 0;
    for _ in 0..500 {
        house.now = house.now.after(Duration::from_millis(20));
        let mut wire = Raw::default();
        house.engine.tick(house.now, &mut wire);
        let is_report = |packet: &Vec<u8>| Protocol::of(packet) == Protocol::Rtcp;
        reports += wire.0.iter().filter(|(_, p)| is_report(p)).count();
        assert!(wire.0.iter().all(|(to, _)| *to == address(4_001)));
    }
    assert_eq!(reports, 2);
}

/// Packets as they leave the port of RTP.
#[derive(Default)]
struct Raw(Vec<(SocketAddr, Vec<u8>)>);

impl Sink for Raw {
    fn send(&mut self, _: LegId, to: SocketAddr, packet: &[u8]) {
        self.0.push((to, packet.to_vec()));
    }

    fn send_control(&mut self, _: LegId, _: SocketAddr, _: &[u8]) {
        panic!("there is one port");
    }
}

#[test]
fn what_was_heard_before_or_has_no_key_is_forged() {
    let (stream, mut peer) = secured(Suite::AesCm128HmacSha1_80, 1);
    let mut house = House::new();
    house.open(A);
    house.connect(A, stream);
    let first = sealed(&mut peer, 1, &[1; 160]);
    let at = address(4_001);
    house.datagram(at, &first);
    // Sent again from where it came from and, while its peer is still being learned, from elsewhere.
    for from in [at, SocketAddr::from(([203, 0, 113, 9], 31_000))] {
        house.datagram(from, &first);
        let mut other = first.clone();
        other[10] ^= 1;
        house.datagram(from, &other);
    }
    house.order(Command::Measure { leg: A });
    let news = house.news();
    let [_, Event::Measured { report, .. }] = news[..] else {
        panic!("{news:?}");
    };
    assert_eq!((report.received, report.turned_away.forged), (1, 4));
    house.ticks(1);
    assert_eq!(house.sent()[0].to, at);
}
