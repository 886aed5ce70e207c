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

/// A trunk in the country of this code, where numbers are written with these prefixes.
fn country(code: &str, national: Option<&str>, international: &str, bare: Bare) -> Settings {
    Settings {
        country_code: Some(code.to_owned()),
        national_prefix: national.map(str::to_owned),
        international_prefixes: vec![international.to_owned()],
        bare,
        ..Settings::new(code.into())
    }
}

#[test]
fn numbers_from_a_german_trunk() {
    table(
        &country("49", Some("0"), "00", Bare::International),
        &[
            ("+4930123456", Some("+4930123456")),
            ("+49 30 123456", Some("+4930123456")),
            ("+49 (0)30 123456", Some("+4930123456")),
            ("+49030123456", Some("+4930123456")),
            ("004930123456", Some("+4930123456")),
            ("0049 (0) 30 123456", Some("+4930123456")),
            ("030123456", Some("+4930123456")),
            ("(030) 12 34 56", Some("+4930123456")),
            ("030-123456", Some("+4930123456")),
            ("0151 23456789", Some("+4915123456789")),
            ("4930123456", Some("+4930123456")),
            ("4915123456789", Some("+4915123456789")),
            ("0800 3301000", Some("+498003301000")),
            ("+4989123456789012", None),
            ("110", None),
            ("116117", None),
        ],
    );
}

#[test]
fn numbers_from_a_british_trunk() {
    table(
        &country("44", Some("0"), "00", Bare::International),
        &[
            ("020 7946 0123", Some("+442079460123")),
            ("+44 20 7946 0123", Some("+442079460123")),
            ("+44(0)2079460123", Some("+442079460123")),
            ("00442079460123", Some("+442079460123")),
            ("442079460123", Some("+442079460123")),
            ("07700 900123", Some("+447700900123")),
            ("+447700900123", Some("+447700900123")),
            ("0800 1111", Some("+448001111")),
            ("0808 157 0123", Some("+448081570123")),
            ("01632 960123", Some("+441632960123")),
            ("tel:020-7946-0123;phone-context=+44", Some("+442079460123")),
            ("0033472001122", Some("+33472001122")),
            ("999", None),
            ("101", None),
        ],
    );
}

#[test]
fn numbers_from_a_spanish_trunk() {
    table(
        &country("34", None, "00", Bare::National),
        &[
            ("912345678", Some("+34912345678")),
            ("612 34 56 78", Some("+34612345678")),
            ("0034912345678", Some("+34912345678")),
            ("34912345678", Some("+34912345678")),
            ("+34 912 34 56 78", Some("+34912345678")),
            ("341234567", Some("+34341234567")),
            ("900123456", Some("+34900123456")),
            ("0033472001122", Some("+33472001122")),
            ("112", None),
        ],
    );
}

#[test]
fn numbers_from_a_belgian_trunk() {
    table(
        &country("32", Some("0"), "00", Bare::International),
        &[
            ("02 123 45 67", Some("+3221234567")),
            ("0470 12 34 56", Some("+32470123456")),
            ("+32 (0)2 123 45 67", Some("+3221234567")),
            ("003221234567", Some("+3221234567")),
            ("3221234567", Some("+3221234567")),
            ("+32470123456", Some("+32470123456")),
            ("0800 12 345", Some("+3280012345")),
            ("100", None),
        ],
    );
}

#[test]
fn numbers_from_a_swiss_trunk() {
    table(
        &country("41", Some("0"), "00", Bare::International),
        &[
            ("044 668 18 00", Some("+41446681800")),
            ("+41 44 668 18 00", Some("+41446681800")),
            ("0041446681800", Some("+41446681800")),
            ("079 123 45 67", Some("+41791234567")),
            ("41446681800", Some("+41446681800")),
            ("+41(0)791234567", Some("+41791234567")),
            ("117", None),
        ],
    );
}

#[test]
fn numbers_from_a_dutch_trunk() {
    table(
        &country("31", Some("0"), "00", Bare::International),
        &[
            ("020 123 4567", Some("+31201234567")),
            ("06 12345678", Some("+31612345678")),
            ("+31 (0)20 123 4567", Some("+31201234567")),
            ("0031201234567", Some("+31201234567")),
            ("31612345678", Some("+31612345678")),
        ],
    );
}

#[test]
fn numbers_from_a_portuguese_trunk() {
    table(
        &country("351", None, "00", Bare::National),
        &[
            ("211234567", Some("+351211234567")),
            ("912 345 678", Some("+351912345678")),
            ("00351211234567", Some("+351211234567")),
            ("351211234567", Some("+351211234567")),
            ("+351 21 123 4567", Some("+351211234567")),
        ],
    );
}

#[test]
fn numbers_from_a_polish_trunk() {
    table(
        &country("48", None, "00", Bare::National),
        &[
            ("221234567", Some("+48221234567")),
            ("0048221234567", Some("+48221234567")),
            ("48221234567", Some("+48221234567")),
            ("481234567", Some("+48481234567")),
            ("+48 22 123 45 67", Some("+48221234567")),
        ],
    );
}

#[test]
fn numbers_from_a_danish_trunk() {
    table(
        &country("45", None, "00", Bare::International),
        &[
            ("4533123456", Some("+4533123456")),
            ("004533123456", Some("+4533123456")),
            ("+45 33 12 34 56", Some("+4533123456")),
            ("0033472001122", Some("+33472001122")),
        ],
    );
}

#[test]
fn numbers_from_a_russian_trunk() {
    table(
        &country("7", Some("8"), "810", Bare::International),
        &[
            ("84951234567", Some("+74951234567")),
            ("8 (495) 123-45-67", Some("+74951234567")),
            ("+7 495 123-45-67", Some("+74951234567")),
            ("74951234567", Some("+74951234567")),
            ("81033472001122", Some("+33472001122")),
            ("8 10 44 20 7946 0123", Some("+442079460123")),
            ("+7 800 123 45 67", Some("+78001234567")),
            ("88001234567", Some("+78001234567")),
            ("78001234567", Some("+78001234567")),
        ],
    );
}

#[test]
fn numbers_from_a_japanese_trunk() {
    table(
        &country("81", Some("0"), "010", Bare::International),
        &[
            ("03-1234-5678", Some("+81312345678")),
            ("090-1234-5678", Some("+819012345678")),
            ("+81 3-1234-5678", Some("+81312345678")),
            ("+81(0)312345678", Some("+81312345678")),
            ("010 33 4 72 00 11 22", Some("+33472001122")),
            ("81312345678", Some("+81312345678")),
            ("0120-123-456", Some("+81120123456")),
        ],
    );
}

#[test]
fn numbers_from_a_australian_trunk() {
    table(
        &country("61", Some("0"), "0011", Bare::National),
        &[
            ("(02) 9876 5432", Some("+61298765432")),
            ("0412 345 678", Some("+61412345678")),
            ("0011 33 472 001 122", Some("+33472001122")),
            ("+61 2 9876 5432", Some("+61298765432")),
            ("61298765432", Some("+61298765432")),
            ("1300 123 456", Some("+611300123456")),
            ("000", None),
        ],
    );
}

#[test]
fn numbers_from_a_indian_trunk() {
    table(
        &country("91", Some("0"), "00", Bare::International),
        &[
            ("022 1234 5678", Some("+912212345678")),
            ("+91 98765 43210", Some("+919876543210")),
            ("09876543210", Some("+919876543210")),
            ("00919876543210", Some("+919876543210")),
            ("919876543210", Some("+919876543210")),
        ],
    );
}

#[test]
fn numbers_from_a_brazilian_trunk() {
    table(
        &country("55", Some("0"), "00", Bare::International),
        &[
            ("+55 (11) 91234-5678", Some("+5511912345678")),
            ("005511912345678", Some("+5511912345678")),
            ("5511912345678", Some("+5511912345678")),
            ("011912345678", Some("+5511912345678")),
        ],
    );
}

#[test]
fn numbers_from_a_moroccan_trunk() {
    table(
        &country("212", Some("0"), "00", Bare::International),
        &[
            ("0522123456", Some("+212522123456")),
            ("+212 5 22 12 34 56", Some("+212522123456")),
            ("00212522123456", Some("+212522123456")),
            ("212661123456", Some("+212661123456")),
            ("+212 (0)661 12 34 56", Some("+212661123456")),
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
