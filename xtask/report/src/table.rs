//! A table: Markdown for the page, CSV for all else.

use std::fmt::Write as _;

/// Rows of text with a name. Numbers are already formatted; CSV strips the marks again.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// File name of the CSV and part of the message when something is wrong.
    pub(crate) id: String,
    head: Vec<String>,
    /// Columns whose cells are numbers and stand to the right.
    numbers: std::ops::Range<usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<S: Into<String>>(id: &str, head: impl IntoIterator<Item = S>) -> Table {
        let head: Vec<String> = head.into_iter().map(Into::into).collect();
        Table { id: id.to_owned(), numbers: 0..0, head, rows: Vec::new() }
    }

    /// Aligns this and all later columns to the right.
    pub(crate) fn numbers_from(mut self, column: usize) -> Table {
        self.numbers = column..self.head.len();
        self
    }

    /// Aligns these columns to the right.
    pub(crate) fn align(&mut self, columns: std::ops::Range<usize>) {
        self.numbers = columns;
    }

    /// The same, except the last column, which holds text.
    pub(crate) fn numbers_between(mut self, column: usize) -> Table {
        self.numbers = column..self.head.len().saturating_sub(1);
        self
    }

    /// Adds a row.
    ///
    /// # Panics
    /// When its width is not that of the head, which would shift every later cell.
    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        assert_eq!(cells.len(), self.head.len(), "table {}: a row as wide as its head", self.id);
        self.rows.push(cells);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Head and rows, for other forms than a page.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &Vec<String>> {
        std::iter::once(&self.head).chain(&self.rows)
    }

    /// GitHub's table syntax, ending in a newline.
    pub(crate) fn markdown(&self) -> String {
        let mut out = String::new();
        let mut line = |cells: &mut dyn Iterator<Item = String>| {
            out.push('|');
            for cell in cells {
                let _ = write!(out, " {cell} |");
            }
            out.push('\n');
        };
        line(&mut self.head.iter().map(|cell| escape(cell)));
        let rule = |at: usize| if self.numbers.contains(&at) { "---:" } else { "---" }.to_owned();
        line(&mut (0..self.head.len()).map(rule));
        for row in &self.rows {
            line(&mut row.iter().map(|cell| escape(cell)));
        }
        out
    }

    /// RFC 4180, with digits unseparated and Markdown marks removed.
    pub(crate) fn csv(&self) -> String {
        let mut out = String::new();
        for row in std::iter::once(&self.head).chain(&self.rows) {
            let cells: Vec<String> = row.iter().map(|cell| quote(&plain(cell))).collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
        out
    }
}

fn escape(cell: &str) -> String {
    cell.replace('\n', " ").replace('|', "\\|")
}

/// The text of a cell without links, code marks, emphasis and separators of thousands.
pub(crate) fn plain(cell: &str) -> String {
    let mut text = String::new();
    let mut rest = cell.replace("<br>", "; ");
    rest.retain(|c| c != '`' && c != '*');
    let mut rest = rest.as_str();
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        rest = match after
            .split_once("](")
            .and_then(|(label, tail)| tail.split_once(')').map(|(_, tail)| (label, tail)))
        {
            Some((label, tail)) => {
                text.push_str(label);
                tail
            }
            None => {
                text.push('[');
                after
            }
        };
    }
    text.push_str(rest);
    let digits = text.replace(',', "");
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) { digits } else { text }
}

fn quote(cell: &str) -> String {
    if cell.contains([',', '"', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// An integer with separators of thousands.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A signed difference with separators of thousands and a true minus.
pub(crate) fn signed(value: i128) -> String {
    let text = count(u64::try_from(value.unsigned_abs()).unwrap_or(u64::MAX));
    match value.signum() {
        -1 => format!("−{text}"),
        1 => format!("+{text}"),
        _ => text,
    }
}

/// `plural(1, "launch", "launches")`.
pub(crate) fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_keeps_bars_inside_cells() {
        let mut table = Table::new("t", ["a", "b"]).numbers_from(1);
        table.row(["x|y", "1,234"]);
        assert_eq!(table.markdown(), "| a | b |\n| --- | ---: |\n| x\\|y | 1,234 |\n");
    }

    #[test]
    fn csv_is_plain() {
        let mut table = Table::new("t", ["a", "b", "c"]);
        table.row(["[`poll`](x.md), **bad**", "1,234", "say \"no\"<br>end"]);
        assert_eq!(table.csv(), "a,b,c\r\n\"poll, bad\",1234,\"say \"\"no\"\"; end\"\r\n");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [count(0), count(999), count(1000), count(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!([signed(-1500), signed(0), signed(7)], ["−1,500", "0", "+7"]);
    }

    #[test]
    #[should_panic(expected = "as wide as its head")]
    fn a_short_row_is_a_bug() {
        Table::new("t", ["a", "b"]).row(["x"]);
    }
}
