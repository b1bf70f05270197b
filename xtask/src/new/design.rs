//! A design re-exports the dialect of a sibling, and is then changed item by item: what its own
//! library declares shadows the sibling's name.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xtask_bench::{InputError, Tree};

use super::skeleton::{Skeleton, WORKSPACE};

/// What may be copied from the sibling's description: axes, presentation and what it cannot do.
const COPIED: [&str; 3] = ["capabilities", "family", "order"];

pub(super) fn skeleton(tree: &Tree, id: &str, like: &str) -> Result<Skeleton> {
    if !tree.designs.contains_key(like) {
        let known = tree.designs.keys().map(String::as_str);
        return Err(InputError::unknown("design", like, known).into());
    }
    let own = tree.root.join("prototypes").join(id);
    let sibling = tree.root.join("prototypes").join(like);
    let files = vec![
        (own.join("Cargo.toml"), manifest(&sibling, id, like)?),
        (own.join("design.toml"), description(&sibling, id, like)?),
        (own.join("DESIGN.md"), document(id, like)),
        (own.join("src/lib.rs"), library(like)),
    ];
    Ok(files)
}

fn read(path: &Path) -> Result<toml::Table> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.parse().with_context(|| path.display().to_string())
}

fn manifest(sibling: &Path, id: &str, like: &str) -> Result<String> {
    let table = read(&sibling.join("Cargo.toml"))?;
    let features = table.get("features").and_then(toml::Value::as_table);
    let names = features.into_iter().flat_map(toml::Table::keys).filter(|name| *name != "default");
    let passed: String =
        names.map(|name| format!("{name} = [\"design-{like}/{name}\"]\n")).collect();
    Ok(format!(
        "[package]\nname = \"design-{id}\"\ndescription = \"The dialect of `{like}`, changed item by \
         item\"\n{WORKSPACE}\n[features]\ndefault = [\"std\", \"alloc\", \"io\"]\n{passed}\n\
         [dependencies]\ndesign-{like} = {{ path = \"../{like}\", default-features = false }}\n\n[lints]\nworkspace = true\n"
    ))
}

fn description(sibling: &Path, id: &str, like: &str) -> Result<String> {
    let table = read(&sibling.join("design.toml"))?;
    let name: String =
        id.char_indices().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }).collect();
    let mut copy = toml::Table::new();
    for key in COPIED {
        copy.extend(table.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    // The sibling's marker: `block_on` is its until the design has one of its own.
    copy.extend(table.get("marker").map(|value| ("marker".to_owned(), value.clone())));
    let modes = table.get("modes").and_then(toml::Value::as_array);
    let first = modes.and_then(|modes| modes.first()).and_then(toml::Value::as_str);
    let axes = table.get("axes").and_then(|axes| axes.get(first.unwrap_or("default")));
    let mut nested = toml::Table::new();
    if let Some(axes) = axes {
        nested.insert(
            "axes".to_owned(),
            toml::Table::from_iter([("default".to_owned(), axes.clone())]).into(),
        );
    }
    let unsupported =
        table.get("unsupported").cloned().unwrap_or_else(|| toml::Table::new().into());
    nested.insert("unsupported".to_owned(), unsupported);
    Ok(format!(
        "id = \"{id}\"\nname = \"{name}\"\nsummary = \"As `{like}`, but: say here what differs\"\n\
         modes = []\n{copy}\n{nested}"
    ))
}

fn document(id: &str, like: &str) -> String {
    format!(
        "# `{id}`\n\n## The idea\n\nAs `{like}`, but: say here what differs, whose idea it is, and \
         which axis of the design space changes.\n\n## What it cannot do\n\n## Safety case\n\n\
         All code but what differs is `{like}`'s, whose DESIGN.md argues it.\n"
    )
}

fn library(like: &str) -> String {
    let module = like.replace('-', "_");
    format!(
        "//! The dialect of `{like}`, changed item by item.\n//!\n//! What is declared here shadows the \
         sibling's name: begin with the item that differs, for\n//! example a `race` of its own, and run \
         the suite. A design that has its own `block_on` has\n//! its own marker too, and says so in \
         `design.toml`.\n\n#![no_std]\n#![forbid(unsafe_code)]\n\npub use design_{module}::*;\n"
    )
}

/// Links a design that lies outside of the tree into it, so that it is found as any other. The
/// folder is a package like those in `prototypes`; git sees the link and not what is behind it.
pub(super) fn link(root: &Path, id: &str, path: &Path) -> Result<PathBuf> {
    let home = path.canonicalize().with_context(|| path.display().to_string())?;
    let table = read(&home.join("design.toml"))?;
    let said = table.get("id").and_then(toml::Value::as_str).unwrap_or_default();
    if said != id {
        let text = format!("{}: says id `{said}`, the command says `{id}`", home.display());
        return Err(InputError::new(text).into());
    }
    if home.starts_with(root) {
        bail!("{} lies in the tree already; leave --design-path out", home.display());
    }
    let at = root.join("prototypes").join(id);
    std::os::unix::fs::symlink(&home, &at).with_context(|| at.display().to_string())?;
    Ok(at)
}
