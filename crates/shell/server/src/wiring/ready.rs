//! What is said once the engine answers.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use rappel_tenant::Version;

/// The engine, ready.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    /// Where it answers SIP, as peers see it.
    pub(crate) sip: SocketAddr,
    /// The port that was asked for.
    pub(crate) wanted_port: u16,
    companies: usize,
    lines: usize,
}

impl Ready {
    /// For these companies.
    pub(super) fn new<'v>(
        versions: impl Iterator<Item = &'v Arc<Version>>,
        sip: SocketAddr,
        wanted_port: u16,
    ) -> Self {
        let (companies, lines) = versions.fold((0, 0), |(companies, lines), version| {
            (companies + 1, lines + version.lines.len())
        });
        Self {
            sip,
            wanted_port,
            companies,
            lines,
        }
    }
}

impl fmt::Display for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural =
            |n: usize, one: &'static str, many: &'static str| if n == 1 { one } else { many };
        write!(
            f,
            "Rappel {} is ready: SIP on {} (UDP and TCP), {} {} of {} {}",
            env!("CARGO_PKG_VERSION"),
            self.sip,
            self.lines,
            plural(self.lines, "line", "lines"),
            self.companies,
            plural(self.companies, "company", "companies"),
        )
    }
}
