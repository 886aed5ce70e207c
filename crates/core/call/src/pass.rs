//! Which headers of a caller's INVITE whoever is rung for it sees (RFC 7092 §4: a back-to-back user
//! agent passes what it was told to pass). Whatever has no row in [`ROWS`] stays on its leg, above all
//! what names a peer: Via, Contact, Call-ID, User-Agent, Route, Record-Route, Server.

use rappel_sip::header::Headers;

/// From whom a header is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// From anybody whose call is taken.
    Anybodys,
    /// From a user of ours who proved it: what it makes a phone do is for colleagues alone.
    OurUsers,
    /// From nobody: the reason says what stands in its place.
    Nobodys,
}

/// One row: the header, from whom it is taken, and why.
type Row = (&'static str, Whose, &'static str);

/// The whole list. A header that matters and does not pass has a row as well, so that the reason is
/// found where somebody looks for it.
const ROWS: &[Row] = &[
    (
        "User-to-User",
        Whose::Anybodys,
        "RFC 7433: data of the caller's application for the callee's, opaque to everybody between",
    ),
    (
        "Priority",
        Whose::Anybodys,
        "RFC 3261 §20.26: how urgent the caller says it is; a phone may show it",
    ),
    (
        "Subject",
        Whose::Anybodys,
        "RFC 3261 §20.36: what the caller says it is about; a phone may show it",
    ),
    (
        "Alert-Info",
        Whose::OurUsers,
        "RFC 3261 §20.4: how it rings; from outside it could make a phone fetch any address, or answer by itself",
    ),
    (
        "Call-Info",
        Whose::Nobodys,
        "RFC 3261 §20.9: addresses to fetch, and `answer-after`, which opens a microphone",
    ),
    (
        "Answer-Mode",
        Whose::Nobodys,
        "RFC 5373: would make a phone answer by itself",
    ),
    (
        "P-Asserted-Identity",
        Whose::Nobodys,
        "RFC 3325: who calls is decided by policy and written anew in From",
    ),
    (
        "Privacy",
        Whose::Nobodys,
        "RFC 3323: obeyed here; who hides their number is anonymous on every other leg",
    ),
    (
        "Diversion",
        Whose::Nobodys,
        "RFC 5806: names another company's numbers and hosts; a forward of ours writes its own",
    ),
    (
        "History-Info",
        Whose::Nobodys,
        "RFC 7044: the same, with every host on the way",
    ),
    (
        "Reason",
        Whose::Nobodys,
        "RFC 3326: belongs to one leg's end; what it says is told by our own cause",
    ),
];

/// The headers of an INVITE that pass, by name and value. `own` says whether a user of ours proved to
/// have sent it. Each passes once, cut off nowhere: one that is too long does not pass at all.
pub(crate) fn chosen(headers: &Headers, own: bool) -> Vec<(String, String)> {
    let passes = |whose: Whose| match whose {
        Whose::Anybodys => true,
        Whose::OurUsers => own,
        Whose::Nobodys => false,
    };
    let rows = ROWS.iter().filter(|(_, whose, _)| passes(*whose));
    rows.filter_map(|(name, _, _)| {
        let field = headers
            .iter()
            .find(|field| field.name().as_str().eq_ignore_ascii_case(name))?;
        let value = field.text();
        let fits = !value.is_empty() && value.len() <= MAX_VALUE;
        fits.then(|| ((*name).to_owned(), value.into_owned()))
    })
    .collect()
}

/// Longest value that passes, in bytes; RFC 7433 §4 needs some 260 for its 128 octets.
const MAX_VALUE: usize = 512;

#[cfg(test)]
mod tests {
    use rappel_sip::header::{Field, Name};

    use super::*;

    fn headers(all: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in all {
            headers.push_field(Field::new(Name::read(name).expect("a token"), value));
        }
        headers
    }

    #[test]
    fn every_row_is_obeyed_and_has_a_reason() {
        for (name, whose, why) in ROWS {
            let all = headers(&[(name, "x")]);
            let passed = |own| chosen(&all, own).len() == 1;
            let expected = match whose {
                Whose::Anybodys => (true, true),
                Whose::OurUsers => (false, true),
                Whose::Nobodys => (false, false),
            };
            assert_eq!((passed(false), passed(true)), expected, "{name}");
            assert!(why.starts_with("RFC "), "{name}: {why}");
        }
    }

    #[test]
    fn what_has_no_row_and_what_is_too_long_stays_behind() {
        let secret = [
            ("Via", "SIP/2.0/UDP 10.0.0.7"),
            ("Contact", "<sip:a@10.0.0.7>"),
            ("Call-ID", "abc@10.0.0.7"),
            ("User-Agent", "Leaky/1.0"),
            ("X-Internal", "10.0.0.7"),
            ("Remote-Party-ID", "<sip:a@10.0.0.7>"),
        ];
        assert!(chosen(&headers(&secret), true).is_empty());
        let long = "x".repeat(MAX_VALUE + 1);
        assert!(chosen(&headers(&[("Subject", &long)]), true).is_empty());
        let longest = "x".repeat(MAX_VALUE);
        assert_eq!(
            chosen(&headers(&[("s", &longest)]), true).len(),
            1,
            "compact"
        );
    }

    #[test]
    fn one_value_of_each_passes_however_it_is_spelled() {
        let all = headers(&[
            ("USER-TO-USER", "56a3;encoding=hex"),
            ("User-to-User", "ff"),
        ]);
        let passed = chosen(&all, false);
        assert_eq!(
            passed,
            [("User-to-User".to_owned(), "56a3;encoding=hex".to_owned())]
        );
    }
}
