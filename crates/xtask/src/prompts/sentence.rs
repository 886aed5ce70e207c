//! A sentence cut at its holes (FLOWS §5), as the engine cuts it when it plays.

/// What must be recorded: the whole sentence under its key, or the words between its holes as
/// `KEY.1`, `KEY.2` …; punctuation alone is no fragment.
pub(super) fn fragments(key: &str, sentence: &str) -> Vec<(String, String)> {
    let (pieces, holes) = split(sentence);
    let spoken = pieces
        .into_iter()
        .filter(|words| words.chars().any(char::is_alphanumeric));
    if !holes {
        return spoken.map(|words| (key.to_owned(), words)).collect();
    }
    spoken
        .enumerate()
        .map(|(n, words)| (format!("{key}.{}", n + 1), words.trim().to_owned()))
        .collect()
}

/// The words around the holes, and whether there are any. `{{` and `}}` stand for braces.
fn split(sentence: &str) -> (Vec<String>, bool) {
    let mut pieces = vec![String::new()];
    let mut holes = false;
    let mut chars = sentence.chars().peekable();
    while let Some(c) = chars.next() {
        let last = pieces.last_mut().expect("there is always a piece");
        match c {
            '{' | '}' if chars.peek() == Some(&c) => {
                chars.next();
                last.push(c);
            }
            '{' => {
                holes = true;
                chars.by_ref().find(|c| *c == '}');
                pieces.push(String::new());
            }
            c => last.push(c),
        }
    }
    (pieces, holes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(sentence: &str) -> Vec<(String, String)> {
        fragments("k", sentence)
    }

    #[test]
    fn a_sentence_without_holes_is_one_recording() {
        assert_eq!(cut("Bonjour."), [("k".into(), "Bonjour.".into())]);
        assert_eq!(cut("a {{b}}"), [("k".into(), "a {b}".into())]);
    }

    #[test]
    fn words_between_holes_are_numbered_and_a_full_stop_is_not() {
        assert_eq!(
            cut("{a|name} est là à {b|time}."),
            [("k.1".into(), "est là à".into())]
        );
        assert_eq!(
            cut("De {a|number} à {b|number} minutes."),
            [
                ("k.1".into(), "De".into()),
                ("k.2".into(), "à".into()),
                ("k.3".into(), "minutes.".into())
            ]
        );
    }
}
