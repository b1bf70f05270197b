//! One malformed edit for each field of every description: refused with file and line.

mod common;

use std::fs;

use xtask_bench::{Tree, exit_code};

const FIRST: &str = "workloads/suite/first.toml";
const SECOND: &str = "workloads/suite/second.toml";
const SCOPED: &str = "prototypes/scoped/design.toml";
const MOUNT: &str = "workloads/mounts/poll/Cargo.toml";

/// File, what stands there, what is written instead, and what the error must say.
const EDITS: &[(&str, &str, &str, &str)] = &[
    (FIRST, "id = \"first\"", "id = \"frist\"", "differs from the file's name"),
    (FIRST, "title = \"First\"", "titel = \"First\"", "unknown field `titel`"),
    (FIRST, "clock = \"virtual\"", "clock = \"wall\"", "unknown variant `wall`"),
    (FIRST, "receipt = \"equal\"", "receipt = \"same\"", "unknown variant `same`"),
    (
        FIRST,
        "\"sim\", \"linux\"]",
        "\"sim\", \"linx\"]",
        "first.toml:6: no target is called `linx`",
    ),
    (FIRST, "targets = [\"sim\", \"linux\"]", "targets = []", "first.toml:6: names no target"),
    (FIRST, "schedules = \"random(8, 3)\"", "schedules = \"some\"", "is not random(n, seed)"),
    (FIRST, "jitter = 20", "jitter = -1", "jitter"),
    (FIRST, "jitter = 20", "needs = [\"IOO\"]", "first.toml:8: no capability is called `IOO`"),
    (FIRST, "jitter = 20", "runtimes = [\"tokyo\"]", "first.toml:8: no runtime is called `tokyo`"),
    (FIRST, "jitter = 20", "outcomes = [\"sum\"]", "first.toml:8: no target is called `sum`"),
    (FIRST, "id = \"b\"", "id = \"a\"", "the case `a` stands twice"),
    (FIRST, "id = \"b\"", "id = \"c\"", "first.toml:13: the case `c` is not in `CASES` of"),
    (FIRST, "role = \"control\"", "role = \"hazard\"", "has no case with `role = \"control\"`"),
    (FIRST, "role = \"control\"", "role = \"ctrl\"", "unknown variant `ctrl`"),
    (FIRST, "id = \"a\"\n", "id = \"a\"\ntargets = [\"simm\"]\n", "first.toml:11: no target"),
    (FIRST, "id = \"a\"\n", "id = \"a\"\nruntimes = [\"onw\"]\n", "first.toml:11: no runtime"),
    (FIRST, "id = \"a\"\n", "id = \"a\"\nn = []\n", "first.toml:11: `n` is empty"),
    (FIRST, "id = \"a\"\n", "id = \"a\"\nn = { smi = [1] }\n", "first.toml:11: no target"),
    (FIRST, "id = \"a\"\n", "id = \"a\"\nvariants = [\"export\"]\n", "first.toml:11: no variant"),
    (FIRST, "id = \"a\"\n", "id = \"a\"\ncost = 1\n", "unknown field `cost`"),
    (FIRST, "[params.linux]", "[params.linx]", "first.toml:17: no target is called `linx`"),
    (FIRST, "n = [1]", "n = []", "first.toml:17: `n` is empty"),
    (FIRST, "instr = true", "instrs = true", "unknown field `instrs`"),
    (SECOND, "holder = [\"futures\"]", "holder = [\"future\"]", "no design or peer is called"),
    ("workloads/suite/first.rs", "\"b\"", "\"b\" } Case { id: \"c\"", "is not described in"),
    ("workloads/suite/first.rs", "Case { id: \"a\" } ", "", "the case `a` is not in `CASES`"),
    (SCOPED, "id = \"scoped\"", "id = \"socped\"", "differs from the folder's name"),
    (SCOPED, "marker = \"mark_scoped\"\n", "", "design.toml:1: has no `marker`"),
    (SCOPED, "marker = ", "capabilities = [\"FLY\"]\nmarker = ", "no capability is called `FLY`"),
    (SCOPED, "second = ", "secnod = ", "design.toml:4: no workload is called `secnod`"),
    (SCOPED, ", error = \"E0521\"", "", "design.toml:4: `second` needs `error = \"E0nnn\"`"),
    (SCOPED, "E0521", "borrowed", "design.toml:4: `second` needs `error = \"E0nnn\"`"),
    (SCOPED, "reason = ", "resaon = ", "unknown field `resaon`"),
    (SCOPED, "[axes.default]", "[axes.local]", "design.toml:1: the design states no axes"),
    (SCOPED, "drive = \"awaited\"", "drive = \"unknown\"", "design.toml:8: [axes.default]: drive"),
    (SCOPED, "share = \"borrow\"\n", "", "design.toml:6: [axes.default]: `share` is missing"),
    (SCOPED, "wake = ", "wakes = ", "design.toml:11: [axes.default]: unknown axis `wakes`"),
    (
        MOUNT,
        "edition",
        "metadata.mount = { design = \"pol\" }\nedition",
        "no design is called `pol`",
    ),
    (MOUNT, "edition", "metadata.mount = { mode = \"fast\" }\nedition", "no mode is called `fast`"),
    (MOUNT, "edition", "metadata.mount = { design = \"scoped\" }\nedition", "have the same key"),
    (MOUNT, "edition", "metadata.mount = { modus = \"x\" }\nedition", "unknown field `modus`"),
];

#[test]
fn every_malformed_edit_is_refused_with_its_place() {
    let (dir, tree) = common::tree();
    let root = tree.root.clone();
    let mut missed = Vec::new();
    for (file, from, to, expected) in EDITS {
        let path = root.join(file);
        let text = fs::read_to_string(&path).expect("a file of the tree");
        assert!(text.contains(from), "{file} has no `{from}`");
        fs::write(&path, text.replacen(from, to, 1)).expect("written");
        match Tree::at(&root) {
            Ok(_) => missed.push(format!("{file}: `{to}` is accepted")),
            Err(error) => {
                let said = format!("{error:#}");
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let parent = path.parent().and_then(|dir| dir.file_name()).unwrap_or_default();
                let placed =
                    said.contains(name.as_ref()) || said.contains(&*parent.to_string_lossy());
                if !said.contains(expected) || !placed || exit_code(&error) != 2 {
                    missed.push(format!("{file}: `{to}`: expected `{expected}`, got: {said}"));
                }
            }
        }
        fs::write(&path, text).expect("written back");
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(Tree::at(&root).is_ok(), "the tree is whole again");
    drop(dir);
}
