//! The JSON Schema of both files, generated from the types and committed in `reports/schema`.
//!
//! Only this test needs the generator: the tool and the runners are built without it.

use std::path::Path;

use crate::{Line, Run};

/// Set to write the files instead of comparing them.
const UPDATE: &str = "UPDATE_SCHEMA";

fn pretty(schema: &schemars::Schema) -> String {
    let mut text = serde_json::to_string_pretty(schema).expect("a schema has only string keys");
    text.push('\n');
    text
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/schema");
    for (name, schema) in [
        ("line.schema.json", pretty(&schemars::schema_for!(Line))),
        ("run.schema.json", pretty(&schemars::schema_for!(Run))),
    ] {
        let path = dir.join(name);
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&path, &schema).expect("written");
        }
        let committed = std::fs::read_to_string(&path).expect("a committed schema");
        assert!(
            committed == schema,
            "reports/schema/{name} is not that of the types: `{UPDATE}=1 cargo test -p record`"
        );
    }
}
