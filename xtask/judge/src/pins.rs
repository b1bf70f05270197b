//! `rfc/pins.toml`: which record judges the text, per target.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// Where the pins lie, below the root.
pub const PINS: &str = "rfc/pins.toml";
/// Where committed records lie, below the root.
pub const DATA: &str = "reports/data";

/// The pins by target id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pins(pub BTreeMap<String, Pin>);

/// The records of one target that the text knows; any other is invisible to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// `sim/2026-11-23-0a1b2c3d4e`: the record that judges.
    pub judge: String,
    /// Earlier records, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<String>,
}

impl Pins {
    /// Reads `rfc/pins.toml`; no file means no pins.
    ///
    /// # Errors
    /// With file and line when it is malformed or names a record of another target.
    pub fn read(root: &Path) -> Result<Pins> {
        let path = root.join(PINS);
        if !path.is_file() {
            return Ok(Pins::default());
        }
        let text = fs::read_to_string(&path).with_context(|| PINS.to_owned())?;
        let pins: Pins = crate::parse::parse(&text, Path::new(PINS))?;
        for (target, pin) in &pins.0 {
            for name in pin.all() {
                ensure!(
                    name.split_once('/').is_some_and(|(of, rest)| of == target && !rest.is_empty()),
                    crate::BadInput(format!(
                        "{PINS}: `{name}` under [{target}] is not `{target}/<date>-<rev>`; \
                         see `cargo xtask list records`"
                    ))
                );
            }
        }
        Ok(pins)
    }

    /// Makes a record the one that judges its target; the one before becomes history.
    pub fn pin(&mut self, target: &str, name: &str) {
        let pin = self.0.entry(target.to_owned()).or_default();
        if pin.judge != name {
            pin.history.retain(|earlier| earlier != name);
            let before = std::mem::replace(&mut pin.judge, name.to_owned());
            pin.history.extend((!before.is_empty()).then_some(before));
        }
    }

    /// The folder of a record by its name.
    #[must_use]
    pub fn dir(root: &Path, name: &str) -> PathBuf {
        root.join(DATA).join(name)
    }

    /// The text of the file, as `bench --pin` writes it.
    ///
    /// # Panics
    /// Never: every field serialises.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let body = toml::to_string(self).expect("pins have only string keys");
        format!("# Which record judges the text, per target. `bench --pin` moves a pin.\n{body}")
    }
}

impl Pin {
    /// Earlier records and the one that judges, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.history.iter().chain([&self.judge]).map(String::as_str)
    }
}
