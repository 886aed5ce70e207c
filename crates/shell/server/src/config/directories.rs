//! Directories: CSV files whose first line names the columns, as spreadsheets write them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rappel_model::Table;

/// Reads a directory. `code` is the calling code of national numbers in it: `33`.
///
/// # Errors
/// What is wrong, with the line: the file is too long, is not UTF-8, a row has other columns than
/// the first line, a column stands twice.
pub(crate) fn read(path: &Path, code: Option<&str>) -> Result<Table, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|e| format!("cannot be read: {e}"))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("has more than {} MiB", MAX_BYTES >> 20));
    }
    parse(&bytes, code)
}

/// The names of the columns alone; `None` for a file that has none.
pub(crate) fn columns(path: &Path) -> Option<Vec<String>> {
    let mut head = Vec::new();
    let file = File::open(path).ok()?;
    file.take(MAX_HEAD).read_to_end(&mut head).ok()?;
    columns_of(&head)
}

/// The same of a file in memory, of which the first line is enough.
pub(crate) fn columns_of(head: &[u8]) -> Option<Vec<String>> {
    let first = head.split(|byte| *byte == b'\n').next()?;
    let table = parse(first, None).ok()?;
    Some(table.columns().to_vec())
}

fn parse(bytes: &[u8], code: Option<&str>) -> Result<Table, String> {
    let text = text(bytes)?;
    let first = text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(first))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut columns: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| match e.position() {
            Some(at) => format!("line {}: {e}", at.line()),
            None => e.to_string(),
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
        if columns.is_empty() {
            columns = named(cells)?;
            continue;
        }
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if cells.len() != columns.len() {
            let (has, wanted) = (cells.len(), columns.len());
            return Err(format!(
                "line {line}: {has} cells where the first line names {wanted} columns"
            ));
        }
        if rows.len() >= MAX_ROWS {
            return Err(format!("line {line}: a directory may have {MAX_ROWS} rows"));
        }
        rows.push(cells);
    }
    if columns.is_empty() {
        return Err("line 1: the first line names the columns, and there is none".into());
    }
    Ok(Table::new(columns, rows, code))
}

fn named(columns: Vec<String>) -> Result<Vec<String>, String> {
    if columns.len() > MAX_COLUMNS {
        return Err(format!(
            "line 1: a directory may have {MAX_COLUMNS} columns"
        ));
    }
    for (n, name) in columns.iter().enumerate() {
        if name.is_empty() {
            return Err(format!("line 1: column {} has no name", n + 1));
        }
        if columns[..n].contains(name) {
            return Err(format!("line 1: the column \"{name}\" stands twice"));
        }
    }
    Ok(columns)
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        let before = &bytes[..e.valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        format!("line {line}: is not UTF-8; save the table as \"CSV UTF-8\"")
    })
}

/// What stands between cells: spreadsheets of countries with a decimal comma write `;`.
fn delimiter(first: &str) -> u8 {
    let count = |mark: char| first.matches(mark).count();
    let marks = [(',', b','), (';', b';'), ('\t', b'\t')];
    let most = marks.into_iter().rev().max_by_key(|(mark, _)| count(*mark));
    most.map_or(b',', |(_, mark)| mark)
}

/// Largest file, in bytes: 16 MiB.
const MAX_BYTES: u64 = 16 << 20;

/// How much of a file is read for its columns alone, in bytes.
const MAX_HEAD: u64 = 64 * 1024;

/// Most rows of one directory.
const MAX_ROWS: usize = 100_000;

/// Most columns of one directory.
const MAX_COLUMNS: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_all_spreadsheets_are_read() {
        let bytes = "\u{feff}téléphone;nom\r\n06 39 98 12 34;\"Léa; fille\"\r\n;\r\n";
        let table = parse(bytes.as_bytes(), Some("33")).expect("it is good");
        assert_eq!((table.columns().len(), table.rows()), (2, 1));
        let row = table
            .find("téléphone", "+33639981234")
            .expect("it is there");
        assert_eq!(row.cell("nom"), Some("Léa; fille"));
        let comma = parse(b"a,b\n1,\"x\ny\"\n", None).expect("it is good");
        assert_eq!(comma.find("a", "1").and_then(|r| r.cell("b")), Some("x\ny"));
        assert_eq!(parse(b"a\n1\n2\n", None).expect("one column").rows(), 2);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let many = format!("a\n{}", "x\n".repeat(MAX_ROWS + 1));
        let wide = vec!["c"; MAX_COLUMNS + 1].join(",");
        for (bytes, told) in [
            (&b""[..], "line 1: the first line names the columns"),
            (
                b"a,b\n1,2\n3\n",
                "line 3: 1 cells where the first line names 2",
            ),
            (b"a,a\n", "line 1: the column \"a\" stands twice"),
            (b"a,,c\n", "line 1: column 2 has no name"),
            (b"a\n\xe9t\xe9\n", "line 2: is not UTF-8"),
            (many.as_bytes(), "a directory may have 100000 rows"),
            (wide.as_bytes(), "line 1: a directory may have 50 columns"),
        ] {
            let why = parse(bytes, None).expect_err("it is wrong");
            assert!(why.contains(told), "{why}");
        }
    }

    #[test]
    fn a_file_that_is_too_long_is_not_read() {
        let path = std::env::temp_dir().join(format!("rappel-directory-{}", std::process::id()));
        std::fs::write(&path, vec![b'x'; MAX_BYTES as usize + 1]).expect("a file of the test");
        let why = read(&path, None).expect_err("it is too long");
        std::fs::write(&path, "a;b\n1;2\n").expect("a file of the test");
        let named = columns(&path);
        std::fs::remove_file(&path).expect("a file of the test");
        assert!(why.contains("16 MiB"), "{why}");
        assert_eq!(named, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert!(read(&path, None).is_err_and(|why| why.contains("cannot be read")));
    }
}
