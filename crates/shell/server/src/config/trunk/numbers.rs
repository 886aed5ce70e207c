//! How numbers are written at a trunk, both ways.

use rappel_ivr::words;
use rappel_trunk::{Bare, Called, Form, Settings};

use super::Trunk;
use super::problems::Problems;

impl Trunk {
    /// How numbers are written, both ways.
    pub(super) fn read_numbers(&self, settings: &mut Settings, problems: &mut Problems<'_>) {
        settings.country_code.clone_from(&self.country);
        if let Some(international) = &self.international {
            settings.international_prefixes = vec![international.clone()];
        }
        if let Some(national) = &self.national {
            settings.national_prefix = Some(national.clone()).filter(|p| !p.is_empty());
        }
        let bare = [
            ("international", Bare::International),
            ("national", Bare::National),
        ];
        settings.bare = problems
            .word("bare", self.bare.as_deref(), &bare)
            .unwrap_or_default();
        settings.called = problems
            .word("called", self.called.as_deref(), &CALLED)
            .unwrap_or_default();
        let style = self
            .dial
            .as_deref()
            .map_or_else(|| Ok(Default::default()), str::parse);
        match style {
            Ok(style) => {
                settings.form = Form {
                    style,
                    strip: self.strip.clone(),
                    prefix: self.prefix.clone(),
                };
            }
            Err(_) => {
                let text = self.dial.as_deref().unwrap_or_default();
                problems.none_of("dial", text, "plus, e164, national, 00".to_owned());
            }
        }
        for (key, text) in [("strip", &self.strip), ("prefix", &self.prefix)] {
            let dialable = |b: u8| b.is_ascii_digit() || b"+*#".contains(&b);
            if text.len() > MAX_PREFIX || !text.bytes().all(dialable) {
                problems.tell(
                    key,
                    words!(
                        "at most {MAX_PREFIX} digits, +, * and #",
                        "au plus {MAX_PREFIX} chiffres, +, * et #"
                    ),
                );
            }
        }
    }
}

const CALLED: [(&str, Called); 4] = [
    ("auto", Called::Auto),
    ("request-uri", Called::RequestUri),
    ("to", Called::To),
    ("p-called-party-id", Called::CalledParty),
];

/// Most characters of a prefix to be put on or taken off.
const MAX_PREFIX: usize = 16;
