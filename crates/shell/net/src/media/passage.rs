//! Sessions on their way from one pacing thread to another, and the orders that wait for them.

use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use rappel_media::Moving;
use rappel_model::LegId;

use super::sockets::Port;
use super::thread::{Order, Orders};

/// What comes out of a passage: a session with its port, or nothing when it was over.
pub(super) struct Arrival {
    pub(super) leg: LegId,
    pub(super) session: Option<(Moving, Port)>,
}

/// The way of one session to another thread. Whatever becomes of it, the other side hears of it once.
pub(super) struct Passage {
    leg: LegId,
    arrivals: Sender<Arrival>,
    to: Orders,
    session: Option<(Moving, Port)>,
}

impl Passage {
    pub(super) fn new(leg: LegId, arrivals: Sender<Arrival>, to: Orders) -> Self {
        Self {
            leg,
            arrivals,
            to,
            session: None,
        }
    }

    pub(super) const fn leg(&self) -> LegId {
        self.leg
    }

    /// Lets the session go.
    pub(super) fn carry(mut self, session: Moving, port: Port) {
        self.session = Some((session, port));
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let (leg, session) = (self.leg, self.session.take());
        // A thread that has ended has no sessions any more.
        let _ended = self.arrivals.send(Arrival { leg, session }).is_err();
        self.to.wake();
    }
}

/// The sessions that are on their way here, and what is ordered for them meanwhile. They are let in
/// together, once the last is here, and then their orders: what has come to their ports until then stays
/// there unread, so that a bridge misses nothing. Only few are under way at a time, and for moments.
#[derive(Default)]
pub(super) struct Expected {
    coming: Vec<Coming>,
    held: Vec<Order>,
}

struct Coming {
    leg: LegId,
    since: Instant,
    /// What has come, when it has.
    here: Option<Arrival>,
}

impl Expected {
    /// A session was announced. What is ordered for it waits from now on.
    pub(super) fn announce(&mut self, now: Instant, leg: LegId) {
        if self.coming.len() < MAX_COMING {
            self.coming.push(Coming {
                leg,
                since: now,
                here: None,
            });
        }
    }

    /// Keeps an order back that is about a session on its way, or about one whose orders wait; gives
    /// back any other, to be carried out now.
    pub(super) fn hold(&mut self, order: Order) -> Option<Order> {
        let waits = order.legs().any(|leg| self.waits(leg));
        if !waits || self.held.len() >= MAX_HELD {
            return Some(order);
        }
        self.held.push(order);
        None
    }

    /// A session is here, or was over; gives it back when nobody announced it.
    pub(super) fn came(&mut self, arrival: Arrival) -> Option<Arrival> {
        let mut announced = self.coming.iter_mut();
        match announced.find(|coming| coming.leg == arrival.leg) {
            Some(coming) => {
                coming.here = Some(arrival);
                None
            }
            None => Some(arrival),
        }
    }

    /// Those who are let in now, and then what is to be done. Nobody waits for ever.
    pub(super) fn let_in(&mut self, now: Instant) -> (Vec<Arrival>, Vec<Order>) {
        let is_due = |coming: &Coming| {
            coming.here.is_some() || now.duration_since(coming.since) >= LONGEST_WAY
        };
        if !self.coming.iter().all(is_due) {
            return (Vec::new(), Vec::new());
        }
        let coming = std::mem::take(&mut self.coming);
        let here = coming.into_iter().filter_map(|coming| coming.here);
        (here.collect(), std::mem::take(&mut self.held))
    }

    fn waits(&self, leg: LegId) -> bool {
        let coming = self.coming.iter().any(|coming| coming.leg == leg);
        coming
            || self
                .held
                .iter()
                .any(|order| order.legs().any(|held| held == leg))
    }
}

/// Most sessions on their way at a time whose orders wait.
const MAX_COMING: usize = 64;

/// Most orders that wait: one more is carried out at once, and finds no session.
const MAX_HELD: usize = 1_024;

/// A session is on its way for as long as its thread has other orders to do before.
const LONGEST_WAY: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use rappel_media::Command;

    use super::*;

    fn close(leg: u64) -> Order {
        Order::Command(Command::Close { leg: LegId(leg) })
    }

    fn bridge(a: u64, b: u64) -> Order {
        let (a, b) = (LegId(a), LegId(b));
        Order::Command(Command::Bridge { a, b })
    }

    fn shown(orders: &[Order]) -> Vec<Vec<u64>> {
        let legs = |order: &Order| order.legs().map(|leg| leg.0).collect();
        orders.iter().map(legs).collect()
    }

    fn nothing(leg: u64) -> Arrival {
        Arrival {
            leg: LegId(leg),
            session: None,
        }
    }

    #[test]
    fn what_concerns_a_session_on_its_way_waits_in_order_and_nothing_else_does() {
        let now = Instant::now();
        let mut expected = Expected::default();
        expected.announce(now, LegId(1));
        expected.announce(now, LegId(9));
        assert!(expected.hold(close(2)).is_some());
        assert!(expected.hold(bridge(2, 1)).is_none());
        assert!(expected.hold(close(2)).is_none(), "behind the bridge");
        assert!(expected.hold(bridge(9, 3)).is_none());
        assert!(expected.hold(close(4)).is_some());
        assert!(expected.came(nothing(1)).is_none());
        assert!(expected.came(nothing(5)).is_some(), "nobody spoke of it");
        assert!(expected.let_in(now).0.is_empty(), "one is still on its way");
        let (here, orders) = expected.let_in(now + LONGEST_WAY);
        assert_eq!(here.len(), 1);
        assert_eq!(shown(&orders), [vec![2, 1], vec![2], vec![9, 3]]);
        assert!(expected.hold(close(2)).is_some());
    }

    #[test]
    fn orders_that_wait_are_bounded() {
        let mut expected = Expected::default();
        for leg in 0..=MAX_COMING as u64 {
            expected.announce(Instant::now(), LegId(leg));
        }
        assert!(expected.hold(close(MAX_COMING as u64)).is_some());
        for _ in 0..MAX_HELD {
            assert!(expected.hold(close(1)).is_none());
        }
        assert!(expected.hold(close(1)).is_some());
    }
}
