//! What one call hears: its packets counted, those that are missing, the time between them and how
//! long each was on its way.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use rappel_rtp::Protocol;

use super::pump::{Phase, Signals};
use super::voice;

/// The count of one call's packets, by their sequence numbers (RFC 3550 §5.1).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ear {
    next: Option<u16>,
    pub(crate) received: u64,
    /// Packets that were passed over and have not come since.
    pub(crate) lost: u64,
}

impl Ear {
    /// Takes one datagram; it counts only while `counting`, and only when it is RTP: the reports to one
    /// call reach the port above its own, which may be that of another. Says whether it was.
    pub(crate) fn hear(&mut self, datagram: &[u8], counting: bool) -> bool {
        let Some(&[high, low]) = datagram.get(2..4) else {
            return false;
        };
        if Protocol::of(datagram) != Protocol::Rtp {
            return false;
        }
        let sequence = u16::from_be_bytes([high, low]);
        let ahead = sequence.wrapping_sub(self.next.unwrap_or(sequence)) as i16;
        if ahead >= 0 {
            self.next = Some(sequence.wrapping_add(1));
        }
        if !counting {
            return true;
        }
        self.received += 1;
        if ahead >= 0 {
            self.lost += ahead as u64;
        } else {
            // It was taken for lost when the one after it came.
            self.lost = self.lost.saturating_sub(1);
        }
        true
    }

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            next: None,
            received: self.received + other.received,
            lost: self.lost + other.lost,
        }
    }
}

/// What was heard of a call that was listened to closely.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) ear: Ear,
    /// Times between two packets, in µs.
    pub(crate) spacing: Vec<u32>,
    /// How long packets were on their way, in µs, where they tell when they were sent.
    pub(crate) delay: Vec<u32>,
}

/// Listens to one call closely until the pump stops: what came, and when, taken the moment the kernel
/// wakes us.
pub(crate) fn listen(socket: &UdpSocket, signals: &Signals) -> Heard {
    let mut heard = Heard::default();
    let mut packet = [0; MAX_PACKET];
    let mut last: Option<Instant> = None;
    loop {
        let phase = signals.phase();
        if phase == Phase::Stopped {
            return heard;
        }
        // Times out now and then, to look at the phase.
        let Ok(length) = socket.recv(&mut packet) else {
            continue;
        };
        let now = Instant::now();
        if is_report(&packet[..length]) {
            continue;
        }
        let delay = voice::delay(&packet[..length], signals.began());
        let counting = phase == Phase::Counting;
        if !heard.ear.hear(&packet[..length], counting) {
            continue;
        }
        if counting {
            heard.delay.extend(delay);
            let gap = last.map(|before| now.duration_since(before).as_micros());
            let gap = gap.map(|micros| u32::try_from(micros).unwrap_or(u32::MAX));
            heard.spacing.extend(gap);
        }
        last = Some(now);
    }
}

/// Takes all that waits on a non-blocking socket.
pub(crate) fn drain(socket: &UdpSocket, ear: &mut Ear, counting: bool) {
    let mut packet = [0; MAX_PACKET];
    while let Ok(length) = socket.recv(&mut packet) {
        if !is_report(&packet[..length]) {
            ear.hear(&packet[..length], counting);
        }
    }
}

/// Whether this is RTCP: the server's reports for one line go to the port above, where another line may
/// listen.
fn is_report(datagram: &[u8]) -> bool {
    Protocol::of(datagram) == Protocol::Rtcp
}

/// Larger than any packet that is expected.
const MAX_PACKET: usize = 512;

/// How long a listener waits before it looks whether it shall stop.
pub(crate) const LISTEN: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(sequences: &[u16]) -> Ear {
        let mut ear = Ear::default();
        for sequence in sequences {
            let [high, low] = sequence.to_be_bytes();
            ear.hear(&[0x80, 8, high, low], true);
        }
        ear
    }

    #[test]
    fn losses_are_gaps_and_what_comes_late_is_none() {
        let counts = |sequences: &[u16]| {
            let ear = heard(sequences);
            (ear.received, ear.lost)
        };
        assert_eq!(counts(&[65_534, 65_535, 0, 1]), (4, 0));
        assert_eq!(counts(&[10, 13, 14]), (3, 2));
        assert_eq!(counts(&[10, 12, 11, 13]), (4, 0));
        assert_eq!(counts(&[]), (0, 0));
    }

    #[test]
    fn reports_for_the_port_below_are_no_packets() {
        let [here, there] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").expect("a port"));
        let here_at = here.local_addr().expect("it is bound");
        for datagram in [[0x80, 8, 0, 7], [0x80, 200, 0x40, 6], [0x80, 8, 0, 8]] {
            there.send_to(&datagram, here_at).expect("it is sent");
        }
        here.set_nonblocking(true).expect("a socket can");
        let mut ear = Ear::default();
        drain(&here, &mut ear, true);
        assert_eq!((ear.received, ear.lost), (2, 0));
    }

    #[test]
    fn what_is_heard_before_the_count_sets_the_place_only() {
        let mut ear = Ear::default();
        ear.hear(&[0x80, 8, 0, 7], false);
        assert!(!ear.hear(&[0x80], true));
        // A report (RFC 3550 §6.4) for the port below.
        assert!(!ear.hear(&[0x80, 200, 0x40, 0], true));
        assert!(ear.hear(&[0x80, 8, 0, 9], true));
        assert_eq!((ear.received, ear.lost), (1, 1));
    }
}
