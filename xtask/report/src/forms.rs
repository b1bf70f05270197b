//! Tables whose rows are forms: what is equal to the digit is one row that names them all.

use crate::column::Column;
use crate::table::Table;

/// Longest list of names that a cell holds.
const NAMES: usize = crate::limits::CELL;

/// Rows in which one cell is the form.
#[derive(Clone, Debug)]
pub(crate) struct Forms {
    id: String,
    head: Vec<String>,
    /// Index of the column with the form.
    at: usize,
    rows: Vec<(Vec<Column>, Vec<String>)>,
}

/// A table and the sentences below it that name the forms of long rows.
#[derive(Clone, Debug)]
pub(crate) struct Merged {
    pub(crate) table: Table,
    pub(crate) notes: String,
}

impl Forms {
    /// `head` has the form at index `at`; rows are given without it.
    pub(crate) fn new<S: Into<String>>(
        id: &str,
        head: impl IntoIterator<Item = S>,
        at: usize,
    ) -> Forms {
        let head = head.into_iter().map(Into::into).collect();
        Forms { id: id.to_owned(), head, at, rows: Vec::new() }
    }

    /// Adds a form; if an earlier row has the same cells, it joins that.
    pub(crate) fn row(&mut self, column: Column, cells: Vec<String>) {
        match self.rows.iter_mut().find(|(_, known)| *known == cells) {
            Some((columns, _)) => columns.push(column),
            None => self.rows.push((vec![column], cells)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Splits after so many rows: what is shown, and what is folded.
    pub(crate) fn split(mut self, keep: usize) -> (Forms, Forms) {
        let rest = self.rows.split_off(keep.min(self.rows.len()));
        let folded = Forms { id: format!("{}-all", self.id), rows: rest, ..self.clone() };
        (self, folded)
    }

    /// The table, with numbers from a column on.
    pub(crate) fn finish(self, numbers: usize) -> Merged {
        let end = self.head.len();
        self.finish_between(numbers..end)
    }

    /// The table, with numbers in these columns. Columns in which nothing stands are left out.
    pub(crate) fn finish_between(mut self, numbers: std::ops::Range<usize>) -> Merged {
        let mut notes: Vec<String> = Vec::new();
        let mut rows = Vec::new();
        for (columns, mut cells) in std::mem::take(&mut self.rows) {
            cells.insert(self.at, label(&columns, &mut notes));
            rows.push(cells);
        }
        let says =
            |at: usize| at < 2 || rows.iter().any(|row| !matches!(row[at].as_str(), "" | "–"));
        let kept: Vec<usize> = (0..self.head.len()).filter(|at| says(*at)).collect();
        let count = |before: usize| kept.iter().filter(|at| **at < before).count();
        let pick = |row: &[String]| kept.iter().map(|at| row[*at].clone()).collect::<Vec<_>>();
        let mut table = Table::new(&self.id, pick(&self.head));
        table.align(count(numbers.start)..count(numbers.end));
        for row in &rows {
            table.row(pick(row));
        }
        let lines = notes.iter().enumerate();
        let lines: Vec<String> =
            lines.map(|(at, names)| format!("({}) is {names}.", letter(at))).collect();
        Merged { table, notes: lines.join("\n") }
    }
}

/// The names of equal forms: as many as fit, or the first with a letter that leads to all.
fn label(columns: &[Column], notes: &mut Vec<String>) -> String {
    let names = names(columns);
    let text = names.join(", ");
    if text.chars().count() <= NAMES {
        return names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    }
    let all = by_design(columns);
    let at = notes.iter().position(|known| *known == all).unwrap_or_else(|| {
        notes.push(all);
        notes.len() - 1
    });
    let letter = letter(at);
    match columns.len() {
        1 => format!("`{}` … ({letter})", cut(&names[0], 16)),
        n => format!("`{}` and {} more ({letter})", cut(&names[0], 8), n - 1),
    }
}

/// Short names, each once; all modes of a design together are the design.
fn names(columns: &[Column]) -> Vec<String> {
    let mut columns: Vec<&Column> = columns.iter().collect();
    columns.sort();
    let mut names: Vec<String> = Vec::new();
    for column in &columns {
        let same = columns.iter().filter(|other| {
            (&other.design, &other.variant, &other.runtime)
                == (&column.design, &column.variant, &column.runtime)
        });
        let whole = column.mode_at < column.modes && same.count() == column.modes;
        let who =
            if whole { format!("{}{}", column.design, column.form()) } else { column.brief() };
        let name = format!("{who}{}", column.place());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// All names, the runtimes of a form in brackets behind it.
fn by_design(columns: &[Column]) -> String {
    let mut columns: Vec<&Column> = columns.iter().collect();
    columns.sort();
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for column in columns {
        let who = column.brief();
        let place = if column.place().is_empty() { "" } else { column.runtime.as_str() };
        match found.iter_mut().find(|(known, _)| *known == who) {
            Some((_, places)) => places.push(place),
            None => found.push((who, vec![place])),
        }
    }
    let one = |(who, places): &(String, Vec<&str>)| match places.as_slice() {
        [""] => format!("`{who}`"),
        places => format!("`{who}` ({})", places.join(", ")),
    };
    found.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The first part of a name, at a mark that separates its parts where there is one.
fn cut(name: &str, most: usize) -> &str {
    if name.chars().count() <= most {
        return name;
    }
    let end = name.char_indices().nth(most).map_or(name.len(), |(at, _)| at);
    let mark = name[..end].rfind(['/', ':', '+']);
    &name[..mark.unwrap_or(end)]
}

/// a, b, … z, aa, ab.
fn letter(at: usize) -> String {
    let of = |at: usize| char::from(b'a' + u8::try_from(at % 26).unwrap_or(0));
    match at / 26 {
        0 => of(at).to_string(),
        more => format!("{}{}", of(more - 1), of(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::Roster;

    fn column(text: &str) -> Column {
        Roster::default().column(&format!("w/c,n=1@{text}:own").parse().expect(text))
    }

    #[test]
    fn equal_rows_are_one_and_name_their_forms() {
        let mut forms = Forms::new("t", ["form", "value"], 0);
        for (who, value) in [("b", "1"), ("a", "1"), ("c", "2")] {
            forms.row(column(who), vec![value.to_owned()]);
        }
        let merged = forms.finish(1);
        let text = merged.table.markdown();
        assert!(
            text.contains("| `a:own`, `b:own` | 1 |") && text.contains("| `c:own` | 2 |"),
            "{text}"
        );
        assert!(merged.notes.is_empty());
    }

    #[test]
    fn a_long_list_is_a_letter_that_leads_to_all_names_and_stands_once() {
        let mut forms = Forms::new("t", ["form", "value"], 0);
        for who in ["alpha/first", "beta/second", "gamma/third"] {
            forms.row(column(who), vec!["1".to_owned()]);
        }
        for who in ["alpha/first", "beta/second", "gamma/third"] {
            forms.row(column(who), vec!["2".to_owned()]);
        }
        let merged = forms.finish(1);
        let text = merged.table.markdown();
        assert!(text.contains("| `alpha` and 2 more (a) | 1 |"), "{text}");
        assert!(text.contains("| `alpha` and 2 more (a) | 2 |"), "{text}");
        let all = "(a) is `alpha/first` (own), `beta/second` (own), `gamma/third` (own).";
        assert_eq!(merged.notes, all);
    }

    #[test]
    fn a_column_in_which_nothing_stands_is_left_out() {
        let mut forms = Forms::new("t", ["case", "form", "none", "value"], 1);
        forms.row(column("a"), ["c", "–", "1"].map(str::to_owned).into());
        let text = forms.finish(2).table.markdown();
        assert!(text.starts_with("| case | form | value |\n| --- | --- | ---: |"), "{text}");
    }
}
