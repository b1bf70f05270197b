//! What is exact does not depend on what ran before in the process: every cell on virtual time has
//! the same values in a launch that runs all of them, and in one that runs them backwards, behind
//! cells on real sockets.

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

/// A kind of cells: the clock of their workloads, the target that has their sizes, their runtime.
#[derive(Clone, Copy)]
struct Sort {
    clock: &'static str,
    target: &'static str,
    runtime: &'static str,
}

const VIRTUAL: Sort = Sort { clock: "virtual", target: "[params.sim]", runtime: "own" };
const REAL: Sort = Sort { clock: "real", target: "[params.linux]", runtime: "own-epoll" };

/// The smallest size of each workload of this sort, by its id.
fn sizes(sort: Sort) -> BTreeMap<String, String> {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suite");
    let files = std::fs::read_dir(suite).expect("the suite's folder");
    let texts = files.filter_map(|file| {
        let path = file.expect("an entry of it").path();
        path.extension().is_some_and(|name| name == "toml").then(|| std::fs::read_to_string(path))
    });
    texts.filter_map(|text| size(&text.expect("a file of it"), sort)).collect()
}

fn size(text: &str, sort: Sort) -> Option<(String, String)> {
    let value = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let start = line.trim_start_matches([' ', '=', '[', '"']);
        let end = start.find([',', ']', '"']).unwrap_or(start.len());
        Some(start[..end].to_owned())
    };
    let (_, parameters) = text.split_once(sort.target)?;
    (value(text, "clock")? == sort.clock)
        .then(|| Some((value(text, "id")?, value(parameters, "n")?)))
        .flatten()
}

/// All cells of this sort on our own executor.
fn cells(sort: Sort) -> Vec<String> {
    let sizes = sizes(sort);
    let (code, out, errors) = ask::run(runner().arg("describe"), "");
    assert_eq!(code, Some(0), "{errors}");
    let mounts = out.lines().map(|text| serde_json::from_str::<Mount>(text).expect(text));
    let mut cells = Vec::new();
    let runs = |mount: &Mount| mount.runtimes.iter().any(|runtime| runtime == sort.runtime);
    for mount in mounts.filter(runs) {
        let Some(n) = sizes.get(&mount.workload) else { continue };
        let mode = mount.mode.map_or_else(String::new, |mode| format!("/{mode}"));
        let variant = match &*mount.variant {
            "portable" => String::new(),
            other => format!("+{other}"),
        };
        for (case, _) in &mount.cases {
            let (workload, design) = (&mount.workload, &mount.design);
            let runtime = sort.runtime;
            cells.push(format!("{workload}/{case},n={n}@{design}{mode}{variant}:{runtime}"));
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
    let exact = |cells: Vec<String>| cells.iter().map(|cell| ask::exact(cell)).collect::<Vec<_>>();
    let cells = cells(VIRTUAL);
    assert!(cells.len() > 100, "{} cells were found", cells.len());
    let requests = exact(cells.clone());
    let forward = launch(&requests);
    // What gives buffers up on sockets leaves most behind.
    let mut before = exact(self::cells(REAL));
    before.retain(|request| {
        serde_json::to_string(request).is_ok_and(|it| it.contains("socket-buffer-cancel"))
    });
    assert!(!before.is_empty(), "no cell on sockets was found");
    before.extend(requests.into_iter().rev());
    let backward = launch(&before);
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
