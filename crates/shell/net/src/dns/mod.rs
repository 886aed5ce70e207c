//! The domain name system, asked for the signalling room (RFC 3263). What is asked, in which order,
//! and what the answers mean is decided there; here a question becomes packets and an answer becomes
//! [`Records`].

mod records;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use rappel_model::Trouble;
use rappel_model::trouble::NameFault;
use rappel_sip::{Answer, Input, LookupId, RecordKind, Records};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::sip::{Inbox, Tap};

/// Whom to ask, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Name servers; empty means those of this machine's system.
    pub servers: Vec<SocketAddr>,
    /// Until an answer must be there, all servers and repetitions included.
    pub timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            timeout: Duration::from_secs(4),
        }
    }
}

/// Asks name servers, many questions at a time, without making anybody wait.
#[derive(Debug)]
pub struct Resolver<I> {
    /// `None` when the settings cannot be used: then every question fails.
    asker: Option<Arc<TokioResolver>>,
    inbox: I,
    places: Arc<Semaphore>,
    timeout: Duration,
    runtime: Handle,
    tap: Option<(Arc<dyn Tap>, Clock)>,
}

impl<I: Inbox> Resolver<I> {
    /// A resolver whose questions run on `runtime`, and whose answers go to `inbox`. An engine whose
    /// name servers cannot be used still reaches whoever has an address.
    pub fn new(settings: &Settings, inbox: I, runtime: &Handle) -> Self {
        let _within = runtime.enter();
        let asker = asker(settings).map_err(|error| {
            tracing::warn!(%error, "names cannot be looked up");
        });
        Self {
            asker: asker.ok().map(Arc::new),
            inbox,
            places: Arc::new(Semaphore::new(MAX_LOOKUPS)),
            timeout: settings.timeout,
            runtime: runtime.clone(),
            tap: None,
        }
    }

    /// Tells `tap` of names that are no help, at the time of `clock`.
    pub fn with_tap(mut self, tap: Arc<dyn Tap>, clock: Clock) -> Self {
        self.tap = Some((tap, clock));
        self
    }

    /// Asks for the records of one kind of `name`. [`Input::Found`] with the number of `lookup` tells
    /// what came of it, whatever that is; beyond [`MAX_LOOKUPS`] questions at a time, at once that it
    /// failed.
    pub fn look_up(&self, lookup: LookupId, name: String, kind: RecordKind) {
        let (inbox, asker, limit) = (self.inbox.clone(), self.asker.clone(), self.timeout);
        let place = Arc::clone(&self.places).try_acquire_owned();
        if place.is_err() {
            tracing::warn!("too many names are being looked up");
        }
        let tap = self.tap.clone();
        self.runtime.spawn(async move {
            let begun = Instant::now();
            let records = match (asker, &place) {
                (Some(asker), Ok(_)) => timeout(limit, records::ask(&asker, &name, kind)).await,
                _ => Ok(failed()),
            };
            drop(place);
            let records = records.unwrap_or_else(|_elapsed| failed());
            if let Some((tap, clock)) = tap
                && let Some(fault) = fault_of(&records.answer, kind, begun.elapsed())
            {
                tap.troubled(clock.now().wall, Trouble::Name { name, fault });
            }
            put(&inbox, Input::Found { lookup, records }).await;
        });
    }
}

/// What an answer says that nobody can work with, or that came so late that callers feel it.
fn fault_of(answer: &Answer, kind: RecordKind, took: Duration) -> Option<NameFault> {
    match (answer, kind) {
        (Answer::Failed, _) => Some(NameFault::Unanswered),
        (Answer::Nothing, RecordKind::Address) => Some(NameFault::Missing),
        (Answer::Srv(records), _) if records.iter().all(|srv| srv.target == ".") => {
            Some(NameFault::NotOffered)
        }
        _ => (took >= SLOW).then_some(NameFault::Slow(took)),
    }
}

/// Waits for room: who asked waits for the answer.
async fn put(inbox: &impl Inbox, input: Input) {
    let mut waiting = inbox.try_put(input);
    while let Err(input) = waiting {
        tokio::time::sleep(RETRY).await;
        waiting = inbox.try_put(*input);
    }
}

fn asker(settings: &Settings) -> Result<TokioResolver, NetError> {
    let mut builder = match settings.servers.as_slice() {
        [] => TokioResolver::builder_tokio()?,
        servers => {
            let servers = servers.iter().map(server).collect();
            let config = ResolverConfig::from_name_servers(servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    limit(builder.options_mut(), settings.timeout);
    builder.build()
}

fn server(address: &SocketAddr) -> NameServerConfig {
    let on_port = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    NameServerConfig::new(address.ip(), true, connections.map(on_port).into())
}

/// A name server that says nothing leaves time for the next one.
fn limit(options: &mut ResolverOpts, all: Duration) {
    options.timeout = all / 4;
    options.attempts = 2;
    options.cache_size = MAX_KEPT;
    options.positive_max_ttl = Some(MAX_TTL);
    options.negative_max_ttl = Some(MAX_TTL_OF_NOTHING);
}

/// What is said when nobody could be asked.
fn failed() -> Records {
    Records {
        answer: Answer::Failed,
        ttl: TTL_OF_FAILURE,
    }
}

/// Most questions at a time.
pub const MAX_LOOKUPS: usize = 256;
/// Most answers the library keeps.
const MAX_KEPT: u64 = 1024;
/// Longest an answer may be kept, whatever it says itself.
pub const MAX_TTL: Duration = Duration::from_secs(24 * 3600);
/// Longest that the absence of a record may be kept: somebody may be about to add it.
pub const MAX_TTL_OF_NOTHING: Duration = Duration::from_secs(60);
/// How long a failure is kept, so that a dead name server is not asked for each call.
pub const TTL_OF_FAILURE: Duration = Duration::from_secs(5);
/// An answer that takes as long is felt by callers.
const SLOW: Duration = Duration::from_millis(500);
/// How soon a full inbox is tried again.
const RETRY: Duration = Duration::from_millis(10);
