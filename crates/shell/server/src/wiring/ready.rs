//! What is said once the engine answers.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use rappel_sip::Listeners;
use rappel_tenant::Version;

/// The engine, ready.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    /// Where it answers SIP, as peers see it.
    pub(crate) sip: SocketAddr,
    /// The port that was asked for.
    pub(crate) wanted_port: u16,
    /// All addresses with what is spoken there.
    places: Vec<(SocketAddr, Vec<&'static str>)>,
    companies: usize,
    lines: usize,
}

impl Ready {
    /// For these companies.
    pub(super) fn new<'v>(
        versions: impl Iterator<Item = &'v Arc<Version>>,
        listeners: &Listeners,
        wanted_port: u16,
    ) -> Self {
        let mut places: Vec<(SocketAddr, Vec<_>)> = Vec::new();
        for listener in listeners.iter() {
            let name = listener.transport.via_name();
            match places.last_mut() {
                Some((shown, names)) if *shown == listener.shown => names.push(name),
                _ => places.push((listener.shown, vec![name])),
            }
        }
        let (companies, lines) = versions.fold((0, 0), |(companies, lines), version| {
            (companies + 1, lines + version.lines.len())
        });
        Self {
            sip: places[0].0,
            wanted_port,
            places,
            companies,
            lines,
        }
    }
}

impl fmt::Display for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural =
            |n: usize, one: &'static str, many: &'static str| if n == 1 { one } else { many };
        let places = self.places.iter();
        let places = places.map(|(shown, names)| format!("{shown} ({})", names.join(" and ")));
        let places: Vec<_> = places.collect();
        write!(
            f,
            "Rappel {} is ready: SIP on {}, {} {} of {} {}",
            env!("CARGO_PKG_VERSION"),
            places.join(", "),
            self.lines,
            plural(self.lines, "line", "lines"),
            self.companies,
            plural(self.companies, "company", "companies"),
        )
    }
}
