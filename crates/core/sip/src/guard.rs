//! Who may speak at all: a token bucket per source and a list of scanners. Listeners ask before
//! they parse, so a flood costs a look-up and nothing more.

use std::net::IpAddr;
use std::time::Duration;

use rappel_model::{Instant, Now, Random};

/// How much a source may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Messages per second that a source may send for ever; at least 1.
    pub rate: u32,
    /// Messages it may send at once after a silence; at least 1.
    pub burst: u32,
}

impl Default for Settings {
    /// Enough for a busy PBX behind one address, far below a flood.
    fn default() -> Self {
        Self {
            rate: 500,
            burst: 2_000,
        }
    }
}

/// What to do with bytes from a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Read them.
    Pass,
    /// Drop them without a word: the source sends too fast.
    Flood,
    /// Drop them without a word: a known scanner, which an answer would only encourage.
    Scanner,
}

/// Token buckets in a fixed memory. Sources share rows of four places; in a full row the one silent
/// for longest is forgotten, which can only favour it. An IPv6 source is its /64.
#[derive(Clone, Debug)]
pub struct Guard {
    settings: Settings,
    key: u64,
    rows: Vec<[Bucket; WAYS]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// 0 for an empty place; never a real source, see [`source_of`].
    source: u128,
    /// Microseconds of sending at full rate that are left.
    left: u64,
    /// When `left` was counted.
    at: Instant,
}

impl Guard {
    /// A guard. `random` makes the rows of two engines differ, so nobody can aim at a row.
    pub fn new(settings: Settings, random: &mut Random) -> Self {
        Self {
            settings: Settings {
                rate: settings.rate.max(1),
                burst: settings.burst.max(1),
            },
            key: random.next_u64() | 1,
            rows: vec![[Bucket::default(); WAYS]; ROWS],
        }
    }

    /// Judges one datagram, or one message of a connection.
    pub fn admit(&mut self, now: Now, source: IpAddr, message: &[u8]) -> Admission {
        if !self.spend(now.instant, source_of(source)) {
            Admission::Flood
        } else if is_scanner(message) {
            Admission::Scanner
        } else {
            Admission::Pass
        }
    }

    /// Most sources whose speed is known at once.
    pub const fn capacity() -> usize {
        ROWS * WAYS
    }

    fn spend(&mut self, now: Instant, source: u128) -> bool {
        let cost = 1_000_000 / u64::from(self.settings.rate).min(1_000_000);
        let full = cost * u64::from(self.settings.burst);
        let row = self.row(source);
        let row = &mut self.rows[row];
        let place = match row.iter().position(|bucket| bucket.source == source) {
            Some(place) => place,
            None => {
                let oldest = (0..WAYS)
                    .min_by_key(|place| row[*place].at)
                    .expect("a row has places");
                row[oldest] = Bucket {
                    source,
                    left: full,
                    at: now,
                };
                oldest
            }
        };
        let bucket = &mut row[place];
        let idle = u64::try_from(now.since(bucket.at).as_micros()).unwrap_or(u64::MAX);
        bucket.left = bucket.left.saturating_add(idle).min(full);
        bucket.at = now.max(bucket.at);
        match bucket.left.checked_sub(cost) {
            Some(left) => {
                bucket.left = left;
                true
            }
            None => false,
        }
    }

    /// A row by multiplication with a secret odd number; the high bits are the well-mixed ones.
    fn row(&self, source: u128) -> usize {
        let folded = (source as u64) ^ ((source >> 64) as u64).rotate_left(29);
        let mixed = folded.wrapping_mul(self.key);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(self.key);
        (mixed >> (64 - ROW_BITS)) as usize
    }
}

/// The number a source goes by, never 0.
fn source_of(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(ip) => (1 << 64) | u128::from(u32::from(ip)),
        IpAddr::V6(ip) => (2 << 64) | (u128::from(ip) >> 64),
    }
}

/// Whether the User-Agent header names a tool that only attacks. One pass, no parsing: a name
/// elsewhere in the message does not count.
pub fn is_scanner(message: &[u8]) -> bool {
    message
        .split(|b| *b == b'\n')
        .take_while(|line| !line.trim_ascii_end().is_empty())
        .filter_map(user_agent)
        .any(|value| SCANNERS.iter().any(|name| contains(value, name)))
}

fn user_agent(line: &[u8]) -> Option<&[u8]> {
    let name = b"user-agent";
    let start = line.get(..name.len())?;
    start
        .eq_ignore_ascii_case(name)
        .then(|| &line[name.len()..line.len().min(MAX_USER_AGENT)])
}

fn contains(text: &[u8], name: &str) -> bool {
    text.windows(name.len())
        .any(|window| window.eq_ignore_ascii_case(name.as_bytes()))
}

/// Tools whose only use is to look for open servers. `sipsak` and `sipp` are not here: operators
/// use them.
const SCANNERS: &[&str] = &[
    "friendly-scanner",
    "friendly-request",
    "sipvicious",
    "sundayddr",
    "sipscan",
    "sip-scan",
    "pplsip",
    "sipcli",
    "smap ",
    "iwar",
    "vaxsipuseragent",
];

/// How much of a User-Agent line is looked at.
const MAX_USER_AGENT: usize = 256;
/// Places in a row.
const WAYS: usize = 4;
/// Rows, as a power of two: 2¹² rows of 4 places of 32 bytes are half a megabyte.
const ROW_BITS: u32 = 12;
const ROWS: usize = 1 << ROW_BITS;

/// How long a source must be silent to have its whole burst again.
pub fn recovery(settings: Settings) -> Duration {
    Duration::from_secs(1) * settings.burst / settings.rate.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(rate: u32, burst: u32) -> Guard {
        Guard::new(Settings { rate, burst }, &mut Random::from_seed(3))
    }

    fn ip(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[test]
    fn a_source_has_its_burst_then_its_rate_and_others_keep_theirs() {
        let mut guard = guard(10, 20);
        let start = Now::default();
        let mut passed = |now, source| guard.admit(now, source, b"x") == Admission::Pass;
        assert_eq!((0..100).filter(|_| passed(start, ip(1))).count(), 20);
        assert!(passed(start, ip(2)));
        let later = start.after(Duration::from_secs(1));
        assert_eq!((0..100).filter(|_| passed(later, ip(1))).count(), 10);
        let full = later.after(recovery(Settings {
            rate: 10,
            burst: 20,
        }));
        assert_eq!((0..100).filter(|_| passed(full, ip(1))).count(), 20);
    }

    #[test]
    fn memory_is_fixed_and_a_crowd_shuts_nobody_out() {
        let mut guard = guard(1, 1);
        for n in 0..3 * Guard::capacity() as u32 {
            assert_eq!(guard.admit(Now::default(), ip(n), b"x"), Admission::Pass);
        }
        assert_eq!(guard.rows.len() * WAYS, Guard::capacity());
    }

    #[test]
    fn an_ipv6_network_is_one_source_and_a_mapped_address_is_ipv4() {
        assert_eq!(
            source_of("2001:db8::1".parse().unwrap()),
            source_of("2001:db8::ffff:2".parse().unwrap())
        );
        assert_eq!(
            source_of("::ffff:192.0.2.1".parse().unwrap()),
            source_of("192.0.2.1".parse().unwrap())
        );
        assert_ne!(source_of("::".parse().unwrap()), 0);
    }

    #[test]
    fn scanners_are_known_by_their_user_agent_alone() {
        assert!(is_scanner(
            b"OPTIONS sip:a SIP/2.0\r\nuser-agent: Friendly-Scanner\r\n\r\n"
        ));
        assert!(!is_scanner(
            b"OPTIONS sip:a SIP/2.0\r\nSubject: sipvicious\r\n\r\n"
        ));
        assert!(!is_scanner(
            b"OPTIONS sip:a SIP/2.0\r\n\r\nUser-Agent: sipvicious\r\n"
        ));
        assert!(!is_scanner(
            b"REGISTER sip:a SIP/2.0\r\nUser-Agent: Linphone/5.0\r\n\r\n"
        ));
    }
}
