//! The rows of a directory, found by what they say (FLOWS §6.3 `lookup`).

use std::collections::BTreeMap;

use crate::number::PhoneNumber;

/// A table whose columns have names. Whatever is looked up is compared without the spaces around it;
/// telephone numbers match however they are written, so `06 39 98 12 34` is found as
/// `+33639981234`. Of several rows that fit, the first is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// For each column: what its cells may be called, and the first row that has it.
    index: Vec<BTreeMap<String, u32>>,
}

impl Table {
    /// A table of these rows. Cells that a row lacks are empty; those beyond the columns are not
    /// kept. `code` is the calling code of national numbers, without `+`: `33`.
    pub fn new(columns: Vec<String>, rows: Vec<Vec<String>>, code: Option<&str>) -> Self {
        let mut index = vec![BTreeMap::new(); columns.len()];
        for (number, row) in (0u32..).zip(&rows) {
            for (index, cell) in index.iter_mut().zip(row) {
                let cell = cell.trim();
                if cell.is_empty() {
                    continue;
                }
                index.entry(cell.to_owned()).or_insert(number);
                if let Some(phone) = international(cell, code) {
                    index.entry(phone).or_insert(number);
                }
            }
        }
        Self {
            columns,
            rows,
            index,
        }
    }

    /// The names of its columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The first row whose column `by` says `value`; `None` as well when there is no such column.
    pub fn find(&self, by: &str, value: &str) -> Option<Row<'_>> {
        let index = &self.index[self.column(by)?];
        let value = value.trim();
        let exact = index.get(value);
        let number = exact.or_else(|| index.get(PhoneNumber::parse(value)?.as_str()))?;
        let cells = &self.rows[*number as usize];
        Some(Row { table: self, cells })
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// One row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Row<'t> {
    table: &'t Table,
    cells: &'t [String],
}

impl<'t> Row<'t> {
    /// What the row says in a column; `None` when that is nothing, or there is no such column.
    pub fn cell(&self, column: &str) -> Option<&'t str> {
        let cell = self.cells.get(self.table.column(column)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }
}

/// The number in international form, when it is one: with `+`, with `00`, or with the national `0`
/// of a country whose calling code is `code`.
fn international(text: &str, code: Option<&str>) -> Option<String> {
    let number = PhoneNumber::parse(text)?;
    let digits = number.as_str();
    let full = match (digits.strip_prefix("00"), digits.strip_prefix('0'), code) {
        (Some(rest), _, _) => format!("+{rest}"),
        (None, Some(rest), Some(code)) => format!("+{code}{rest}"),
        // `+33 (0)6…`: the zero is for callers at home.
        _ => match (code, digits.strip_prefix('+')) {
            (Some(code), Some(rest)) if rest.starts_with(&format!("{code}0")) => {
                format!("+{code}{}", &rest[code.len() + 1..])
            }
            (_, Some(_)) => digits.to_owned(),
            (_, None) => return None,
        },
    };
    PhoneNumber::parse(&full)
        .filter(PhoneNumber::is_e164)
        .map(|_| full)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[[&str; 3]]) -> Table {
        let columns = ["telephone", "contrat", "nom"].map(str::to_owned).to_vec();
        let rows = rows.iter().map(|row| row.map(str::to_owned).to_vec());
        Table::new(columns, rows.collect(), Some("33"))
    }

    #[test]
    fn numbers_match_however_they_are_written() {
        for written in [
            "06 39 98 12 34",
            "+33639981234",
            "0033 6.39.98.12.34",
            "+33 (0)6 39 98 12 34",
            "0639981234",
        ] {
            let table = table(&[["x", "1", "?"], [written, "87654321", "Léa"]]);
            for asked in ["+33639981234", " +33 6 39 98 12 34 "] {
                let row = table.find("telephone", asked);
                assert_eq!(
                    row.and_then(|row| row.cell("nom")),
                    Some("Léa"),
                    "{written}"
                );
            }
        }
        let here = table(&[["12345678", "12345678", "a"]]);
        assert!(
            here.find("telephone", "+3312345678").is_none(),
            "no national number"
        );
        assert!(here.find("contrat", "12345678").is_some());
    }

    #[test]
    fn the_first_row_is_meant_and_what_is_not_there_is_nothing() {
        let table = table(&[["", "1", "Léa"], ["", "1", "Tom"], ["", " 2 ", ""]]);
        assert_eq!(table.rows(), 3);
        let nom = |contrat| {
            table
                .find("contrat", contrat)
                .and_then(|row| row.cell("nom"))
        };
        assert_eq!((nom("1"), nom("2"), nom("3")), (Some("Léa"), None, None));
        assert!(table.find("contrat", "2").is_some());
        assert!(table.find("telephone", "").is_none());
        assert!(table.find("adresse", "1").is_none());
        assert_eq!(table.find("contrat", "1").unwrap().cell("adresse"), None);
    }
}
