//! Offers of the wild, and both sides against each other.

use std::net::SocketAddr;

use proptest::prelude::*;

use super::*;
use crate::stream::{Direction, Encoding, PayloadType, Stream};

mod browsers;
mod carried;
mod corpus;
mod secured;
mod sessions;

const BOTH: [Encoding; 2] = [Encoding::Pcma, Encoding::Pcmu];

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn ours() -> Negotiation {
    Negotiation::new(at("198.51.100.1:40000"), 77, BOTH.to_vec())
}

fn theirs() -> Negotiation {
    Negotiation::new(at("203.0.113.1:50000"), 88, vec![Encoding::Pcmu])
}

fn text(body: &[u8]) -> &str {
    std::str::from_utf8(body).unwrap()
}

/// The lines of a body that begin with `start`.
fn lines<'a>(body: &'a [u8], start: &str) -> Vec<&'a str> {
    text(body)
        .lines()
        .filter(|line| line.starts_with(start))
        .collect()
}

fn version(body: &[u8]) -> u64 {
    let origin = lines(body, "o=")[0];
    origin.split(' ').nth(2).unwrap().parse().unwrap()
}

fn any_direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(vec![
        Direction::SendRecv,
        Direction::SendOnly,
        Direction::RecvOnly,
        Direction::Inactive,
    ])
}

fn any_encodings() -> impl Strategy<Value = Vec<Encoding>> {
    prop::sample::select(vec![
        vec![Encoding::Pcma],
        vec![Encoding::Pcmu],
        vec![Encoding::Pcmu, Encoding::Pcma],
        vec![Encoding::Pcma, Encoding::Pcmu],
    ])
}
