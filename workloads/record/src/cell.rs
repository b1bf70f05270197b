//! The key of a cell: `workload/case,n=1000@design[/mode][+variant]:runtime`.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// Names one cell. The written form is the same in data, on the command line, in anchors
/// and in prose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CellKey {
    /// Workload id.
    pub workload: String,
    /// Case id within the workload.
    pub case: String,
    /// Size; what it counts is said by the workload.
    pub n: u32,
    /// Design, peer or baseline id.
    pub design: String,
    /// Mode of the design (`c1`, `local`), if it has several.
    pub mode: Option<String>,
    /// `portable` is left out in the written form.
    pub variant: String,
    /// Runtime under the design.
    pub runtime: String,
}

/// The variant that the written form leaves out.
pub(crate) const PORTABLE: &str = "portable";

impl fmt::Display for CellKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{},n={}@{}", self.workload, self.case, self.n, self.design)?;
        if let Some(mode) = &self.mode {
            write!(f, "/{mode}")?;
        }
        if self.variant != PORTABLE {
            write!(f, "+{}", self.variant)?;
        }
        write!(f, ":{}", self.runtime)
    }
}

impl FromStr for CellKey {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<CellKey> {
        parse(text).with_context(|| {
            format!(
                "`{text}` is not a cell key; expected \
                 workload/case,n=N@design[/mode][+variant]:runtime"
            )
        })
    }
}

fn parse(text: &str) -> Result<CellKey> {
    let (what, who) = text.split_once('@').context("no `@design`")?;
    let (workload, case_n) = what.split_once('/').context("no `/case`")?;
    let (case, n) = case_n.split_once(",n=").context("no `,n=`")?;
    let (who, runtime) = who.split_once(':').context("no `:runtime`")?;
    let (who, variant) = who.split_once('+').unwrap_or((who, PORTABLE));
    let (design, mode) = match who.split_once('/') {
        Some((design, mode)) => (design, Some(mode.to_owned())),
        None => (who, None),
    };
    let key = CellKey {
        workload: workload.to_owned(),
        case: case.to_owned(),
        n: n.parse().context("n is not a number")?,
        design: design.to_owned(),
        mode,
        variant: variant.to_owned(),
        runtime: runtime.to_owned(),
    };
    let words = [workload, case, design, variant, runtime];
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    if !words.into_iter().chain(key.mode.as_deref()).all(is_word) {
        bail!("ids are letters, digits, `-` and `_`");
    }
    Ok(key)
}

impl TryFrom<String> for CellKey {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<CellKey> {
        text.parse()
    }
}

impl From<CellKey> for String {
    fn from(key: CellKey) -> String {
        key.to_string()
    }
}

#[cfg(test)]
impl schemars::JsonSchema for CellKey {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CellKey".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[^/]+/[^,]+,n=[0-9]+@[^:+/]+(/[^:+]+)?(\\+[^:]+)?:.+$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_writing_and_reading() {
        for text in [
            "join-width-scaling/own,n=1000@poll:own",
            "futurelock/a,n=2@completion/c1:own",
            "buffered-body-stall/hazard,n=20@scoped/local+idiomatic:own",
            "spawn/a,n=1@owned+expert:tokio",
        ] {
            assert_eq!(text.parse::<CellKey>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn damaged_keys_are_refused() {
        for text in ["", "a/b@c:d", "a/b,n=x@c:d", "a/b,n=1@c", "a b/c,n=1@d:e", "a/b,n=1@:e"] {
            assert!(text.parse::<CellKey>().is_err(), "{text}");
        }
    }
}
