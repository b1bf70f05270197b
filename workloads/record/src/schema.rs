//! JSON Schema of both files, generated from the types.

use crate::{Line, Run};

/// Schema of one line of a `.jsonl` file, pretty-printed.
#[must_use]
pub fn line() -> String {
    pretty(&schemars::schema_for!(Line))
}

/// Schema of `run.json`, pretty-printed.
#[must_use]
pub fn run() -> String {
    pretty(&schemars::schema_for!(Run))
}

fn pretty(schema: &schemars::Schema) -> String {
    let mut text = serde_json::to_string_pretty(schema).expect("a schema has only string keys");
    text.push('\n');
    text
}
