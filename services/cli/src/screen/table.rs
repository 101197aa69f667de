//! Tables like those of `wc` and `ls`: a head and columns, without lines and without trailing spaces.

use std::fmt;

use comfy_table::{Cell, CellAlignment, presets};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

#[derive(Debug)]
pub(crate) struct Table {
    inner: comfy_table::Table,
    columns: Vec<Align>,
}

impl Table {
    pub(crate) fn new(columns: &[(&str, Align)]) -> Self {
        let mut inner = comfy_table::Table::new();
        inner.load_style(presets::NOTHING);
        inner.set_header(columns.iter().map(|(name, align)| cell(name, *align)));
        for column in inner.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self { inner, columns: columns.iter().map(|(_, align)| *align).collect() }
    }

    /// Adds a row with one cell per column.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().zip(&self.columns).map(|(text, align)| cell(&text, *align));
        self.inner.add_row(cells);
    }
}

/// Shows control characters as `?`, as `ls` does, so that a row stays on one line.
fn cell(text: &str, align: Align) -> Cell {
    let plain: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    Cell::new(plain).set_alignment(match align {
        Align::Left => CellAlignment::Left,
        Align::Right => CellAlignment::Right,
    })
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.inner.lines() {
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_columns_without_trailing_spaces() {
        let mut table = Table::new(&[("words", Align::Right), ("file", Align::Left)]);
        table.row(["7".to_owned(), "größe.txt".to_owned()]);
        table.row(["12345".to_owned(), "bad\x1b[31mname\n".to_owned()]);
        assert_eq!(table.to_string(), "words  file\n    7  größe.txt\n12345  bad?[31mname?\n");
    }
}
