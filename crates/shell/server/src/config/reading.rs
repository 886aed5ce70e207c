//! TOML values into settings, with every fault: which key, what was expected, what is there.
//!
//! The libraries' own reader stops at the first fault and tells it in English. This one gives each
//! fault its path; the key is then taken away and the rest is read again, until nothing is wrong.

use std::fmt::{self, Display};

use rappel_ivr::diagnostic::nearest;
use rappel_ivr::words;
use rappel_ivr::words::Words;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use toml::{Table, Value};

use super::fault::{BOUNDS, Fault, MISSING, TYPE, UNKNOWN, VALUE};

/// Settings as far as they could be read.
pub(super) struct Read<T> {
    /// What is wrong is as if it were not there.
    pub(super) settings: T,
    /// All that is wrong.
    pub(super) faults: Vec<Fault>,
    /// What is not there although the file has it.
    pub(super) gone: Gone,
}

/// Reads settings of which every key has a default, and all that is wrong with them.
pub(super) fn read<T: DeserializeOwned + Default>(table: Table) -> Read<T> {
    let (mut value, mut faults) = (Value::Table(table), Vec::new());
    let mut gone = Gone::default();
    while faults.len() < MAX_FAULTS {
        match T::deserialize(Reading(&value)) {
            Ok(settings) => {
                return Read {
                    settings,
                    faults,
                    gone,
                };
            }
            Err(refusal) => {
                let path: Vec<String> = refusal.path.iter().rev().cloned().collect();
                let taken = remove(&mut value, &path);
                let path = gone.in_file(&path);
                // What was taken away is missing now, and told already.
                let told = |fault: &Fault| fault.path().starts_with(&path);
                let is_fresh = refusal.code != MISSING || !faults.iter().any(told);
                if let Taken::Item(length) = taken {
                    gone.0.push(path[..length].to_vec());
                }
                if is_fresh {
                    faults.push(Fault::new(refusal.code, path, refusal.why));
                }
                if taken == Taken::Nothing {
                    break;
                }
            }
        }
    }
    Read {
        settings: T::default(),
        faults,
        gone,
    }
}

/// The items that were taken out of lists, by their paths in the file: whatever stood behind them has moved
/// up.
#[derive(Debug, Default)]
pub(super) struct Gone(Vec<Vec<String>>);

impl Gone {
    /// Where the file has what stands at `path` of what was read.
    pub(super) fn in_file(&self, path: &[String]) -> Vec<String> {
        let mut there: Vec<String> = Vec::with_capacity(path.len());
        for part in path {
            let in_list = |gone: &&Vec<String>| {
                gone.split_last()
                    .is_some_and(|(_, list)| list == there.as_slice())
            };
            let before = self.0.iter().filter(in_list);
            let mut before: Vec<usize> = before
                .filter_map(|gone| gone.last()?.parse().ok())
                .collect();
            before.sort_unstable();
            there.push(match part.parse::<usize>() {
                Ok(place) if !before.is_empty() => {
                    let place = before
                        .into_iter()
                        .fold(place, |place, gone| place + usize::from(gone <= place));
                    place.to_string()
                }
                _ => part.clone(),
            });
        }
        there
    }
}

/// What was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Nothing,
    /// A key of a table.
    Key,
    /// An item of a list; how long the path to it is.
    Item(usize),
}

/// Takes what stands at the end of a path away: a key of a table, an item of a list, or else what holds it.
fn remove(value: &mut Value, path: &[String]) -> Taken {
    let mut keys = path;
    while let [tables @ .., key] = keys {
        let mut node = Some(&mut *value);
        for part in tables {
            node = node.and_then(|node| match node {
                Value::Table(table) => table.get_mut(part),
                Value::Array(list) => list.get_mut(part.parse::<usize>().ok()?.checked_sub(1)?),
                _ => None,
            });
        }
        let taken = match node {
            Some(Value::Table(table)) => table.remove(key).map(|_| Taken::Key),
            Some(Value::Array(list)) => {
                let place = key.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                let place = place.filter(|place| *place < list.len());
                place.map(|place| {
                    list.remove(place);
                    Taken::Item(keys.len())
                })
            }
            _ => None,
        };
        if let Some(taken) = taken {
            return taken;
        }
        keys = tables;
    }
    Taken::Nothing
}

/// What says itself in both languages: in French where `{:#}` asks for it. The libraries hand on what
/// refuses a value as something that can be shown, and nothing else.
#[derive(Debug)]
pub(crate) struct Said(pub(super) Words);

impl Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if f.alternate() {
            &self.0.fr
        } else {
            &self.0.en
        })
    }
}

/// Why settings cannot be read, and where: the innermost name first.
#[derive(Debug)]
struct Refusal {
    code: &'static str,
    path: Vec<String>,
    why: Words,
}

impl Refusal {
    fn new(code: &'static str, why: Words) -> Self {
        let path = Vec::new();
        Self { code, path, why }
    }

    fn at(mut self, part: impl Into<String>) -> Self {
        self.path.push(part.into());
        self
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why.en)
    }
}

impl std::error::Error for Refusal {}

impl serde::de::Error for Refusal {
    fn custom<T: Display>(said: T) -> Self {
        let (en, fr) = (format!("{said}"), format!("{said:#}"));
        let why = match en.as_str() {
            "invalid IP address syntax" => words!(
                "no address: write 192.0.2.10 or 2001:db8::1",
                "pas une adresse : écrivez 192.0.2.10 ou 2001:db8::1"
            ),
            "invalid socket address syntax" => words!(
                "no address with a port: write 192.0.2.10:9060 or [2001:db8::1]:9060",
                "pas une adresse avec un port : écrivez 192.0.2.10:9060 ou [2001:db8::1]:9060"
            ),
            _ => Words { en, fr },
        };
        Self::new(VALUE, why)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let (Words { en, fr }, found) = (kind(&expected.to_string()), there(&found));
        let why = words!([found] "write {en}, not {found}", "écrivez {fr}, pas {found}");
        Self::new(TYPE, why)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let (Words { en, fr }, found) = (kind(&expected.to_string()), there(&found));
        let why = words!([found] "write {en}, not {found}", "écrivez {fr}, pas {found}");
        Self::new(BOUNDS, why)
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        let words = known.join(", ");
        let why = words!(
            "\"{word}\" is none of {words}",
            "« {word} » n'est aucun de : {words}"
        );
        Self::new(VALUE, why)
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        let why = match nearest(key, known.iter().copied()) {
            Some(near) => {
                let near = near.words();
                words!([near] "there is no such key; {near}", "ce réglage n'existe pas ; {near}")
            }
            None => {
                let known = known.join(", ");
                words!(
                    "there is no such key; there are: {known}",
                    "ce réglage n'existe pas ; il y a : {known}"
                )
            }
        };
        Self::new(UNKNOWN, why)
    }

    fn missing_field(key: &'static str) -> Self {
        let why = words!("{key} is missing: write it", "il manque {key} : écrivez-le");
        Self::new(MISSING, why)
    }
}

/// What a key takes.
fn kind(expected: &str) -> Words {
    match expected {
        "u8" => words!(
            "a whole number from 0 to 255",
            "un nombre entier de 0 à 255"
        ),
        "u16" => words!(
            "a whole number from 0 to 65535",
            "un nombre entier de 0 à 65535"
        ),
        "u32" | "u64" | "usize" => {
            words!("a whole number from 0 on", "un nombre entier à partir de 0")
        }
        "a boolean" => words!("true or false", "true ou false"),
        "a sequence" => words!("a list: [ … ]", "une liste : [ … ]"),
        "IP address" => words!("an address: \"192.0.2.10\"", "une adresse : \"192.0.2.10\""),
        "socket address" => words!(
            "an address with a port: \"192.0.2.10:9060\"",
            "une adresse avec un port : \"192.0.2.10:9060\""
        ),
        _ if expected.contains("string") || expected.contains("enum") => {
            words!("a text between quotes", "un texte entre guillemets")
        }
        _ if expected.contains("struct") || expected.contains("map") => {
            words!("a table of keys", "un tableau de réglages")
        }
        other => Words::same(other),
    }
}

/// What stands there instead.
fn there(found: &Unexpected<'_>) -> Words {
    match found {
        Unexpected::Bool(value) => Words::same(value.to_string()),
        Unexpected::Unsigned(number) => Words::same(number.to_string()),
        Unexpected::Signed(number) => Words::same(number.to_string()),
        Unexpected::Float(number) => Words::same(number.to_string()),
        // A text may be a password that stands in the wrong place.
        Unexpected::Str(_) => words!("a text", "un texte"),
        Unexpected::Seq => words!("a list", "une liste"),
        Unexpected::Map => words!("a table", "un tableau"),
        other => Words::same(other.to_string()),
    }
}

/// A value that is read.
#[derive(Clone, Copy)]
struct Reading<'v>(&'v Value);

impl<'de> Deserializer<'de> for Reading<'de> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Boolean(is) => visitor.visit_bool(*is),
            Value::Datetime(moment) => visitor.visit_string(moment.to_string()),
            Value::Array(list) => visitor.visit_seq(Items { list, next: 0 }),
            Value::Table(table) => visitor.visit_map(Keys {
                entries: table.iter(),
                value: None,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(word.as_str().into_deserializer()),
            _ => Err(<Refusal as serde::de::Error>::unknown_variant("…", known)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The items of a list.
struct Items<'v> {
    list: &'v [Value],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refusal> {
        let Some(value) = self.list.get(self.next) else {
            return Ok(None);
        };
        self.next += 1;
        let number = self.next;
        let read = seed.deserialize(Reading(value));
        read.map(Some)
            .map_err(|refusal| refusal.at(number.to_string()))
    }
}

/// The keys of a table.
struct Keys<'v> {
    entries: toml::map::Iter<'v, String, Value>,
    /// The key that was given last, and its value.
    value: Option<(&'v str, &'v Value)>,
}

impl<'de> MapAccess<'de> for Keys<'de> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refusal> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some((key, value));
        let read = seed.deserialize(key.as_str().into_deserializer());
        read.map(Some).map_err(|refusal: Refusal| refusal.at(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let (key, value) = self.value.take().expect("a key comes before its value");
        seed.deserialize(Reading(value))
            .map_err(|refusal| refusal.at(key))
    }
}

/// Most faults of one file that are told.
const MAX_FAULTS: usize = 50;
