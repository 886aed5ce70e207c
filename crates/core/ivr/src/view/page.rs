//! Text on a page of fixed width.

/// A text in lines of at most `room` characters, broken between words; a longer word has a line of
/// its own. Words joined by a no-break space stay together.
pub(super) fn folded(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in text
        .split([' ', '\n', '\t'])
        .filter(|word| !word.is_empty())
    {
        let line = lines.last_mut().expect("there is always a last line");
        let more = word.chars().count();
        if line.is_empty() {
            line.push_str(word);
            length = more;
        } else if length + 1 + more > room {
            lines.push(word.to_owned());
            length = more;
        } else {
            line.push(' ');
            line.push_str(word);
            length += 1 + more;
        }
    }
    lines
}
