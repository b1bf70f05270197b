//! `[package.metadata.mount]`: under whose name, in which mode and on which runtimes the
//! workloads of a package run.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::workload::{Clock, OWN};
use crate::InputError;

/// What a package that holds workloads says of itself; all of it may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// Name of the package; nothing where there is no manifest.
    pub package: Option<String>,
    /// Design or peer under whose name its cells run; the folder's name where absent.
    pub design: Option<String>,
    /// Mode of that design; the first of `design.toml` where absent. A facade says it as
    /// `metadata.mode`, its mount in the table.
    pub mode: Option<String>,
    /// Runtimes under it; our own on the simulated driver where absent.
    pub runtimes: Vec<String>,
    /// `real` where it has no virtual time, so that it holds workloads on the real clock only.
    pub clock: Option<Clock>,
    /// Features that it declares.
    pub features: Vec<String>,
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
    #[serde(default)]
    features: toml::Table,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    mode: Option<String>,
    #[serde(default)]
    mount: Table,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    design: Option<String>,
    mode: Option<String>,
    runtimes: Option<Vec<String>>,
    clock: Option<Clock>,
}

impl Mount {
    /// Reads the manifest of a package; without one everything is left out.
    ///
    /// # Errors
    /// An [`InputError`] naming file and line.
    pub fn read(dir: &Path) -> Result<Mount> {
        let path = dir.join("Cargo.toml");
        if !path.is_file() {
            return Ok(Mount { runtimes: vec![OWN.to_owned()], ..Mount::default() });
        }
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let manifest: Manifest = toml::from_str(&text)
            .map_err(|error| InputError::new(format!("{}: {error}", path.display())))?;
        let Metadata { mode: of_facade, mount } = manifest.package.metadata;
        let Table { design, mode, runtimes, clock } = mount;
        Ok(Mount {
            package: Some(manifest.package.name),
            design,
            mode: mode.or(of_facade),
            runtimes: runtimes.unwrap_or_else(|| vec![OWN.to_owned()]),
            clock,
            features: manifest.features.keys().cloned().collect(),
        })
    }

    /// Whether a workload on this clock, meaningful on these runtimes, is compiled into it. One
    /// on virtual time that names a runtime of the mount does not depend on the clock.
    #[must_use]
    pub fn takes(&self, clock: Clock, runtimes: &[String]) -> bool {
        let mounted = |id: &String| self.runtimes.contains(id);
        self.clock != Some(Clock::Real) || clock == Clock::Real || runtimes.iter().any(mounted)
    }

    /// Whether it declares a feature.
    #[must_use]
    pub fn has_feature(&self, name: &str) -> bool {
        self.features.iter().any(|feature| feature == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Mount> {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("Cargo.toml"), text).expect("written");
        Mount::read(dir.path())
    }

    #[test]
    fn what_is_left_out_is_the_simulated_driver() {
        let mount = read("[package]\nname = \"suite-poll\"\n").expect("a mount");
        assert_eq!((mount.design.as_deref(), mount.mode.as_deref()), (None, None));
        assert_eq!(mount.runtimes, ["own"]);
        assert!(mount.takes(Clock::Virtual, &[]) && mount.takes(Clock::Real, &[]));
    }

    #[test]
    fn a_mount_on_the_real_clock_takes_no_virtual_workload() {
        let text = "[package]\nname = \"suite-owned-tokio\"\n[package.metadata.mount]\n\
            design = \"owned\"\nmode = \"detach\"\nruntimes = [\"tokio\"]\nclock = \"real\"\n\
            [features]\nio = []\n";
        let mount = read(text).expect("a mount");
        assert_eq!(mount.design.as_deref(), Some("owned"));
        assert_eq!(mount.mode.as_deref(), Some("detach"));
        assert_eq!(mount.runtimes, ["tokio"]);
        assert!(mount.has_feature("io") && !mount.has_feature("count"));
        assert!(!mount.takes(Clock::Virtual, &["own".into()]));
        assert!(mount.takes(Clock::Virtual, &["own".into(), "tokio".into()]));
        assert!(mount.takes(Clock::Real, &["own-epoll".into()]));
    }

    #[test]
    fn an_unknown_word_is_an_input_error() {
        let error = read("[package]\nname = \"x\"\n[package.metadata.mount]\nruntime = \"own\"\n");
        assert_eq!(crate::exit_code(&error.expect_err("refused")), 2);
    }
}
