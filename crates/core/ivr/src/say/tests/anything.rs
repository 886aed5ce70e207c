//! Whatever a value is, it is said in pieces that are recorded, in bounds, or not at all.

use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rappel_model::{Currency, Language, Money, PhoneNumber, Timestamp};

use crate::say::{Format, LANGUAGES, Manner, Moment, Piece, Spoken, moment, read, words};
use crate::variables::Value;

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -2_000_000_000i64..2_000_000_000,
        -2_000i64..2_000
    ]
}

fn point() -> impl Strategy<Value = Timestamp> {
    let near = 1_700_000_000_000_000i64..1_900_000_000_000_000;
    prop_oneof![any::<i64>(), near].prop_map(Timestamp::from_micros)
}

fn length() -> impl Strategy<Value = Duration> {
    let any_length = any::<u64>().prop_map(Duration::from_millis);
    let short = (0u64..20_000_000).prop_map(Duration::from_millis);
    prop_oneof![any_length, short, Just(Duration::MAX)]
}

fn value() -> impl Strategy<Value = Value> {
    let currency = (0..Currency::ALL.len()).prop_map(|i| Currency::ALL[i]);
    prop_oneof![
        number().prop_map(Value::Number),
        any::<String>().prop_map(Value::Text),
        "[+]?[0-9*#]{1,20}"
            .prop_map(|text| Value::Phone(PhoneNumber::parse(&text).expect("it is one"))),
        (0i8..24, 0i8..60).prop_map(|(h, m)| Value::Time(Time::constant(h, m, 59, 0))),
        (-9999i16..=9999, 1i8..=12, 1i8..=28)
            .prop_map(|(y, m, d)| Value::Date(Date::constant(y, m, d))),
        point().prop_map(Value::Moment),
        (point(), point()).prop_map(|(from, to)| Value::Window { from, to }),
        (point(), length()).prop_map(|(from, length)| Value::Window {
            from,
            to: from + length
        }),
        length().prop_map(Value::Duration),
        (length(), length()).prop_map(|(low, high)| Value::Range { low, high }),
        (number(), currency).prop_map(|(cents, currency)| Value::Money(Money { cents, currency })),
    ]
}

proptest! {
    #[test]
    fn every_value_is_said_in_recorded_pieces_or_not_at_all(
        value in value(),
        now in point(),
        ceiling in length(),
        huitante: bool,
    ) {
        for tag in LANGUAGES {
            let manner = Manner {
                language: Language::from(tag),
                spoken: Spoken { huitante, ceiling, voice: false },
            };
            for format in Format::ALL {
                let zone = TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC);
                let said = manner.say(format, &value, &Moment { now, zone });
                prop_assert!(said.is_none() || format.applies_to(value.kind()));
                for piece in said.iter().flatten() {
                    if let Piece::Clip(key) = piece {
                        prop_assert!(words(&manner.language, key).is_some(), "{tag} {key}");
                    }
                }
                prop_assert!(said.is_none_or(|said| (1..=300).contains(&said.len())));
            }
        }
    }

    #[test]
    fn no_text_is_too_strange_to_be_refused(text: String, format in 0..Format::ALL.len()) {
        let format = Format::ALL[format];
        if let Ok(value) = read(format, &text, &TimeZone::UTC) {
            prop_assert!(format.applies_to(value.kind()));
        }
        let _ = moment(&text, &TimeZone::UTC);
    }
}
