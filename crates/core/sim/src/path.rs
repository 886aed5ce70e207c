//! The way of a media stream through the network: which packets are lost, how late each comes.

use rappel_model::Random;

/// What a path does to the packets of one stream. Times are microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// The way of a packet that nothing holds up.
    pub least: u64,
    /// What is added to it, packet by packet.
    pub delay: Delay,
    /// Whether packets keep their order, as they do through one queue: none arrives before the one
    /// sent before it.
    pub in_order: bool,
    /// Which are lost.
    pub loss: Loss,
    /// Packets that arrive twice, in 1,000.
    pub twice_permille: u16,
    /// Times at which nothing passes, as on Wi-Fi.
    pub stall: Option<Stall>,
}

/// What is added to the shortest way.
#[derive(Clone, Copy, Debug)]
pub enum Delay {
    /// Nothing.
    None,
    /// Anything from nothing to so much, each packet by itself.
    Uniform(u64),
    /// A gamma distribution of shape 2 with this mean, each packet by itself: mostly little, at times
    /// several times the mean.
    Gamma(u64),
    /// As `Gamma` with the mean `mean`; besides, one packet in `one_in` meets a queue that grew by a
    /// gamma-distributed time of the mean `spike` and empties as fast as time passes, so that those
    /// after it come in a burst.
    Spikes {
        /// Mean of what every packet gets.
        mean: u64,
        /// Mean of what the queue grows by.
        spike: u64,
        /// How rarely it does.
        one_in: u32,
    },
}

/// Which packets are lost.
#[derive(Clone, Copy, Debug)]
pub enum Loss {
    /// None.
    None,
    /// Each with this chance in 1,000.
    Random(u16),
    /// The model of Gilbert and Elliott: a good and a bad state, each with a chance of loss, and a
    /// chance per packet to change into the other. All in 1,000.
    GilbertElliott {
        /// From good to bad.
        worsens: u16,
        /// From bad to good: bad states last 1,000 through this many packets.
        recovers: u16,
        /// Loss in the good state.
        good: u16,
        /// Loss in the bad state.
        bad: u16,
    },
}

/// Times at which nothing passes: what is sent meanwhile arrives at their end, one upon the other.
#[derive(Clone, Copy, Debug)]
pub struct Stall {
    /// From one beginning to the next.
    pub every: u64,
    /// How long.
    pub length: u64,
}

impl Path {
    /// A path that takes 30 ms and does nothing to anybody.
    pub const FAIR: Self = Self {
        least: 30_000,
        delay: Delay::None,
        in_order: true,
        loss: Loss::None,
        twice_permille: 0,
        stall: None,
    };
}

/// A path with its memory: queues, states, order.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    path: Path,
    random: Random,
    bad: bool,
    /// When the queue that a spike grew is empty.
    queue_until: u64,
    last: u64,
}

impl Course {
    pub(crate) fn new(path: Path, random: Random) -> Self {
        Self {
            path,
            random,
            bad: false,
            queue_until: 0,
            last: 0,
        }
    }

    /// When a packet sent at `sent` arrives, in the order in which packets are sent; `None` when it is
    /// lost.
    pub(crate) fn pass(&mut self, sent: u64) -> Option<u64> {
        let lost = self.is_lost();
        let mut at = sent + self.path.least + self.added(sent);
        if let Some(stall) = self.path.stall {
            let into = sent % stall.every;
            // The first stall comes after one period: a stream has begun by then.
            if sent >= stall.every && into < stall.length {
                at = at.max(sent - into + stall.length + self.path.least);
            }
        }
        if self.path.in_order {
            at = at.max(self.last);
            self.last = at;
        }
        (!lost).then_some(at)
    }

    /// Whether a packet that arrived does so again, and how much later.
    pub(crate) fn again(&mut self) -> Option<u64> {
        let again = self.random.below(1_000) < u64::from(self.path.twice_permille);
        again.then(|| self.random.below(5_000))
    }

    fn is_lost(&mut self) -> bool {
        let permille = match self.path.loss {
            Loss::None => return false,
            Loss::Random(permille) => permille,
            Loss::GilbertElliott {
                worsens,
                recovers,
                good,
                bad,
            } => {
                let change = if self.bad { recovers } else { worsens };
                self.bad ^= self.random.below(1_000) < u64::from(change);
                if self.bad { bad } else { good }
            }
        };
        self.random.below(1_000) < u64::from(permille)
    }

    fn added(&mut self, sent: u64) -> u64 {
        match self.path.delay {
            Delay::None => 0,
            Delay::Uniform(most) => self.random.below(most + 1),
            Delay::Gamma(mean) => self.gamma(mean),
            Delay::Spikes {
                mean,
                spike,
                one_in,
            } => {
                if self.random.below(u64::from(one_in)) == 0 {
                    self.queue_until = self.queue_until.max(sent) + self.gamma(spike);
                }
                self.gamma(mean) + self.queue_until.saturating_sub(sent)
            }
        }
    }

    /// A draw from a gamma distribution of shape 2: the sum of two exponential ones.
    fn gamma(&mut self, mean: u64) -> u64 {
        let product = self.unit() * self.unit();
        (-product.ln() * mean as f64 / 2.0) as u64
    }

    /// A number above 0, at most 1.
    fn unit(&mut self) -> f64 {
        ((self.random.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(path: Path) -> Course {
        Course::new(path, Random::from_seed(5))
    }

    fn delays(path: Path, count: u64) -> Vec<Option<u64>> {
        let mut course = course(path);
        (1..=count)
            .map(|n| course.pass(n * 20_000).map(|at| at - n * 20_000))
            .collect()
    }

    #[test]
    fn a_bad_state_loses_in_bursts() {
        let loss = Loss::GilbertElliott {
            worsens: 10,
            recovers: 200,
            good: 0,
            bad: 800,
        };
        let passed = delays(Path { loss, ..Path::FAIR }, 100_000);
        let lost = passed.iter().filter(|p| p.is_none()).count();
        // 10/210 of the time it is bad, and then 80 % are lost.
        assert!((3_300..4_300).contains(&lost), "{lost}");
        let pairs = passed
            .windows(2)
            .filter(|p| p[0].is_none() && p[1].is_none());
        let bursts = pairs.count() as f64 / lost as f64;
        assert!((0.55..0.75).contains(&bursts), "{bursts}");
    }

    #[test]
    fn gamma_has_its_mean_and_a_tail() {
        let delay = Delay::Gamma(20_000);
        let passed = delays(
            Path {
                delay,
                ..Path::FAIR
            },
            1,
        );
        assert!(passed[0].is_some());
        let mut course = course(Path::FAIR);
        let drawn: Vec<u64> = (0..20_000).map(|_| course.gamma(20_000)).collect();
        let mean = drawn.iter().sum::<u64>() / drawn.len() as u64;
        assert!((19_500..20_500).contains(&mean), "{mean}");
        let long = drawn.iter().filter(|&&d| d > 66_000).count();
        // 1 % lie beyond 3.3 times the mean.
        assert!((130..280).contains(&long), "{long}");
    }

    #[test]
    fn a_stall_holds_up_what_is_sent_meanwhile() {
        let stall = Some(Stall {
            every: 1_000_000,
            length: 300_000,
        });
        let passed = delays(
            Path {
                stall,
                ..Path::FAIR
            },
            100,
        );
        let late = |n: usize| passed[n - 1].unwrap();
        assert_eq!((late(1), late(49)), (30_000, 30_000));
        assert_eq!((late(50), late(51), late(64)), (330_000, 310_000, 50_000));
        assert_eq!((late(65), late(99), late(100)), (30_000, 30_000, 330_000));
    }

    #[test]
    fn order_is_kept_where_it_is_promised() {
        let delay = Delay::Uniform(60_000);
        let disorder = |in_order| {
            let mut course = course(Path {
                delay,
                in_order,
                ..Path::FAIR
            });
            let at: Vec<u64> = (0..500).filter_map(|n| course.pass(n * 20_000)).collect();
            at.windows(2).filter(|w| w[1] < w[0]).count()
        };
        assert_eq!(disorder(true), 0);
        assert!(disorder(false) > 50);
    }
}
