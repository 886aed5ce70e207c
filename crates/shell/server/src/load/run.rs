//! One load, from the first INVITE to the last BYE, and what it cost the server.

use std::net::SocketAddr;
use std::time::Duration;

use super::beats::Beats;
use super::bystander::Bystander;
use super::callee::{Callee, User};
use super::caller::{Caller, Plan};
use super::interrupt::Interrupt;
use super::process::Reading;
use super::pump::{Moved, Pump};
use super::report::{Cost, Report};
use super::voice::LEAVING;
use super::work::{Mode, Work};

/// What to load, and for how long.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// Where the server answers SIP over UDP.
    pub(crate) server: SocketAddr,
    /// The number to dial.
    pub(crate) number: String,
    /// How many calls at once.
    pub(crate) calls: usize,
    /// New calls per second.
    pub(crate) rate: u32,
    /// How long is measured, once all calls are up.
    pub(crate) length: Duration,
    /// The server's process, when it is known.
    pub(crate) pid: Option<u32>,
    /// What the calls are for.
    pub(crate) work: Work,
    /// As whom the second phone of a bridge registers.
    pub(crate) user: Option<User>,
    /// Where the server tells its metrics, when it is known.
    pub(crate) metrics: Option<SocketAddr>,
}

impl Load {
    /// Places the calls and measures them. They are hung up whatever happens.
    ///
    /// # Errors
    /// When sockets or processes fail, or we are interrupted.
    pub(crate) fn run(&self, interrupt: &Interrupt) -> Result<Report, String> {
        let plan = Plan {
            server: self.server,
            number: self.number.clone(),
            rate: self.rate,
            work: self.work,
        };
        let random = crate::chance::from_system()?;
        let mut caller = Caller::new(plan, random.fork("caller"))?;
        let pump = Pump::start(self.calls);
        let callee = match &self.user {
            Some(user) if self.work.has_second_phone() => Some(Callee::start(
                self.server,
                user.clone(),
                pump.inlet(),
                random.fork("callee"),
            )?),
            _ => None,
        };
        let measured = self.measure(&mut caller, &pump, interrupt);
        let left = self.leave(&mut caller, &pump, &measured, interrupt);
        let moved = pump.finish();
        let parted = caller.hang_up();
        let second = callee.map_or(Ok(()), Callee::finish);
        let cost = measured?;
        parted?;
        second?;
        let mut report = self.report(caller, moved, cost);
        report.read = left?;
        Ok(report)
    }

    /// Of calls that pressed keys, how many the server ended when the last one was pressed: it does so
    /// where it has read all keys before, each once and in its order.
    fn leave(
        &self,
        caller: &mut Caller,
        pump: &Pump,
        measured: &Result<Option<Cost>, String>,
        interrupt: &Interrupt,
    ) -> Result<Option<usize>, String> {
        if self.work.mode != Mode::Digits || measured.is_err() {
            return Ok(None);
        }
        pump.leave();
        let before = caller.placed.dropped;
        caller.hold(LEAVING + SETTLING, interrupt)?;
        let read = caller.placed.dropped - before;
        caller.placed.dropped = before;
        Ok(Some(read))
    }

    fn measure(
        &self,
        caller: &mut Caller,
        pump: &Pump,
        interrupt: &Interrupt,
    ) -> Result<Option<Cost>, String> {
        let idle = self.pid.map(Reading::take).transpose()?;
        eprintln!(
            "placing {} calls to {} at {} …",
            self.calls, self.number, self.server
        );
        let first = caller.place(self.calls.div_ceil(FIRST_SHARE), pump, interrupt)?;
        caller.hold(SETTLING, interrupt)?;
        let warm = self.pid.map(Reading::take).transpose()?;
        let calls = caller.place(self.calls, pump, interrupt)?;
        if calls == 0 {
            return Ok(None);
        }
        eprintln!(
            "{calls} calls are up; measuring for {} s …",
            self.length.as_secs()
        );
        caller.hold(SETTLING, interrupt)?;
        let bystander = self.metrics.map(|_| Bystander::start());
        let beats = self.metrics.map(Beats::ask).transpose()?;
        let before = self.pid.map(Reading::take).transpose()?;
        pump.count();
        caller.hold(self.length / 2, interrupt)?;
        let midway = self.pid.map(Reading::take).transpose()?;
        caller.hold(self.length / 2, interrupt)?;
        let after = self.pid.map(Reading::take).transpose()?;
        let beats_after = self.metrics.map(Beats::ask).transpose()?;
        let machine_late = bystander.and_then(Bystander::finish);
        let (Some(idle), Some(warm), Some(before)) = (idle, warm, before) else {
            return Ok(None);
        };
        let (Some(midway), Some(after)) = (midway, after) else {
            return Ok(None);
        };
        // What only the first calls bring is no price of a call; where there are no others, it is all
        // that can be told.
        let (since, counted) = match calls.saturating_sub(first) {
            0 => (&idle, calls),
            more => (&warm, more),
        };
        Ok(Some(Cost {
            millicores: after.millicores_since(&before) / calls as f64,
            memory: (after.memory as f64 - since.memory as f64) / counted as f64,
            first_memory: warm.memory as f64 - idle.memory as f64,
            grown: after.memory as f64 - midway.memory as f64,
            late_beats: beats_after
                .zip(beats)
                .map(|(now, then)| now.late_since(then)),
            machine_late,
        }))
    }

    fn report(&self, mut caller: Caller, moved: Moved, server: Option<Cost>) -> Report {
        let placed = std::mem::take(&mut caller.placed);
        Report {
            calls: placed.setup.len(),
            refused: placed.refused,
            dropped: placed.dropped,
            setup: placed.setup,
            moved,
            server,
            work: self.work,
            ..Report::default()
        }
        .sorted()
    }
}

/// What follows the last answer belongs to the set-up: queues empty themselves, caches fill.
pub(crate) const SETTLING: Duration = Duration::from_secs(1);

/// One call of so many is placed before memory is first measured: sounds are decoded, tables and pools
/// made by then, and stay.
const FIRST_SHARE: usize = 4;
