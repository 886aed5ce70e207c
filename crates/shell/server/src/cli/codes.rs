//! The codes of problems: what `rappel help R104` and `rappel help codes` say.

use std::fmt::Write;

use rappel_ivr::{Code, Lang, words};

/// Every code there is, errors before warnings, by number.
pub(super) fn all() -> Vec<&'static Code> {
    let rooms = [
        rappel_ivr::CODES,
        rappel_tenant::CODES,
        rappel_rehearsal::CODES,
    ];
    let mut codes: Vec<&Code> = rooms.into_iter().flatten().collect();
    codes.sort_by_key(|code| {
        let (kind, number) = code.code.split_at(1);
        (kind, number.parse().unwrap_or(0_u16))
    });
    codes
}

/// The page of the code that is written so, in whatever case.
pub(super) fn page(written: &str, lang: Lang) -> Option<String> {
    let mut codes = all().into_iter();
    let code = codes.find(|code| code.code.eq_ignore_ascii_case(written))?;
    Some(entry(code, lang))
}

/// All codes with their meaning and remedy.
pub(super) fn list(lang: Lang) -> String {
    let entries: Vec<_> = all().into_iter().map(|code| entry(code, lang)).collect();
    entries.join("\n")
}

fn entry(code: &Code, lang: Lang) -> String {
    let (title, remedy) = (code.title.in_lang(lang), code.remedy.in_lang(lang));
    let word = words!("remedy", "remède");
    let word = word.in_lang(lang);
    let mut text = format!("{}: {title}\n", code.code);
    // Writing to a string cannot fail.
    let _ = match lang {
        Lang::En => writeln!(text, "  {word}: {remedy}"),
        Lang::Fr => writeln!(text, "  {word} : {remedy}"),
    };
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_code_has_one_meaning() {
        let codes = all();
        let names: BTreeSet<&str> = codes.iter().map(|code| code.code).collect();
        assert_eq!(names.len(), codes.len());
        assert!(page("r104", Lang::Fr).unwrap().starts_with("R104: "));
        assert!(page("R999", Lang::En).is_none());
        let list = list(Lang::En);
        assert!(list.find("R805").unwrap() < list.find("W1:").unwrap());
        assert!(list.find("W2:").unwrap() < list.find("W10:").unwrap());
    }

    /// Any code that the source gives a problem is explained.
    #[test]
    fn every_code_that_is_given_is_explained() {
        let known: BTreeSet<&str> = all().iter().map(|code| code.code).collect();
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut unknown = BTreeSet::new();
        for room in ["core/ivr", "core/tenant", "core/rehearsal", "shell/server"] {
            let mut folders = vec![crates.join(room).join("src")];
            while let Some(folder) = folders.pop() {
                for entry in std::fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                    } else if !path.ends_with("cli/codes.rs") {
                        let text = std::fs::read_to_string(&path).unwrap();
                        let given = text.split('"').filter(|word| is_code(word));
                        let given = given.filter(|word| !known.contains(word));
                        unknown.extend(given.map(str::to_owned));
                    }
                }
            }
        }
        assert_eq!(unknown, BTreeSet::new());
    }

    fn is_code(word: &str) -> bool {
        let digits = |text: &str, count: std::ops::RangeInclusive<usize>| {
            count.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
        };
        match word.split_at_checked(1) {
            Some(("R", number)) => digits(number, 3..=3),
            Some(("W", number)) => digits(number, 1..=2),
            _ => false,
        }
    }
}
