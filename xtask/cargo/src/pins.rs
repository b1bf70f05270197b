//! A profile of a manifest, stated again on the command line.
//!
//! A configuration file may change a profile, and it wins over the manifest; the command line
//! wins over both.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

/// What `release` is where a manifest says nothing. `strip` is left out, because cargo's own
/// choice depends on other settings; it takes no instruction away.
const RELEASE: [(&str, &str); 9] = [
    ("opt-level", "3"),
    ("debug", "false"),
    ("debug-assertions", "false"),
    ("overflow-checks", "false"),
    ("lto", "false"),
    ("panic", "\"unwind\""),
    ("incremental", "false"),
    ("codegen-units", "16"),
    ("rpath", "false"),
];

/// A profile with every setting that a configuration file could change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pins {
    /// Its name.
    pub profile: String,
    settings: BTreeMap<String, String>,
}

/// Reads profile `name` of the manifest of a workspace. What it inherits must end at `release`.
///
/// # Errors
/// When the manifest cannot be read or has no such profile.
pub fn pins(manifest: &Path, name: &str) -> Result<Pins> {
    let text = std::fs::read_to_string(manifest).with_context(|| manifest.display().to_string())?;
    let table: Table = toml::from_str(&text).with_context(|| manifest.display().to_string())?;
    of(&table, name).with_context(|| manifest.display().to_string())
}

fn of(manifest: &Table, name: &str) -> Result<Pins> {
    let profiles = manifest.get("profile").and_then(Value::as_table);
    let one = |name: &str| profiles.and_then(|all| all.get(name)).and_then(Value::as_table);
    let mut chain = Vec::new();
    let mut at = name;
    while at != "release" {
        let profile = one(at).with_context(|| format!("no [profile.{at}]"))?;
        chain.push(profile);
        let parent = profile.get("inherits").and_then(Value::as_str);
        at = parent.with_context(|| format!("[profile.{at}] inherits from no profile"))?;
        if chain.len() > 8 {
            bail!("[profile.{name}] inherits in a circle");
        }
    }
    chain.extend(one("release"));
    let mut settings: BTreeMap<String, String> =
        RELEASE.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    for profile in chain.into_iter().rev() {
        for (key, value) in profile {
            if key != "inherits" && !value.is_table() {
                settings.insert(key.clone(), value.to_string());
            }
        }
    }
    Ok(Pins { profile: name.to_owned(), settings })
}

impl Pins {
    /// Tells cargo. `build.incremental` of a configuration file wins over every profile, and
    /// this variable wins over that.
    pub fn tell(&self, cargo: &mut Command) {
        cargo.args(self.arguments());
        let incremental = self.settings.get("incremental").is_some_and(|value| value == "true");
        cargo.env("CARGO_INCREMENTAL", if incremental { "1" } else { "0" });
    }

    fn arguments(&self) -> Vec<String> {
        let name = &self.profile;
        let pinned = self.settings.iter().flat_map(|(key, value)| {
            ["--config".to_owned(), format!("profile.{name}.{key}={value}")]
        });
        ["--profile".to_owned(), name.clone()].into_iter().chain(pinned).collect()
    }

    /// For a record: what decides the machine code.
    #[must_use]
    pub fn words(&self) -> String {
        let of = |key: &str| {
            let value = self.settings.get(key)?;
            Some(format!("{key}={}", value.trim_matches('"')))
        };
        ["opt-level", "lto", "codegen-units"]
            .into_iter()
            .filter_map(of)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, name: &str) -> Result<Pins> {
        of(&toml::from_str(text).expect("a manifest"), name)
    }

    #[test]
    fn a_profile_is_stated_with_what_it_inherits_and_what_nothing_says() {
        let text = "[profile.release]\nlto = \"fat\"\ncodegen-units = 1\n\
            [profile.fast]\ninherits = \"release\"\nlto = \"off\"\n\
            [profile.fast.package.a]\nopt-level = 0\n";
        let fast = read(text, "fast").expect("a profile");
        assert_eq!(fast.words(), "opt-level=3 lto=off codegen-units=1");
        let arguments = fast.arguments();
        assert_eq!(arguments[..2], ["--profile", "fast"]);
        assert!(arguments.contains(&"profile.fast.lto=\"off\"".to_owned()), "{arguments:?}");
        assert!(arguments.contains(&"profile.fast.overflow-checks=false".to_owned()));
        assert!(arguments.iter().all(|argument| !argument.contains("package")));
        let release = read(text, "release").expect("a profile");
        assert_eq!(release.words(), "opt-level=3 lto=fat codegen-units=1");
    }

    #[test]
    fn whether_a_build_is_incremental_is_the_manifest_s_word() {
        for (line, expected) in [("", "0"), ("incremental = true\n", "1")] {
            let text = format!("[profile.fast]\ninherits = \"release\"\n{line}");
            let mut cargo = Command::new("cargo");
            read(&text, "fast").expect("a profile").tell(&mut cargo);
            let told = cargo.get_envs().find(|(name, _)| *name == "CARGO_INCREMENTAL");
            assert_eq!(told.and_then(|(_, value)| value), Some(expected.as_ref()));
        }
    }

    #[test]
    fn a_profile_that_is_not_there_is_named() {
        let error = read("[profile.a]\ninherits = \"b\"\n", "a").expect_err("refused");
        assert!(error.to_string().contains("[profile.b]"), "{error}");
        let circle = "[profile.a]\ninherits = \"b\"\n[profile.b]\ninherits = \"a\"\n";
        assert!(read(circle, "a").is_err());
    }
}
