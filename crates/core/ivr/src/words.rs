//! What operators are told, in English and in French. Both texts are written at the same place, so
//! that neither can be forgotten.

use std::fmt;

/// The language operators are told things in: `--lang`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

impl Lang {
    /// The language `tag` begins with: `fr`, `fr-CH`, `fr_FR.UTF-8`; `None` for all others.
    pub fn parse(tag: &str) -> Option<Self> {
        match tag
            .split(['-', '_', '.'])
            .next()?
            .to_ascii_lowercase()
            .as_str()
        {
            "fr" => Some(Self::Fr),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// The same thing said in both languages. Made by [`words!`](crate::words!).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

impl Words {
    /// The text in `lang`.
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Fr => &self.fr,
        }
    }

    /// A text that is the same in both languages: a name, a line of a flow.
    pub fn same(text: impl Into<String>) -> Self {
        let en: String = text.into();
        Self { fr: en.clone(), en }
    }
}

/// English, for logs and tests.
impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// What the system or a library said: it has one language. What we say is written with [`words!`](crate::words!).
impl From<String> for Words {
    fn from(text: String) -> Self {
        Self::same(text)
    }
}

/// A text of the tables of verbs, in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Help {
    /// In English.
    pub en: &'static str,
    /// In French.
    pub fr: &'static str,
}

impl Help {
    /// A text that is in English so far.
    pub(crate) const fn english(en: &'static str) -> Self {
        Self { en, fr: "" }
    }

    /// The same text, in French too.
    pub(crate) const fn and_french(self, fr: &'static str) -> Self {
        Self { en: self.en, fr }
    }

    /// The text in `lang`.
    pub const fn in_lang(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Fr => self.fr,
        }
    }
}

impl From<Help> for Words {
    fn from(help: Help) -> Self {
        Self {
            en: help.en.to_owned(),
            fr: if help.fr.is_empty() { help.en } else { help.fr }.to_owned(),
        }
    }
}

/// Two texts, formatted alike: `words!("no step is named \"{x}\"", "aucune étape ne s'appelle « {x} »")`.
/// Only captured names may stand in the braces. Names between brackets before the texts are
/// [`Words`](crate::words::Words) themselves, each put in its own language:
/// `words!([kind] "this is {kind}", "ceci est {kind}")`.
#[macro_export]
macro_rules! words {
    ([$($part:ident),+] $en:literal, $fr:literal $(,)?) => {
        $crate::words::Words {
            en: {
                $(let $part = &$part.en;)+
                ::std::format!($en)
            },
            fr: {
                $(let $part = &$part.fr;)+
                ::std::format!($fr)
            },
        }
    };
    ($en:literal, $fr:literal $(,)?) => {
        $crate::words::Words {
            en: ::std::format!($en),
            fr: ::std::format!($fr),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_are_formatted_alike() {
        let name = "menu";
        let said = words!("no step \"{name}\"", "pas d'étape « {name} »");
        assert_eq!(said.in_lang(Lang::En), "no step \"menu\"");
        assert_eq!(said.in_lang(Lang::Fr), "pas d'étape « menu »");
        let kind = words!("a duration", "une durée");
        let said = words!([kind] "this is {kind}", "ceci est {kind}");
        assert_eq!(said.in_lang(Lang::Fr), "ceci est une durée");
    }

    #[test]
    fn the_language_is_read_from_tags_and_locales() {
        assert_eq!(Lang::parse("fr_FR.UTF-8"), Some(Lang::Fr));
        assert_eq!(Lang::parse("en-GB"), Some(Lang::En));
        assert_eq!(Lang::parse("de"), None);
    }
}
