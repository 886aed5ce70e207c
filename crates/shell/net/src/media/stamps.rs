//! When packets came that are read at a tick, by the kernel's word: the tick itself says nothing of how
//! evenly they came (RFC 3550 §6.4.1).

use std::io::IoSliceMut;
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
};
use rappel_model::{Instant, Now, Timestamp};

/// Receives with the time of arrival. The kernel tells wall time, which is brought to our clock by one reading of both per
/// tick; a wall clock that is set costs the times of a few ticks, no more.
#[derive(Debug)]
pub(super) struct Stamps {
    /// What the kernel writes the time to.
    control: Vec<u8>,
    now: Now,
    /// Until then a stamp may be from before the wall clock was set.
    doubted_until: Instant,
}

/// Has the kernel note when each packet comes to a socket.
///
/// # Errors
/// The kernel cannot: packets then count as come when they are read.
pub(super) fn note_arrivals(socket: &impl AsRawFd) -> Result<(), Errno> {
    setsockopt(socket.as_raw_fd(), sockopt::ReceiveTimestampns, &true)
}

impl Stamps {
    pub(super) fn new(now: Now) -> Self {
        Self {
            control: Vec::with_capacity(CONTROL),
            now,
            doubted_until: now.instant,
        }
    }

    /// A tick begins: nothing that is read in it came later.
    pub(super) fn look(&mut self, now: Now) {
        if ahead(now).abs_diff(ahead(self.now)) > STEP.as_micros() as u64 {
            self.doubted_until = now.instant + DOUBT;
        }
        self.now = now;
    }

    /// The next datagram of a socket: where from, how long, and when it came, as far as is known; `None` when
    /// there is none.
    pub(super) fn receive(
        &mut self,
        socket: &UdpSocket,
        buffer: &mut [u8],
    ) -> Option<(SocketAddr, usize, Instant)> {
        let (from, length, stamp) = receive(socket.as_raw_fd(), buffer, &mut self.control)?;
        Some((from, length, self.came(stamp)))
    }

    fn came(&self, stamp: Option<Timestamp>) -> Instant {
        let now = self.now.instant;
        let age = stamp
            .filter(|_| now >= self.doubted_until)
            .map(|stamp| self.now.wall.since(stamp))
            .filter(|age| *age <= OLDEST)
            .unwrap_or_default();
        Instant::from_micros(now.as_micros().saturating_sub(age.as_micros() as u64))
    }
}

/// How far wall time is ahead of ours, in microseconds: the same at every reading until somebody sets it, since
/// what corrects its speed corrects both.
fn ahead(now: Now) -> i64 {
    let ours = i64::try_from(now.instant.as_micros()).unwrap_or(i64::MAX);
    now.wall.as_micros().saturating_sub(ours)
}

fn receive(
    socket: RawFd,
    buffer: &mut [u8],
    control: &mut Vec<u8>,
) -> Option<(SocketAddr, usize, Option<Timestamp>)> {
    let mut parts = [IoSliceMut::new(buffer)];
    loop {
        let flags = MsgFlags::empty();
        match recvmsg::<SockaddrStorage>(socket, &mut parts, Some(control), flags) {
            Ok(message) => {
                let stamp = message.cmsgs().find_map(stamp);
                // UDP always says where from.
                return Some((address(&message.address?)?, message.bytes, stamp));
            }
            Err(Errno::EINTR) => {}
            Err(_) => return None,
        }
    }
}

fn stamp(message: ControlMessageOwned) -> Option<Timestamp> {
    let ControlMessageOwned::ScmTimestampns(time) = message else {
        return None;
    };
    let micros = time.tv_sec().saturating_mul(1_000_000) + time.tv_nsec() / 1_000;
    Some(Timestamp::from_micros(micros))
}

fn address(from: &SockaddrStorage) -> Option<SocketAddr> {
    let four = from
        .as_sockaddr_in()
        .map(|four| SocketAddrV4::from(*four).into());
    four.or_else(|| Some(SocketAddrV6::from(*from.as_sockaddr_in6()?).into()))
}

/// Room for the time and its header, with some to spare.
const CONTROL: usize = 64;
/// Two readings differ by more only when the wall clock was set, or by a pause between reading the one and the other.
const STEP: Duration = Duration::from_millis(1);
/// Packets stamped before the wall clock was set are read by then: `habit.rs` leaves none for longer.
const DOUBT: Duration = Duration::from_millis(200);
/// A thread that stood still this long has more to mend than the times of its packets.
const OLDEST: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(instant: u64, wall: i64) -> Now {
        Now {
            instant: Instant::from_micros(instant),
            wall: Timestamp::from_micros(wall),
        }
    }

    fn came(stamps: &Stamps, wall: i64) -> u64 {
        stamps.came(Some(Timestamp::from_micros(wall))).as_micros()
    }

    #[test]
    fn a_stamp_is_brought_to_our_clock() {
        let mut stamps = Stamps::new(at(3_000_000, 70_000_000));
        stamps.look(at(3_020_000, 70_020_000));
        assert_eq!(came(&stamps, 70_013_500), 3_013_500);
        // One that habit left in the port, one that came since the look, one of no time at all.
        assert_eq!(came(&stamps, 69_870_000), 2_870_000);
        assert_eq!(came(&stamps, 70_020_900), 3_020_000);
        assert_eq!(stamps.came(None).as_micros(), 3_020_000);
        // The oldest that is believed, and one beyond.
        assert_eq!(came(&stamps, 69_020_000), 2_020_000);
        assert_eq!(came(&stamps, 69_019_999), 3_020_000);
        assert_eq!(came(&stamps, i64::MIN), 3_020_000);
        assert_eq!(came(&stamps, i64::MAX), 3_020_000);
    }

    #[test]
    fn a_wall_clock_that_is_set_costs_the_times_of_a_few_ticks() {
        for step in [-86_400_000_000, -50_000, 50_000, 3_600_000_000] {
            let mut stamps = Stamps::new(at(1_000_000, 90_000_000_000));
            for tick in 1..30 {
                let (now, wall) = (
                    1_000_000 + tick * 20_000,
                    90_000_000_000 + tick as i64 * 20_000,
                );
                let was_set = tick >= 10;
                let wall = if was_set { wall + step } else { wall };
                stamps.look(at(now, wall));
                let is_doubted = (10..20).contains(&tick);
                let came = came(&stamps, wall - 7_000);
                assert_eq!(now - came, if is_doubted { 0 } else { 7_000 }, "{tick}");
            }
        }
    }

    #[test]
    fn the_kernel_tells_when_a_packet_came_and_from_where() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let socket = UdpSocket::bind(host).expect("a free port");
            let peer = UdpSocket::bind(host).expect("a free port");
            note_arrivals(&socket).expect("Linux can");
            socket.set_nonblocking(true).expect("it is a socket");
            let clock = crate::Clock::start();
            let mut stamps = Stamps::new(clock.now());
            let mut buffer = [0; 8];
            assert_eq!(stamps.receive(&socket, &mut buffer), None);
            // The kernel begins to stamp on arrival a little after the first socket asks it to, and stamps at the
            // reading until then (net_enable_timestamp of net/core/dev.c leaves the switch to a worker).
            let told = (0..50).any(|_| {
                let before = clock.now().instant;
                peer.send_to(b"abc", socket.local_addr().expect("it is bound"))
                    .expect("it is sent");
                let after = clock.now().instant;
                std::thread::sleep(Duration::from_millis(30));
                stamps.look(clock.now());
                let (from, length, came) = stamps.receive(&socket, &mut buffer).expect("it came");
                assert_eq!(from, peer.local_addr().expect("it is bound"));
                assert_eq!(&buffer[..length], b"abc");
                // Both clocks are cut to microseconds, and one is read after the other.
                let slack = Duration::from_millis(1);
                came + slack >= before && came <= after + slack
            });
            assert!(told, "{host}: no packet came when it was sent");
        }
    }
}
