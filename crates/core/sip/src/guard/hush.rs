//! A line per source and second: nobody fills our log.

use std::net::IpAddr;
use std::time::Duration;

use rappel_model::{Instant, Now, Random};

use super::rows::{Rows, source_of};

/// When each source was last written about, in fixed memory.
#[derive(Clone, Debug)]
pub(crate) struct Hush(Rows<Told>);

#[derive(Clone, Copy, Debug, Default)]
struct Told {
    before: Option<Instant>,
}

impl Hush {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self(Rows::new(BITS, random))
    }

    /// Whether a line may be written about a source now; if so, none for a second.
    pub(crate) fn may_speak(&mut self, now: Now, source: IpAddr) -> bool {
        let told = self.0.touch(now.instant, source_of(source));
        let may = told
            .before
            .is_none_or(|before| now.instant.since(before) >= EVERY);
        if may {
            told.before = Some(now.instant);
        }
        may
    }
}

const EVERY: Duration = Duration::from_secs(1);

/// Sources remembered: 2⁸ rows of four.
const BITS: u32 = 8;
