//! The language people are told things in: `--lang`, else what the terminal speaks.

use clap::Args;
use rappel_ivr::words::Lang;

/// `--lang`, for every command that speaks to operators.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct Spoken {
    /// The language of what is told, `fr` or `en`: the terminal's when absent (LC_ALL, LC_MESSAGES,
    /// LANG), English when that is neither.
    #[arg(long = "lang", value_name = "LANG", value_parser = parse)]
    given: Option<Lang>,
}

impl Spoken {
    /// The language to speak.
    pub(super) fn lang(self) -> Lang {
        self.given
            .unwrap_or_else(|| of_terminal(|name| std::env::var(name).ok()))
    }
}

fn parse(text: &str) -> Result<Lang, String> {
    Lang::parse(text).ok_or_else(|| "write fr or en".to_owned())
}

/// The first of the three variables that is set decides, as POSIX says; `C` and unknown ones are English.
fn of_terminal(variable: impl Fn(&str) -> Option<String>) -> Lang {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty())
        .and_then(|value| Lang::parse(&value))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let lang = |set: &[(&str, &str)]| {
            of_terminal(|name| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(lang(&[]), Lang::En);
        assert_eq!(lang(&[("LANG", "fr_FR.UTF-8")]), Lang::Fr);
        assert_eq!(lang(&[("LC_ALL", "C"), ("LANG", "fr_FR.UTF-8")]), Lang::En);
        assert_eq!(lang(&[("LC_ALL", ""), ("LC_MESSAGES", "fr_CA")]), Lang::Fr);
        assert_eq!(lang(&[("LANG", "de_DE.UTF-8")]), Lang::En);
    }

    #[test]
    fn other_languages_are_refused() {
        assert_eq!(parse("fr"), Ok(Lang::Fr));
        assert!(parse("de").is_err());
    }
}
