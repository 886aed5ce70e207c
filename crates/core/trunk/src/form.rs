//! How a trunk wants numbers written: the way back from E.164.

use std::str::FromStr;

use rappel_model::PhoneNumber;

use crate::settings::Settings;

/// How numbers are written to a trunk. Emergency and short numbers are never touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The shape of the number itself.
    pub style: Style,
    /// First digits that are taken off, when the number so written begins with them.
    pub strip: String,
    /// What is put before everything.
    pub prefix: String,
}

/// The shape of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// `plus`: `+33472001122`.
    #[default]
    Plus,
    /// `e164`: `33472001122`.
    Bare,
    /// `national`: `0472001122` at home, the international prefix and digits for the rest.
    National,
    /// `00`: the international prefix and digits, `0033472001122`.
    International,
}

/// Not one of the four shapes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no way to write numbers: e164 (33472001122), plus (+33472001122), national (0472001122) or 00 (0033472001122)"
)]
pub struct BadStyle(String);

impl FromStr for Style {
    type Err = BadStyle;

    fn from_str(text: &str) -> Result<Self, BadStyle> {
        match text {
            "plus" => Ok(Self::Plus),
            "e164" => Ok(Self::Bare),
            "national" => Ok(Self::National),
            "00" => Ok(Self::International),
            _ => Err(BadStyle(text.to_owned())),
        }
    }
}

impl Settings {
    /// A number as this trunk wants it. What is no E.164 number is written as it stands.
    pub fn written(&self, number: &PhoneNumber) -> String {
        let Some(digits) = number
            .as_str()
            .strip_prefix('+')
            .filter(|_| number.is_e164())
        else {
            return number.as_str().to_owned();
        };
        let Form {
            style,
            strip,
            prefix,
        } = &self.form;
        let written = match style {
            Style::Plus => format!("+{digits}"),
            Style::Bare => digits.to_owned(),
            Style::International => self.abroad(digits),
            Style::National => self.at_home(digits).unwrap_or_else(|| self.abroad(digits)),
        };
        let rest = written.strip_prefix(strip.as_str()).unwrap_or(&written);
        format!("{prefix}{rest}")
    }

    fn abroad(&self, digits: &str) -> String {
        let prefix = self.international_prefixes.first();
        format!("{}{digits}", prefix.map_or("00", String::as_str))
    }

    /// A number of the trunk's own country with its national prefix. In North America the prefix is
    /// the country code, so it is not written twice.
    fn at_home(&self, digits: &str) -> Option<String> {
        let code = self.country_code.as_deref().filter(|c| !c.is_empty())?;
        let rest = digits.strip_prefix(code)?;
        let prefix = self.national_prefix.as_deref().unwrap_or_default();
        Some(format!("{prefix}{rest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(style: &str, strip: &str, prefix: &str, number: &str) -> String {
        let settings = Settings {
            country_code: Some("33".to_owned()),
            form: Form {
                style: style.parse().expect("a style"),
                strip: strip.to_owned(),
                prefix: prefix.to_owned(),
            },
            ..Settings::new("t".into())
        };
        settings.written(&PhoneNumber::parse(number).expect("a number"))
    }

    #[test]
    fn numbers_are_written_as_the_trunk_wants_them() {
        for (style, strip, prefix, number, expected) in [
            ("plus", "", "", "+33472001122", "+33472001122"),
            ("e164", "", "", "+33472001122", "33472001122"),
            ("national", "", "", "+33472001122", "0472001122"),
            ("national", "", "", "+32470123456", "0032470123456"),
            ("00", "", "", "+33472001122", "0033472001122"),
            ("e164", "33", "", "+33472001122", "472001122"),
            ("e164", "33", "", "+32470123456", "32470123456"),
            ("e164", "", "99#", "+33472001122", "99#33472001122"),
            ("national", "0", "7", "+33472001122", "7472001122"),
            ("national", "", "9", "112", "112"),
            ("e164", "3", "9", "3631", "3631"),
        ] {
            let told = written(style, strip, prefix, number);
            assert_eq!(told, expected, "{style} -{strip} +{prefix} {number}");
        }
    }

    #[test]
    fn in_north_america_the_one_is_not_written_twice() {
        let settings = Settings {
            country_code: Some("1".to_owned()),
            international_prefixes: vec!["011".to_owned()],
            national_prefix: Some("1".to_owned()),
            form: Form {
                style: Style::National,
                ..Form::default()
            },
            ..Settings::new("us".into())
        };
        let number = |text| PhoneNumber::parse(text).expect("a number");
        assert_eq!(settings.written(&number("+12125550123")), "12125550123");
        assert_eq!(settings.written(&number("+33472001122")), "01133472001122");
    }

    #[test]
    fn what_a_trunk_is_written_it_may_write_back() {
        for style in ["plus", "e164", "national", "00"] {
            let settings = Settings {
                country_code: Some("33".to_owned()),
                form: Form {
                    style: style.parse().expect("a style"),
                    ..Form::default()
                },
                ..Settings::new("t".into())
            };
            for number in [
                "+33472001122",
                "+33612345678",
                "+32470123456",
                "+12125550123",
            ] {
                let number = PhoneNumber::parse(number).expect("a number");
                let read = settings.to_e164(&settings.written(&number));
                assert_eq!(read.as_ref(), Some(&number), "{style}");
            }
        }
    }
}
