//! The tables inside a step: fields that are sent, what is read into variables, shares, languages by
//! key of the telephone.

use std::ops::Range;

use rappel_model::Language;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::reading::{one_key, read_template};
use super::settings::{Field, FieldValue, Mapping, Setting};
use crate::syntax::Reader;
use crate::words;
use crate::words::Words;

/// The entries of a table, or a problem that shows how it is written.
fn entries<'d>(
    reader: &mut Reader<'_>,
    name: &str,
    value: &'d Spanned<DeValue<'d>>,
    written: Words,
) -> Option<&'d DeTable<'d>> {
    let DeValue::Table(table) = value.get_ref() else {
        let message = words!([written] "write {written}", "écrivez {written}");
        reader.error("R201", value.span(), message);
        return None;
    };
    if table.is_empty() || table.len() > MAX_ENTRIES {
        let message = words!(
            "\"{name}\" has 1 to {MAX_ENTRIES} entries",
            "« {name} » compte 1 à {MAX_ENTRIES} entrées"
        );
        reader.error("R203", value.span(), message);
        return None;
    }
    Some(table)
}

/// Reads `NAME = "text with holes"`, numbers, true and false.
pub(super) fn fields(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Setting> {
    let written = words!("{name}.NAME = \"text\"", "{name}.NOM = \"texte\"");
    let table = entries(reader, name, value, written)?;
    let mut fields = Vec::with_capacity(table.len());
    for (key, value) in table.iter() {
        let read = match value.get_ref() {
            DeValue::Boolean(yes) => Some(FieldValue::YesNo(*yes)),
            DeValue::Integer(_) => reader.number(key.get_ref(), value).map(FieldValue::Number),
            DeValue::Float(number) => fraction(number.as_str()),
            _ => read_template(reader, key.get_ref(), value).map(FieldValue::Template),
        };
        if let Some(read) = read {
            fields.push(Field {
                name: key.get_ref().to_string(),
                span: key.span(),
                value: read,
                value_span: value.span(),
            });
        }
    }
    (fields.len() == table.len()).then_some(Setting::Fields(fields))
}

/// A number with decimals that JSON writes alike; infinities have no place there.
fn fraction(written: &str) -> Option<FieldValue> {
    let plain = written.replace('_', "");
    let plain = plain.strip_prefix('+').unwrap_or(&plain);
    plain
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
        .map(|_| FieldValue::Fraction(plain.to_owned()))
}

/// Reads `VARIABLE = "word"`.
pub(super) fn readings(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Setting> {
    let written = words!("{name}.VARIABLE = \"name\"", "{name}.VARIABLE = \"nom\"");
    let table = entries(reader, name, value, written)?;
    let mut readings = Vec::with_capacity(table.len());
    for (key, value) in table.iter() {
        if let Some(word) = reader.text(key.get_ref(), value) {
            readings.push(Mapping {
                variable: key.get_ref().to_string(),
                span: key.span(),
                word,
            });
        }
    }
    (readings.len() == table.len()).then_some(Setting::Readings(readings))
}

/// Reads `NAME = percent`.
pub(super) fn shares(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Setting> {
    let written = words!("{name}.NAME = 50", "{name}.NOM = 50");
    let table = entries(reader, name, value, written)?;
    let mut shares: Vec<(String, u32, Range<usize>)> = Vec::with_capacity(table.len());
    for (key, value) in table.iter() {
        let percent = reader.number(key.get_ref(), value)?;
        if !(0..=100).contains(&percent) {
            let message = words!(
                "a share is between 0 and 100 percent",
                "une part est comprise entre 0 et 100 pour cent"
            );
            reader.error("R203", value.span(), message);
            return None;
        }
        let percent = u32::try_from(percent).unwrap_or(0);
        shares.push((key.get_ref().to_string(), percent, key.span()));
    }
    Some(Setting::Shares(shares))
}

/// Reads `K = "language"`.
pub(super) fn languages(
    reader: &mut Reader<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Setting> {
    let written = words!("{name}.1 = \"fr\"", "{name}.1 = \"fr\"");
    let table = entries(reader, name, value, written)?;
    let mut languages = Vec::with_capacity(table.len());
    for (key, value) in table.iter() {
        let Some(pressed) = one_key(key.get_ref()) else {
            let word = key.get_ref();
            let message = words!(
                "\"{word}\" is no key of a telephone",
                "« {word} » n'est pas une touche de téléphone"
            );
            let label = words!("0-9, \"*\" or \"#\"", "0-9, « * » ou « # »");
            reader.error_label("R115", key.span(), message, label);
            continue;
        };
        if let Some(text) = reader.text(key.get_ref(), value) {
            languages.push((pressed, Language::from(text.value.as_str()), text.span));
        }
    }
    (languages.len() == table.len()).then_some(Setting::Languages(languages))
}

/// Entries of one table of a step.
const MAX_ENTRIES: usize = 50;
