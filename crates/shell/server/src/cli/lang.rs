//! The language people are told things in: the argument that verbs share.

use std::env;

use clap::Args;
use rappel_ivr::Lang;

/// Which language.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct Spoken {
    /// What is told is told in this language, `en` or `fr`; else in the terminal's.
    #[arg(long, value_name = "LANG", value_parser = parse)]
    lang: Option<Lang>,
}

impl Spoken {
    /// The language asked for, else the one of the environment as every program finds it, else English.
    pub(super) fn lang(self) -> Lang {
        let named = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let set = named.iter().filter_map(|name| env::var(name).ok());
        let first = set.into_iter().find(|value| !value.is_empty());
        let theirs = || first.and_then(|value| Lang::parse(&value));
        self.lang.or_else(theirs).unwrap_or_default()
    }
}

fn parse(tag: &str) -> Result<Lang, String> {
    Lang::parse(tag).ok_or_else(|| "write en or fr".to_owned())
}
