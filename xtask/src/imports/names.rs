//! From names to the files that define them.

use std::path::PathBuf;

use super::source::{Crate, Id, Module, Use};

/// Re-exports of re-exports that are followed.
const DEEPEST: u32 = 16;

/// Every import of a crate: the file that names, the file that defines, the name.
pub(crate) fn imports(tree: &Crate) -> Vec<(PathBuf, PathBuf, String)> {
    let mut found = Vec::new();
    for (id, module) in tree.modules.iter().enumerate() {
        let paths = module.paths.iter().map(Vec::as_slice);
        let used = module.uses.iter().filter(|it| is_import(module, it));
        for path in paths.chain(used.map(|it| it.path.as_slice())) {
            if let Some(Defined::Item(at, name)) = resolve(tree, id, path, DEEPEST) {
                found.push((module.file.clone(), tree.modules[at].file.clone(), name));
            }
        }
        for all in module.uses.iter().filter(|it| it.name.is_none() && !it.public) {
            if let Some(Defined::Module(at)) = resolve(tree, id, &all.path, DEEPEST) {
                found.push((module.file.clone(), tree.modules[at].file.clone(), "*".into()));
            }
        }
    }
    found
}

/// A `use` of one name imports, unless it passes the name on and does nothing else with it.
fn is_import(module: &Module, it: &Use) -> bool {
    it.name.as_ref().is_some_and(|name| !it.public || module.words.contains(name))
}

enum Defined {
    Module(Id),
    Item(Id, String),
}

/// What a path in a module leads to, if that is in this crate.
fn resolve(tree: &Crate, from: Id, path: &[String], depth: u32) -> Option<Defined> {
    let (first, rest) = path.split_first()?;
    let depth = depth.checked_sub(1)?;
    let module = &tree.modules[from];
    match first.as_str() {
        "crate" => walk(tree, 0, rest, depth),
        "self" => walk(tree, from, rest, depth),
        "super" => walk(tree, module.parent?, rest, depth),
        name if module.children.contains_key(name) => walk(tree, from, path, depth),
        name => {
            let used = module.uses.iter().find(|it| it.name.as_deref() == Some(name))?;
            // `use name;` of another crate would lead to itself.
            if used.path.first() == Some(first) && used.path.len() == 1 {
                return None;
            }
            let longer: Vec<String> = used.path.iter().chain(rest).cloned().collect();
            resolve(tree, from, &longer, depth)
        }
    }
}

/// Follows names down from a module. A name that is not found there belongs to the module: a macro
/// may have made it.
fn walk(tree: &Crate, from: Id, path: &[String], depth: u32) -> Option<Defined> {
    let Some((name, rest)) = path.split_first() else { return Some(Defined::Module(from)) };
    let module = &tree.modules[from];
    if name == "super" {
        return walk(tree, module.parent?, rest, depth);
    }
    if let Some(child) = module.children.get(name) {
        return walk(tree, *child, rest, depth);
    }
    if module.items.contains(name) {
        return Some(Defined::Item(from, name.clone()));
    }
    if module.uses.iter().any(|it| it.name.as_ref() == Some(name)) {
        return resolve(tree, from, path, depth);
    }
    for all in module.uses.iter().filter(|it| it.name.is_none()) {
        // All names of another crate: this may be one of them.
        let Defined::Module(at) = resolve(tree, from, &all.path, depth.checked_sub(1)?)? else {
            continue;
        };
        let there = &tree.modules[at];
        if there.items.contains(name) || there.children.contains_key(name) {
            return walk(tree, at, path, depth);
        }
    }
    Some(Defined::Item(from, name.clone()))
}
