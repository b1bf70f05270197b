//! What is exact does not depend on what ran before in the process: every cell on virtual time has
//! the same values in a launch that runs all of them, and in one that runs them backwards.

#[path = "common/ask.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod ask;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use record::{Line, Mount, Request};

fn runner() -> Command {
    Command::new(env!("CARGO_BIN_EXE_runner-linux"))
}

/// The smallest size on the simulator of each workload on virtual time, by its id.
fn sizes() -> BTreeMap<String, String> {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suite");
    let files = std::fs::read_dir(suite).expect("the suite's folder");
    let texts = files.filter_map(|file| {
        let path = file.expect("an entry of it").path();
        path.extension().is_some_and(|name| name == "toml").then(|| std::fs::read_to_string(path))
    });
    texts.filter_map(|text| size(&text.expect("a file of it"))).collect()
}

fn size(text: &str) -> Option<(String, String)> {
    let value = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let start = line.trim_start_matches([' ', '=', '[', '"']);
        let end = start.find([',', ']', '"']).unwrap_or(start.len());
        Some(start[..end].to_owned())
    };
    let (_, parameters) = text.split_once("[params.sim]")?;
    (value(text, "clock")? == "virtual")
        .then(|| Some((value(text, "id")?, value(parameters, "n")?)))
        .flatten()
}

/// All cells on our own executor over the simulator.
fn cells() -> Vec<String> {
    let sizes = sizes();
    let (code, out, errors) = ask::run(runner().arg("describe"), "");
    assert_eq!(code, Some(0), "{errors}");
    let mounts = out.lines().map(|text| serde_json::from_str::<Mount>(text).expect(text));
    let mut cells = Vec::new();
    for mount in mounts.filter(|mount| mount.runtimes.iter().any(|runtime| runtime == "own")) {
        let Some(n) = sizes.get(&mount.workload) else { continue };
        let mode = mount.mode.map_or_else(String::new, |mode| format!("/{mode}"));
        let variant = match &*mount.variant {
            "portable" => String::new(),
            other => format!("+{other}"),
        };
        for (case, _) in &mount.cases {
            let (workload, design) = (&mount.workload, &mount.design);
            cells.push(format!("{workload}/{case},n={n}@{design}{mode}{variant}:own"));
        }
    }
    cells
}

/// One launch; begun anew where a cell ends its process.
fn launch(requests: &[Request]) -> BTreeMap<String, Line> {
    let (mut lines, mut rest) = (BTreeMap::new(), requests);
    while !rest.is_empty() {
        let answer = ask::ask_with(&mut runner(), rest);
        assert!(!answer.lines.is_empty(), "{:?}: {}", answer.code, answer.errors);
        rest = &rest[answer.lines.len()..];
        lines.extend(answer.lines.into_iter().map(|line| (line.cell.to_string(), line)));
    }
    lines
}

#[test]
fn exact_values_do_not_depend_on_the_cells_before() {
    let cells = cells();
    assert!(cells.len() > 100, "{} cells were found", cells.len());
    let mut requests: Vec<_> = cells.iter().map(|cell| ask::exact(cell)).collect();
    let forward = launch(&requests);
    requests.reverse();
    let backward = launch(&requests);
    assert_eq!(forward.len(), cells.len());
    let differ: Vec<_> = forward
        .iter()
        .filter(|(cell, line)| {
            let other = &backward[*cell];
            (&line.values, &line.receipt) != (&other.values, &other.receipt)
        })
        .map(|(cell, line)| format!("{cell}: {:?} or {:?}", line.values, backward[cell].values))
        .collect();
    assert!(differ.is_empty(), "the launches differ in\n{}", differ.join("\n"));
}
