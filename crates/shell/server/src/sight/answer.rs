//! Answers commands that ask what passed, line by line, on the command's own thread.

use std::io::{self, BufWriter, Write};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use rappel_model::Timestamp;
use rappel_net::sip::Banned;
use rappel_sight::Found;

use super::wire::{self, Ask, Line};
use super::{Eye, Seen};

impl Eye {
    /// Answers one command. `bans` are those in force.
    ///
    /// # Errors
    /// The command went away.
    pub(crate) fn answer(&self, ask: Ask, bans: &[Banned], to: impl Write) -> io::Result<()> {
        let mut to = BufWriter::new(to);
        match ask {
            Ask::Call { id } => match self.ask(|put| Seen::Find(id, put)) {
                Some(Found::One(trace)) => {
                    for line in wire::lines(&trace) {
                        write(&mut to, &line)?;
                    }
                }
                Some(Found::Several(names)) => write(&mut to, &Line::Several(names))?,
                Some(Found::None) | None => write(&mut to, &Line::Unknown)?,
            },
            Ask::Recent { since } => {
                let since = since.map(Timestamp::from_micros);
                let trace = self.ask(|put| Seen::Recent(since, put));
                for ban in bans {
                    write(&mut to, &wire::ban(ban))?;
                }
                for line in wire::lines(&trace.unwrap_or_default()) {
                    write(&mut to, &line)?;
                }
            }
            Ask::Live => self.follow(&mut to)?,
        }
        write(&mut to, &Line::End)?;
        to.flush()
    }

    fn follow(&self, to: &mut impl Write) -> io::Result<()> {
        let (put, messages) = sync_channel(MAX_AHEAD);
        self.tell(Seen::Watch(put));
        loop {
            match messages.recv_timeout(QUIET) {
                Ok(message) => write(to, &Line::Message((&message).into()))?,
                Err(RecvTimeoutError::Timeout) => write(to, &Line::Quiet)?,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            to.flush()?;
        }
    }
}

fn write(to: &mut impl Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *to, line)?;
    to.write_all(b"\n")
}

/// How soon a command that went away is noticed.
const QUIET: Duration = Duration::from_millis(500);
/// Most messages that wait for a command that watches; further ones it misses.
const MAX_AHEAD: usize = 4_096;
