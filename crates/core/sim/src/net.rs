//! The network: what is sent arrives later, twice, out of order, or never.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use rappel_model::{Deadline, Instant, Now, Random};
use rappel_sip::{ConnectionId, Flow, Transport};

/// How bad the network is.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Datagrams lost, in 100.
    pub loss_percent: u8,
    /// Datagrams that arrive twice, in 100.
    pub twice_percent: u8,
    /// Shortest way.
    pub least_delay: Duration,
    /// Longest way; datagrams overtake each other when it is not the shortest.
    pub most_delay: Duration,
}

impl Weather {
    /// Nothing is lost, everything takes 10 ms.
    pub const FAIR: Self = Self {
        loss_percent: 0,
        twice_percent: 0,
        least_delay: Duration::from_millis(10),
        most_delay: Duration::from_millis(10),
    };

    /// One datagram in five is lost, some come twice, all overtake each other.
    pub const STORM: Self = Self {
        loss_percent: 20,
        twice_percent: 15,
        least_delay: Duration::from_millis(5),
        most_delay: Duration::from_millis(900),
    };
}

/// A message that has arrived.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// One whole message.
    pub bytes: Bytes,
    /// How it came, as the receiver sees it: `local` is who gets it.
    pub flow: Flow,
}

/// Carries messages between addresses. Connections lose nothing and keep order.
#[derive(Debug)]
pub struct Net {
    weather: Weather,
    random: Random,
    in_flight: BTreeMap<(Instant, u64), Arrival>,
    sent: u64,
    connections: BTreeMap<(SocketAddr, SocketAddr), ConnectionId>,
    /// When the last message arrives, by receiver and connection.
    last: BTreeMap<(SocketAddr, ConnectionId), Instant>,
}

impl Net {
    /// An empty network.
    pub fn new(weather: Weather, random: Random) -> Self {
        Self {
            weather,
            random,
            in_flight: BTreeMap::new(),
            sent: 0,
            connections: BTreeMap::new(),
            last: BTreeMap::new(),
        }
    }

    /// Somebody sends a message. A TCP flow without a connection opens one, or finds the one that is
    /// open between both addresses.
    pub fn send(&mut self, now: Now, bytes: Bytes, flow: Flow) {
        let receiver = Flow {
            local: flow.remote,
            remote: flow.local,
            ..flow
        };
        match flow.transport {
            Transport::Udp => self.send_datagram(now, &bytes, receiver),
            _ => self.send_stream(now, bytes, receiver),
        }
    }

    /// The next message that has arrived by now.
    pub fn poll_arrival(&mut self, now: Now) -> Option<Arrival> {
        let (at, _) = self.in_flight.keys().next()?;
        if *at > now.instant {
            return None;
        }
        self.in_flight.pop_first().map(|(_, arrival)| arrival)
    }

    /// When the next message arrives.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        let (at, _) = self.in_flight.keys().next()?;
        Some(Deadline::new(*at, "a message arrives"))
    }

    fn send_datagram(&mut self, now: Now, bytes: &Bytes, flow: Flow) {
        if self.random.chance(self.weather.loss_percent) {
            return;
        }
        let copies = 1 + u8::from(self.random.chance(self.weather.twice_percent));
        for _ in 0..copies {
            let at = now.instant + self.delay();
            self.post(at, bytes.clone(), flow);
        }
    }

    fn send_stream(&mut self, now: Now, bytes: Bytes, mut flow: Flow) {
        let (a, b) = (flow.local.min(flow.remote), flow.local.max(flow.remote));
        let fresh = ConnectionId(self.connections.len() as u64 + 1);
        let connection = match flow.connection {
            Some(connection) => connection,
            None => *self.connections.entry((a, b)).or_insert(fresh),
        };
        flow.connection = Some(connection);
        let soonest = now.instant + self.delay();
        let last = self.last.entry((flow.local, connection)).or_default();
        let at = soonest.max(*last);
        *last = at;
        self.post(at, bytes, flow);
    }

    fn post(&mut self, at: Instant, bytes: Bytes, flow: Flow) {
        self.sent += 1;
        self.in_flight
            .insert((at, self.sent), Arrival { bytes, flow });
    }

    fn delay(&mut self) -> Duration {
        let spread = self
            .weather
            .most_delay
            .saturating_sub(self.weather.least_delay);
        let micros = u64::try_from(spread.as_micros()).unwrap_or(u64::MAX - 1);
        self.weather.least_delay + Duration::from_micros(self.random.below(micros + 1))
    }
}
