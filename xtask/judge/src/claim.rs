//! The format of `rfc/claims/*.toml`.
//!
//! Only the shape is here. That ids exist is checked in [`crate::load`], what a check means
//! is defined by [`crate::query`].

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The format version that this tool reads.
pub const CLAIM_FORMAT: u32 = 1;

/// One claim: a sentence that records can refute.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Always [`CLAIM_FORMAT`].
    pub format: u32,
    /// `C047`; never reused.
    pub id: String,
    /// A few words.
    pub title: String,
    /// The claim in one sentence.
    pub sentence: String,
    /// Chapter of the text that it belongs to: `status-quo/scaling`.
    pub chapter: String,
    /// Entries of the seed document that it bears on.
    #[serde(default)]
    pub seed: Vec<String>,
    /// Axioms that it bears on.
    #[serde(default)]
    pub axioms: Vec<String>,
    /// What it does to a design when it is supported.
    #[serde(default)]
    pub stance: BTreeMap<String, Stance>,
    /// What it speaks of; what is not said of a design counts neither for nor against one.
    #[serde(default)]
    pub about: About,
    /// The claims that say it better: this one is kept for its verdicts.
    #[serde(default)]
    pub superseded_by: Option<Words>,
    /// How it is judged.
    pub class: Class,
    /// Whether it follows from a definition; such a claim never counts in a tally.
    #[serde(default)]
    pub by_definition: bool,
    /// Whether its result was known before it was measured here.
    #[serde(default)]
    pub regression: bool,
    /// What would refute it.
    pub refuted_by: String,
    /// What must not be concluded from it.
    pub says_nothing_about: String,
    /// What it means, for the evidence page.
    #[serde(default)]
    pub means: Option<String>,
    /// What it does not mean, for the evidence page.
    #[serde(default)]
    pub does_not_mean: Option<String>,
    /// The claim that judges the expert form, where this one hurts `poll`.
    #[serde(default)]
    pub twin: Option<String>,
    /// Figures of a claim of class `external` come from here: URL and date.
    #[serde(default)]
    pub source: Option<String>,
    /// All have to hold, on each of their targets.
    #[serde(default, rename = "check")]
    pub checks: Vec<Check>,
    /// Cells shown beside the verdict without taking part in it, such as expert forms.
    #[serde(default)]
    pub beside: Vec<Beside>,
    /// What the text may quote, by key.
    #[serde(default)]
    pub values: BTreeMap<String, ValueDef>,
    /// What has to hold for the claim to be judged at all.
    #[serde(default, rename = "guard")]
    pub guards: Vec<Guard>,
    /// A written justification for a known contradiction.
    #[serde(default)]
    pub waiver: Option<Waiver>,
}

/// What a supported claim does to a design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stance {
    /// It helps.
    For,
    /// It hurts.
    Against,
    /// Neither.
    Neutral,
}

/// What a claim speaks of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// A design, by one of its properties.
    #[default]
    Design,
    /// The language or its compiler.
    Language,
    /// A public crate.
    Crate,
    /// A driver: what epoll or io_uring do under every design.
    Driver,
    /// The workbench itself.
    Workbench,
}

/// How a claim is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// By counts that are identical in every launch.
    Exact,
    /// By an interval.
    Statistical,
    /// By what compiles.
    Type,
    /// By figures of others; never judged here.
    External,
}

/// One condition of a claim.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Key of the result among the claim's values.
    pub name: String,
    /// Which cells, and which of their metrics.
    pub of: Selector,
    /// What they are compared with; absent keys are taken from `of`, `"none"` drops one.
    #[serde(default)]
    pub vs: Option<Selector>,
    /// The axis of the design space whose work is shown; [`Check::pair`] names two modes that
    /// differ in it alone.
    #[serde(default)]
    pub axis: Option<String>,
    /// The two modes that are compared: `["poll", "scoped/local"]`.
    #[serde(default)]
    pub pair: Option<[String; 2]>,
    /// Why cells are compared that differ in more than one axis, or in their source.
    #[serde(default)]
    pub compound: Option<String>,
    /// Which schedules of the environment count.
    #[serde(default)]
    pub schedules: Schedules,
    /// How a number is made of the cells.
    pub compare: Compare,
    /// Which cells `count` counts; all conditions have to hold.
    #[serde(default, rename = "where")]
    pub conditions: Vec<Condition>,
    /// What each value is divided by first: `n`, the size, or `ops`, the operations in the
    /// measured part of the same run.
    #[serde(default)]
    pub per: Option<String>,
    /// How several cells become one number.
    #[serde(default)]
    pub reduce: Reduce,
    /// Which of several cells of `vs` is compared with: `min`, the best where less is better,
    /// or `max`. One cell has to match where absent.
    #[serde(default)]
    pub vs_reduce: Option<Reduce>,
    /// Lower bound, inclusive.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// Upper bound, inclusive.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// Exact value: a number, or a word for `outcome` and `compile`.
    #[serde(default)]
    pub equals: Option<Expected>,
    /// Both bounds, inclusive.
    #[serde(default)]
    pub within: Option<[f64; 2]>,
    /// Where it has to hold; an inner list is one check over several targets.
    pub targets: Vec<Targets>,
    /// Two-sided confidence of a statistical check; 0.99 where absent.
    #[serde(default)]
    pub confidence: Option<f64>,
    /// Half-width around the bound, relative, within which nothing is decided.
    #[serde(default)]
    pub indifference: Option<f64>,
    /// Launches below which a statistical check stays inconclusive; where absent 10, or 3 for
    /// counts on the clock of the machine.
    #[serde(default)]
    pub min_launches: Option<u32>,
}

/// Which cells. An absent key selects all, except variant (portable) and runtime (own).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selector {
    /// Workload ids.
    #[serde(default)]
    pub workload: Option<Words>,
    /// Case ids.
    #[serde(default)]
    pub case: Option<Words>,
    /// Design, peer or baseline ids.
    #[serde(default)]
    pub design: Option<Words>,
    /// Modes.
    #[serde(default)]
    pub mode: Option<Words>,
    /// Variants.
    #[serde(default)]
    pub variant: Option<Words>,
    /// Runtimes.
    #[serde(default)]
    pub runtime: Option<Words>,
    /// The metric; none for `outcome`, `fraction`, `compile` and `count`.
    #[serde(default)]
    pub metric: Option<String>,
    /// Parameters.
    #[serde(default)]
    pub at: Option<At>,
}

/// Parameters of a selection.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// Sizes; all where absent.
    #[serde(default)]
    pub n: Option<Sizes>,
}

/// One size or a list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Sizes {
    /// One size.
    One(u32),
    /// Several.
    Many(Vec<u32>),
}

impl Sizes {
    /// The sizes as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[u32] {
        match self {
            Sizes::One(n) => std::slice::from_ref(n),
            Sizes::Many(list) => list,
        }
    }
}

/// One word or glob, or a list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Words {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Words {
    /// The words as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Words::One(word) => std::slice::from_ref(word),
            Words::Many(list) => list,
        }
    }
}

/// Which schedules of the environment count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedules {
    /// The script as written.
    #[default]
    Script,
    /// The script and every explored schedule.
    All,
}

/// How a number or word is made of the selected cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The metric itself.
    Value,
    /// `of` over `vs`.
    Ratio,
    /// `of` less `vs`.
    Difference,
    /// Least-squares slope of the logarithms against the logarithm of n.
    LoglogSlope,
    /// Smallest quotient of neighbouring sizes.
    StepRatioMin,
    /// Largest quotient of neighbouring sizes.
    StepRatioMax,
    /// Fitted growth per step of n over the value at the first point.
    LevelCost,
    /// Share on which the outcome is `occurs`.
    Fraction,
    /// Kendall's tau of the designs' order on two targets.
    RankTau,
    /// The outcome as a word.
    Outcome,
    /// `ok` or the compiler's error code.
    Compile,
}

/// How several cells become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reduce {
    /// There has to be exactly one.
    #[default]
    Only,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The sum.
    Sum,
    /// How many fulfil `where`.
    Count,
}

/// A condition on one cell. With `schedules = "all"` it has to hold on each of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The metric that is tested.
    #[serde(default)]
    pub metric: Option<String>,
    /// The outcome that is required, instead of a metric.
    #[serde(default)]
    pub outcome: Option<String>,
    /// Case of the same design and size whose value is subtracted first.
    #[serde(default)]
    pub over: Option<String>,
    /// Lower bound, inclusive.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// Upper bound, inclusive.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// Exact value.
    #[serde(default)]
    pub equals: Option<f64>,
    /// Both bounds, inclusive.
    #[serde(default)]
    pub within: Option<[f64; 2]>,
}

/// A number or a word.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Expected {
    /// A number.
    Number(f64),
    /// `occurs`, `E0521`, `ok`.
    Word(String),
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expected::Number(number) => write!(f, "{number}"),
            Expected::Word(word) => f.write_str(word),
        }
    }
}

/// One target, or several that one check needs together.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Targets {
    /// Judged on its own.
    One(String),
    /// Judged together.
    Together(Vec<String>),
}

impl Targets {
    /// The targets as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Targets::One(target) => std::slice::from_ref(target),
            Targets::Together(targets) => targets,
        }
    }

    /// The name used in verdicts and anchors: `linux`, `linux+cortex-m4`.
    #[must_use]
    pub fn name(&self) -> String {
        self.as_slice().join("+")
    }
}

/// Cells shown beside a verdict.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// What they are.
    pub text: String,
    /// Which cells; without a metric their outcome is shown.
    pub of: Selector,
    /// Which schedules count.
    #[serde(default)]
    pub schedules: Schedules,
    /// Where.
    pub targets: Vec<String>,
}

/// A value that the text may quote at `<key>-<target>`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueDef {
    /// `<check>.of`, `<check>.vs` or `<check>.result`.
    pub of: String,
    /// Which point, where the check selects several sizes.
    #[serde(default)]
    pub at: Option<At>,
    /// Which case, design or other key, where the check selects several.
    #[serde(default)]
    pub pick: Option<Selector>,
    /// How several cells become one; `only` where absent.
    #[serde(default)]
    pub reduce: Reduce,
    /// `{:,} times`, `{:.2}`, `{:%}`; a unit is added where the format is absent.
    #[serde(default)]
    pub format: Option<String>,
}

/// A condition on the record without which the claim is `invalid`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// Which condition.
    pub kind: GuardKind,
    /// Cases for `control-quiet`; all control cases of the claim's workloads where absent.
    #[serde(default)]
    pub case: Option<Vec<String>>,
}

/// The conditions that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardKind {
    /// Every cell used did what `run.json` expects of it; designs that have to agree agree.
    ReceiptsEqual,
    /// No control of the workloads used fired on any schedule.
    ControlQuiet,
    /// The cells of two designs are not the same machine code.
    ArtifactsDiffer,
    /// Identical code compared with itself shows no difference: the spread is within 2 %.
    AaClean,
    /// All records used were built by the same compiler.
    Toolchain,
}

/// A written justification for a known contradiction.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Who decided.
    pub by: String,
    /// When.
    pub on: toml::value::Datetime,
    /// What ends it.
    pub until: String,
    /// Why.
    pub text: String,
}
