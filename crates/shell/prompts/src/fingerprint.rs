//! The words a recording says, as a fingerprint inside the file (FLOWS §18.8): the first 16 hex
//! digits of the SHA-256 of the sentence, in the WAV's comment (`LIST`/`INFO`/`ICMT`).

use std::io::{self, Read, Seek, SeekFrom};

/// Reads the comment of a WAV; `None` when it has none, or is no WAV.
///
/// # Errors
/// The reader failed.
pub fn read(mut reader: impl Read + Seek) -> io::Result<Option<String>> {
    let size = reader.seek(SeekFrom::End(0))?;
    let Some(riff) = bytes::<12>(&mut reader, 0, size)? else {
        return Ok(None);
    };
    if riff[..4] != *b"RIFF" || riff[8..] != *b"WAVE" {
        return Ok(None);
    }
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        let Some(head) = bytes::<12>(&mut reader, at, size)? else {
            return Ok(None);
        };
        let length = u64::from(length_in(&head));
        if head[..4] == *b"LIST" && head[8..] == *b"INFO" {
            return comment(&mut reader, at + 12, (at + 8 + length).min(size));
        }
        at += 8 + length + length % 2;
    }
    Ok(None)
}

/// The `ICMT` within the entries of an `INFO` list.
fn comment(reader: &mut (impl Read + Seek), start: u64, end: u64) -> io::Result<Option<String>> {
    let mut at = start;
    for _ in 0..MAX_CHUNKS {
        let Some(head) = bytes::<8>(reader, at, end)? else {
            return Ok(None);
        };
        let length = u64::from(length_in(&head));
        if head[..4] == *b"ICMT" && length <= MAX_COMMENT && at + 8 + length <= end {
            let mut text = vec![0; length as usize];
            reader.seek(SeekFrom::Start(at + 8))?;
            reader.read_exact(&mut text)?;
            let text = String::from_utf8_lossy(&text);
            return Ok(Some(text.trim_end_matches('\0').to_owned()));
        }
        at += 8 + length + length % 2;
    }
    Ok(None)
}

fn bytes<const N: usize>(
    reader: &mut (impl Read + Seek),
    at: u64,
    end: u64,
) -> io::Result<Option<[u8; N]>> {
    if at + N as u64 > end {
        return Ok(None);
    }
    let mut bytes = [0; N];
    reader.seek(SeekFrom::Start(at))?;
    reader.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}

fn length_in(head: &[u8]) -> u32 {
    u32::from_le_bytes([head[4], head[5], head[6], head[7]])
}

/// Chunks looked at before giving up.
const MAX_CHUNKS: usize = 64;

/// The longest comment that is read, in bytes.
const MAX_COMMENT: u64 = 1_024;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn wav(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut body = b"WAVE".to_vec();
        for (name, content) in chunks {
            body.extend(*name);
            body.extend((content.len() as u32).to_le_bytes());
            body.extend(*content);
            body.resize(body.len() + content.len() % 2, 0);
        }
        let mut file = b"RIFF".to_vec();
        file.extend((body.len() as u32).to_le_bytes());
        file.extend(body);
        file
    }

    fn info(comment: &[u8]) -> Vec<u8> {
        let mut list = b"INFOISFT\x03\0\0\0abc\0ICMT".to_vec();
        list.extend((comment.len() as u32).to_le_bytes());
        list.extend(comment);
        list
    }

    #[test]
    fn the_comment_is_found_behind_or_before_the_sound() {
        let list = info(b"0123456789abcdef\0");
        for chunks in [
            [(b"data", &[1u8, 2, 3][..]), (b"LIST", &list)],
            [(b"LIST", &list), (b"data", &[1, 2, 3])],
        ] {
            let found = read(Cursor::new(wav(&chunks))).unwrap();
            assert_eq!(found.as_deref(), Some("0123456789abcdef"));
        }
    }

    #[test]
    fn files_without_one_or_cut_short_have_none() {
        let whole = wav(&[(b"data", &[1; 6]), (b"LIST", &info(b"abcd"))]);
        for end in 0..whole.len() - 1 {
            assert_eq!(read(Cursor::new(&whole[..end])).unwrap(), None, "{end}");
        }
        assert_eq!(read(Cursor::new(wav(&[(b"data", &[0; 2])]))).unwrap(), None);
        let long = info(&[b'a'; MAX_COMMENT as usize + 1]);
        assert_eq!(read(Cursor::new(wav(&[(b"LIST", &long)]))).unwrap(), None);
    }
}
