//! `split`: divide callers into shares.

use std::borrow::Cow;
use std::sync::Arc;

use rappel_model::Random;

use super::{
    Answers, Fault, Key, Kind, Presence, Reading, Step, Template, Turn, Verb, Voice, Work,
};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::words;
use crate::words::Help;

/// `split`.
pub(super) const VERB: Verb = Verb {
    name: "split",
    keys: &[
        Key::required(
            "name",
            Kind::Text,
            "the name of the tag that tells the share",
        )
        .fr("le nom de l'étiquette qui dit la part"),
        Key::required(
            "share",
            Kind::Shares,
            "share.NAME = percent, 100 in all; on.NAME leads on",
        )
        .fr("share.NOM = pour cent, 100 en tout ; on.NOM mène plus loin"),
        Key::new(
            "sticky",
            Kind::Word(&["call", "caller"], &[]),
            Some("call"),
            "caller: the same caller always gets the same share; nobody is written down for it",
        )
        .fr("caller : le même appelant a toujours la même part ; personne n'est noté pour cela"),
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
        en: "Divides callers into shares, to compare two ways of serving them.",
        fr: "Répartit les appelants en parts, pour comparer deux façons de les servir.",
    },
    example: r#"do = "split"
name = "ordre"
share.rappel = 50
share.ecrit = 50
sticky = "caller"
on.rappel = "choix_rappel"
on.ecrit = "choix_ecrit""#,
    served: true,
    read,
};

#[derive(Clone, Debug)]
struct Split {
    name: Template,
    shares: Vec<(String, u32)>,
    by_caller: bool,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    let shares = keys.shares("share");
    let sum: u32 = shares.iter().map(|(_, percent, _)| percent).sum();
    if sum != 100 {
        let message = words!(
            "the shares are {sum} percent in all",
            "les parts font {sum} pour cent en tout"
        );
        return Err(Fault::new("R203", Some("share"), message)
            .label(words!("make them 100", "amenez-les à 100")));
    }
    if let Some((name, ..)) = shares.iter().find(|(name, ..)| !keys.on.contains(name)) {
        let message = words!(
            "the share \"{name}\" leads nowhere",
            "la part « {name} » ne mène nulle part"
        );
        return Err(Fault::new("R111", Some("share"), message).label(words!(
            "add on.{name} = \"STEP\"",
            "ajoutez on.{name} = \"ÉTAPE\""
        )));
    }
    let Some(name) = keys.template("name") else {
        return Err(Fault::new(
            "R103",
            None,
            words!("the name is missing", "il manque le nom"),
        ));
    };
    Ok(Arc::new(Split {
        name,
        shares: shares
            .iter()
            .map(|(name, percent, _)| (name.clone(), *percent))
            .collect(),
        by_caller: keys.word("sticky") == "caller",
    }))
}

impl Step for Split {
    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new((*self).clone())
    }
}

impl Split {
    /// A percent from 0 to 99: of the caller, the same for ever, or of chance. A hidden number is
    /// nobody: chance decides.
    fn draw(&self, desk: &mut Desk<'_>, name: &str) -> u64 {
        match &desk.state.caller.number {
            Some(number) if self.by_caller => {
                let tenant = &desk.around.tenant;
                bucket(&format!("split/{tenant}/{name}/{number}"), 100)
            }
            _ => desk.state.random.below(100),
        }
    }
}

/// A number below `count` that is the same for the same text, for ever and everywhere, and tells
/// nothing of it: 64 bits of a cipher keyed with SHA-256 of the text.
pub(crate) fn bucket(text: &str, count: u64) -> u64 {
    Random::from_seed(0).fork(text).below(count)
}

impl Work for Split {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        let name = desk.write(&self.name);
        let mut drawn = self.draw(desk, &name);
        for (share, percent) in &self.shares {
            let percent = u64::from(*percent);
            if drawn < percent {
                desk.ask(Ask::Tag {
                    name,
                    value: share.clone(),
                });
                return Turn::Leave(Cow::Owned(format!("on.{share}")));
            }
            drawn -= percent;
        }
        Turn::Fail("no_share")
    }
}
