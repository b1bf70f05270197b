//! A foreign runtime starts as the adapter and the facade of one that exists, under a new name, on
//! the crate of that one: what differs is then replaced item by item, and everything builds after
//! each step.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use xtask_bench::InputError;
use xtask_judge::runtimes::RUNTIMES;

use super::skeleton::{Skeleton, insert, walk};

/// The new files, and the files that name them, changed.
pub(super) fn skeleton(
    root: &Path,
    id: &str,
    like: Option<&str>,
    design: &str,
) -> Result<(Skeleton, Skeleton)> {
    let known = adapters(root, design)?;
    let like = match like {
        Some(like) if known.iter().any(|one| one == like) => like,
        Some(like) => {
            let all = known.iter().map(String::as_str);
            return Err(InputError::unknown("runtime with an adapter", like, all).into());
        }
        None => known.first().map(String::as_str).context("a runtime with an adapter")?,
    };
    let mut files = Skeleton::new();
    for home in ["prototypes/runtimes".to_owned(), format!("prototypes/{design}/on")] {
        let from = root.join(&home).join(like);
        for path in walk(&from)? {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let name = path.strip_prefix(&from).context("below")?;
            files.push((root.join(&home).join(id).join(name), renamed(&text, design, like, id)));
        }
    }
    let manifest = root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?;
    let beside = format!("runtime-{like} = {{ path = \"prototypes/runtimes/{like}\" }}\n");
    let row = renamed(&beside, design, like, id);
    let list = root.join(RUNTIMES);
    let mut runtimes = fs::read_to_string(&list).with_context(|| list.display().to_string())?;
    runtimes.push_str(&format!("\n[[runtime]]\nid = \"{id}\"\n"));
    Ok((files, vec![(manifest, insert(&text, &beside, &row)?), (list, runtimes)]))
}

/// Runtimes that have an adapter and a facade of this design, in the order of the list.
fn adapters(root: &Path, design: &str) -> Result<Vec<String>> {
    let path = root.join(RUNTIMES);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let table: toml::Table = text.parse().with_context(|| path.display().to_string())?;
    let listed = table.get("runtime").and_then(toml::Value::as_array).into_iter().flatten();
    let names = listed.filter_map(|one| one.get("id")?.as_str()).map(str::to_owned);
    let facades = root.join("prototypes").join(design).join("on");
    let has = |name: &String| {
        let adapter = root.join("prototypes/runtimes").join(name).join("Cargo.toml");
        adapter.is_file() && facades.join(name).join("Cargo.toml").is_file()
    };
    Ok(names.filter(has).collect())
}

/// The names of packages and crates of one runtime, as those of another.
fn renamed(text: &str, design: &str, like: &str, id: &str) -> String {
    let (like_module, id_module) = (like.replace('-', "_"), id.replace('-', "_"));
    let module = design.replace('-', "_");
    text.replace(&format!("runtime-{like}"), &format!("runtime-{id}"))
        .replace(&format!("runtime_{like_module}"), &format!("runtime_{id_module}"))
        .replace(&format!("runtimes/{like}"), &format!("runtimes/{id}"))
        .replace(&format!("design-{design}-{like}"), &format!("design-{design}-{id}"))
        .replace(&format!("design_{module}_{like_module}"), &format!("design_{module}_{id_module}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_get_the_new_name_and_the_crate_keeps_its_own() {
        let text = "name = \"runtime-a-b\"\na-b = \"1\"\nuse a_b::x;\nuse runtime_a_b::y;\n\
                    extern crate design_one_a_b as design;\n";
        let expected = "name = \"runtime-new\"\na-b = \"1\"\nuse a_b::x;\nuse runtime_new::y;\n\
                        extern crate design_one_new as design;\n";
        assert_eq!(renamed(text, "one", "a-b", "new"), expected);
    }
}
