//! Counters in the text format of Prometheus, and the door where they are asked for.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use rappel_model::{Event, Fact, Timestamp};
use rappel_sight::glance::{What, glance};
use rappel_sight::{Captured, Passage};
use rappel_sip::message::Method;
use tokio::runtime::Handle;

use super::{Gauges, standing};

/// What the sight thread counts.
pub(super) struct Metrics {
    requests: Family<Request, Counter>,
    responses: Family<Response, Counter>,
    repeated: Counter,
    garbage: Counter,
    setup: Histogram,
    calls: Family<Ended, Counter>,
    refused: Family<Refused, Counter>,
    registered: Counter,
    conferences: Counter,
}

/// The labels of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    transport: &'static str,
    direction: &'static str,
}

/// The labels of a response.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Response {
    method: &'static str,
    status: u16,
    class: &'static str,
    transport: &'static str,
    direction: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    why: &'static str,
}

impl Metrics {
    /// All at zero.
    pub(super) fn new() -> Self {
        Self {
            requests: Family::default(),
            responses: Family::default(),
            repeated: Counter::default(),
            garbage: Counter::default(),
            setup: Histogram::new(SETUP_SECONDS),
            calls: Family::default(),
            refused: Family::default(),
            registered: Counter::default(),
            conferences: Counter::default(),
        }
    }

    /// A message passed. `setups` remembers when INVITEs came.
    pub(super) fn see(&self, message: &Captured, setups: &mut BTreeMap<String, Timestamp>) {
        let seen = glance(&message.bytes);
        let transport = message.transport.via_name();
        let direction = match message.passage {
            Passage::In => "in",
            Passage::Out | Passage::Across => "out",
        };
        let method = known(seen.method);
        match seen.what {
            What::Request(_) => {
                let labels = Request {
                    method,
                    transport,
                    direction,
                };
                self.requests.get_or_create(&labels).inc();
                if method == "INVITE" && direction == "in" && setups.len() < MAX_SETUPS {
                    setups.entry(seen.call_id.to_owned()).or_insert(message.at);
                }
            }
            What::Response(status) if (100..700).contains(&status) => {
                let class = CLASSES[usize::from(status / 100) - 1];
                let labels = Response {
                    method,
                    status,
                    class,
                    transport,
                    direction,
                };
                self.responses.get_or_create(&labels).inc();
                if method == "INVITE"
                    && direction == "out"
                    && status >= 200
                    && let Some(came) = setups.remove(seen.call_id)
                    && status < 300
                {
                    self.setup.observe(message.at.since(came).as_secs_f64());
                }
            }
            What::Response(_) | What::Garbage => {
                self.garbage.inc();
            }
        }
    }

    /// A message passed that had passed before.
    pub(super) fn repeated(&self) {
        self.repeated.inc();
    }

    /// The diary told something.
    pub(super) fn hear(&self, event: &Event) {
        match &event.fact {
            Fact::Ended { outcome, .. } => {
                let outcome = outcome.word();
                self.calls.get_or_create(&Ended { outcome }).inc();
            }
            Fact::Refused { why, .. } => {
                self.refused.get_or_create(&Refused { why }).inc();
            }
            Fact::Registered { .. } => {
                self.registered.inc();
            }
            Fact::Conference {
                joined: true,
                parties: FIRST_CONFERENCE,
                ..
            } => {
                self.conferences.inc();
            }
            _ => {}
        }
    }

    /// Opens the door.
    ///
    /// # Errors
    /// Its port cannot be had.
    pub(super) fn listen(
        &self,
        address: SocketAddr,
        gauges: Arc<Gauges>,
        dropped: Arc<AtomicU64>,
        runtime: &Handle,
    ) -> Result<(), String> {
        let failed = |e: std::io::Error| format!("rappel.toml: [metrics] listen: {address}: {e}");
        let registry = Arc::new(self.registry());
        let told = move || {
            let (registry, gauges) = (Arc::clone(&registry), Arc::clone(&gauges));
            let dropped = dropped.load(Ordering::Relaxed);
            // The control thread is asked, and it may be busy.
            let telling = tokio::task::spawn_blocking(move || tell(&registry, &gauges, dropped));
            async move {
                let text = telling.await.unwrap_or_default();
                ([(CONTENT_TYPE, FORMAT)], text)
            }
        };
        let router = Router::new().route("/metrics", get(told));
        let listener = std::net::TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let _within = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
        runtime.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "metrics are told no more");
            }
        });
        Ok(())
    }

    fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("rappel");
        let (requests, responses) = (self.requests.clone(), self.responses.clone());
        registry.register("sip_requests", "SIP requests that passed", requests);
        registry.register("sip_responses", "SIP responses that passed", responses);
        let repeated = self.repeated.clone();
        registry.register(
            "sip_retransmissions",
            "Messages that had passed before",
            repeated,
        );
        let garbage = self.garbage.clone();
        registry.register("sip_unreadable", "Messages without a start line", garbage);
        let setup = self.setup.clone();
        registry.register("setup_seconds", "From an INVITE to its 2xx", setup);
        registry.register("calls_ended", "Calls that are over", self.calls.clone());
        registry.register(
            "refused",
            "Requests refused by the guards",
            self.refused.clone(),
        );
        let registered = self.registered.clone();
        registry.register(
            "registrations_changed",
            "Registrations made, refreshed or ended",
            registered,
        );
        let conferences = self.conferences.clone();
        registry.register(
            "conferences",
            "Conversations that became conferences",
            conferences,
        );
        registry
    }
}

/// Everything, as text. The gauges are told by hand: their values live elsewhere.
fn tell(registry: &Registry, gauges: &Gauges, dropped: u64) -> String {
    let mut text = String::new();
    for (name, help, value) in gauges.all() {
        text.push_str(&format!(
            "# HELP {name} {help}.\n# TYPE {name} gauge\n{name} {value}\n"
        ));
    }
    let unseen = (
        "rappel_sight_dropped",
        "Messages that passed too fast to be looked at",
        dropped,
    );
    for (name, help, count) in gauges.counted().into_iter().chain([unseen]) {
        text.push_str(&format!(
            "# HELP {name} {help}.\n# TYPE {name} counter\n{name}_total {count}\n"
        ));
    }
    standing::tell(&mut text, &gauges.trunks());
    // Writing to a string cannot fail; it ends with the mark of the format.
    let _written = encode(&mut text, registry);
    text
}

/// A method by its name; one name for all that nobody knows, or peers could make labels.
fn known(method: &str) -> &'static str {
    let mut methods = Method::KNOWN.iter();
    methods
        .find(|known| known.as_str() == method)
        .map_or("other", Method::as_str)
}

/// So many parties make a conference.
const FIRST_CONFERENCE: u32 = 3;
const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "6xx"];
/// OpenMetrics 1.0, which Prometheus reads.
const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Upper bounds of the histogram, in seconds.
const SETUP_SECONDS: [f64; 10] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0, 20.0, 60.0];
/// Most INVITEs that wait for their answer here.
const MAX_SETUPS: usize = 20_000;

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rappel_sip::Transport;

    use super::*;

    fn message(micros: i64, passage: Passage, start: &str, method: &str) -> Captured {
        Captured {
            at: Timestamp::from_micros(micros),
            passage,
            transport: Transport::Udp,
            source: "192.0.2.1:5060".parse().expect("an address"),
            destination: "192.0.2.2:5060".parse().expect("an address"),
            bytes: Bytes::from(format!("{start}\r\nCall-ID: x\r\nCSeq: 1 {method}\r\n\r\n")),
        }
    }

    #[test]
    fn messages_are_counted_by_what_they_are() {
        let metrics = Metrics::new();
        let registry = metrics.registry();
        let mut setups = BTreeMap::new();
        for seen in [
            message(0, Passage::In, "INVITE sip:a SIP/2.0", "INVITE"),
            message(9, Passage::Out, "SIP/2.0 180 Ringing", "INVITE"),
            message(30_000, Passage::Out, "SIP/2.0 200 OK", "INVITE"),
            message(40_000, Passage::In, "INVENTED sip:a SIP/2.0", "INVENTED"),
            message(50_000, Passage::In, "garbage", "X"),
        ] {
            metrics.see(&seen, &mut setups);
        }
        metrics.repeated();
        let text = tell(&registry, &Gauges::default(), 7);
        for line in [
            "rappel_calls 0",
            "rappel_sight_dropped_total 7",
            "rappel_sip_requests_total{method=\"INVITE\",transport=\"UDP\",direction=\"in\"} 1",
            "rappel_sip_requests_total{method=\"other\",transport=\"UDP\",direction=\"in\"} 1",
            "rappel_sip_responses_total{method=\"INVITE\",status=\"200\",class=\"2xx\",transport=\"UDP\",direction=\"out\"} 1",
            "rappel_sip_unreadable_total 1",
            "rappel_sip_retransmissions_total 1",
            "rappel_setup_seconds_bucket{le=\"0.05\"} 1",
            "rappel_setup_seconds_bucket{le=\"0.02\"} 0",
        ] {
            assert!(text.lines().any(|told| told == line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
        assert!(setups.is_empty());
    }
}
