//! What a text may be made of before anybody reads it: UTF-8 without what no editor writes, and
//! brackets that end.

use rappel_ivr::{Diagnostic, Source, Words, words};

use crate::codes;

/// Why bytes are not the text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotText {
    /// So many bytes at the beginning are text.
    pub valid: usize,
    /// What is wrong, and how to save the file.
    pub words: Words,
}

/// The bytes of a file as text. A byte order mark of UTF-8 is dropped, line ends stay as they are.
///
/// # Errors
/// Text in another encoding, with the way to save it.
pub fn decode(bytes: &[u8]) -> Result<&str, NotText> {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if utf16 || looks_like_utf16(bytes) {
        let words = words!(
            "this file is written in UTF-16: save it as UTF-8 (\"Encoding\" when saving)",
            "ce fichier est en UTF-16 : enregistrez-le en UTF-8 (« Codage » à l'enregistrement)"
        );
        return Err(NotText { valid: 0, words });
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| NotText {
        valid: error.valid_up_to(),
        words: words!(
            "from here on this is not text in UTF-8 (Latin-1, perhaps): save the file as UTF-8",
            "à partir d'ici ce n'est pas du texte en UTF-8 (du Latin-1, peut-être) : enregistrez le \
             fichier en UTF-8"
        ),
    })
}

/// Every other byte of ASCII in UTF-16 is zero; TOML is ASCII for the most part.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(64)];
    let pairs = head.chunks_exact(2);
    let total = pairs.len();
    let half = pairs.filter(|pair| (pair[0] == 0) != (pair[1] == 0));
    total >= 2 && half.count() * 2 > total
}

/// Why a text is not even given to the TOML library: characters that no editor writes, or brackets
/// nested beyond [`MAX_DEPTH`], which it would follow one by one.
pub(crate) fn refusal(source: &Source) -> Option<Diagnostic> {
    let text = source.text();
    if let Some(at) = text.find('\0') {
        let message = words!(
            "this file holds a NUL character: it is no text",
            "ce fichier contient un caractère NUL : ce n'est pas du texte"
        );
        return Some(source.error(codes::NOT_TEXT, at..at + 1, message));
    }
    let at = too_deep(text)?;
    let message = words!(
        "this nests deeper than {MAX_DEPTH} brackets",
        "ceci imbrique plus de {MAX_DEPTH} crochets"
    );
    let problem = source.error(codes::TOO_DEEP, at..at + 1, message);
    Some(problem.remedy(words!(
        "a table is never deeper than three levels: write [table.name] and its keys below",
        "un tableau n'a jamais plus de trois niveaux : écrivez [tableau.nom], ses réglages dessous"
    )))
}

/// Where brackets first nest beyond [`MAX_DEPTH`], or a dotted name has more parts. Texts and
/// comments are passed over.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut open, mut dots, mut at) = (0_usize, 0_usize, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'#' => {
                at += bytes[at..].iter().take_while(|b| **b != b'\n').count();
                continue;
            }
            b'"' | b'\'' => {
                at = end_of_text(bytes, at);
                continue;
            }
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            b'.' => dots += 1,
            b'\n' | b'=' | b',' => dots = 0,
            _ => {}
        }
        if open > MAX_DEPTH || dots > MAX_DEPTH {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The offset after the text whose first quote is at `start`: after its closing quotes, or at the end
/// of the line (of the file, with three quotes) where it has none.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mark = bytes[start];
    let triple = [mark; 3];
    let long = bytes[start..].starts_with(&triple);
    let mut at = start + if long { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if mark == b'"' => at += 1,
            b'\n' if !long => return at,
            _ if byte == mark && !long => return at + 1,
            _ if byte == mark && bytes[at..].starts_with(&triple) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    at.min(bytes.len())
}

/// Most brackets inside one another, and most parts of a dotted name. The language needs four.
const MAX_DEPTH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_utf8_is_text() {
        assert_eq!(decode("é = 1\r\n".as_bytes()), Ok("é = 1\r\n"));
        assert_eq!(decode(b"\xef\xbb\xbfx = 1"), Ok("x = 1"));
        assert_eq!(decode(b""), Ok(""));
        let utf16: Vec<u8> = "rappel = 1"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let marked = [&[0xff, 0xfe], utf16.as_slice()].concat();
        for bytes in [utf16, marked] {
            let why = decode(&bytes).unwrap_err().words;
            assert!(
                why.en.contains("UTF-16") && why.fr.contains("UTF-8"),
                "{why}"
            );
        }
        let why = decode(b"a = 1\nb = \"caf\xe9\"\n").unwrap_err();
        assert_eq!(why.valid, 14);
        assert!(why.words.en.contains("Latin-1") && why.words.fr.contains("Latin-1"));
    }

    #[test]
    fn depth_is_counted_outside_texts_and_comments() {
        let deep = |open: &str| Source::new("f", format!("x = {open}"));
        assert!(refusal(&deep(&"[".repeat(MAX_DEPTH))).is_none());
        assert_eq!(
            refusal(&deep(&"[".repeat(MAX_DEPTH + 1))).unwrap().code,
            "R004"
        );
        assert!(refusal(&deep(&"{a=".repeat(MAX_DEPTH + 1))).is_some());
        assert!(refusal(&Source::new("f", "a.".repeat(MAX_DEPTH + 1))).is_some());
        assert!(refusal(&deep(&format!("\"{}\"", "[".repeat(99)))).is_none());
        assert!(refusal(&deep(&format!("'{}\\'", "[".repeat(99)))).is_none());
        assert!(refusal(&deep(&format!("1 # {}", "[".repeat(99)))).is_none());
        assert!(refusal(&deep(&"[1],\n".repeat(99))).is_none());
        assert!(refusal(&deep(&format!("\"\"\"\n{}\n\"\"\"", "[".repeat(99)))).is_none());
        assert!(refusal(&deep(&format!("\"\\\"{}\"", "[".repeat(99)))).is_none());
        assert!(refusal(&deep("\"\\")).is_none());
        let problem = refusal(&Source::new("f", "x = 1\n\0")).unwrap();
        assert_eq!((problem.code, problem.place.line), ("R003", 2));
    }
}
