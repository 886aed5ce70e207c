//! Numbers as carriers write them, one table per country.

use proptest::prelude::*;

use super::*;

fn france() -> Settings {
    Settings {
        country_code: Some("33".to_owned()),
        ..Settings::new("fr".into())
    }
}

fn north_america() -> Settings {
    Settings {
        country_code: Some("1".to_owned()),
        international_prefixes: vec!["011".to_owned()],
        national_prefix: Some("1".to_owned()),
        bare: Bare::National,
        ..Settings::new("us".into())
    }
}

/// No national prefix: the zero of a city code belongs to the number.
fn italy() -> Settings {
    Settings {
        country_code: Some("39".to_owned()),
        national_prefix: None,
        bare: Bare::National,
        ..Settings::new("it".into())
    }
}

/// Two ways out, one the beginning of the other's digits.
fn two_prefixes() -> Settings {
    Settings {
        international_prefixes: vec!["00".to_owned(), "0011".to_owned()],
        ..france()
    }
}

fn nowhere() -> Settings {
    Settings::new("nowhere".into())
}

#[test]
fn numbers_from_a_french_trunk() {
    table(
        &france(),
        &[
            // with a plus
            ("+33472001122", Some("+33472001122")),
            ("+33 4 72 00 11 22", Some("+33472001122")),
            ("+33.4.72.00.11.22", Some("+33472001122")),
            ("+33-4-72-00-11-22", Some("+33472001122")),
            ("+33 (0)4 72 00 11 22", Some("+33472001122")),
            ("+33(0)472001122", Some("+33472001122")),
            ("+330472001122", Some("+33472001122")),
            ("+3300472001122", None),
            ("+33\u{a0}4\u{202f}72001122", Some("+33472001122")),
            ("  +33472001122 ", Some("+33472001122")),
            ("%2B33472001122", Some("+33472001122")),
            ("%2b33472001122", Some("+33472001122")),
            ("tel:+33472001122", Some("+33472001122")),
            ("TEL:+33-472-001-122", Some("+33472001122")),
            ("+33472001122;phone-context=+33", Some("+33472001122")),
            ("+33472001122;npdi;rn=+33612", Some("+33472001122")),
            ("+442079460123", Some("+442079460123")),
            ("+44 (0)20 7946 0123", Some("+442079460123")),
            ("+12125550123", Some("+12125550123")),
            ("+390612345678", Some("+390612345678")),
            ("+33800123456", Some("+33800123456")),
            ("+2621234567", Some("+2621234567")),
            ("+123456789012345", Some("+123456789012345")),
            ("+1234567890123456", None),
            ("+123456", None),
            ("+1234567", Some("+1234567")),
            ("+", None),
            ("+0472001122", None),
            ("++33472001122", None),
            ("+33472001122#", None),
            // with the international prefix
            ("0033472001122", Some("+33472001122")),
            ("00 33 4 72 00 11 22", Some("+33472001122")),
            ("00330472001122", Some("+33472001122")),
            ("0033 (0)4 72 00 11 22", Some("+33472001122")),
            ("00442079460123", Some("+442079460123")),
            ("0012125550123", Some("+12125550123")),
            ("000472001122", None),
            ("00", None),
            ("0033", None),
            // national
            ("0472001122", Some("+33472001122")),
            ("04 72 00 11 22", Some("+33472001122")),
            ("(04) 72.00.11.22", Some("+33472001122")),
            ("(0)472001122", Some("+33472001122")),
            ("0800123456", Some("+33800123456")),
            ("0612345678;user=phone", Some("+33612345678")),
            ("tel:0472001122;phone-context=+33", Some("+33472001122")),
            ("0", None),
            ("0112", None),
            // bare
            ("33472001122", Some("+33472001122")),
            ("33 (0)4 72 00 11 22", Some("+33472001122")),
            ("330472001122", Some("+33472001122")),
            ("442079460123", Some("+442079460123")),
            ("12125550123", Some("+12125550123")),
            // short, hidden, hostile
            ("112", None),
            ("15", None),
            ("3639", None),
            ("118712", None),
            ("*98", None),
            ("*31#0472001122", None),
            ("#31#0472001122", None),
            ("anonymous", None),
            ("unavailable", None),
            ("Anonymous", None),
            ("sofia", None),
            ("", None),
            (" ", None),
            (";", None),
            ("%2B", None),
            ("%2", None),
            ("tel:", None),
            ("é\u{301}33", None),
            ("04720011२२", None),
            ("0472001122x5", None),
            ("0472001122,5", None),
            ("00000000000000000000000000000000", None),
            ("333333333333333333333333333333333", None),
        ],
    );
}

#[test]
fn numbers_from_a_north_american_trunk() {
    table(
        &north_america(),
        &[
            ("+12125550123", Some("+12125550123")),
            ("12125550123", Some("+12125550123")),
            ("1 (212) 555-0123", Some("+12125550123")),
            ("2125550123", Some("+12125550123")),
            ("(212) 555-0123", Some("+12125550123")),
            ("011442079460123", Some("+442079460123")),
            ("011 33 4 72 00 11 22", Some("+33472001122")),
            ("01112125550123", Some("+12125550123")),
            ("+11234567", Some("+11234567")),
            ("911", None),
            ("011", None),
            ("0111", None),
        ],
    );
}

#[test]
fn numbers_where_the_zero_belongs_to_the_number() {
    table(
        &italy(),
        &[
            ("0612345678", Some("+390612345678")),
            ("3312345678", Some("+393312345678")),
            ("+390612345678", Some("+390612345678")),
            ("00390612345678", Some("+390612345678")),
            ("390612345678", Some("+390612345678")),
            ("0033472001122", Some("+33472001122")),
        ],
    );
}

#[test]
fn the_longest_international_prefix_is_taken() {
    table(
        &two_prefixes(),
        &[
            ("0011442079460123", Some("+442079460123")),
            ("00442079460123", Some("+442079460123")),
        ],
    );
}

#[test]
fn without_a_country_only_international_numbers_mean_something() {
    table(
        &nowhere(),
        &[
            ("+33472001122", Some("+33472001122")),
            ("0033472001122", Some("+33472001122")),
            ("33472001122", Some("+33472001122")),
            ("0472001122", None),
        ],
    );
    let bare = Settings {
        bare: Bare::National,
        ..nowhere()
    };
    table(&bare, &[("472001122", None)]);
}

fn table(trunk: &Settings, rows: &[(&str, Option<&str>)]) {
    for (written, meant) in rows {
        let found = trunk.to_e164(written);
        let found = found.as_ref().map(PhoneNumber::as_str);
        assert_eq!(found, *meant, "{written:?} from {}", trunk.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_gives_an_e164_number_or_none(text in "[+0-9 ().;%*#a-b\u{e9}]{0,40}") {
        for trunk in [france(), north_america(), italy(), two_prefixes(), nowhere()] {
            if let Some(number) = trunk.to_e164(&text) {
                prop_assert!(number.is_e164());
                prop_assert!(!number.as_str().starts_with("+0"));
                // What came out is understood as itself.
                prop_assert_eq!(trunk.to_e164(number.as_str()), Some(number));
            }
        }
    }

    #[test]
    fn all_forms_of_a_french_number_are_one_number(rest in "[1-9][0-9]{8}") {
        let trunk = france();
        let meant = PhoneNumber::parse(&format!("+33{rest}"));
        for form in [
            format!("+33{rest}"),
            format!("+33(0){rest}"),
            format!("0033{rest}"),
            format!("0{rest}"),
            format!("33{rest}"),
        ] {
            prop_assert_eq!(trunk.to_e164(&form), meant.clone(), "{}", form);
        }
    }
}
