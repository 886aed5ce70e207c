//! Who is shown to a trunk, and whether it is believed.

use rappel_ivr::words::Words;
use rappel_trunk::{FromUser, Identity, Settings};

use super::Trunk;
use super::problems::Problems;

impl Trunk {
    /// Who is shown, who is believed.
    pub(super) fn read_identity(&self, settings: &mut Settings, problems: &mut Problems<'_>) {
        let from = [("number", FromUser::Number), ("account", FromUser::Account)];
        let usual = Identity::default();
        settings.identity = Identity {
            from: problems
                .word("from", self.from.as_deref(), &from)
                .unwrap_or(usual.from),
            headers: match &self.identity {
                Some(names) => problems.each("identity", names, &Words::same("pai, ppi, rpid")),
                None => usual.headers,
            },
            show_callers: self.show_callers,
            diversion: match &self.diversion {
                Some(names) => {
                    problems.each("diversion", names, &Words::same("diversion, history-info"))
                }
                None => usual.diversion,
            },
            trusted: self.trust_identity,
        };
    }
}
