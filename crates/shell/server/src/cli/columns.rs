//! Tables on the terminal: aligned columns, nothing that could steer the terminal.

use std::fmt::Write;

/// A table whose columns are as wide as their widest cell, up to [`MAX_CELL`]; what is longer ends
/// with `…`, but in the last column, which displaces nothing. Widths count characters.
#[derive(Debug)]
pub(super) struct Columns {
    rows: Vec<Vec<String>>,
}

impl Columns {
    /// A table with these headings.
    pub(super) fn new(headings: &[&str]) -> Self {
        Self {
            rows: vec![headings.iter().map(|h| (*h).to_owned()).collect()],
        }
    }

    /// Adds a row; an empty cell shows as `-`.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        let cells = cells.into_iter().enumerate().map(|(column, cell)| {
            let last = column + 1 == N;
            match cell.is_empty() {
                true => "-".to_owned(),
                false if last => plain(&cell),
                false => clipped(plain(&cell)),
            }
        });
        self.rows.push(cells.collect());
    }

    /// The whole table, a line per row, without spaces at the ends of lines.
    pub(super) fn print(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.rows[0].len()).map(width).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                // Writing to a string cannot fail.
                let _ = write!(line, "{cell:<width$}  ");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// The text, cut where a column ends.
fn clipped(text: String) -> String {
    match text.char_indices().nth(MAX_CELL) {
        None => text,
        Some(_) => text.chars().take(MAX_CELL - 1).chain(['…']).collect(),
    }
}

/// Widest cell before another: any ID, time, name or number fits; what callers write may not.
const MAX_CELL: usize = 40;

/// The text without characters that a terminal would obey: callers write parts of it.
pub(crate) fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if hidden(c) { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_characters_and_empty_cells_shown() {
        let mut table = Columns::new(&["name", "n"]);
        table.row(["Éloïse".to_owned(), "1".to_owned()]);
        table.row(["al".to_owned(), String::new()]);
        assert_eq!(table.print(), "name    n\nÉloïse  1\nal      -\n");
    }

    #[test]
    fn a_long_cell_is_cut_unless_it_is_the_last() {
        let (fits, long) = ("7".repeat(MAX_CELL), "7".repeat(MAX_CELL + 1));
        let mut table = Columns::new(&["called", "n"]);
        table.row([fits.clone(), "1".to_owned()]);
        table.row([long.clone(), long.clone()]);
        let text = table.print();
        let cut = format!("{}…  {long}", "7".repeat(MAX_CELL - 1));
        assert_eq!(text.lines().nth(1), Some(format!("{fits}  1").as_str()));
        assert_eq!(text.lines().nth(2), Some(cut.as_str()));
    }

    #[test]
    fn a_caller_cannot_steer_the_terminal() {
        assert_eq!(
            plain("\u{1b}[2J+33\u{202e}1\n"),
            "\u{fffd}[2J+33\u{fffd}1\u{fffd}"
        );
    }
}
