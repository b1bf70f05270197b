//! Cells that the matrix of designs, runtimes and workloads would have and that nobody wrote.

use serde::Deserialize;

use crate::page::Page;
use crate::table::Table;

/// They have no cell, hence no line in a record, and their reasons stand here.
const TEXT: &str = include_str!("not_built.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NotBuilt {
    cell: Vec<Missing>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Missing {
    who: String,
    /// Workloads, or all of them.
    r#where: String,
    reason: String,
}

/// One row each.
pub(super) fn section(page: &mut Page) {
    page.heading("What was not built");
    page.text("These cells would complete the matrix of designs, crates, runtimes and workloads.");
    let mut table = Table::new("server-not-built", ["who", "where", "not built"]);
    for missing in read().cell {
        table.row([missing.who, missing.r#where, missing.reason]);
    }
    page.plain_table(table);
}

fn read() -> NotBuilt {
    toml::from_str(TEXT).expect("the test below reads it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_reason() {
        let all = read().cell;
        assert!(!all.is_empty());
        for row in all {
            assert!(!row.who.is_empty() && !row.r#where.is_empty() && row.reason.len() > 10);
        }
    }
}
