//! `[sight]`, `[homer]` and `[metrics]` of `rappel.toml`: what is remembered of the messages that
//! pass, and who is told of them.

use std::net::SocketAddr;

use rappel_ivr::words;
use rappel_model::Secret;
use serde::Deserialize;

use super::fault::Fault;

/// `[sight]`: what `rappel calls --sip`, `rappel trace` and `rappel doctor` look at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sight {
    /// Memory for the newest messages, in MiB: 0 to 1024. With 0 none are remembered.
    pub(crate) memory: usize,
}

impl Default for Sight {
    fn default() -> Self {
        Self { memory: 48 }
    }
}

/// `[homer]`: a copy of every message by HEP3, over UDP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Homer {
    /// Where Homer listens: `"192.0.2.20:9060"`.
    pub(crate) address: SocketAddr,
    /// The number Homer knows this engine by.
    #[serde(default = "agent")]
    pub(crate) id: u32,
    /// Its name.
    #[serde(default = "name")]
    pub(crate) name: String,
    /// What Homer lets it in with. It travels unencrypted, as HEP3 has it.
    #[serde(default, deserialize_with = "secret")]
    pub(crate) password: Secret,
}

/// `[metrics]`: counters in the text format of Prometheus, by HTTP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metrics {
    /// Where they are asked for: `"127.0.0.1:9464"`. Who reaches it may read them.
    pub(crate) listen: SocketAddr,
}

fn agent() -> u32 {
    2001
}

fn name() -> String {
    "rappel".into()
}

fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::new)
}

impl Sight {
    /// What serde cannot see.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let memory = self.memory;
        let fault = (memory > MAX_MEMORY).then(|| {
            let why = words!(
                "0 to {MAX_MEMORY} MiB, not {memory}",
                "de 0 à {MAX_MEMORY} Mio, pas {memory}"
            );
            Fault::bounds(["sight", "memory"], why)
        });
        fault.into_iter().collect()
    }
}

/// More than a day of a busy engine needs.
const MAX_MEMORY: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::super::engine::Engine;

    #[test]
    fn addresses_have_ports_and_memory_a_bound() {
        let read = |text: &str| toml::from_str::<Engine>(text);
        let good = "[homer]\naddress = \"192.0.2.20:9060\"\n[metrics]\nlisten = \"[::1]:9464\"\n";
        let engine = read(good).expect("it is well formed");
        let homer = engine.homer.expect("it is there");
        assert_eq!((homer.id, homer.name.as_str()), (2001, "rappel"));
        assert!(read("[metrics]\nlisten = \"9464\"\n").is_err());
        assert!(read("[homer]\nid = 1\n").is_err());
        let large = read("[sight]\nmemory = 1025\n").expect("a number");
        assert_eq!(large.sight.faults().len(), 1);
    }
}
