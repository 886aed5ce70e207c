//! Datagrams at a media port: sorted, read, relayed, placed in their sequence, their keys counted,
//! their reports heard. The input is a row of datagrams, each behind a byte with its length.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use rappel_model::Instant;
use rappel_rtp::packet::{self, HEADER_LEN, Header, Packet};
use rappel_rtp::telephone_event::Receiver;
use rappel_rtp::{Arrival, Reception, rtcp};

fuzz_target!(|data: &[u8]| {
    let mut port = Port::default();
    let mut rest = data;
    while let Some((length, after)) = rest.split_first() {
        let (datagram, after) = after.split_at(usize::from(*length).min(after.len()));
        port.receive(datagram);
        rest = after;
    }
    port.check();
});

/// One media port, and what it must have seen.
struct Port {
    reception: Reception,
    keys: Receiver,
    taken: u64,
    told: usize,
    /// Source, timestamp and code of every event packet: each may be told once at most.
    events: BTreeSet<(u32, u32, u8)>,
    now: Instant,
}

impl Default for Port {
    fn default() -> Self {
        Self {
            reception: Reception::new(8000),
            keys: Receiver::new(),
            taken: 0,
            told: 0,
            events: BTreeSet::new(),
            now: Instant::ZERO,
        }
    }
}

impl Port {
    fn receive(&mut self, datagram: &[u8]) {
        self.now = Instant::from_micros(self.now.as_micros() + 20_000);
        report_is_about_us(datagram);
        let Ok(packet) = Packet::parse(datagram) else {
            let mut copy = datagram.to_vec();
            assert!(packet::relay(&mut copy, |header| header).is_err());
            assert_eq!(copy, datagram, "what is not relayed is untouched");
            return;
        };
        relays(datagram, &packet);
        let header = packet.header();
        let arrival = self.reception.receive(&header);
        match arrival {
            Arrival::Duplicate | Arrival::Stray => return,
            Arrival::First | Arrival::Next { .. } | Arrival::Late => self.taken += 1,
        }
        assert_eq!(self.reception.ssrc(), Some(header.ssrc));
        assert_eq!(self.reception.receive(&header), Arrival::Duplicate);
        if header.payload_type == EVENTS {
            self.key(header, packet.payload());
        } else {
            self.reception.timed(self.now, header.timestamp);
        }
    }

    fn key(&mut self, header: Header, payload: &[u8]) {
        let told = self.keys.receive(header.ssrc, header.timestamp, payload);
        let again = self.keys.receive(header.ssrc, header.timestamp, payload);
        assert_eq!(again, None, "a repeated packet is no second key");
        if let Some(key) = told {
            assert!(key.is_ascii_digit() || matches!(key, '*' | '#' | 'A'..='D'));
            self.told += 1;
        }
        if let Some(code @ 0..16) = payload.first() {
            self.events.insert((header.ssrc, header.timestamp, *code));
        }
    }

    fn check(&mut self) {
        let report = self.reception.report(0);
        assert_eq!(report.received, self.taken);
        if let Some(block) = self.reception.block() {
            assert!(block.lost <= 0x7f_ffff);
            let none = self.reception.block().expect("the source is still there");
            assert_eq!(none.fraction_lost, 0, "nothing was due since");
        }
        // Only an event older than all that is remembered could come back as new.
        if self.events.len() <= REMEMBERED {
            assert!(self.told <= self.events.len());
        }
    }
}

/// Written anew or relayed in place, a packet keeps its header and payload and nothing else.
fn relays(datagram: &[u8], packet: &Packet<'_>) {
    let mut out = vec![0; HEADER_LEN + packet.payload_len()];
    let written = packet.header().write_packet(packet.payload(), &mut out);
    assert_eq!(written, Some(out.len()));
    let mut copy = datagram.to_vec();
    let relayed = packet::relay(&mut copy, |header| header).expect("it was read");
    assert_eq!(relayed, out);
    let again = Packet::parse(&out).expect("what we write, we read");
    assert_eq!(again.header(), packet.header());
    assert_eq!(again.payload(), packet.payload());
}

/// A report is heard from the source it names, and about nobody it does not.
fn report_is_about_us(datagram: &[u8]) {
    for at in [8, 28] {
        let Some(ours) = datagram.get(at..).and_then(|rest| rest.first_chunk()) else {
            return;
        };
        let Ok(heard) = rtcp::read(datagram, u32::from_be_bytes(*ours)) else {
            return;
        };
        assert_eq!(heard.ssrc.to_be_bytes(), datagram[4..8]);
        assert_eq!(heard.sender.is_some(), datagram[1] == 200);
        if let Some(about) = heard.about_us {
            assert!((-0x80_0000..=0x7f_ffff).contains(&about.lost));
        }
        let stranger = rtcp::read(datagram, u32::from_be_bytes(*ours) ^ 0x5555_5555);
        let stranger = stranger.expect("whom it is about does not decide whether it is read");
        assert_eq!((stranger.ssrc, stranger.sender), (heard.ssrc, heard.sender));
    }
}

/// The payload type of telephone-event.
const EVENTS: u8 = 101;
/// How many events a receiver surely remembers.
const REMEMBERED: usize = 16;
