//! Texts letter by letter, as the keys of the letters' recordings.

/// The pieces of one character: its own letter when `accents` are said, else the letters it is
/// written with; nothing for what has no name.
pub(super) fn letter(c: char, accents: bool) -> Vec<String> {
    let c = c.to_lowercase().next().unwrap_or(c);
    if let Some((_, name)) = MARKS.iter().find(|(mark, _)| *mark == c) {
        return vec![(*name).to_owned()];
    }
    match c {
        '0'..='9' => vec![format!("number/{c}")],
        'a'..='z' => vec![format!("letter/{c}")],
        _ => match ACCENTED.iter().find(|(accented, ..)| *accented == c) {
            Some((_, _, Some(name))) if accents => vec![(*name).to_owned()],
            Some((_, plain, _)) => plain.chars().map(|c| format!("letter/{c}")).collect(),
            None => Vec::new(),
        },
    }
}

/// The first character of a text that nobody has a name for: spelling leaves it out.
pub fn unspelled(text: &str) -> Option<char> {
    let mut said = text.chars().filter(|c| !c.is_whitespace());
    said.find(|c| letter(*c, false).is_empty())
}

/// Characters that are no letters and have a name.
const MARKS: [(char, &str); 11] = [
    ('-', "letter/dash"),
    ('.', "letter/dot"),
    ('@', "letter/at"),
    ('_', "letter/underscore"),
    ('/', "letter/slash"),
    ('\'', "letter/apostrophe"),
    ('\u{2019}', "letter/apostrophe"),
    ('&', "letter/ampersand"),
    ('+', "digit/plus"),
    ('*', "digit/star"),
    ('#', "digit/hash"),
];

/// Letters beyond a–z: what they are without their accent, and their piece where one is recorded.
const ACCENTED: [(char, &str, Option<&str>); 30] = [
    ('à', "a", Some("letter/a-grave")),
    ('â', "a", Some("letter/a-circumflex")),
    ('ä', "a", Some("letter/a-diaeresis")),
    ('á', "a", None),
    ('ã', "a", None),
    ('å', "a", None),
    ('æ', "ae", None),
    ('ç', "c", Some("letter/c-cedilla")),
    ('è', "e", Some("letter/e-grave")),
    ('é', "e", Some("letter/e-acute")),
    ('ê', "e", Some("letter/e-circumflex")),
    ('ë', "e", Some("letter/e-diaeresis")),
    ('î', "i", Some("letter/i-circumflex")),
    ('ï', "i", Some("letter/i-diaeresis")),
    ('í', "i", None),
    ('ì', "i", None),
    ('ñ', "n", None),
    ('ô', "o", Some("letter/o-circumflex")),
    ('ö', "o", Some("letter/o-diaeresis")),
    ('ó', "o", None),
    ('ò', "o", None),
    ('õ', "o", None),
    ('ø', "o", None),
    ('œ', "oe", None),
    ('ù', "u", Some("letter/u-grave")),
    ('û', "u", Some("letter/u-circumflex")),
    ('ü', "u", Some("letter/u-diaeresis")),
    ('ú', "u", None),
    ('ÿ', "y", None),
    ('ß', "ss", None),
];
