//! The lines of a sheet as text, in columns.

use super::sheet::{Above, Section, Sheet};

/// Writes the whole file.
pub(super) fn write(sheet: Sheet) -> String {
    let mut page = Page {
        text: String::new(),
        end: if sheet.crlf { "\r\n" } else { "\n" },
    };
    if sheet.mark {
        page.text.push('\u{feff}');
    }
    for table in &sheet.tables {
        page.table(table);
    }
    page.lines(&sheet.tail);
    // An empty line at the end separates nothing.
    while page.text.ends_with(&page.end.repeat(2)) {
        page.text.truncate(page.text.len() - page.end.len());
    }
    page.text
}

struct Page {
    text: String,
    end: &'static str,
}

impl Page {
    fn table(&mut self, table: &Section) {
        if table.header.is_some() && is_spaced(table) {
            self.blank();
        }
        self.lines(&table.above);
        let column = comment_column(table);
        if let Some(header) = &table.header {
            self.code(&header.text, header.comment.as_deref(), column);
        }
        let in_step = table.step().is_some();
        let mut width = 0;
        for (i, entry) in table.entries.iter().enumerate() {
            if i == 0 || entry.above.contains(&Above::Blank) {
                let rest = &table.entries[i + 1..];
                let same = rest.iter().take_while(|e| !e.above.contains(&Above::Blank));
                let keys = std::iter::once(entry).chain(same).map(|e| length(&e.key));
                width = keys.max().unwrap_or(0);
            }
            let first_below_header = i == 0 && table.header.is_some();
            for line in &entry.above {
                match line {
                    Above::Blank if in_step || first_below_header => {}
                    line => self.lines(std::slice::from_ref(line)),
                }
            }
            let gap = " ".repeat(width - length(&entry.key));
            let code = format!("{}{gap} = {}", entry.key, entry.value);
            self.code(&code, entry.comment.as_deref(), column);
        }
        for comment in &table.below {
            self.line(comment);
        }
    }

    /// Comments and empty lines; several empty lines are one.
    fn lines(&mut self, lines: &[Above]) {
        for line in lines {
            match line {
                Above::Comment(text) => self.line(text),
                Above::Blank => self.blank(),
            }
        }
    }

    /// An empty line, unless there is one, or nothing above it.
    fn blank(&mut self) {
        let begun = !self.text.trim_start_matches('\u{feff}').is_empty();
        if begun && !self.text.ends_with(&self.end.repeat(2)) {
            self.text.push_str(self.end);
        }
    }

    fn code(&mut self, code: &str, comment: Option<&str>, column: usize) {
        self.text.push_str(code);
        if let Some(comment) = comment {
            let gap = column.saturating_sub(last_line(code)).max(LEAST_GAP);
            self.text.push_str(&" ".repeat(gap));
            self.text.push_str(comment);
        }
        self.text.push_str(self.end);
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push_str(self.end);
    }
}

/// Whether an empty line stands before a table in any case: the parts of a flow. Other files may be
/// written closer.
fn is_spaced(table: &Section) -> bool {
    let path = table.header.as_ref().map_or(&[][..], |header| &header.path);
    match path {
        [only] => ["flow", "vars", "args", "results"].contains(&only.as_str()),
        [step, _] => step == "step",
        _ => false,
    }
}

/// The column of the comments behind the lines of a table.
fn comment_column(table: &Section) -> usize {
    let header = table.header.iter();
    let header = header
        .filter(|h| h.comment.is_some())
        .map(|h| length(&h.text));
    let keys = table.entries.iter().map(|entry| length(&entry.key)).max();
    let entries = table.entries.iter().filter(|entry| entry.comment.is_some());
    let entries = entries.map(|entry| {
        if entry.value.contains('\n') {
            last_line(&entry.value)
        } else {
            keys.unwrap_or(0) + 3 + length(&entry.value)
        }
    });
    let fitting = header.chain(entries).filter(|width| *width <= LONG_LINE);
    let needed = fitting.max().map_or(0, |width| width + LEAST_GAP);
    needed.max(COMMENT_COLUMN)
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn last_line(text: &str) -> usize {
    text.rsplit('\n').next().map_or(0, length)
}

/// Where comments behind a line begin when the lines leave room, as in the manual's examples.
const COMMENT_COLUMN: usize = 39;
/// A longer line does not push the comments of its neighbours.
const LONG_LINE: usize = 64;
/// Spaces before a comment behind a line.
const LEAST_GAP: usize = 2;
