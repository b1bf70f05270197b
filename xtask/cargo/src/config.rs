//! Configuration files of cargo that lie outside of the tree.
//!
//! Flags, wrappers and the settings of a profile are overruled ([`crate::clean`],
//! [`crate::pins`]). What is listed here cannot be, and would change what is built without
//! leaving a trace in a record.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Keys that would change the machine code or its place, and that nothing overrules.
const REFUSED: [&str; 8] =
    ["build.rustc", "build.target", "env", "include", "patch", "paths", "profile", "unstable"];

/// The files that cargo reads for a build in `dir`, nearest first, without those of the tree
/// at `root`.
#[must_use]
pub fn foreign(root: &Path, dir: &Path) -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let above = dir.ancestors().filter(|dir| !dir.starts_with(root)).map(|dir| dir.join(".cargo"));
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in above.chain(home) {
        let named = ["config", "config.toml"].map(|name| folder.join(name));
        files.extend(named.into_iter().find(|path| path.is_file()));
    }
    files.dedup();
    files
}

/// What such a file sets that cannot be overruled, as one sentence with the file's name.
#[must_use]
pub fn refusal(root: &Path, dir: &Path) -> Option<String> {
    foreign(root, dir).iter().find_map(|path| {
        let text = std::fs::read_to_string(path).ok()?;
        let table: Table = toml::from_str(&text).ok()?;
        let key = REFUSED.iter().find(|key| has(&table, key))?;
        let line = line_of(&text, key);
        Some(format!(
            "{}:{line}: `{key}` changes what is built, and a record would not show it; take it \
             out for the run, or name another CARGO_HOME",
            path.display()
        ))
    })
}

/// Linkers that such files name: no machine code of ours depends on them, but a record says so.
#[must_use]
pub fn linkers(root: &Path, dir: &Path) -> Vec<String> {
    let read = |path: PathBuf| -> Option<Table> {
        toml::from_str(&std::fs::read_to_string(path).ok()?).ok()
    };
    let tables = foreign(root, dir).into_iter().filter_map(read);
    let targets = tables.filter_map(|table| Some(table.get("target")?.as_table()?.clone()));
    let named = targets.flat_map(|table| {
        let linker = |(triple, of): (String, Value)| {
            Some(format!("{triple}: {}", of.get("linker")?.as_str()?))
        };
        table.into_iter().filter_map(linker).collect::<Vec<_>>()
    });
    named.collect()
}

fn has(table: &Table, key: &str) -> bool {
    match key.split_once('.') {
        None => table.contains_key(key),
        Some((first, rest)) => {
            table.get(first).and_then(Value::as_table).is_some_and(|inner| has(inner, rest))
        }
    }
}

/// The line that names the last part of the key; the first line where it is not found.
fn line_of(text: &str, key: &str) -> usize {
    let word = key.rsplit('.').next().unwrap_or(key);
    let names = |line: &str| {
        let line = line.trim_start().trim_start_matches('[');
        line.strip_prefix(word).is_some_and(|rest| rest.trim_start().starts_with(['=', '.', ']']))
    };
    text.lines().position(names).map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_above_the_tree_that_changes_the_build_is_named_with_its_line() {
        let above = tempfile::tempdir().expect("a folder");
        let root = above.path().join("tree");
        std::fs::create_dir_all(root.join(".cargo")).expect("made");
        std::fs::create_dir_all(above.path().join(".cargo")).expect("made");
        let config = above.path().join(".cargo/config.toml");
        let put = |text: &str| std::fs::write(&config, text).expect("written");
        let of_this_tree = "[profile.release]\nlto = \"off\"\n";
        std::fs::write(root.join(".cargo/config.toml"), of_this_tree).expect("written");
        let own = |root: &Path| {
            refusal(root, root).filter(|text| text.contains(&above.path().display().to_string()))
        };
        put("[build]\njobs = 2\nrustflags = [\"-Ctarget-cpu=native\"]\n");
        assert_eq!(own(&root), None, "flags are overruled, and the tree's own file is no surprise");
        for (text, line, key) in [
            ("[build]\njobs = 1\ntarget = \"x\"\n", 3, "build.target"),
            ("[term]\nquiet = true\n[profile.release]\nlto = true\n", 3, "profile"),
            ("[env]\nA = \"b\"\n", 1, "env"),
            ("[build]\nrustc = \"other\"\n", 2, "build.rustc"),
        ] {
            put(text);
            let said = own(&root).expect("refused");
            assert!(said.contains(&format!("config.toml:{line}: `{key}`")), "{said}");
        }
        put("[target.x86_64-unknown-linux-gnu]\nlinker = \"mold\"\n");
        assert_eq!(own(&root), None);
        assert!(linkers(&root, &root).contains(&"x86_64-unknown-linux-gnu: mold".to_owned()));
    }
}
