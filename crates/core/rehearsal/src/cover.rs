//! Which ways out of which steps have been taken: what no test has tried (FLOWS §10, `--cover`).

use std::collections::BTreeSet;

use rappel_ivr::FlowSet;
use rappel_model::{FlowName, StepName};

/// A way out of a step.
pub type Way = (FlowName, StepName, String);

/// The ways that calls have taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    taken: BTreeSet<Way>,
}

impl Cover {
    /// Adds the ways of one call.
    pub fn add(&mut self, ways: impl IntoIterator<Item = Way>) {
        self.taken.extend(ways);
    }

    /// Every way that can be taken in the tenant's own flows, with whether it was: by itself, or by
    /// an outcome that leads there by default.
    pub fn of(&self, flows: &FlowSet) -> Vec<(Way, bool)> {
        let given = |(flow, step, way): &Way| {
            let way = flows.exit_taken(flow, step, way)?.to_owned();
            Some((flow.clone(), step.clone(), way))
        };
        let given: BTreeSet<_> = self.taken.iter().filter_map(given).collect();
        let all = flows.exits();
        all.into_iter()
            .map(|way| {
                let taken = given.contains(&way);
                (way, taken)
            })
            .collect()
    }
}
