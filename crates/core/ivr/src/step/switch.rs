//! `switch`: the first true condition decides.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Answers, Key, Kind, Presence, Step, Turn, Verb, Voice, Work};
use crate::engine::Desk;
use crate::expression::Expression;
use crate::words::Help;

/// `switch`.
pub(super) const VERB: Verb = Verb {
    name: "switch",
    keys: &[
        Key::required(
            "case",
            Kind::Cases,
            "[{ if = \"…\", then = \"STEP\" }, …]: the first true one wins",
        )
        .fr("[{ if = \"…\", then = \"ÉTAPE\" }, …] : la première condition vraie l'emporte"),
        Key::required("else", Kind::Step, "the step when none is true")
            .fr("l'étape quand aucune n'est vraie"),
    ],
    outcomes: &[],
    next: Presence::None,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Goes where the first true condition says.",
        fr: "Va où le dit la première condition vraie.",
    },
    example: r#"do = "switch"
case = [{ if = "essais > 2", then = "aide" }]
else = "fin""#,
    served: true,
    read: |keys| {
        Ok(Arc::new(Switch {
            cases: keys.cases("case"),
        }))
    },
};

#[derive(Clone, Debug)]
struct Switch {
    cases: Vec<Expression>,
}

impl Step for Switch {
    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new((*self).clone())
    }
}

impl Work for Switch {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        for (i, case) in self.cases.iter().enumerate() {
            match desk.holds(case) {
                Ok(true) => return Turn::Leave(Cow::Owned(format!("case.{}", i + 1))),
                Ok(false) => {}
                Err(turn) => return turn,
            }
        }
        Turn::leave("else")
    }
}
