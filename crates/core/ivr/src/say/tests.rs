//! What is said, by example; the tables of `tests/spoken` hold many more.

mod anything;
mod tables;

use jiff::tz::TimeZone;
use rappel_model::Language;

use super::*;

/// The words of a value written as for `rappel say`, "now" being 24 November 2026, nine o'clock.
fn said(tag: &str, format: &str, value: &str) -> String {
    let (tag, huitante) = match tag {
        "huitante" => ("fr-CH", true),
        tag => (tag, false),
    };
    let manner = Manner {
        language: Language::from(tag),
        spoken: Spoken {
            huitante,
            ..Spoken::default()
        },
    };
    let at = Moment {
        now: moment("2026-11-24T09:00", &TimeZone::UTC).unwrap(),
        zone: TimeZone::UTC,
    };
    let format = Format::from_word(format).unwrap();
    let value = read(format, value, &TimeZone::UTC).unwrap();
    match manner.say(format, &value, &at) {
        Some(pieces) => text(&manner.language, &pieces),
        None => "-".to_owned(),
    }
}

#[test]
fn french_numbers_agree_and_join_as_french_does() {
    for (format, value, words) in [
        ("number:f", "21", "vingt et une"),
        ("number", "80", "quatre-vingts"),
        ("number", "80000", "quatre-vingt mille"),
        ("number", "80000000", "quatre-vingts millions"),
        ("number", "200", "deux cents"),
        ("number", "200000", "deux cent mille"),
        ("number", "200200", "deux cent mille deux cents"),
        ("number:f", "1001", "mille une"),
        ("number:f", "21000", "vingt et un mille"),
        ("number", "-71", "moins soixante et onze"),
        ("number", "1000000", "un million"),
        (
            "number",
            "999999999",
            "neuf cent quatre-vingt-dix-neuf millions neuf cent quatre-vingt-dix-neuf mille \
             neuf cent quatre-vingt-dix-neuf",
        ),
        ("number", "1000000000", "-"),
        ("ordinal", "1", "premier"),
        ("ordinal:f", "1", "première"),
        ("ordinal", "5", "cinquième"),
        ("ordinal", "9", "neuvième"),
        ("ordinal", "21", "vingt et unième"),
        ("ordinal", "80", "quatre-vingtième"),
        ("ordinal", "101", "cent unième"),
        ("ordinal", "2000", "deux millième"),
        ("ordinal", "1000000", "millionième"),
        ("ordinal", "-1", "-"),
        ("ordinal", "0", "zéro"),
        ("time", "8:05", "huit heures cinq"),
        ("between", "30s/50m", "à moins de cinquante minutes"),
    ] {
        assert_eq!(said("fr-FR", format, value), words, "{format} {value}");
    }
}

#[test]
fn septante_nonante_and_huitante_where_they_are_said() {
    assert_eq!(said("fr-BE", "number:f", "91"), "nonante et une");
    assert_eq!(said("fr-BE", "number", "80"), "quatre-vingts");
    assert_eq!(said("fr-CH", "number", "71"), "septante et un");
    assert_eq!(said("fr-CH", "number", "80000"), "quatre-vingt mille");
    assert_eq!(said("huitante", "number", "81"), "huitante et un");
    assert_eq!(said("huitante", "number:f", "181"), "cent huitante et une");
    assert_eq!(said("huitante", "number", "80000"), "huitante mille");
    assert_eq!(said("huitante", "ordinal", "85"), "huitante-cinquième");
    assert_eq!(said("huitante", "money", "88 EUR"), "huitante-huit euros");
    assert_eq!(said("fr-CA", "number", "91"), "quatre-vingt-onze");
}

#[test]
fn english_numbers_have_an_and_in_britain_only() {
    for (value, british, american) in [
        ("101", "one hundred and one", "one hundred one"),
        ("1001", "one thousand and one", "one thousand one"),
        (
            "1100",
            "one thousand one hundred",
            "one thousand one hundred",
        ),
        (
            "21101021",
            "twenty-one million one hundred and one thousand and twenty-one",
            "twenty-one million one hundred one thousand twenty-one",
        ),
    ] {
        assert_eq!(said("en-GB", "number", value), british);
        assert_eq!(said("en-US", "number", value), american);
    }
    assert_eq!(said("en", "ordinal", "112"), "one hundred and twelfth");
    assert_eq!(said("en", "ordinal", "20000"), "twenty thousandth");
    assert_eq!(said("en", "ordinal", "1030"), "one thousand and thirtieth");
}

#[test]
fn times_and_days_are_said_as_people_say_them() {
    for (format, value, fr, en) in [
        ("time", "14:30", "quatorze heures trente", "two thirty p.m."),
        ("time", "12:00", "midi", "twelve p.m."),
        ("time", "12:30", "midi trente", "twelve thirty p.m."),
        ("time", "00:05", "minuit cinq", "twelve oh five a.m."),
        (
            "time",
            "21:21",
            "vingt et une heures vingt et une",
            "nine twenty-one p.m.",
        ),
        (
            "date",
            "2026-03-12",
            "jeudi douze mars",
            "Thursday the twelfth of March",
        ),
        (
            "date",
            "2027-01-01",
            "vendredi premier janvier deux mille vingt-sept",
            "Friday the first of January twenty twenty-seven",
        ),
        ("day", "2026-11-24", "aujourd'hui", "today"),
        ("day", "2026-11-25", "demain", "tomorrow"),
        (
            "moment",
            "2026-11-25T08:30",
            "demain à huit heures trente",
            "tomorrow at eight thirty a.m.",
        ),
    ] {
        assert_eq!(said("fr", format, value), fr);
        assert_eq!(said("en", format, value), en);
    }
    assert_eq!(
        said("en-US", "date", "2026-03-12"),
        "Thursday March twelfth"
    );
}

#[test]
fn windows_say_once_what_both_ends_share() {
    for (value, fr, en) in [
        (
            "2026-11-24T14:00/14:20",
            "aujourd'hui entre quatorze heures et quatorze heures vingt",
            "today between two and two twenty p.m.",
        ),
        (
            "2026-11-25T11:50/12:10",
            "demain entre onze heures cinquante et midi dix",
            "tomorrow between eleven fifty a.m. and twelve ten p.m.",
        ),
        (
            "2026-11-24T23:50/00:10",
            "entre aujourd'hui à vingt-trois heures cinquante et demain à minuit dix",
            "between today at eleven fifty p.m. and tomorrow at twelve ten a.m.",
        ),
        (
            "2026-11-24T22:00/00:00",
            "aujourd'hui entre vingt-deux heures et minuit",
            "today between ten p.m. and twelve a.m.",
        ),
        (
            "2026-11-24T14:00/14:00",
            "aujourd'hui à quatorze heures",
            "today at two p.m.",
        ),
    ] {
        assert_eq!(said("fr-FR", "window", value), fr);
        assert_eq!(said("en-GB", "window", value), en);
    }
}

#[test]
fn lengths_and_waits_are_rounded_honestly() {
    for (format, value, fr, en) in [
        (
            "duration",
            "2m30s",
            "deux minutes et demie",
            "two and a half minutes",
        ),
        ("duration", "1h", "une heure", "one hour"),
        (
            "duration",
            "75s",
            "une minute et quinze secondes",
            "one minute and fifteen seconds",
        ),
        (
            "duration",
            "71m",
            "une heure et onze minutes",
            "one hour and eleven minutes",
        ),
        (
            "duration",
            "21m",
            "vingt et une minutes",
            "twenty-one minutes",
        ),
        ("duration", "3d", "trois jours", "three days"),
        ("duration", "0s", "zéro seconde", "zero seconds"),
        (
            "between",
            "4m/7m",
            "entre quatre et sept minutes",
            "at four to seven minutes",
        ),
        (
            "between",
            "0s/30s",
            "à moins d'une minute",
            "at less than a minute",
        ),
        (
            "between",
            "30s/5m",
            "à moins de cinq minutes",
            "at less than five minutes",
        ),
        (
            "between",
            "1m/50m",
            "à plus d'une minute",
            "at more than one minute",
        ),
        (
            "between",
            "50m/70m",
            "à plus de quarante-cinq minutes",
            "at more than forty-five minutes",
        ),
        ("between", "5m/5m", "à cinq minutes", "at five minutes"),
        (
            "between",
            "0s/1h",
            "à moins d'une heure",
            "at less than one hour",
        ),
    ] {
        assert_eq!(said("fr", format, value), fr, "{value}");
        assert_eq!(said("en", format, value), en, "{value}");
    }
}

#[test]
fn money_names_what_is_foreign() {
    for (tag, value, words) in [
        ("fr", "200.50 EUR", "deux cents euros et cinquante centimes"),
        ("fr", "200000 EUR", "deux cent mille euros"),
        ("fr", "1000000 EUR", "un million d'euros"),
        ("fr", "1000001 EUR", "un million un euros"),
        ("fr", "2000000 GBP", "deux millions de livres sterling"),
        ("fr", "21 GBP", "vingt et une livres sterling"),
        ("fr", "1 CHF", "un franc suisse"),
        ("fr-CH", "1.05 CHF", "un franc et cinq centimes"),
        ("fr", "0.01 EUR", "un centime"),
        ("fr", "0 EUR", "zéro euro"),
        ("fr-CA", "2 CAD", "deux dollars"),
        ("fr-CA", "2 USD", "deux dollars américains"),
        ("fr", "2 CAD", "deux dollars canadiens"),
        ("en", "200.50 EUR", "two hundred euros and fifty cents"),
        ("en", "1.01 GBP", "one pound and one penny"),
        ("en", "0 CHF", "zero Swiss francs"),
        ("en", "-3 USD", "minus three dollars"),
    ] {
        assert_eq!(said(tag, "money", value), words, "{tag} {value}");
    }
}

#[test]
fn phones_are_said_in_groups_and_texts_letter_by_letter() {
    for (tag, format, value, words) in [
        (
            "fr",
            "phone",
            "+33612345678",
            "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit",
        ),
        (
            "fr",
            "phone",
            "+447700900123",
            "plus quarante-quatre, soixante-dix-sept, zéro zéro, quatre-vingt-dix, zéro un, \
             vingt-trois",
        ),
        (
            "fr-BE",
            "phone",
            "+32470123456",
            "zéro quatre cent septante, douze, trente-quatre, cinquante-six",
        ),
        (
            "fr-CA",
            "phone",
            "+15145550123",
            "cinq un quatre, cinq cinq cinq, zéro un deux trois",
        ),
        ("fr", "phone", "3631", "trente-six, trente et un"),
        ("fr", "phone", "112", "cent douze"),
        (
            "en-GB",
            "phone",
            "+442079460018",
            "zero two zero, seven nine four six, zero zero one eight",
        ),
        (
            "en-GB",
            "phone",
            "+33612345678",
            "plus thirty-three, six, one two, three four, five six, seven eight",
        ),
        (
            "en-US",
            "phone",
            "+12125550123",
            "two one two, five five five, zero one two three",
        ),
        ("fr", "digits", "1*#", "un, étoile, dièse"),
        ("fr", "spell", "Né 2", "n, e accent aigu, deux"),
        ("en", "spell", "Œ-é", "o, e, dash, e"),
        ("en", "spell", "§", "-"),
        ("en", "say", " hello ", "hello"),
    ] {
        assert_eq!(said(tag, format, value), words);
    }
}

#[test]
fn what_is_said_one_by_one_is_bounded() {
    let long = "1".repeat(MAX_LETTERS + 1);
    let count = |pieces: &[Piece]| pieces.iter().filter(|p| **p != Piece::Pause).count();
    assert_eq!(count(&digits(&long)), MAX_LETTERS);
    assert_eq!(said("en", "spell", &long).split(' ').count(), MAX_LETTERS);
    let long = "é".repeat(MAX_SPEECH + 1);
    assert_eq!(said("en", "say", &long).chars().count(), MAX_SPEECH);
}

#[test]
fn every_piece_has_one_key_and_its_words() {
    for tag in LANGUAGES {
        let language = Language::from(tag);
        let all = pieces(&language);
        for (key, expected) in &all {
            assert_eq!(words(&language, key).as_ref(), Some(expected));
            assert!(!expected.is_empty());
        }
        let mut keys: Vec<_> = all.iter().map(|(key, _)| key).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all.len(), "{tag}");
    }
    for key in [
        "number/07",
        "number/100f",
        "number/1000000000000",
        "x/1",
        "",
    ] {
        assert_eq!(words(&Language::from("fr"), key), None, "{key}");
    }
}

#[test]
fn regions_record_only_what_they_say_otherwise() {
    let count = |tag: &str| recorded(&Language::from(tag)).len();
    assert_eq!((count("fr-FR"), count("en-GB"), count("en-US")), (0, 0, 0));
    assert_eq!(count("fr-CA"), 6);
    // Seventies and nineties: 20 numbers, feminine of two, ordinals, euros.
    assert_eq!(count("fr-BE"), 62);
    // And francs; eighty to eighty-nine as huitante, with one feminine.
    assert_eq!(count("fr-CH"), 62 + 3 + 31);
}
