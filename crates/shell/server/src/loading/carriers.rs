//! The carriers of a `rappel.toml` that changed under a running engine: `[trunk.NAME]` and
//! `[outside]` are taken by a reload; the rest of the file waits for the next start.

use rappel_ivr::Words;
use rappel_ivr::words;
use rappel_net::sip::Gate;
use rappel_switchboard::Input;
use rappel_trunk::{Policies, Settings};

use super::Loader;
use super::report::Report;
use crate::config::engine::Engine;
use crate::config::examined::in_file;
use crate::config::fault::Fault;
use crate::wiring::trusted;

/// The carriers that run, and whom they must be told to.
#[derive(Debug)]
pub(super) struct Carriers {
    trunks: Vec<Settings>,
    policies: Policies,
    /// Never bans who is a trunk.
    gate: Gate,
}

impl Loader {
    /// Carriers that change with every reload from now on: these run. The guard of `gate` learns who
    /// is a trunk.
    pub(crate) fn look_after_carriers(
        &mut self,
        trunks: Vec<Settings>,
        policies: Policies,
        gate: Gate,
    ) {
        self.carriers = Some(Carriers {
            trunks,
            policies,
            gate,
        });
    }

    /// Runs the carriers as the files say them now; with `plan`, only says so. What is wrong leaves
    /// all of them as they are.
    pub(super) fn renew_carriers(&mut self, plan: bool, report: &mut Report) {
        let Some(running) = &self.carriers else {
            return;
        };
        let (engine, trunks, policies) = match self.read_carriers() {
            Ok(read) => read,
            Err(problems) => {
                for problem in &problems {
                    report.refuse(problem);
                }
                report.refuse(&words!(
                    "the trunks in use stay as they are",
                    "les trunks en service restent tels quels"
                ));
                return;
            }
        };
        let told = changes(running, &trunks, &policies);
        for line in &told {
            report.line(line);
        }
        if plan || told.is_empty() {
            return;
        }
        running.gate.trust(trusted(&engine));
        self.send(Input::Carriers(trunks.clone(), policies.clone()));
        self.place.engine.trunk = engine.trunk;
        self.place.engine.outside = engine.outside;
        if let Some(running) = &mut self.carriers {
            (running.trunks, running.policies) = (trunks, policies);
        }
    }

    fn read_carriers(&self) -> Result<(Engine, Vec<Settings>, Policies), Vec<Words>> {
        let told = |faults: Vec<Fault>| -> Vec<Words> { faults.iter().map(in_file).collect() };
        let engine = Engine::read_whole(&self.place.config)?;
        let there: Vec<&str> = self.running.keys().map(|tenant| tenant.as_str()).collect();
        let unknown = engine.unknown_names(&there);
        if !unknown.is_empty() {
            return Err(told(unknown));
        }
        let secrets = self.secrets();
        let secrets = secrets
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let (trunks, policies) = engine.carriers(&secrets).map_err(told)?;
        Ok((engine, trunks, policies))
    }
}

/// What is told of a change, a line for each trunk.
fn changes(running: &Carriers, trunks: &[Settings], policies: &Policies) -> Vec<Words> {
    let before = |name| running.trunks.iter().find(|trunk| trunk.name == name);
    let mut told = Vec::new();
    for trunk in trunks {
        let name = &trunk.name;
        match before(name.clone()) {
            None => told.push(words!("trunk {name}: new", "trunk {name} : nouveau")),
            Some(before) if before != trunk => {
                told.push(words!(
                    "trunk {name}: other settings",
                    "trunk {name} : autres réglages"
                ));
            }
            Some(_) => {}
        }
    }
    for gone in &running.trunks {
        let name = &gone.name;
        if !trunks.iter().any(|trunk| trunk.name == *name) {
            told.push(words!(
                "trunk {name}: gone; its calls go on",
                "trunk {name} : disparu ; ses appels continuent"
            ));
        }
    }
    if running.policies != *policies {
        told.push(words!(
            "[outside]: other rules for calls that begin",
            "[outside] : d'autres règles pour les appels qui commencent"
        ));
    }
    told
}
