//! Streams put together again from captured TCP segments, and the messages in them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;
use rappel_model::Timestamp;
use rappel_sip::wire::{Framed, Framer};

use super::datagram;
use super::packet::{Carried, Packet};
use crate::captured::Captured;
use rappel_sip::Transport;

/// Every direction of every connection in a capture.
#[derive(Default)]
pub(super) struct Streams(BTreeMap<(SocketAddr, SocketAddr), Stream>);

#[derive(Default)]
struct Stream {
    framer: Framer,
    /// Where it goes on.
    next: Option<u32>,
    /// Segments that came before their turn.
    early: BTreeMap<u32, Bytes>,
    /// It cannot be followed: something else than SIP, or encrypted.
    lost: bool,
}

impl Streams {
    pub(super) fn take(&mut self, at: Timestamp, packet: &Packet, messages: &mut Vec<Captured>) {
        let Carried::Segment { sequence, begins } = packet.carried else {
            return;
        };
        let key = (packet.source, packet.destination);
        if begins {
            self.0.remove(&key);
        }
        if self.0.len() >= MAX_STREAMS && !self.0.contains_key(&key) {
            return;
        }
        let stream = self.0.entry(key).or_default();
        if begins {
            stream.next = Some(sequence.wrapping_add(1));
            return;
        }
        stream.push(sequence, &packet.payload);
        while let Some(framed) = stream.pop() {
            let carried = Packet {
                payload: framed,
                ..*packet
            };
            messages.extend(datagram(at, carried).map(|message| Captured {
                transport: Transport::Tcp,
                ..message
            }));
        }
    }
}

impl Stream {
    fn push(&mut self, sequence: u32, payload: &Bytes) {
        if payload.is_empty() || self.lost {
            return;
        }
        // A capture that begins in the middle is followed from a message's beginning on.
        let next = *self.next.get_or_insert(sequence);
        if self.early.len() >= MAX_EARLY {
            // What is missing was not captured: go on with what is there.
            self.framer = Framer::new();
            self.next = self.early.keys().next().copied();
        }
        let ahead = sequence.wrapping_sub(next);
        if ahead < WINDOW {
            self.early
                .entry(sequence)
                .or_insert_with(|| payload.clone());
        } else if next.wrapping_sub(sequence) < payload.len() as u32 {
            // Sent again, with more behind it.
            let seen = next.wrapping_sub(sequence) as usize;
            self.early
                .entry(next)
                .or_insert_with(|| payload.slice(seen..));
        }
        while let Some(next) = self.next
            && let Some(payload) = self.early.remove(&next)
        {
            self.framer.push(&payload);
            self.next = Some(next.wrapping_add(payload.len() as u32));
        }
    }

    fn pop(&mut self) -> Option<Bytes> {
        loop {
            return match self.framer.pop()? {
                Framed::Message(bytes) => Some(bytes),
                Framed::Ping => continue,
                Framed::Broken(_) => {
                    self.lost = true;
                    self.early.clear();
                    None
                }
            };
        }
    }
}

/// Most directions of connections that are followed.
const MAX_STREAMS: usize = 20_000;
/// Most segments that wait for one that is missing.
const MAX_EARLY: usize = 64;
/// How far ahead of its turn a segment may be, in bytes.
const WINDOW: u32 = 1 << 20;
