//! Session timers: a session that nobody refreshes is over (RFC 4028), so that a peer that vanished
//! does not hold a line for ever.

use std::time::Duration;

use rappel_model::{Deadline, Instant, Now};

use super::peer::{TIMER, knows};
use crate::header::{Headers, MinSe, Refresher, SessionExpires};

/// What we ask and accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The lifetime we ask for in seconds; 0 when we ask for none.
    pub(crate) usual: u32,
    /// The shortest we accept in seconds.
    pub(crate) least: u32,
}

/// What a 2xx of ours says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    /// Seconds.
    pub(crate) seconds: u32,
    /// Who refreshes: `Uac` is the peer.
    pub(crate) refresher: Refresher,
}

impl Terms {
    /// What becomes of a request of theirs that begins or refreshes a session (RFC 4028 §9, table 2):
    /// `None` when nobody asks for a timer. `ours` says who refreshes so far.
    ///
    /// # Errors
    /// The Min-SE of a 422, when it asks for too short a life and knows what that means.
    pub(crate) fn grant(self, asked: &Headers, ours: Option<bool>) -> Result<Option<Granted>, u32> {
        let wish = asked.typed::<SessionExpires>();
        let knows = knows(asked, TIMER);
        let least = self.least;
        if knows && wish.as_ref().is_some_and(|wish| wish.seconds < least) {
            return Err(least);
        }
        let floor = asked.typed::<MinSe>().map_or(least, |min| min.0.max(least));
        let seconds = match &wish {
            Some(wish) if self.usual == 0 => wish.seconds,
            Some(wish) => wish.seconds.min(self.usual),
            None if self.usual == 0 => return Ok(None),
            None => self.usual,
        };
        let refresher = match wish.and_then(|wish| wish.refresher()) {
            _ if !knows => Refresher::Uas,
            Some(refresher) => refresher,
            None if ours == Some(true) => Refresher::Uas,
            None => Refresher::Uac,
        };
        Ok(Some(Granted {
            seconds: seconds.clamp(floor.min(LONGEST), LONGEST),
            refresher,
        }))
    }

    /// What a 2xx to a request of ours means, which asked for `asked` seconds: the lifetime, and
    /// whether we refresh. A peer that knows no timers is refreshed by us (RFC 4028 §7.2).
    pub(crate) fn accept(self, asked: Option<u32>, answer: &Headers) -> Option<(u32, bool)> {
        let least = self.least;
        match answer.typed::<SessionExpires>() {
            Some(granted) => {
                let ours = granted.refresher() != Some(Refresher::Uas);
                Some((granted.seconds.clamp(least, LONGEST), ours))
            }
            None => asked.map(|asked| (asked.clamp(least, LONGEST), true)),
        }
    }
}

/// The life of one session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionTimer {
    seconds: u32,
    is_ours: bool,
    refresh: Option<Instant>,
    /// Whether that is another try, after one that was refused.
    is_again: bool,
    expires: Instant,
}

/// What time has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimerAct {
    /// Nothing.
    Nothing,
    /// Send a refresh.
    Refresh,
    /// Nobody refreshed: BYE.
    Expired,
}

impl SessionTimer {
    /// A life that begins, or begins again: refreshed by us when half of it is over (RFC 4028 §7.2),
    /// ended the smaller of 32 s and a third of it before its end (§10).
    pub(crate) fn new(now: Now, seconds: u32, is_ours: bool) -> Self {
        let margin = margin(seconds);
        let after = |seconds: u32| now.instant + Duration::from_secs(u64::from(seconds));
        Self {
            seconds,
            is_ours,
            refresh: is_ours.then(|| after(seconds / 2)),
            is_again: false,
            expires: after(seconds - margin),
        }
    }

    /// Its length in seconds.
    pub(crate) fn seconds(&self) -> u32 {
        self.seconds
    }

    /// Whether we refresh it.
    pub(crate) fn is_ours(&self) -> bool {
        self.is_ours
    }

    /// Any sign of life from a peer that knows no timers: begins again.
    pub(crate) fn restart(&mut self, now: Now) {
        *self = Self::new(now, self.seconds, self.is_ours);
    }

    /// A refresh could not be sent, or was refused for now: tries again after a tenth of the life
    /// at most, and while there is time.
    pub(crate) fn retry(&mut self, now: Now, pause: Duration) {
        self.refresh = Some(now.instant + pause).filter(|at| *at < self.expires);
        self.is_again = true;
    }

    /// A deadline passed. The refresh of this life that is noticed late, because the machine stood still, is sent all
    /// the same and has half the margin to be answered in: the peer has not let us wait. Another try has what is left.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> TimerAct {
        if self.refresh.is_some_and(|at| at <= now.instant) {
            self.refresh = None;
            if !self.is_again {
                let patience = Duration::from_secs(u64::from(margin(self.seconds) / 2));
                self.expires = self.expires.max(now.instant + patience);
            }
            return TimerAct::Refresh;
        }
        if self.expires <= now.instant {
            return TimerAct::Expired;
        }
        TimerAct::Nothing
    }

    /// When to wake it.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        let refresh = self.refresh.map(|at| Deadline::new(at, "session refresh"));
        let expires = Some(Deadline::new(self.expires, "session expires"));
        Deadline::earliest(refresh, expires)
    }
}

/// How many seconds before its end a session of so many is given up.
fn margin(seconds: u32) -> u32 {
    MARGIN.min(seconds / 3)
}

/// The most of these (RFC 4028 §10).
const MARGIN: u32 = 32;

/// The longest life taken at its word: a day.
const LONGEST: u32 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{Field, Name};

    const TERMS: Terms = Terms {
        usual: 1800,
        least: 90,
    };

    fn headers(lines: &[(Name, &str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in lines {
            headers.push_field(Field::new(name.clone(), value));
        }
        headers
    }

    #[test]
    fn the_table_of_rfc_4028_section_9() {
        let timer = (Name::Supported, "timer");
        let expires = |value| (Name::SessionExpires, value);
        let grant = |lines: &[_], ours| {
            let granted = TERMS.grant(&headers(lines), ours);
            granted.map(|granted| granted.map(|g| (g.seconds, g.refresher)))
        };
        use Refresher::{Uac, Uas};
        assert_eq!(grant(&[], None), Ok(Some((1800, Uas))));
        assert_eq!(
            grant(&[expires("600;refresher=uac")], None),
            Ok(Some((600, Uas)))
        );
        assert_eq!(
            grant(std::slice::from_ref(&timer), None),
            Ok(Some((1800, Uac)))
        );
        assert_eq!(
            grant(std::slice::from_ref(&timer), Some(true)),
            Ok(Some((1800, Uas)))
        );
        assert_eq!(
            grant(&[timer.clone(), expires("600;refresher=uas")], Some(false)),
            Ok(Some((600, Uas)))
        );
        assert_eq!(grant(&[timer.clone(), expires("89")], None), Err(90));
        assert_eq!(grant(&[expires("89")], None), Ok(Some((90, Uas))));
        let min = (Name::MinSe, "3600");
        assert_eq!(
            grant(&[timer, expires("7200"), min], None),
            Ok(Some((3600, Uac)))
        );
        let none = Terms { usual: 0, ..TERMS };
        assert_eq!(none.grant(&headers(&[]), None), Ok(None));
    }

    #[test]
    fn a_peer_without_timers_is_refreshed_by_us() {
        assert_eq!(TERMS.accept(Some(1800), &headers(&[])), Some((1800, true)));
        let uas = headers(&[(Name::SessionExpires, "600;refresher=uas")]);
        assert_eq!(TERMS.accept(Some(1800), &uas), Some((600, false)));
        let absurd = headers(&[(Name::SessionExpires, "1")]);
        assert_eq!(TERMS.accept(Some(1800), &absurd), Some((90, true)));
        assert_eq!(TERMS.accept(None, &headers(&[])), None);
    }

    #[test]
    fn half_its_life_to_the_refresh_and_32_seconds_before_the_end() {
        let now = Now::default();
        let mut timer = SessionTimer::new(now, 1800, true);
        let second = |s| now.after(Duration::from_secs(s));
        assert_eq!(timer.handle_timeout(second(899)), TimerAct::Nothing);
        assert_eq!(timer.handle_timeout(second(900)), TimerAct::Refresh);
        assert_eq!(timer.handle_timeout(second(1767)), TimerAct::Nothing);
        assert_eq!(timer.handle_timeout(second(1768)), TimerAct::Expired);
        let mut theirs = SessionTimer::new(now, 90, false);
        assert_eq!(theirs.handle_timeout(second(59)), TimerAct::Nothing);
        assert_eq!(theirs.handle_timeout(second(60)), TimerAct::Expired);
    }

    #[test]
    fn a_refresh_that_a_stop_of_the_machine_made_late_is_sent_before_the_session_is_given_up() {
        let now = Now::default();
        let second = |s| now.after(Duration::from_secs(s));
        for (late, patience) in [(59, 15), (60, 15), (75, 15), (4_000, 15)] {
            let mut ours = SessionTimer::new(now, 90, true);
            assert_eq!(ours.handle_timeout(second(late)), TimerAct::Refresh);
            let end = late + patience;
            assert_eq!(ours.handle_timeout(second(end - 1)), TimerAct::Nothing);
            assert_eq!(ours.handle_timeout(second(end)), TimerAct::Expired);
        }
    }

    #[test]
    fn refreshes_that_are_refused_move_no_end() {
        let now = Now::default();
        let second = |s| now.after(Duration::from_secs(s));
        for pause in [1, 2, 10, 14, 20] {
            let mut ours = SessionTimer::new(now, 90, true);
            let refused: Vec<u64> = (0..60)
                .filter(|at| match ours.handle_timeout(second(*at)) {
                    TimerAct::Nothing => false,
                    TimerAct::Expired => panic!("over at {at} s"),
                    TimerAct::Refresh => {
                        ours.retry(second(*at), Duration::from_secs(pause));
                        true
                    }
                })
                .collect();
            let tries: Vec<u64> = (45..60).step_by(pause as usize).collect();
            assert_eq!(refused, tries);
            assert_eq!(ours.handle_timeout(second(60)), TimerAct::Expired);
        }
    }

    #[test]
    fn a_refresh_in_time_moves_no_end() {
        let now = Now::default();
        for seconds in 2..4_000 {
            let mut ours = SessionTimer::new(now, seconds, true);
            let half = now.after(Duration::from_secs(u64::from(seconds / 2)));
            let before = ours.expires;
            assert_eq!(ours.handle_timeout(half), TimerAct::Refresh);
            assert_eq!(ours.expires, before, "{seconds} s");
        }
    }
}
