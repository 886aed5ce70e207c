//! Callers hear their own voice, as late as it is.

use std::time::Duration;

use super::{Saying, Turn, Work};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::SelfTest;

/// An announcement, then the echo until the caller hangs up.
#[derive(Debug, Default)]
pub(super) struct Echo {
    saying: Saying,
    echoing: bool,
}

impl Echo {
    fn begin(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.echoing = true;
        desk.ask(Ask::SelfTest(SelfTest::Echo));
        desk.wake_in(LONGEST_ECHO, "echo");
        Turn::Stay
    }
}

impl Work for Echo {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        if let Err(turn) = desk.answer() {
            return turn;
        }
        let sounds = desk.say_shared("test-echo");
        match self.saying.start(desk, sounds) {
            true => Turn::Stay,
            false => self.begin(desk),
        }
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match event {
            Event::CallerGone => Turn::Abandon,
            _ if self.saying.ends_with(event) => self.begin(desk),
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        match self.echoing {
            true => Turn::NEXT,
            false => self.begin(desk),
        }
    }
}

/// A phone that was forgotten off the hook talks to itself no longer than this.
const LONGEST_ECHO: Duration = Duration::from_secs(10 * 60);
