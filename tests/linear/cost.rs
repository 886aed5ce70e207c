//! What reading costs, compared at two sizes.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// An input that grows: a beginning, what is repeated, and an end.
pub(crate) struct Shape<'a> {
    pub(crate) start: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) end: &'a str,
}

impl Shape<'_> {
    /// About `size` bytes of it.
    pub(crate) fn of(&self, size: usize) -> String {
        let room = size.saturating_sub(self.start.len() + self.end.len());
        let times = room / self.unit.len();
        [self.start, &self.unit.repeat(times), self.end].concat()
    }
}

/// Fails when `size` bytes of the shape cost much more than an eighth of them eight times over.
///
/// # Panics
/// When they do, however often it is measured.
pub(crate) fn in_proportion(what: &str, shape: &Shape<'_>, size: usize, read: impl Fn(&str)) {
    let (small, large) = (shape.of(size / TIMES), shape.of(size));
    let (mut of_small, mut of_large) = (Duration::MAX, Duration::MAX);
    let began = computed();
    for round in 0.. {
        of_small = of_small.min(time(|| (0..TIMES).for_each(|_| read(&small))));
        of_large = of_large.min(time(|| read(&large)));
        if of_large < of_small.mul_f64(MOST) {
            return;
        }
        if round >= ROUNDS && computed() - began > PATIENCE {
            break;
        }
    }
    let Shape { start, unit, end } = shape;
    panic!(
        "{what}: {start:?} {unit:?}… {end:?}: {size} bytes take {of_large:?}, \
         an eighth of them {TIMES} times {of_small:?}"
    );
}

/// What this thread has computed, waiting for others left out.
fn computed() -> Duration {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(spent.tv_sec).expect("a clock that counts up");
    Duration::from_secs(seconds) + Duration::from_nanos(spent.tv_nsec.unsigned_abs())
}

fn time(work: impl FnOnce()) -> Duration {
    let began = computed();
    work();
    computed() - began
}

/// How much larger the large input is. Squares would take as many times as long.
const TIMES: usize = 8;
/// What is still taken for proportion: memory is slower than caches, and vectors grow.
const MOST: f64 = 2.5;
/// How often what seems too slow is measured again, at least, and for how long.
const ROUNDS: usize = 3;
const PATIENCE: Duration = Duration::from_millis(500);

#[test]
#[should_panic(expected = "squares")]
fn squares_are_seen() {
    let squares = |text: &str| {
        let pairs = text.split(',').map(|_| text.matches(",a").count());
        assert!(pairs.sum::<usize>() > 0);
    };
    let list = Shape {
        start: "a",
        unit: ",a",
        end: "",
    };
    in_proportion("squares", &list, 2048, squares);
}
